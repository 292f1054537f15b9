"""Tenants, dealers, people and their sign-ins."""

import datetime as dt

import sqlalchemy as sa

from portal.audit.steps import record, start_chain
from portal.audit.tags import Tag
from portal.kernel import clock, crypto
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.scope import Scope
from portal.kernel.text import T
from portal.tenants import queries, steps
from portal.tenants.models import Organisation, Person, SignIn
from portal.tenants.rules import MANUFACTURER_ROLES, Role

SESSION_LENGTH = dt.timedelta(days=14)


@command(allow=Permission.OPERATE)
def add_tenant(actor: Actor, *, code: str, name: str, timezone: str = "Asia/Shanghai", **details: str) -> int:
    """A new manufacturer with its own log. Returns the organisation's id. Raises RuleBroken TN-4 for a taken code."""
    if queries.manufacturer_by_code(code) is not None:
        raise RuleBroken("TN-4", T("The code {code} is taken.", code=code), field="code")
    organisation = steps.add_organisation(name, code=code, timezone=timezone, **details)
    session().enter(Scope(organisation.id))
    start_chain(organisation.id)
    session().flush()
    record(Tag.TENANT_ADDED, actor, code, name=name)
    return organisation.id


@command(allow=Permission.DEALERS_WRITE)
def add_dealer(
    actor: Actor,
    *,
    code: str,
    name: str,
    parent_code: str | None = None,
    organisation_id: int | None = None,
    **details: str,
) -> int:
    """A dealer of this manufacturer, or a sub-dealer of the dealer `parent_code`. Returns its id.

    `organisation_id` joins a company that is on the platform already; without it a new one is made. Raises
    RuleBroken TN-2 for a taken code and for a sub-dealer of a sub-dealer.
    """
    parent = queries.dealer(parent_code) if parent_code else None
    if parent is not None and parent.parent_id is not None:
        raise RuleBroken("TN-2", T("A sub-dealer can't have sub-dealers."), field="parent_code")
    if any(dealer.code == code for dealer in queries.dealers()):
        raise RuleBroken("TN-2", T("The code {code} is taken.", code=code), field="code")
    dealer = steps.add_dealer(code=code, name=name, parent=parent, organisation_id=organisation_id, **details)
    session().flush()
    record(Tag.DEALER_ADDED, actor, code, dealer_id=dealer.holder_id, point_id=dealer.id, name=name)
    return dealer.id


@command(allow=Permission.PUBLIC, silent=True)
def sign_in(_actor: Actor, email: str, password: str, *, address: str, browser: str) -> str | None:
    """Check e-mail and password. Returns the token of a new session, None when they don't fit."""
    person = session().scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if not crypto.password_matches(person.password_hash if person else None, password):
        return None
    if person is None or person.disabled:
        return None
    if person.password_hash and crypto.needs_rehash(person.password_hash):
        person.password_hash = crypto.hash_password(password)
    token = crypto.new_token()
    session().add(
        SignIn(
            person_id=person.id,
            token_hash=crypto.token_hash(token),
            address=address[:60],
            browser=browser[:200],
            at=clock.now(),
            expires_at=clock.now() + SESSION_LENGTH,
        )
    )
    return token


@command(allow=Permission.SIGNED_IN, silent=True)
def sign_out(_actor: Actor, token: str) -> None:
    """End this session at once."""
    session().execute(
        sa.update(SignIn).where(SignIn.token_hash == crypto.token_hash(token)).values(ended_at=clock.now())
    )


@command(allow=Permission.OPERATE)
def add_first_admin(actor: Actor, manufacturer_id: int, *, email: str, name: str, roles: tuple[str, ...] = (Role.ADMIN,)) -> int:
    """The first person of a new tenant; invites the others. Returns the person's id."""
    organisation = session().get_one(Organisation, manufacturer_id)
    session().enter(Scope(organisation.id))
    person = _person(email, name)
    steps.join(person.id, organisation.id, tuple(role for role in roles if role in MANUFACTURER_ROLES))
    record(Tag.PERSON_INVITED, actor, person.email, name=name)
    return person.id


def _person(email: str, name: str) -> Person:
    found = session().scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()
    return found or steps.add_person(email, name)

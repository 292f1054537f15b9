"""What the platform's operator does: manufacturers and their first people, never business data (TN-4)."""

from zoneinfo import available_timezones

import sqlalchemy as sa

from portal.audit.steps import record, start_chain
from portal.audit.tags import Tag
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, NotFound, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.scope import Scope
from portal.kernel.text import T
from portal.tenants import queries, rules, steps
from portal.tenants.models import LinkPurpose, Membership, Organisation, Person
from portal.tenants.rules import Role


@command(allow=Permission.OPERATE)
def add_tenant(
    actor: Actor, /, *, code: str, name: str, timezone: str = "Asia/Shanghai", **details: str
) -> int:
    """A new manufacturer with its own log. Returns the organisation's id. Raises RuleBroken TN-4 for a taken code."""
    return _add(actor, code, name, timezone, details).id


@command(allow=Permission.OPERATE)
def open_tenant(
    actor: Actor,
    *,
    code: str,
    name: str,
    timezone: str,
    admin_email: str,
    admin_name: str,
    language: str = "",
) -> str:
    """A new manufacturer and the invitation of its first administrator, together or not at all. Returns the link."""
    organisation = _add(actor, code, name, timezone, {})
    return _invite_admin(actor, organisation, admin_email, admin_name, (Role.ADMIN,), language)


@command(allow=Permission.OPERATE)
def add_first_admin(
    actor: Actor,
    manufacturer_id: int,
    *,
    email: str,
    name: str,
    roles: tuple[str, ...] = (Role.ADMIN,),
    language: str = "",
) -> str:
    """Invite an administrator of a manufacturer, who invites the others. Returns the link. Raises NotFound."""
    organisation = session().get(Organisation, manufacturer_id)
    if organisation is None or not organisation.code:
        raise NotFound
    session().enter(Scope(organisation.id))
    return _invite_admin(actor, organisation, email, name, roles, language)


@command(allow=Permission.OPERATE)
def lock_person(actor: Actor, manufacturer_id: int, membership_id: int, *, locked: bool) -> int:
    """Keep somebody of a manufacturer from signing in anywhere, or let them in again; sessions end at once.

    It stands on the manufacturer's log. Returns the membership's id. Raises NotFound, Conflict when it is so already.
    """
    session().enter(Scope(manufacturer_id))
    row = (
        session()
        .execute(
            sa.select(Membership, Person)
            .join(Person, Person.id == Membership.person_id)
            .where(Membership.id == membership_id, Membership.organisation_id == manufacturer_id)
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound
    membership, person = row
    if person.disabled is locked:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    person.disabled = locked
    if locked:
        steps.end_sessions(person.id)
    tag = Tag.PERSON_LOCKED if locked else Tag.PERSON_UNLOCKED
    record(tag, actor, person.email, name=queries.name_of(membership, person))
    return membership.id


@command(allow=Permission.OPERATE, silent=True)
def appoint_operator(_actor: Actor, *, email: str, name: str) -> str:
    """Somebody who operates the platform. Returns the link by which the password is chosen. Raises PE-4, PE-3."""
    address = rules.clean_email(email)
    if queries.person_by_email(address) is not None:
        raise RuleBroken("PE-4", T("{email} is taken.", email=address), field="email")
    person = steps.add_person(address, name, is_operator=True)
    return steps.new_link(person, LinkPurpose.PASSWORD_RESET)


def _add(actor: Actor, code: str, name: str, timezone: str, details: dict[str, str]) -> Organisation:
    if queries.manufacturer_by_code(code) is not None:
        raise RuleBroken("TN-4", T("The code {code} is taken.", code=code), field="code")
    if timezone not in available_timezones():
        raise RuleBroken("TM-1", T("There is no time zone {zone}.", zone=timezone), field="timezone")
    organisation = steps.add_organisation(name, code=code, timezone=timezone, **details)
    session().enter(Scope(organisation.id))
    start_chain(organisation.id)
    session().flush()
    record(Tag.TENANT_ADDED, actor, code, name=name)
    return organisation


def _invite_admin(
    actor: Actor, organisation: Organisation, email: str, name: str, roles: tuple[str, ...], language: str
) -> str:
    membership, link = steps.invite(
        actor,
        organisation,
        email=email,
        name=name,
        roles=roles,
        dealer=False,
        at=Scope(organisation.id),
        language=language,
    )
    record(
        Tag.PERSON_INVITED,
        actor,
        rules.clean_email(email),
        name=membership.invited_as,
        roles=rules.labels(membership.roles),
    )
    return link

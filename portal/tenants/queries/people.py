"""People, the links that were sent to them, their sessions, and who belongs to an organisation."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.crypto import token_hash
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants.models import (
    Dealer,
    Engagement,
    Link,
    LinkPurpose,
    Membership,
    Organisation,
    Person,
    SignIn,
)
from portal.tenants.queries.dealers import Tenant, dealer_by_id, tenants
from portal.tenants.rules import (
    PersonState,
    Role,
    permissions_of,
    roles_of,
    side_roles,
)


def person_by_email(email: str) -> Person | None:
    """Somebody by their address in lower case; None when there is nobody."""
    return session().scalars(sa.select(Person).where(Person.email == email)).one_or_none()


def person_by_id(person_id: int) -> Person:
    """Somebody who is signed in, with everything that the profile shows."""
    return session().get_one(Person, person_id)


def sign_ins(person_id: int) -> list[SignIn]:
    """The sessions of a person that have not ended, the newest first."""
    return list(
        session().scalars(
            sa.select(SignIn)
            .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > clock.now())
            .order_by(SignIn.at.desc(), SignIn.id.desc())
        )
    )


def session_id(token: str) -> int | None:
    """Which of the sessions a token opens."""
    return session().scalar(sa.select(SignIn.id).where(SignIn.token_hash == token_hash(token)))


@dataclass(frozen=True)
class Invited:
    """What a working link stands for."""

    person_id: int
    email: str
    #: The name that the inviter typed, or the person's own.
    name: str
    has_password: bool
    #: Of an invitation: for which organisation, with which roles.
    organisation: str = ""
    roles: tuple[Role, ...] = ()


_CURES = {
    LinkPurpose.INVITATION: T(
        "Sign in if you have accepted it already; else ask whoever invited you for a new invitation."
    ),
    LinkPurpose.PASSWORD_RESET: T("Open the sign-in page and ask for a new link."),
}


def behind_link(token: str, purpose: LinkPurpose) -> Invited:
    """Who a link is for. Raises NotFound for one that is used, too old or unknown."""
    # An outer join gives a row whose types SQLAlchemy doesn't say.
    row: Any = session().execute(
        sa.select(Link, Person, Membership, Organisation)
        .join(Person, Person.id == Link.person_id)
        .outerjoin(Membership, Membership.id == Link.membership_id)
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Link.token_hash == token_hash(token),
            Link.purpose == purpose,
            Link.used_at.is_(None),
            Link.expires_at > clock.now(),
            Person.disabled.is_(False),
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound(T("This link has been used or is too old."), cure=_CURES[purpose])
    link, person, membership, organisation = row
    if membership is None:
        return Invited(person.id, person.email, person.name, person.password_hash is not None)
    roles = side_roles(membership.roles, dealer=link.dealer_id is not None)
    return Invited(
        person.id,
        person.email,
        membership.invited_as,
        person.password_hash is not None,
        organisation.name,
        tuple(Role(role) for role in roles),
    )


def own_organisation_id(actor: Actor) -> int:
    """The organisation that an actor acts for: the manufacturer's, the dealer's or the sub-dealer's company."""
    if actor.side is Side.DEALER:
        return dealer_by_id(actor.point_id or actor.dealer_id or 0).organisation_id
    assert actor.manufacturer_id is not None
    return actor.manufacturer_id


def name_of(membership: Membership, person: Person) -> str:
    """What colleagues see: until an invitation is accepted the name that the inviter typed."""
    return person.name if membership.accepted_at is not None else membership.invited_as


@dataclass(frozen=True)
class Colleague:
    """A person as the people of the same organisation see it."""

    id: int
    person_id: int
    name: str
    email: str
    phone: str
    roles: tuple[Role, ...]
    state: PersonState
    last_seen: dt.datetime | None


def colleagues(actor: Actor) -> list[Colleague]:
    """The people of the actor's organisation on the actor's side, by name."""
    found = _colleagues(own_organisation_id(actor), dealer=actor.side is Side.DEALER)
    return sorted(found, key=lambda one: (list(PersonState).index(one.state), one.name.lower()))


def colleague(actor: Actor, membership_id: int) -> Colleague:
    """One of them. Raises NotFound."""
    for one in colleagues(actor):
        if one.id == membership_id:
            return one
    raise NotFound


def _colleagues(organisation_id: int, *, dealer: bool) -> list[Colleague]:
    seen = sa.select(sa.func.max(SignIn.at)).where(SignIn.person_id == Person.id).scalar_subquery()
    rows = session().execute(
        sa.select(Membership, Person, seen)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id)
    )
    found = []
    for membership, person, last in rows:
        roles = side_roles(membership.roles, dealer=dealer)
        if not roles:
            continue
        state = PersonState.ACTIVE if membership.accepted_at is not None else PersonState.INVITED
        if membership.disabled:
            state = PersonState.DISABLED
        if person.disabled:
            state = PersonState.LOCKED
        known = membership.accepted_at is not None
        found.append(
            Colleague(
                membership.id,
                person.id,
                name_of(membership, person),
                person.email,
                person.phone if known else "",
                tuple(role for role in roles_of(dealer=dealer) if role in roles),
                state,
                last if known else None,
            )
        )
    return found


def sees_to_itself(organisation_id: int) -> bool:
    """Whether somebody can act for a company already, or other manufacturers know it as well (TN-3)."""
    members = sa.select(Membership.id).where(
        Membership.organisation_id == organisation_id,
        Membership.accepted_at.is_not(None),
        Membership.disabled.is_(False),
    )
    engaged = (
        sa.select(sa.func.count())
        .select_from(Engagement)
        .where(Engagement.organisation_id == organisation_id)
    )
    return session().scalar(members.limit(1)) is not None or (session().scalar(engaged) or 0) > 1


def people_of_dealer(dealer: Dealer) -> list[Colleague]:
    """The people of a dealer, for the manufacturer: it sees how many there are and who is invited or owns it."""
    return _colleagues(dealer.organisation_id, dealer=True)


@dataclass(frozen=True)
class Recipient:
    """Somebody who is written to."""

    name: str
    email: str
    #: Empty: the portal's own.
    language: str


def recipients(dealer_id: int, permission: Permission) -> list[Recipient]:
    """The people of a dealer who can act for it now and may do something, by address."""
    dealer = dealer_by_id(dealer_id)
    if not dealer.active:
        return []
    rows = session().execute(
        sa.select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == dealer.organisation_id,
            Membership.accepted_at.is_not(None),
            Membership.disabled.is_(False),
            Person.disabled.is_(False),
        )
        .order_by(Person.email)
    )
    point = dealer.parent_id is not None
    return [
        Recipient(person.name, person.email, person.language)
        for membership, person in rows
        if permission in permissions_of(membership.roles, dealer=True, point=point)
    ]


def people_counts() -> dict[int, int]:
    """How many people can act for each dealer of the scope: id of the dealer → number."""
    rows = session().execute(
        sa.select(Dealer.id, Membership.roles)
        .join(Membership, Membership.organisation_id == Dealer.organisation_id)
        .where(Membership.accepted_at.is_not(None), Membership.disabled.is_(False))
    )
    counts: dict[int, int] = {}
    for dealer_id, roles in rows:
        counts[dealer_id] = counts.get(dealer_id, 0) + bool(side_roles(roles, dealer=True))
    return counts


def tenant(code: str) -> tuple[Tenant, list[Colleague]]:
    """One manufacturer with its people. Raises NotFound."""
    for one in tenants():
        if one.code == code:
            return one, _colleagues(one.id, dealer=False)
    raise NotFound

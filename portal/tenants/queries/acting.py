"""Who is signed in, and for whom somebody may act."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.crypto import token_hash
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.tenants.models import (
    Engagement,
    Membership,
    Organisation,
    Person,
    SignIn,
)
from portal.tenants.rules import (
    OPERATOR_PERMISSIONS,
    SIGNED_IN_PERMISSIONS,
    Role,
    permissions_of,
    side_roles,
)


@dataclass(frozen=True)
class SignedIn:
    """The person behind a session cookie, as plain values; what Flask-Login calls the user."""

    id: int
    name: str
    email: str
    language: str
    shortcuts: bool
    is_operator: bool
    token: str

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token


@dataclass(frozen=True)
class Acting:
    """One organisation that a person may act for under one manufacturer."""

    manufacturer_id: int
    manufacturer_code: str
    manufacturer_name: str
    timezone: str
    organisation_id: int
    organisation_name: str
    roles: tuple[str, ...]
    dealer_id: int | None = None
    point_id: int | None = None
    dealer_code: str = ""

    @property
    def named_roles(self) -> tuple[Role, ...]:
        """The roles, for their words."""
        return tuple(Role(role) for role in self.roles)

    @property
    def tenant(self) -> str:
        """The part of the address that names it: `MF`, or `MF~D02`."""
        return f"{self.manufacturer_code}~{self.dealer_code}" if self.dealer_id else self.manufacturer_code


def signed_in(token: str) -> SignedIn | None:
    """The person of a session token, if the session has not ended."""
    row = (
        session()
        .execute(
            sa.select(Person)
            .join(SignIn, SignIn.person_id == Person.id)
            .where(
                SignIn.token_hash == token_hash(token),
                SignIn.ended_at.is_(None),
                SignIn.expires_at > clock.now(),
                Person.disabled.is_(False),
            )
        )
        .scalar_one_or_none()
    )
    if row is None:
        return None
    return SignedIn(row.id, row.name, row.email, row.language, row.shortcuts, row.is_operator, token)


def acting_for(person_id: int) -> list[Acting]:
    """Everything that the person may act for, manufacturers first, then by code."""
    manufacturer, company = aliased(Organisation), aliased(Organisation)
    # An outer join gives rows whose types SQLAlchemy doesn't say.
    rows: Sequence[Any] = (
        session()
        .execute(
            sa.select(Membership, company, Engagement, manufacturer)
            .join(company, company.id == Membership.organisation_id)
            .outerjoin(
                Engagement, sa.and_(Engagement.organisation_id == company.id, Engagement.active.is_(True))
            )
            .outerjoin(manufacturer, manufacturer.id == Engagement.manufacturer_id)
            .where(
                Membership.person_id == person_id,
                Membership.disabled.is_(False),
                Membership.accepted_at.is_not(None),
            )
            .order_by(company.id, Engagement.code)
        )
        .all()
    )
    found: dict[tuple[int, int | None], Acting] = {}
    for membership, organisation, engagement, principal in rows:
        if organisation.code and (roles := side_roles(membership.roles, dealer=False)):
            found[organisation.id, None] = Acting(
                organisation.id, organisation.code, organisation.name, organisation.timezone,
                organisation.id, organisation.name, roles,
            )  # fmt: skip
        if engagement is not None and (roles := side_roles(membership.roles, dealer=True)):
            found[principal.id, engagement.id] = Acting(
                principal.id, principal.code, principal.name, principal.timezone,
                organisation.id, organisation.name, roles,
                engagement.dealer_id, engagement.point_id, engagement.code,
            )  # fmt: skip
    return sorted(found.values(), key=lambda a: (a.dealer_id is not None, a.manufacturer_code, a.dealer_code))


def meant(choices: Sequence[Acting], tenant: str) -> list[Acting]:
    """What `tenant` (`MF` or `MF~D02`) may mean for somebody with these choices: none, one, or several."""
    code, _, dealer = tenant.partition("~")
    candidates = [a for a in choices if a.manufacturer_code == code]
    if dealer:
        return [a for a in candidates if a.dealer_code == dealer and a.dealer_id is not None]
    return [a for a in candidates if a.dealer_id is None] or candidates


def actor_of(person: SignedIn | Person, acting: Acting, address: str = "") -> Actor:
    """The actor that a person is for one organisation, with its present roles."""
    dealer, point = acting.dealer_id is not None, acting.point_id is not None
    return Actor(
        name=person.name,
        permissions=permissions_of(acting.roles, dealer=dealer, point=point),
        person_id=person.id,
        manufacturer_id=acting.manufacturer_id,
        dealer_id=acting.dealer_id,
        point_id=acting.point_id,
        roles=acting.roles,
        address=address,
        timezone=acting.timezone,
    )


def actor_in(
    person_id: int, manufacturer_id: int, dealer_id: int | None, point_id: int | None = None
) -> Actor:
    """The actor for background work: the person as it is now. Raises NotFound when it may no longer act there."""
    person = session().get(Person, person_id)
    if person is not None and not person.disabled:
        for acting in acting_for(person_id):
            if (acting.manufacturer_id, acting.dealer_id, acting.point_id) == (
                manufacturer_id,
                dealer_id,
                point_id,
            ):
                return actor_of(person, acting)
    raise NotFound


def plain_actor(person: SignedIn, address: str) -> Actor:
    """Somebody who is signed in and acts for nobody yet; the operator's own rights are here too."""
    permissions = OPERATOR_PERMISSIONS if person.is_operator else SIGNED_IN_PERMISSIONS
    return Actor(person.name, permissions, person_id=person.id, address=address)


def clock_actor(manufacturer_id: int, timezone: str) -> Actor:
    """Time itself: what deadlines and expiries act as."""
    return Actor("clock", frozenset({Permission.CLOCK}), manufacturer_id=manufacturer_id, timezone=timezone)

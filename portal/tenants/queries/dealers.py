"""The dealers of a manufacturer, and the manufacturers of the platform."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.tenants.models import (
    Dealer,
    Membership,
    Organisation,
)


def manufacturer() -> Organisation:
    """The manufacturer of this session's scope."""
    return session().get_one(Organisation, session().scope.manufacturer_id)


def manufacturer_by_code(code: str) -> Organisation | None:
    """A manufacturer by its code; None when there is none."""
    return session().scalars(sa.select(Organisation).where(Organisation.code == code)).one_or_none()


def dealer(code: str) -> Dealer:
    """A dealer of the scope by its code. Raises NotFound."""
    found = session().scalars(sa.select(Dealer).where(Dealer.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def dealer_by_id(dealer_id: int) -> Dealer:
    """A dealer of the scope. Raises NotFound."""
    found = session().scalars(sa.select(Dealer).where(Dealer.id == dealer_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def dealers(*, holders_only: bool = False) -> list[Dealer]:
    """The dealers of the scope by code: for the manufacturer all, for a dealer itself and its sub-dealers."""
    statement = sa.select(Dealer).order_by(Dealer.code)
    if holders_only:
        statement = statement.where(Dealer.parent_id.is_(None))
    return list(session().scalars(statement))


def points_of(holder_id: int) -> frozenset[int]:
    """The ids of a dealer and its sub-dealers."""
    mine = sa.or_(Dealer.id == holder_id, Dealer.parent_id == holder_id)
    return frozenset(session().scalars(sa.select(Dealer.id).where(mine)))


def dealer_list(*, text: str = "", active: bool | None = None) -> sa.Select[Dealer]:
    """The dealers of the scope by code, narrowed by a part of code, name, region or contact."""
    statement = sa.select(Dealer).order_by(Dealer.code)
    if text:
        fields = (Dealer.code, Dealer.name, Dealer.region, Dealer.contact)
        statement = statement.where(sa.or_(*(field.icontains(text, autoescape=True) for field in fields)))
    return statement if active is None else statement.where(Dealer.active.is_(active))


def dealer_counts() -> dict[bool, int]:
    """How many dealers are active, and how many are not."""
    rows = session().execute(sa.select(Dealer.active, sa.func.count(Dealer.id)).group_by(Dealer.active))
    return {bool(active): number for active, number in rows}


@dataclass(frozen=True)
class Tenant:
    """A manufacturer as the operator sees it: who it is and how many people it has, nothing of its business."""

    id: int
    code: str
    name: str
    timezone: str
    created_at: dt.datetime
    people: int


def tenants() -> list[Tenant]:
    """Every manufacturer of the platform, by code (TN-4)."""
    people = sa.func.count(Membership.id)
    rows = session().execute(
        sa.select(Organisation, people)
        .outerjoin(
            Membership,
            sa.and_(Membership.organisation_id == Organisation.id, Membership.disabled.is_(False)),
        )
        .where(Organisation.code.is_not(None))
        .group_by(Organisation.id)
        .order_by(Organisation.code)
    )
    return [Tenant(o.id, o.code or "", o.name, o.timezone, o.created_at, number) for o, number in rows]

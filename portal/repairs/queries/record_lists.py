"""Lists of repair records for both sides, with their counts."""

import datetime as dt
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.repairs.models.records import Repair
from portal.repairs.rules.records import Category, RepairState
from portal.tenants.models import Dealer
from portal.warranty import queries as warranty
from portal.warranty.rules import normalise_phone


@dataclass(frozen=True)
class RepairFilter:
    """What a list is narrowed to; everything left out means all."""

    states: Collection[RepairState] = ()
    category: Category | None = None
    point_id: int | None = None
    model: str = ""
    #: Number, beginning of a serial, a whole phone number or its last four digits.
    text: str = ""
    first: dt.date | None = None
    last: dt.date | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.states:
            found.append(Repair.state.in_(self.states))
        if self.category is not None:
            found.append(Repair.category == self.category)
        if self.point_id is not None:
            found.append(sa.or_(Repair.point_id == self.point_id, Repair.dealer_id == self.point_id))
        if self.model:
            found.append(Repair.model == self.model)
        if self.text:
            found.append(_matches(self.text))
        if self.first is not None:
            found.append(Repair.filed_on >= self.first)
        if self.last is not None:
            found.append(Repair.filed_on <= self.last)
        return found


def _matches(text: str) -> sa.ColumnElement[bool]:
    found = [
        Repair.number == text.upper(),
        Repair.serial.startswith(warranty.kept_serial(text), autoescape=True),
    ]
    if len(text) == 4 and text.isascii() and text.isdigit():
        found.append(Repair.phone_last4 == text)
    with suppress(ValueError):
        found.append(Repair.phone_hash == search_hash(normalise_phone(text)))
    return sa.or_(*found)


def records(chosen: RepairFilter) -> sa.Select[Repair, Dealer]:
    """Records with their selling points, the last filed first."""
    return (
        sa.select(Repair, Dealer)
        .join(Dealer, Dealer.id == Repair.point_id)
        .where(*chosen.conditions())
        .order_by(Repair.filed_at.desc(), Repair.id.desc())
    )


def first_records(chosen: RepairFilter, limit: int) -> list[tuple[Repair, Dealer]]:
    """The first rows of a list, for an export."""
    return [(repair, point) for repair, point in session().execute(records(chosen).limit(limit))]


def count_records() -> dict[RepairState, int]:
    """How many records of the scope are in each state."""
    statement = sa.select(Repair.state, sa.func.count(Repair.id)).group_by(Repair.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def count_unsigned() -> int:
    """Records of the scope that the customer has not signed yet (RP-5)."""
    statement = sa.select(sa.func.count(Repair.id)).where(Repair.state == RepairState.UNSIGNED)
    return session().scalar(statement) or 0


def unsigned_longest(limit: int = 5) -> Sequence[Repair]:
    """The unsigned records of the scope, those filed first first."""
    statement = sa.select(Repair).where(Repair.state == RepairState.UNSIGNED)
    return session().scalars(statement.order_by(Repair.filed_on, Repair.id).limit(limit)).all()


def repairs_of_unit(serial: str) -> Sequence[Repair]:
    """The records of a unit that the scope may see, the last filed first."""
    statement = sa.select(Repair).where(Repair.serial == serial).order_by(Repair.id.desc())
    return session().scalars(statement).all()

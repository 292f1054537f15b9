"""Old parts that are owed, the batches that bring them, and what is to be charged (PT-9)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Part
from portal.catalogue.rules import price_on
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.parts.models.old_parts import (
    OldPartBatch,
    OldPartClearing,
    OldPartCount,
    OldPartDebt,
    OldPartItem,
)
from portal.parts.rules import old_parts as rules
from portal.parts.rules.old_parts import UNDER_WAY, BatchState, ClearingKind, Debt, DebtStanding
from portal.tenants.models import Dealer


@dataclass(frozen=True)
class Owed:
    """A debt with what became of it so far."""

    row: OldPartDebt
    returned: int
    charged: int
    #: What was charged, in money; 0.00 for nothing.
    amount: Decimal
    #: Pieces that a batch under way lists.
    listed: int

    @property
    def listable(self) -> int:
        """Pieces that a new batch may list."""
        return max(self.row.left_open - self.listed, 0)

    def standing(self, today: dt.date) -> DebtStanding:
        """How it stands on a day."""
        return rules.standing(self.row.left_open, self.charged, self.row.due, today)


@dataclass(frozen=True)
class Item:
    """One line of a batch: what was listed, what was found."""

    place: int
    code: str
    name: str
    #: Pieces as listed; 0: not on the list.
    listed: int
    debt: OldPartDebt | None
    count: OldPartCount | None

    @property
    def differs(self) -> bool:
        """Whether something else was found than listed."""
        found = self.count
        return found is not None and (found.came != self.listed or found.matching != found.came)


def value(debt: OldPartDebt) -> Debt:
    """A debt as a value of the rules."""
    return Debt(debt.id, debt.code, debt.due, debt.left_open)


def owed_by(dealer_id: int, *, open_only: bool = False) -> list[Owed]:
    """What a dealer owes, the oldest first; all that it ever owed, the newest first."""
    found = session().scalars(_debts(DebtFilter(dealer_id=dealer_id, open_only=open_only)))
    return with_clearings(found.all())


@dataclass(frozen=True)
class DebtFilter:
    """What a list of debts is narrowed to; `text`: a part's code, or a part of a document's number."""

    dealer_id: int | None = None
    #: Pieces are open still; the oldest first.
    open_only: bool = False
    #: Due on this day or before it.
    until: dt.date | None = None
    #: Some of it was charged.
    charged: bool = False
    text: str = ""

    @property
    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same for a statement."""
        # What a corrected record does not say any more is no debt.
        yield OldPartDebt.pieces > 0
        if self.dealer_id is not None:
            yield OldPartDebt.dealer_id == self.dealer_id
        if self.open_only:
            yield OldPartDebt.left_open > 0
        if self.until is not None:
            yield OldPartDebt.due <= self.until
        if self.charged:
            charges = sa.select(OldPartClearing.debt_id).where(OldPartClearing.kind == ClearingKind.CHARGED)
            yield OldPartDebt.id.in_(charges)
        if self.text:
            wanted = self.text.strip().upper()
            columns = (OldPartDebt.document, OldPartDebt.source)
            yield sa.or_(
                OldPartDebt.code == wanted, *(column.contains(wanted, autoescape=True) for column in columns)
            )


def debts(wanted: DebtFilter) -> sa.Select[OldPartDebt]:
    """The debts of the scope that fit, for a list; with `of_dealers` and `with_clearings` its rows are whole."""
    return _debts(wanted)


def all_debts(wanted: DebtFilter) -> list[Owed]:
    """The whole of that list, for a file."""
    return with_clearings(session().scalars(_debts(wanted)).all())


def count_debts(wanted: DebtFilter) -> int:
    """How many debts fit."""
    counted = sa.select(sa.func.count()).select_from(OldPartDebt).where(*wanted.conditions)
    return session().scalar(counted) or 0


def open_pieces(wanted: DebtFilter) -> int:
    """How many pieces of the debts that fit are open."""
    summed = sa.select(sa.func.coalesce(sa.func.sum(OldPartDebt.left_open), 0)).where(*wanted.conditions)
    return int(session().scalar(summed) or 0)


def first_due() -> dt.date | None:
    """The earliest last day of what the scope has open."""
    return session().scalar(sa.select(sa.func.min(OldPartDebt.due)).where(OldPartDebt.left_open > 0))


def _debts(wanted: DebtFilter) -> sa.Select[OldPartDebt]:
    statement = sa.select(OldPartDebt).where(*wanted.conditions)
    if wanted.open_only:
        return statement.order_by(OldPartDebt.due, OldPartDebt.id)
    return statement.order_by(OldPartDebt.due.desc(), OldPartDebt.id.desc())


def with_clearings(rows: Sequence[OldPartDebt]) -> list[Owed]:
    """The same debts with what became of them, in their order."""
    ids = [row.id for row in rows]
    cleared: dict[int, dict[ClearingKind, int]] = defaultdict(dict)
    amounts: dict[int, Decimal] = {}
    sums = sa.select(
        OldPartClearing.debt_id,
        OldPartClearing.kind,
        sa.func.sum(OldPartClearing.pieces),
        sa.func.sum(OldPartClearing.amount),
    )
    grouped = sums.where(OldPartClearing.debt_id.in_(ids)).group_by(
        OldPartClearing.debt_id, OldPartClearing.kind
    )
    for debt_id, kind, pieces, amount in session().execute(grouped):
        cleared[debt_id][kind] = int(pieces)
        if amount is not None:
            amounts[debt_id] = amounts.get(debt_id, Decimal("0.00")) + amount
    listed = under_way(ids)
    return [
        Owed(
            row,
            cleared[row.id].get(ClearingKind.RETURNED, 0),
            cleared[row.id].get(ClearingKind.CHARGED, 0),
            amounts.get(row.id, Decimal("0.00")),
            listed.get(row.id, 0),
        )
        for row in rows
    ]


def under_way(debt_ids: Iterable[int], states: Iterable[BatchState] = UNDER_WAY) -> dict[int, int]:
    """Debt → pieces that batches in these states list."""
    statement = (
        sa.select(OldPartItem.debt_id, sa.func.sum(OldPartItem.pieces))
        .join(OldPartBatch, OldPartBatch.id == OldPartItem.batch_id)
        .where(OldPartItem.debt_id.in_(list(debt_ids)), OldPartBatch.state.in_(list(states)))
        .group_by(OldPartItem.debt_id)
    )
    return {debt_id: int(pieces) for debt_id, pieces in session().execute(statement)}


def waiting(debt: OldPartDebt) -> int:
    """Pieces of a debt that arrived in time and are not counted yet."""
    pieces = session().scalar(
        sa.select(sa.func.sum(OldPartItem.pieces))
        .join(OldPartBatch, OldPartBatch.id == OldPartItem.batch_id)
        .where(
            OldPartItem.debt_id == debt.id,
            OldPartBatch.state == BatchState.ARRIVED,
            OldPartBatch.arrived_on <= debt.due,
        )
    )
    return int(pieces or 0)


def overdue(today: dt.date) -> list[OldPartDebt]:
    """Debts of the scope that were due before today and are open still."""
    statement = sa.select(OldPartDebt).where(OldPartDebt.left_open > 0, OldPartDebt.due < today)
    return list(session().scalars(statement.order_by(OldPartDebt.due, OldPartDebt.id)))


def to_charge(today: dt.date) -> list[int]:
    """The debts that are to be charged today: overdue, not waiting to be counted, with a known cost (PT-9)."""
    return [
        debt.id
        for debt in overdue(today)
        if rules.to_charge(debt.left_open, debt.due, waiting(debt), today) and cost_of(debt) is not None
    ]


def without_cost(today: dt.date) -> list[str]:
    """Parts that can't be charged though they are overdue, because the catalogue has no cost of them."""
    return sorted({debt.code for debt in overdue(today) if cost_of(debt) is None})


def cost_of(debt: OldPartDebt) -> Decimal | None:
    """What one piece cost the manufacturer on the debt's day; its first cost when that is younger.

    None when the catalogue has no cost, and for anybody but the manufacturer, whose secret it is.
    """
    versions = [row.version for row in catalogue.costs_of(debt.part_id)]
    if not versions:
        return None
    first = min(versions, key=lambda version: (version.starts, version.number))
    return price_on(versions, max(debt.since, first.starts))


def open_debts(dealer_id: int, codes: Iterable[str]) -> list[OldPartDebt]:
    """A dealer's open debts of some parts, read anew: called again after a lock it sees what came between."""
    statement = sa.select(OldPartDebt).where(
        OldPartDebt.dealer_id == dealer_id, OldPartDebt.code.in_(list(codes)), OldPartDebt.left_open > 0
    )
    ordered = statement.order_by(OldPartDebt.due, OldPartDebt.id)
    return list(session().scalars(ordered.execution_options(populate_existing=True)))


def last_place(debt_id: int) -> int:
    """How many clearings a debt has."""
    return (
        session().scalar(
            sa.select(sa.func.max(OldPartClearing.place)).where(OldPartClearing.debt_id == debt_id)
        )
        or 0
    )


def batch(number: str) -> OldPartBatch:
    """A batch of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(OldPartBatch).where(OldPartBatch.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def items_of(batch_id: int) -> list[Item]:
    """The lines of a batch in their order, those that no list named after the others."""
    listed = session().execute(
        sa.select(OldPartItem, OldPartDebt, OldPartCount)
        .join(OldPartDebt, OldPartDebt.id == OldPartItem.debt_id)
        .outerjoin(OldPartCount, OldPartCount.item_id == OldPartItem.id)
        .where(OldPartItem.batch_id == batch_id)
        .order_by(OldPartItem.place)
    )
    found = [Item(row.place, debt.code, debt.name, row.pieces, debt, count) for row, debt, count in listed]
    unlisted = session().scalars(
        sa.select(OldPartCount)
        .where(OldPartCount.batch_id == batch_id, OldPartCount.item_id.is_(None))
        .order_by(OldPartCount.place)
    )
    return found + [Item(count.place, count.code, count.name, 0, None, count) for count in unlisted]


@dataclass(frozen=True)
class CameBack:
    """Pieces of one part that the warehouse counted, as the monthly forms count them."""

    #: Of the batch.
    number: str
    on: dt.date
    code: str
    name: str
    #: Those that are the part that they should be.
    pieces: int
    #: What they were owed for: a repair record or a parts request; empty: not on the batch's list.
    document: str


def counted_in(dealer_id: int, first: dt.date, last: dt.date) -> list[CameBack]:
    """The old parts of a dealer that were counted within first … last and match, by batch and line."""
    statement = (
        sa.select(
            OldPartBatch.number,
            OldPartBatch.counted_on,
            OldPartCount.code,
            OldPartCount.name,
            OldPartCount.matching,
            OldPartDebt.document,
            OldPartCount.place,
        )
        .join(OldPartBatch, OldPartBatch.id == OldPartCount.batch_id)
        .outerjoin(OldPartItem, OldPartItem.id == OldPartCount.item_id)
        .outerjoin(OldPartDebt, OldPartDebt.id == OldPartItem.debt_id)
        .where(
            OldPartBatch.dealer_id == dealer_id,
            OldPartBatch.state == BatchState.COUNTED,
            OldPartBatch.counted_on.between(first, last),
            OldPartCount.matching > 0,
        )
    )
    return [
        CameBack(row.number, row.counted_on, row.code, row.name, row.matching, row.document or "")
        for row in sorted(session().execute(statement), key=lambda row: (row.number, row.place))
    ]


def cleared_by(batch_id: int) -> list[tuple[OldPartClearing, OldPartDebt]]:
    """What a batch cleared, with the debts."""
    statement = (
        sa.select(OldPartClearing, OldPartDebt)
        .join(OldPartDebt, OldPartDebt.id == OldPartClearing.debt_id)
        .where(OldPartClearing.batch_id == batch_id)
        .order_by(OldPartClearing.id)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def surplus_of(
    items: Iterable[Item], cleared: Iterable[tuple[OldPartClearing, OldPartDebt]]
) -> dict[str, int]:
    """Part → pieces that matched and cleared nothing."""
    found: dict[str, int] = defaultdict(int)
    for item in items:
        found[item.code] += item.count.matching if item.count else 0
    for row, debt in cleared:
        found[debt.code] -= row.pieces
    return {code: pieces for code, pieces in found.items() if pieces}


def batches(
    states: Iterable[BatchState], *, dealer_id: int | None = None, text: str = ""
) -> sa.Select[OldPartBatch, Dealer]:
    """Batches of the scope with their dealers, newest first; no states: all. `text`: part of number or waybill."""
    statement = sa.select(OldPartBatch, Dealer).join(Dealer, Dealer.id == OldPartBatch.dealer_id)
    chosen = list(states)
    if chosen:
        statement = statement.where(OldPartBatch.state.in_(chosen))
    if dealer_id is not None:
        statement = statement.where(OldPartBatch.dealer_id == dealer_id)
    if text:
        wanted = text.strip().upper()
        columns = (OldPartBatch.number, OldPartBatch.waybill)
        statement = statement.where(
            sa.or_(*(column.icontains(wanted, autoescape=True) for column in columns))
        )
    return statement.order_by(OldPartBatch.id.desc())


def count_batches() -> dict[BatchState, int]:
    """How many batches of the scope are in each state."""
    statement = sa.select(OldPartBatch.state, sa.func.count()).group_by(OldPartBatch.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def parts_named(codes: Iterable[str]) -> dict[str, Part]:
    """The parts with these codes, by code."""
    return catalogue.parts_by_code(codes)

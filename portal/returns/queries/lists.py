"""Lists of requests, and what waits for whom."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from portal.agreements.rules import CostClass
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Month
from portal.returns.models import (
    QuarantinedUnit,
    ReturnDecision,
    ReturnDisposition,
    ReturnedUnit,
    ReturnReceipt,
    ReturnRequest,
)
from portal.returns.rules import AT_WAREHOUSE, Disposition, ReturnState, Verdict
from portal.tenants.models import Dealer

#: Units that the receiving desk lists as expected.
MOST_EXPECTED = 500
#: Days for which an answer stands on the dealer's home page.
LATELY = 7


def _answered(since: dt.date) -> sa.ColumnElement[bool]:
    """Rejected in whole or in part, expired, or counted with something missing, since a day."""
    said = (
        sa.select(ReturnDecision.id)
        .where(ReturnDecision.request_id == ReturnRequest.id, ReturnDecision.verdict == Verdict.REJECTED)
        .correlate(ReturnRequest)
    )
    missing = (
        sa.select(ReturnDecision.id)
        .outerjoin(ReturnReceipt, ReturnReceipt.line_id == ReturnDecision.line_id)
        .where(
            ReturnDecision.request_id == ReturnRequest.id,
            ReturnDecision.verdict == Verdict.APPROVED,
            ReturnDecision.line_id.is_not(None),
            ReturnReceipt.id.is_(None),
        )
        .correlate(ReturnRequest)
    )
    return sa.or_(
        sa.and_(ReturnRequest.decided_on >= since, said.exists()),
        sa.and_(ReturnRequest.state == ReturnState.EXPIRED, ReturnRequest.expires_on >= since),
        sa.and_(ReturnRequest.counted_on >= since, missing.exists()),
    )


@dataclass(frozen=True)
class ReturnFilter:
    """What a list is narrowed to; `text` is a part of the number, or a serial on it."""

    states: tuple[ReturnState, ...] = ()
    dealer_id: int | None = None
    text: str = ""
    month: Month | None = None
    #: Requests that the manufacturer answered with less than was asked since that day (RT-7).
    answered_since: dt.date | None = None

    @property
    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same for a statement."""
        if self.states:
            yield ReturnRequest.state.in_(self.states)
        if self.dealer_id is not None:
            yield ReturnRequest.dealer_id == self.dealer_id
        if self.month is not None:
            yield ReturnRequest.filed_on.between(self.month.first, self.month.last)
        if self.answered_since is not None:
            yield _answered(self.answered_since)
        if self.text:
            wanted = self.text.strip().upper()
            with_serial = sa.select(ReturnedUnit.request_id).where(
                ReturnedUnit.serial.startswith(wanted, autoescape=True)
            )
            yield sa.or_(
                ReturnRequest.number.contains(wanted, autoescape=True), ReturnRequest.id.in_(with_serial)
            )


def _count(of: type[ReturnReceipt] | type[ReturnDisposition]) -> "sa.ScalarSelect[int]":
    return (
        sa.select(sa.func.count(of.id))
        .join(ReturnedUnit, ReturnedUnit.id == of.line_id)
        .where(ReturnedUnit.request_id == ReturnRequest.id)
        .correlate(ReturnRequest)
        .scalar_subquery()
    )


def inbox(
    wanted: ReturnFilter, *, oldest_first: bool = False
) -> sa.Select[ReturnRequest, Dealer, int, int, int]:
    """Requests that fit with selling point, units, units received and units dealt with, for a list."""
    units = (
        sa.select(sa.func.count(ReturnedUnit.id))
        .where(ReturnedUnit.request_id == ReturnRequest.id)
        .correlate(ReturnRequest)
        .scalar_subquery()
    )
    statement = sa.select(
        ReturnRequest, Dealer, units, _count(ReturnReceipt), _count(ReturnDisposition)
    ).join(Dealer, Dealer.id == ReturnRequest.point_id)
    order = ReturnRequest.id if oldest_first else ReturnRequest.id.desc()
    return statement.where(*wanted.conditions).order_by(order)


def rows_of(wanted: ReturnFilter, limit: int) -> list[tuple[ReturnRequest, Dealer, ReturnedUnit]]:
    """Every unit of the requests that fit, for a file."""
    statement = (
        sa.select(ReturnRequest, Dealer, ReturnedUnit)
        .join(Dealer, Dealer.id == ReturnRequest.point_id)
        .join(ReturnedUnit, ReturnedUnit.request_id == ReturnRequest.id)
        .where(*wanted.conditions)
        .order_by(ReturnRequest.id.desc(), ReturnedUnit.place)
        .limit(limit)
    )
    return [(request, dealer, row) for request, dealer, row in session().execute(statement)]


def dispositions_of(line_ids: Iterable[int]) -> dict[int, ReturnDisposition]:
    """Line → what became of its unit."""
    statement = sa.select(ReturnDisposition).where(ReturnDisposition.line_id.in_(list(line_ids)))
    return {row.line_id: row for row in session().scalars(statement)}


@dataclass(frozen=True)
class Disposed:
    """A unit that was dealt with, as the monthly forms count it."""

    #: Of the return request.
    number: str
    serial: str
    model: str
    disposition: Disposition
    on: dt.date


def disposed_in(dealer_id: int, first: dt.date, last: dt.date) -> list[Disposed]:
    """What became of a dealer's returned units within first … last (RT-5), in that order; its sub-dealers' too."""
    statement = (
        sa.select(
            ReturnRequest.number,
            ReturnedUnit.serial,
            ReturnedUnit.model,
            ReturnDisposition.disposition,
            ReturnDisposition.disposed_on,
        )
        .join(ReturnedUnit, ReturnedUnit.id == ReturnDisposition.line_id)
        .join(ReturnRequest, ReturnRequest.id == ReturnedUnit.request_id)
        .where(ReturnDisposition.dealer_id == dealer_id, ReturnDisposition.disposed_on.between(first, last))
        .order_by(ReturnDisposition.id)
    )
    return [Disposed(*row) for row in session().execute(statement)]


def counts() -> dict[ReturnState, int]:
    """How many requests of the scope are in each state."""
    statement = sa.select(ReturnRequest.state, sa.func.count(ReturnRequest.id)).group_by(ReturnRequest.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def count_in(states: Iterable[ReturnState]) -> int:
    """How many requests of the scope are in one of these states."""
    statement = sa.select(sa.func.count(ReturnRequest.id)).where(ReturnRequest.state.in_(list(states)))
    return session().scalar(statement) or 0


def oldest_waiting() -> dt.datetime | None:
    """Since when the request waits that waits longest for the reviewer."""
    statement = sa.select(sa.func.min(ReturnRequest.waiting_since)).where(
        ReturnRequest.state == ReturnState.SUBMITTED
    )
    return session().scalar(statement)


def units_to_dispose() -> tuple[int, dt.date | None]:
    """Units in the warehouse without a disposition, and the day on which the first of them came."""
    statement = (
        sa.select(sa.func.count(ReturnReceipt.id), sa.func.min(ReturnReceipt.received_on))
        .join(ReturnedUnit, ReturnedUnit.id == ReturnReceipt.line_id)
        .join(ReturnRequest, ReturnRequest.id == ReturnedUnit.request_id)
        .outerjoin(ReturnDisposition, ReturnDisposition.line_id == ReturnedUnit.id)
        .where(ReturnRequest.state.in_(AT_WAREHOUSE), ReturnDisposition.id.is_(None))
    )
    count, first = session().execute(statement).one()
    return count, first


def units_to_inspect(*, batch: bool) -> tuple[int, dt.date | None]:
    """Units in the warehouse that nobody looked at yet, of batch defects or others (RT-6), and when the first came."""
    looked = sa.select(ReturnDecision.id).where(
        ReturnDecision.line_id == ReturnedUnit.id, ReturnDecision.verdict == Verdict.INSPECTED
    )
    is_batch = ReturnedUnit.cost_class == CostClass.BATCH
    statement = (
        sa.select(sa.func.count(ReturnReceipt.id), sa.func.min(ReturnReceipt.received_on))
        .join(ReturnedUnit, ReturnedUnit.id == ReturnReceipt.line_id)
        .join(ReturnRequest, ReturnRequest.id == ReturnedUnit.request_id)
        .outerjoin(ReturnDisposition, ReturnDisposition.line_id == ReturnedUnit.id)
        .where(
            ReturnRequest.state.in_(AT_WAREHOUSE),
            ReturnDisposition.id.is_(None),
            ~looked.exists(),
            is_batch if batch else ~is_batch,
        )
    )
    count, first = session().execute(statement).one()
    return count, first


def answered_lately(today: dt.date) -> ReturnFilter:
    """The requests that the manufacturer answered with less than was asked in the last days (RT-7)."""
    return ReturnFilter(answered_since=today - dt.timedelta(days=LATELY))


def count_of(wanted: ReturnFilter) -> int:
    """How many requests of the scope fit."""
    return session().scalar(sa.select(sa.func.count(ReturnRequest.id)).where(*wanted.conditions)) or 0


def of_dealer(states: Iterable[ReturnState], limit: int = 20) -> list[ReturnRequest]:
    """The oldest requests of the scope in these states."""
    statement = (
        sa.select(ReturnRequest)
        .where(ReturnRequest.state.in_(list(states)))
        .order_by(ReturnRequest.expires_on, ReturnRequest.id)
        .limit(limit)
    )
    return list(session().scalars(statement))


@dataclass(frozen=True)
class Arriving:
    """A request of which units are on their way or come in."""

    request: ReturnRequest
    point: Dealer
    approved: int
    received: int
    #: What was not counted yet.
    missing: tuple[str, ...]


def expected_units() -> list[Arriving]:
    """The requests that are sent and not counted to the end, the first sent first."""
    lost = sa.select(ReturnDecision.line_id).where(ReturnDecision.verdict == Verdict.NOT_ARRIVED)
    rows = session().execute(
        sa.select(ReturnRequest, Dealer, ReturnedUnit.serial, ReturnReceipt.id)
        .join(Dealer, Dealer.id == ReturnRequest.point_id)
        .join(ReturnedUnit, ReturnedUnit.request_id == ReturnRequest.id)
        .join(ReturnDecision, ReturnDecision.line_id == ReturnedUnit.id)
        .outerjoin(ReturnReceipt, ReturnReceipt.line_id == ReturnedUnit.id)
        .where(
            ReturnRequest.state.in_([ReturnState.SHIPPED, *AT_WAREHOUSE]),
            ReturnRequest.counted_on.is_(None),
            ReturnDecision.verdict == Verdict.APPROVED,
            ReturnedUnit.id.not_in(lost.where(ReturnDecision.line_id.is_not(None))),
        )
        .order_by(ReturnRequest.id, ReturnedUnit.place)
        .limit(MOST_EXPECTED)
    )
    points: dict[ReturnRequest, Dealer] = {}
    counted: dict[ReturnRequest, list[tuple[str, bool]]] = defaultdict(list)
    for request, point, serial, receipt in rows:
        points[request] = point
        counted[request].append((serial, receipt is not None))
    return [
        Arriving(
            request,
            points[request],
            approved=len(units),
            received=sum(received for _, received in units),
            missing=tuple(serial for serial, received in units if not received),
        )
        for request, units in counted.items()
    ]


def received_today(day: dt.date, limit: int = 12) -> list[tuple[ReturnReceipt, ReturnedUnit, ReturnRequest]]:
    """What was counted on a day, the last first."""
    rows = session().execute(
        sa.select(ReturnReceipt, ReturnedUnit, ReturnRequest)
        .join(ReturnedUnit, ReturnedUnit.id == ReturnReceipt.line_id)
        .join(ReturnRequest, ReturnRequest.id == ReturnedUnit.request_id)
        .where(ReturnReceipt.received_on == day)
        .order_by(ReturnReceipt.id.desc())
        .limit(limit)
    )
    return [(receipt, row, request) for receipt, row, request in rows]


def quarantine(*, released: bool = False) -> sa.Select[QuarantinedUnit]:
    """The units that lie in quarantine, oldest first; or those that have left it, newest first."""
    statement = sa.select(QuarantinedUnit)
    if released:
        return statement.where(QuarantinedUnit.released_on.is_not(None)).order_by(QuarantinedUnit.id.desc())
    return statement.where(QuarantinedUnit.released_on.is_(None)).order_by(QuarantinedUnit.id)


def quarantined(unit_id: int) -> QuarantinedUnit:
    """One entry of the list. Raises NotFound."""
    found = session().scalars(sa.select(QuarantinedUnit).where(QuarantinedUnit.id == unit_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def in_quarantine(serial: str) -> QuarantinedUnit | None:
    """The entry of a serial that lies there."""
    statement = quarantine().where(QuarantinedUnit.serial == serial).limit(1)
    return session().scalars(statement).one_or_none()


def count_quarantined() -> int:
    """How many units lie there."""
    statement = sa.select(sa.func.count(QuarantinedUnit.id)).where(QuarantinedUnit.released_on.is_(None))
    return session().scalar(statement) or 0

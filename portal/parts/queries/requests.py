"""Requests with their lines as asked, decided, shipped and received."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.kernel.period import Month
from portal.parts.models import PartsDecision, PartsLine, PartsRequest, Receipt, Shipment, ShipmentLine
from portal.parts.rules import ARRIVING, TO_SHIP, RequestLine, RequestState
from portal.tenants.models import Dealer


@dataclass(frozen=True)
class Line:
    """One line of a request with everything that happened to it."""

    row: PartsLine
    decision: PartsDecision | None
    shipped: int
    received: int

    @property
    def rule(self) -> RequestLine:
        """The line as a value of the rules."""
        decided = None if self.decision is None else self.decision.approved
        return RequestLine(
            self.row.code,
            self.row.supply,
            self.row.price,
            self.row.asked,
            decided=decided,
            shipped=self.shipped,
        )


@dataclass(frozen=True)
class Sent:
    """One line of a shipment; `receipt` is None until the dealer confirmed it."""

    row: ShipmentLine
    line: PartsLine
    receipt: Receipt | None

    @property
    def missing(self) -> int:
        """Pieces that were sent and not received in good order; 0 while nobody has counted."""
        return 0 if self.receipt is None else self.row.pieces - self.receipt.pieces


@dataclass(frozen=True)
class Parcel:
    """A shipment with its lines."""

    shipment: Shipment
    lines: tuple[Sent, ...]

    @property
    def receipt(self) -> Receipt | None:
        """The receipt of its first line: all lines are confirmed together."""
        return self.lines[0].receipt if self.lines else None

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)


def get(number: str) -> PartsRequest:
    """A request of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(PartsRequest).where(PartsRequest.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def agreement_of(number: str) -> int:
    """The agreement of a request, without loading it: what its fund is locked by. Raises NotFound."""
    found = session().scalar(sa.select(PartsRequest.agreement_id).where(PartsRequest.number == number))
    if found is None:
        raise NotFound
    return found


def lines_of(request_id: int) -> tuple[Line, ...]:
    """The lines of a request in their order."""
    sent = (
        sa.select(
            ShipmentLine.line_id,
            sa.func.sum(ShipmentLine.pieces).label("shipped"),
            sa.func.sum(sa.func.coalesce(Receipt.pieces, 0)).label("received"),
        )
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .where(PartsLine.request_id == request_id)
        .group_by(ShipmentLine.line_id)
        .subquery()
    )
    rows = session().execute(
        sa.select(PartsLine, PartsDecision, sent.c.shipped, sent.c.received)
        .outerjoin(PartsDecision, PartsDecision.line_id == PartsLine.id)
        .outerjoin(sent, sent.c.line_id == PartsLine.id)
        .where(PartsLine.request_id == request_id)
        .order_by(PartsLine.place)
    )
    return tuple(
        Line(row, decision, int(gone or 0), int(counted or 0)) for row, decision, gone, counted in rows
    )


def parcels_of(request_id: int) -> list[Parcel]:
    """The shipments of a request, oldest first."""
    return _parcels(Shipment.request_id == request_id)


def parcel(number: str) -> Parcel:
    """A shipment of the scope by its number. Raises NotFound."""
    found = _parcels(Shipment.number == number)
    if not found:
        raise NotFound
    return found[0]


def parcel_of(request_number: str, number: str) -> Parcel:
    """A shipment of this request. Raises NotFound."""
    found = parcel(number)
    if found.shipment.request_id != get(request_number).id:
        raise NotFound
    return found


def _parcels(wanted: sa.ColumnElement[bool]) -> list[Parcel]:
    rows = session().execute(
        sa.select(Shipment, ShipmentLine, PartsLine, Receipt)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .where(wanted)
        .order_by(Shipment.id, PartsLine.place)
    )
    shipments: dict[int, Shipment] = {}
    lines: dict[int, list[Sent]] = defaultdict(list)
    for shipment, row, line, receipt in rows:
        shipments[shipment.id] = shipment
        lines[shipment.id].append(Sent(row, line, receipt))
    return [Parcel(shipment, tuple(lines[found])) for found, shipment in shipments.items()]


def all_received(request_id: int) -> bool:
    """Whether the dealer confirmed every shipment of a request."""
    open_line = session().scalar(
        sa.select(ShipmentLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .where(Shipment.request_id == request_id, Receipt.id.is_(None))
        .limit(1)
    )
    return open_line is None


@dataclass(frozen=True)
class RequestFilter:
    """What a list of requests is narrowed to; `text` is a part of the number, or the code of a part on it."""

    states: tuple[RequestState, ...] = ()
    dealer_id: int | None = None
    text: str = ""
    month: Month | None = None

    @property
    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same for a statement."""
        if self.states:
            yield PartsRequest.state.in_(self.states)
        if self.dealer_id is not None:
            yield PartsRequest.dealer_id == self.dealer_id
        if self.month is not None:
            yield PartsRequest.filed_on.between(self.month.first, self.month.last)
        if self.text:
            wanted = self.text.strip().upper()
            with_part = sa.select(PartsLine.request_id).where(PartsLine.code == wanted)
            yield sa.or_(
                PartsRequest.number.contains(wanted, autoescape=True), PartsRequest.id.in_(with_part)
            )


def inbox(wanted: RequestFilter, *, oldest_first: bool = False) -> sa.Select[PartsRequest, Dealer, int]:
    """The requests of the scope that fit with their dealers and numbers of lines, for a list."""
    lines = sa.select(sa.func.count()).where(PartsLine.request_id == PartsRequest.id).scalar_subquery()
    statement = sa.select(PartsRequest, Dealer, lines).join(Dealer, Dealer.id == PartsRequest.dealer_id)
    order = PartsRequest.id if oldest_first else PartsRequest.id.desc()
    return statement.where(*wanted.conditions).order_by(order)


def all_requests(wanted: RequestFilter) -> list[tuple[PartsRequest, Dealer, int]]:
    """The whole of that list, for a file."""
    return [(row, dealer, lines) for row, dealer, lines in session().execute(inbox(wanted))]


def inbox_sum(wanted: RequestFilter) -> tuple[int, Decimal]:
    """How many requests that list has, and what they come to as asked."""
    statement = sa.select(sa.func.count(), sa.func.sum(PartsRequest.total)).where(*wanted.conditions)
    count, amount = session().execute(statement).one()
    return count, amount or ZERO


def count_by_state() -> dict[RequestState, int]:
    """How many requests of the scope are in each state."""
    statement = sa.select(PartsRequest.state, sa.func.count().label("requests")).group_by(PartsRequest.state)
    return {row.state: row.requests for row in session().execute(statement)}


def count_in(states: Iterable[RequestState]) -> int:
    """How many requests of the scope are in one of these states."""
    return session().scalar(sa.select(sa.func.count()).where(PartsRequest.state.in_(list(states)))) or 0


def undecided(agreement_id: int) -> int:
    """Requests of an agreement that wait for the manufacturer's decision."""
    statement = sa.select(sa.func.count()).where(
        PartsRequest.agreement_id == agreement_id, PartsRequest.state == RequestState.SUBMITTED
    )
    return session().scalar(statement) or 0


def to_receive() -> list[tuple[Shipment, str]]:
    """Shipments of the scope whose receipt nobody confirmed yet with their requests' numbers, oldest first."""
    statement = (
        sa.select(Shipment, PartsRequest.number)
        .join(PartsRequest, PartsRequest.id == Shipment.request_id)
        .where(PartsRequest.state.in_(ARRIVING), ~_counted().exists())
        .order_by(Shipment.id)
    )
    return [(shipment, number) for shipment, number in session().execute(statement)]


def count_to_receive() -> int:
    """How many those are."""
    statement = (
        sa.select(sa.func.count())
        .select_from(Shipment)
        .join(PartsRequest, PartsRequest.id == Shipment.request_id)
        .where(PartsRequest.state.in_(ARRIVING), ~_counted().exists())
    )
    return session().scalar(statement) or 0


def _counted() -> sa.Select[int]:
    return (
        sa.select(Receipt.id)
        .join(ShipmentLine, ShipmentLine.id == Receipt.shipment_line_id)
        .where(ShipmentLine.shipment_id == Shipment.id)
        .correlate(Shipment)
    )


def open_requests(agreement_id: int) -> list[PartsRequest]:
    """Requests that hold money of the fund: those to be decided and those to be shipped."""
    statement = sa.select(PartsRequest).where(
        PartsRequest.agreement_id == agreement_id, PartsRequest.state.in_([RequestState.SUBMITTED, *TO_SHIP])
    )
    return list(session().scalars(statement))

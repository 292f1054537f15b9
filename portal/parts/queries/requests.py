"""Requests with their lines as asked, decided, substituted, shipped and received; lists of requests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.kernel.period import Month
from portal.parts.models import (
    DifferenceAnswer,
    DifferenceCase,
    PartsDecision,
    PartsLine,
    PartsRequest,
    PartsSubstitute,
    Receipt,
    Reshipment,
    ShipmentLine,
)
from portal.parts.rules import TO_SHIP, DifferenceOutcome, RequestLine, RequestState
from portal.tenants.models import Dealer


@dataclass(frozen=True)
class Line:
    """One line of a request with everything that happened to it."""

    row: PartsLine
    decision: PartsDecision | None
    substitute: PartsSubstitute | None
    shipped: int
    received: int
    credited: int

    @property
    def supplied(self) -> PartsLine | PartsSubstitute:
        """What is supplied: its substitute if there is one, else the part that was asked for."""
        return self.substitute or self.row

    @property
    def rule(self) -> RequestLine:
        """The line as a value of the rules."""
        return RequestLine(
            self.supplied.code,
            self.supplied.supply,
            self.supplied.price,
            self.row.asked,
            decided=None if self.decision is None else self.decision.approved,
            shipped=self.shipped,
            credited=self.credited,
            refills=self.row.refills,
        )


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
    return lines_of_requests([request_id]).get(request_id, ())


def lines_of_requests(request_ids: Iterable[int]) -> dict[int, tuple[Line, ...]]:
    """The lines of several requests, each in their order."""
    ids = list(request_ids)
    sent = _sent(ids)
    rows = session().execute(
        sa.select(PartsLine, PartsDecision, PartsSubstitute, sent.c.shipped, sent.c.received, sent.c.credited)
        .outerjoin(PartsDecision, PartsDecision.line_id == PartsLine.id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .outerjoin(sent, sent.c.line_id == PartsLine.id)
        .where(PartsLine.request_id.in_(ids))
        .order_by(PartsLine.request_id, PartsLine.place)
    )
    found: dict[int, tuple[Line, ...]] = {}
    for row, decision, substitute, shipped, received, credited in rows:
        line = Line(row, decision, substitute, int(shipped or 0), int(received or 0), int(credited or 0))
        found[row.request_id] = (*found.get(row.request_id, ()), line)
    return found


def _sent(request_ids: list[int]) -> sa.Subquery:
    """By line: pieces shipped (sent again for a difference: not a second time), received in good order, credited."""
    wrong = (
        sa.select(
            DifferenceCase.shipment_line_id.label("sent_id"),
            sa.func.sum(DifferenceCase.pieces).label("pieces"),
            sa.func.sum(
                sa.case(
                    (DifferenceAnswer.outcome == DifferenceOutcome.CREDIT, DifferenceCase.pieces), else_=0
                )
            ).label("credited"),
        )
        .join(ShipmentLine, ShipmentLine.id == DifferenceCase.shipment_line_id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .outerjoin(DifferenceAnswer, DifferenceAnswer.difference_id == DifferenceCase.id)
        .where(PartsLine.request_id.in_(request_ids))
        .group_by(DifferenceCase.shipment_line_id)
        .subquery()
    )
    left = ShipmentLine.pieces - sa.func.coalesce(wrong.c.pieces, 0)
    good = sa.case((left < Receipt.pieces, left), else_=Receipt.pieces)
    return (
        sa.select(
            ShipmentLine.line_id,
            sa.func.sum(sa.case((Reshipment.id.is_(None), ShipmentLine.pieces), else_=0)).label("shipped"),
            sa.func.sum(sa.case((Receipt.id.is_(None), 0), else_=good)).label("received"),
            sa.func.sum(sa.func.coalesce(wrong.c.credited, 0)).label("credited"),
        )
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .outerjoin(Reshipment, Reshipment.shipment_id == ShipmentLine.shipment_id)
        .outerjoin(wrong, wrong.c.sent_id == ShipmentLine.id)
        .where(PartsLine.request_id.in_(request_ids))
        .group_by(ShipmentLine.line_id)
        .subquery()
    )


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


def open_requests(agreement_id: int) -> list[PartsRequest]:
    """Requests that hold money of the fund: those to be decided and those to be shipped."""
    statement = sa.select(PartsRequest).where(
        PartsRequest.agreement_id == agreement_id, PartsRequest.state.in_([RequestState.SUBMITTED, *TO_SHIP])
    )
    return list(session().scalars(statement))

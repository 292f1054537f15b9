"""Reading parts requests: their lines as asked, decided, shipped and received, what a new one would cost, figures."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.agreements.models import Agreement
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Part
from portal.catalogue.rules import Supply
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.money import total
from portal.kernel.period import Month
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.ledger.rules import Cover, counting_quarter
from portal.parts.models import PartsDecision, PartsLine, PartsRequest, Receipt, Shipment, ShipmentLine
from portal.parts.rules import TO_SHIP, RequestLine, RequestState, request_total


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


@dataclass(frozen=True)
class Drawn:
    """One part behind what a shipment drew on the fund: `amount` is quantity × price."""

    code: str
    name: str
    quantity: int
    price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Preview:
    """What a request would cost and how far the quota covers it (PT-1, PT-2)."""

    lines: tuple[tuple[Part, RequestLine], ...]
    cover: Cover

    @property
    def pieces(self) -> int:
        return sum(line.asked for _, line in self.lines)


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
    shipments = session().scalars(
        sa.select(Shipment).where(Shipment.request_id == request_id).order_by(Shipment.id)
    )
    return [parcel_of(shipment) for shipment in shipments]


def parcel(number: str) -> Parcel:
    """A shipment of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Shipment).where(Shipment.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return parcel_of(found)


def parcel_of(shipment: Shipment) -> Parcel:
    """A shipment with its lines and what was counted of them."""
    rows = session().execute(
        sa.select(ShipmentLine, PartsLine, Receipt)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .where(ShipmentLine.shipment_id == shipment.id)
        .order_by(PartsLine.place)
    )
    return Parcel(shipment, tuple(Sent(*row) for row in rows))


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


def priced(pieces: Mapping[str, int], day: dt.date) -> tuple[tuple[Part, RequestLine], ...]:
    """The lines that `pieces` (part → pieces) make at the prices of `day` (PT-10), in their order.

    Raises RuleBroken PT-1 for a part that is unknown or not supplied any more, PT-10 for one without a price.
    """
    known = catalogue.parts_by_code(pieces)
    prices = catalogue.prices_on(day, [part.id for part in known.values()])
    lines = []
    for code, count in pieces.items():
        part = known.get(code.strip().upper())
        if part is None or not part.active:
            raise RuleBroken("PT-1", T("There is no part {part} to request.", part=code), field="lines")
        if part.id not in prices:
            raise RuleBroken("PT-10", T("Part {part} has no price yet.", part=part.code), field="lines")
        lines.append((part, RequestLine(part.code, part.supply, prices[part.id], count)))
    return tuple(lines)


def preview(agreement: Agreement, pieces: Mapping[str, int], day: dt.date) -> Preview:
    """What a request for `pieces` would cost on `day` and how far the quota covers it now (PT-2).

    Raises RuleBroken like `priced`.
    """
    lines = priced(pieces, day)
    return Preview(lines, cover(agreement, request_total(line for _, line in lines), day))


def cover(agreement: Agreement, cost: Decimal, day: dt.date) -> Cover:
    """How far the quota of `day` covers fund parts that cost `cost`."""
    fund = ledger.fund(agreement.id)
    quarter = counting_quarter(day, fund.frozen_until if fund else None)
    return ledger.quota(agreement, quarter).cover(cost)


def choices(day: dt.date) -> list[tuple[Part, Decimal]]:
    """The parts that the request form offers, with their prices of `day`, by code."""
    parts = catalogue.parts(active_only=True, supply=Supply.FUND)
    prices = catalogue.prices_on(day)
    return [(part, prices[part.id]) for part in parts if part.id in prices]


def inbox(
    *,
    states: Sequence[RequestState] = (),
    dealer_id: int | None = None,
    text: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
    oldest_first: bool = False,
) -> sa.Select[Any]:
    """The requests of the scope that fit, for a list: by state, dealer, filing date, number or part code."""
    statement = sa.select(PartsRequest)
    if states:
        statement = statement.where(PartsRequest.state.in_(states))
    if dealer_id is not None:
        statement = statement.where(PartsRequest.dealer_id == dealer_id)
    if first is not None:
        statement = statement.where(PartsRequest.filed_on >= first)
    if last is not None:
        statement = statement.where(PartsRequest.filed_on <= last)
    if text:
        wanted = text.strip().upper()
        with_part = sa.select(PartsLine.request_id).where(PartsLine.code == wanted)
        statement = statement.where(
            sa.or_(PartsRequest.number.contains(wanted, autoescape=True), PartsRequest.id.in_(with_part))
        )
    return statement.order_by(PartsRequest.id if oldest_first else PartsRequest.id.desc())


def count_by_state(dealer_id: int | None = None) -> dict[RequestState, int]:
    """How many requests of the scope are in each state."""
    statement = sa.select(PartsRequest.state, sa.func.count().label("requests")).group_by(PartsRequest.state)
    if dealer_id is not None:
        statement = statement.where(PartsRequest.dealer_id == dealer_id)
    return {row.state: row.requests for row in session().execute(statement)}


def undecided(agreement_id: int) -> int:
    """Requests of an agreement that wait for the manufacturer's decision."""
    statement = sa.select(sa.func.count()).where(
        PartsRequest.agreement_id == agreement_id, PartsRequest.state == RequestState.SUBMITTED
    )
    return session().scalar(statement) or 0


def to_receive() -> list[Shipment]:
    """Shipments of the scope whose receipt nobody confirmed yet, oldest first."""
    counted = (
        sa.select(Receipt.id)
        .join(ShipmentLine, ShipmentLine.id == Receipt.shipment_line_id)
        .where(ShipmentLine.shipment_id == Shipment.id)
    )
    statement = sa.select(Shipment).where(~counted.exists()).order_by(Shipment.id)
    return list(session().scalars(statement))


def open_requests(agreement_id: int) -> list[PartsRequest]:
    """Requests that hold money of the fund: those to be decided and those to be shipped."""
    statement = sa.select(PartsRequest).where(
        PartsRequest.agreement_id == agreement_id, PartsRequest.state.in_([RequestState.SUBMITTED, *TO_SHIP])
    )
    return list(session().scalars(statement))


def month_figures(agreement_id: int, month: Month) -> dict[str, Any]:
    """What the monthly forms say about parts (MF-1, PT-11), by filing and shipping dates; amounts are text."""
    within = (month.first, month.last)
    asked = (
        session()
        .scalars(
            sa.select(PartsRequest.total).where(
                PartsRequest.agreement_id == agreement_id, PartsRequest.filed_on.between(*within)
            )
        )
        .all()
    )
    shipments = (
        session()
        .scalars(
            sa.select(Shipment).where(
                Shipment.agreement_id == agreement_id, Shipment.shipped_on.between(*within)
            )
        )
        .all()
    )
    return {
        "requests": len(asked),
        "requested": str(total(asked)),
        "shipments": len(shipments),
        "drawn": str(total(shipment.cost for shipment in shipments)),
        "express": str(total(shipment.express for shipment in shipments)),
        "parts": shipped_parts(agreement_id, month),
    }


def shipped_parts(agreement_id: int, month: Month) -> list[dict[str, Any]]:
    """The parts shipped in a month with pieces and what they drew, by code; the amounts are text."""
    rows = session().execute(
        sa.select(PartsLine, ShipmentLine.pieces)
        .join(ShipmentLine, ShipmentLine.line_id == PartsLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.agreement_id == agreement_id, Shipment.shipped_on.between(month.first, month.last))
        .order_by(PartsLine.code, PartsLine.id)
    )
    found: dict[str, dict[str, Any]] = {}
    for line, pieces in rows:
        cost = RequestLine(line.code, line.supply, line.price, line.asked).cost(pieces)
        known = found.setdefault(
            line.code,
            {"code": line.code, "name": line.name, "unit": line.unit, "pieces": 0, "amount": "0.00"},
        )
        known["pieces"] += pieces
        known["amount"] = str(Decimal(known["amount"]) + cost)
    return list(found.values())


def drawn_by(shipments: Iterable[str]) -> dict[str, list[Drawn]]:
    """The parts behind the draws of shipments, by the shipment's number; what cost the fund nothing is left out."""
    rows = session().execute(
        sa.select(Shipment.number, PartsLine, ShipmentLine.pieces)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .where(Shipment.number.in_(list(shipments)))
        .order_by(Shipment.id, PartsLine.place)
    )
    found: dict[str, list[Drawn]] = {}
    for number, line, pieces in rows:
        if amount := RequestLine(line.code, line.supply, line.price, line.asked).cost(pieces):
            found.setdefault(number, []).append(Drawn(line.code, line.name, pieces, line.price, amount))
    return found

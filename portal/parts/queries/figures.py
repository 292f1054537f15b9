"""What monthly forms and statements say about parts (MF-1, PT-11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.money import total
from portal.kernel.period import Month
from portal.parts.models import (
    DifferenceAnswer,
    DifferenceCase,
    PartsLine,
    PartsRequest,
    PartsSubstitute,
    Reshipment,
    Shipment,
    ShipmentLine,
)
from portal.parts.rules import DifferenceOutcome, RequestLine


@dataclass(frozen=True)
class Drawn:
    """One part behind what a shipment drew on the fund: `amount` is quantity × price."""

    code: str
    name: str
    quantity: int
    price: Decimal
    amount: Decimal


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
        sa.select(PartsLine, PartsSubstitute, ShipmentLine.pieces)
        .join(ShipmentLine, ShipmentLine.line_id == PartsLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .outerjoin(Reshipment, Reshipment.shipment_id == Shipment.id)
        .where(Reshipment.id.is_(None))
        .where(Shipment.agreement_id == agreement_id, Shipment.shipped_on.between(month.first, month.last))
        .order_by(PartsLine.code, PartsLine.id)
    )
    found: dict[str, dict[str, Any]] = {}
    for asked, other, pieces in rows:
        line = _supplied(asked, other)
        cost = _cost(line, pieces)
        known = found.setdefault(
            line.code,
            {"code": line.code, "name": line.name, "unit": line.unit, "pieces": 0, "amount": "0.00"},
        )
        known["pieces"] += pieces
        known["amount"] = str(Decimal(known["amount"]) + cost)
    return list(found.values())


def drawn_by(acts: Iterable[str]) -> dict[str, list[Drawn]]:
    """The parts behind draws, by the number of the shipment, or of the difference that was credited.

    What cost the fund nothing is left out; what was credited has a negative quantity.
    """
    numbers = list(acts)
    shipped = (
        sa.select(Shipment.number, PartsLine, PartsSubstitute, ShipmentLine.pieces)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .where(Shipment.number.in_(numbers))
        .order_by(Shipment.id, PartsLine.place)
    )
    credited = (
        sa.select(DifferenceCase.number, PartsLine, PartsSubstitute, -DifferenceCase.pieces)
        .join(DifferenceAnswer, DifferenceAnswer.difference_id == DifferenceCase.id)
        .join(ShipmentLine, ShipmentLine.id == DifferenceCase.shipment_line_id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .where(DifferenceCase.number.in_(numbers), DifferenceAnswer.outcome == DifferenceOutcome.CREDIT)
    )
    found: dict[str, list[Drawn]] = {}
    for number, asked, other, pieces in (*session().execute(shipped), *session().execute(credited)):
        line = _supplied(asked, other)
        if amount := _cost(line, pieces):
            found.setdefault(number, []).append(Drawn(line.code, line.name, pieces, line.price, amount))
    return found


def _cost(line: PartsLine | PartsSubstitute, pieces: int) -> Decimal:
    return RequestLine(line.code, line.supply, line.price, pieces).cost(pieces)


def _supplied(asked: PartsLine, other: PartsSubstitute | None) -> PartsLine | PartsSubstitute:
    return asked if other is None else other

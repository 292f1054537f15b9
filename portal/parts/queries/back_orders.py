"""What is approved and not shipped yet (PT-6)."""

import datetime as dt

import sqlalchemy as sa

from portal.kernel.db import session
from portal.parts.models import (
    PartsDecision,
    PartsLine,
    PartsRequest,
    PartsSubstitute,
    Reshipment,
    ShipmentLine,
)
from portal.parts.rules import TO_SHIP
from portal.tenants.models import Dealer

Row = tuple[PartsRequest, Dealer, PartsLine, PartsSubstitute | None, int, int]


def back_orders(
    *, overdue_on: dt.date | None = None, dealer_id: int | None = None, text: str = ""
) -> sa.Select[*Row]:
    """Lines that wait for their shipment, the one that is due first on top, with pieces approved and shipped.

    `overdue_on`: only those whose last day to ship is before this day; `text`: a part of the request's number, or the
    code of the part.
    """
    again = sa.select(Reshipment.id).where(Reshipment.shipment_id == ShipmentLine.shipment_id)
    shipped = (
        sa.select(sa.func.coalesce(sa.func.sum(ShipmentLine.pieces), 0))
        .where(ShipmentLine.line_id == PartsLine.id, ~again.exists())
        .correlate(PartsLine)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            PartsRequest, Dealer, PartsLine, PartsSubstitute, PartsDecision.approved, shipped.label("shipped")
        )
        .join(Dealer, Dealer.id == PartsRequest.dealer_id)
        .join(PartsLine, PartsLine.request_id == PartsRequest.id)
        .join(PartsDecision, PartsDecision.line_id == PartsLine.id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .where(PartsRequest.state.in_(sorted(TO_SHIP)), PartsDecision.approved > shipped)
    )
    if overdue_on is not None:
        statement = statement.where(PartsRequest.ship_due < overdue_on)
    if dealer_id is not None:
        statement = statement.where(PartsRequest.dealer_id == dealer_id)
    if wanted := text.strip().upper():
        code = sa.func.coalesce(PartsSubstitute.code, PartsLine.code)
        statement = statement.where(
            sa.or_(PartsRequest.number.contains(wanted, autoescape=True), code == wanted)
        )
    return statement.order_by(PartsRequest.ship_due, PartsRequest.id, PartsLine.place)


def count_overdue(today: dt.date) -> int:
    """How many requests should have been shipped before today."""
    statement = sa.select(sa.func.count()).where(
        PartsRequest.state.in_(sorted(TO_SHIP)), PartsRequest.ship_due < today
    )
    return session().scalar(statement) or 0

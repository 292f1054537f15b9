"""The floor stock of an agreement: what is consigned, what repairs used of it, what may be asked for (PT-5)."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.catalogue.models import Part
from portal.catalogue.rules import Supply
from portal.kernel.db import session
from portal.kernel.money import total
from portal.kernel.period import Month
from portal.ledger import queries as ledger
from portal.ledger.models import RecordedFigure
from portal.ledger.rules import FigureKind
from portal.parts.models import PartsLine, PartsRequest
from portal.parts.models.stock import Stock, StockMovement
from portal.parts.queries.requests import lines_of_requests
from portal.parts.rules import Floor, FloorLine, floor, floor_limit, latest_months
from portal.parts.rules.stock import MovementKind


def floor_stock(agreement: Agreement, day: dt.date) -> Floor:
    """The floor stock of an agreement on `day`; in a command lock its fund first, so that it stays true."""
    terms = agreements.terms_on(agreement.id, day)
    months = latest_months(Month.of(day), terms.floor_stock_months)
    rate = terms.floor_stock_rate
    limit = floor_limit(rate, len(months), sales(agreement.id, months)) if rate and months else None
    return floor(limit, _lines(agreement.id), _used(agreement.dealer_id))


def sales(agreement_id: int, months: tuple[Month, ...]) -> Decimal:
    """What the dealer sold in these months: its recorded sales, or, where none are recorded, what it remitted."""
    within = (months[0].first, months[-1].last)
    recorded = session().scalar(
        sa.select(sa.func.sum(RecordedFigure.income)).where(
            RecordedFigure.agreement_id == agreement_id,
            RecordedFigure.kind == FigureKind.SALES,
            RecordedFigure.date.between(*within),
        )
    )
    if recorded is not None:
        return recorded
    return total(ledger.month_remitted(agreement_id, month)[0] for month in months)


def _lines(agreement_id: int) -> list[FloorLine]:
    """What every request of the agreement promised or brought of floor stock."""
    rows = session().execute(
        sa.select(PartsRequest.id, PartsRequest.state)
        .join(PartsLine, PartsLine.request_id == PartsRequest.id)
        .where(PartsRequest.agreement_id == agreement_id, PartsLine.supply == Supply.FLOOR_STOCK)
        .distinct()
    )
    states = {row.id: row.state for row in rows}
    return [
        FloorLine(line.rule.part, line.rule.price, line.rule.promised(states[request_id]), line.rule.refills)
        for request_id, lines in lines_of_requests(states).items()
        for line in lines
        if line.rule.supply is Supply.FLOOR_STOCK
    ]


def _used(dealer_id: int) -> dict[str, int]:
    """Part → pieces that the repairs of a dealer and its selling points took out of their floor stock."""
    rows = session().execute(
        sa.select(Part.code, sa.func.sum(StockMovement.pieces))
        .join(Stock, Stock.id == StockMovement.stock_id)
        .join(Part, Part.id == Stock.part_id)
        .where(
            StockMovement.dealer_id == dealer_id,
            StockMovement.kind == MovementKind.REPAIR,
            Part.supply == Supply.FLOOR_STOCK,
        )
        .group_by(Part.code)
    )
    return {code: max(-int(pieces or 0), 0) for code, pieces in rows}

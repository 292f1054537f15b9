"""A dealer's stock of parts: what is there, what moved it, what to ask for next (PT-8)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Part
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.parts.models.requests import PartsDecision, PartsLine, PartsRequest, PartsSubstitute
from portal.parts.models.shipments import Receipt, Shipment, ShipmentLine
from portal.parts.models.stock import Stock, StockMovement, Stocktake, StocktakeLine
from portal.parts.rules import ARRIVING, TO_SHIP, RequestState
from portal.parts.rules.stock import MovementKind, Need, use_since


def point_of(actor: Actor) -> int:
    """The selling point whose stock the actor keeps: its own, else the dealer's."""
    return actor.point_id or actor.dealer_id or 0


@dataclass(frozen=True)
class Kept:
    """One part in stock with what a suggestion is made from."""

    part: Part
    need: Need


def kept(point_id: int, today: dt.date) -> list[Kept]:
    """Every part that a selling point has had, used, ordered or set a minimum for, by code."""
    rows = session().execute(
        sa.select(Stock, Part)
        .join(Part, Part.id == Stock.part_id)
        .where(Stock.point_id == point_id)
        .order_by(Part.code)
    )
    stocks = {part.code: (stock, part) for stock, part in rows}
    used, ordered = _used(point_id, today), on_order(point_id)
    found = [
        Kept(part, Need(code, stock.pieces, stock.minimum, used.get(stock.id, 0), ordered.get(code, 0)))
        for code, (stock, part) in stocks.items()
    ]
    missing = catalogue.parts_by_code(ordered.keys() - stocks.keys())
    found += [Kept(part, Need(code, 0, 0, 0, ordered[code])) for code, part in missing.items()]
    return sorted(found, key=lambda one: one.part.code)


def _used(point_id: int, today: dt.date) -> dict[int, int]:
    """Stock → pieces fitted in the days whose use counts; what a correction put back is not used."""
    statement = (
        sa.select(StockMovement.stock_id, sa.func.sum(-StockMovement.pieces))
        .where(
            StockMovement.point_id == point_id,
            StockMovement.kind == MovementKind.REPAIR,
            StockMovement.moved_on.between(use_since(today), today),
        )
        .group_by(StockMovement.stock_id)
    )
    return {stock_id: max(int(pieces), 0) for stock_id, pieces in session().execute(statement)}


def on_order(dealer_id: int) -> dict[str, int]:
    """Part → pieces that a dealer asked for and has not received: undecided, to be shipped, on the way."""
    found: dict[str, int] = {}
    supplied = sa.func.coalesce(PartsSubstitute.code, PartsLine.code)
    asked = (
        sa.select(supplied, sa.func.sum(PartsLine.asked))
        .select_from(PartsLine)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .join(PartsRequest, PartsRequest.id == PartsLine.request_id)
        .where(PartsRequest.dealer_id == dealer_id, PartsRequest.state == RequestState.SUBMITTED)
    )
    shipped = (
        sa.select(sa.func.coalesce(sa.func.sum(ShipmentLine.pieces), 0))
        .where(ShipmentLine.line_id == PartsLine.id)
        .scalar_subquery()
    )
    to_ship = (
        sa.select(supplied, sa.func.sum(PartsDecision.approved - shipped))
        .select_from(PartsLine)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .join(PartsRequest, PartsRequest.id == PartsLine.request_id)
        .join(PartsDecision, PartsDecision.line_id == PartsLine.id)
        .where(PartsRequest.dealer_id == dealer_id, PartsRequest.state.in_(TO_SHIP))
    )
    on_the_way = (
        sa.select(supplied, sa.func.sum(ShipmentLine.pieces))
        .select_from(PartsLine)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .join(ShipmentLine, ShipmentLine.line_id == PartsLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(PartsRequest, PartsRequest.id == Shipment.request_id)
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .where(PartsRequest.dealer_id == dealer_id, PartsRequest.state.in_(ARRIVING), Receipt.id.is_(None))
    )
    for statement in (asked, to_ship, on_the_way):
        for code, pieces in session().execute(statement.group_by(supplied)):
            if pieces:
                found[code] = found.get(code, 0) + int(pieces)
    return found


def pieces_of(point_id: int, codes: Collection[str]) -> dict[str, int]:
    """Part → pieces in stock by the books; a part that is not named has none."""
    statement = (
        sa.select(Part.code, Stock.pieces)
        .join(Part, Part.id == Stock.part_id)
        .where(Stock.point_id == point_id, Part.code.in_({code.strip().upper() for code in codes}))
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def count_low(point_id: int) -> int:
    """How many parts are below their minimum, or below nothing."""
    low = sa.or_(Stock.pieces < Stock.minimum, Stock.pieces < 0)
    statement = sa.select(sa.func.count()).select_from(Stock).where(Stock.point_id == point_id, low)
    return session().scalar(statement) or 0


def one(point_id: int, code: str) -> tuple[Stock, Part]:
    """The stock of a part at a selling point, an empty one when it never had any. Raises NotFound for the part."""
    part = catalogue.part(code)
    statement = sa.select(Stock).where(Stock.point_id == point_id, Stock.part_id == part.id)
    return session().scalars(statement).one_or_none() or Stock(pieces=0, minimum=0), part


def need_of(point_id: int, part: Part, today: dt.date) -> Need:
    """What a suggestion for one part is made from."""
    found = (one.need for one in kept(point_id, today) if one.part.id == part.id)
    return next(found, Need(part.code, 0, 0, 0, 0))


def movements(stock_id: int) -> sa.Select[StockMovement]:
    """What moved a stock, newest first."""
    return (
        sa.select(StockMovement).where(StockMovement.stock_id == stock_id).order_by(StockMovement.id.desc())
    )


def stocktakes(point_id: int) -> sa.Select[Stocktake, int, int]:
    """The counts of a selling point with their numbers of parts and of differences, newest first."""
    lines = sa.select(sa.func.count()).where(StocktakeLine.stocktake_id == Stocktake.id)
    wrong = lines.where(StocktakeLine.book != StocktakeLine.counted)
    return (
        sa.select(Stocktake, lines.scalar_subquery(), wrong.scalar_subquery())
        .where(Stocktake.point_id == point_id)
        .order_by(Stocktake.id.desc())
    )


def stocktake(number: str) -> tuple[Stocktake, list[tuple[StocktakeLine, Part]]]:
    """A count with its lines by part. Raises NotFound."""
    found = session().scalars(sa.select(Stocktake).where(Stocktake.number == number)).one_or_none()
    if found is None:
        raise NotFound
    statement = (
        sa.select(StocktakeLine, Part)
        .join(Part, Part.id == StocktakeLine.part_id)
        .where(StocktakeLine.stocktake_id == found.id)
        .order_by(Part.code)
    )
    return found, [(row[0], row[1]) for row in session().execute(statement)]


def last_counted(point_id: int) -> dt.date | None:
    """The day of the last count."""
    return session().scalar(
        sa.select(sa.func.max(Stocktake.counted_on)).where(Stocktake.point_id == point_id)
    )


def suggestions(found: Iterable[Kept]) -> Mapping[str, int]:
    """Part → pieces to ask for, of those that can be requested still."""
    return {one.part.code: one.need.suggestion for one in found if one.need.suggestion and one.part.active}

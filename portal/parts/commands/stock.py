"""Counting a dealer's stock, setting its minimums, sending unused parts back (PT-8)."""

from collections.abc import Mapping

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import steps
from portal.parts.commands.common import spelled
from portal.parts.models.stock import Stocktake, StocktakeLine
from portal.parts.rules.stock import MOST_STOCK, CountLine, check_counts


@command(allow=Permission.STOCK_WRITE)
def count_stock(
    actor: Actor,
    counted: Mapping[str, int],
    *,
    seen: Mapping[str, int] | None = None,
    reasons: Mapping[str, str] | None = None,
    note: str = "",
) -> str:
    """Book a count of the selling point's stock: part → pieces found. Returns the count's number.

    Parts that are not named are not counted and stay as they are. `seen`: part → what the books said when the sheet was
    drawn; `reasons`: part → why the count differs. Raises RuleBroken PT-8.
    """
    if actor.dealer_id is None:
        raise Forbidden
    today = clock.today(actor.timezone)
    found = spelled(counted)
    number = numbering.take("PD", today.year)
    stocks = steps.keep(actor, sorted(found))
    because = {code.strip().upper(): text.strip() for code, text in (reasons or {}).items()}
    lines = {
        code: CountLine(code, stock.pieces, found[code], because.get(code, ""))
        for code, stock in stocks.items()
    }
    check_counts(lines, spelled(seen or {}))
    stocktake = Stocktake(
        number=number,
        point_id=actor.point_id or actor.dealer_id,
        counted_on=today,
        note=note,
        actor=actor.name,
        at=clock.now(),
    )
    session().add(stocktake)
    session().flush()
    session().add_all(
        StocktakeLine(
            stocktake_id=stocktake.id,
            point_id=stocktake.point_id,
            part_id=stocks[code].part_id,
            book=line.book,
            counted=line.counted,
            reason=line.reason,
        )
        for code, line in lines.items()
    )
    differences = {code: line.difference for code, line in lines.items() if line.difference}
    steps.correct(actor, differences, document=number, reasons=because)
    record(Tag.STOCK_COUNTED, actor, number, parts=len(lines), differences=len(differences))
    return number


@command(allow=Permission.STOCK_WRITE)
def set_minimums(actor: Actor, minimums: Mapping[str, int]) -> int:
    """Set how many pieces of each part should be in stock at least: part → pieces, 0 for none.

    Returns how many changed. Raises RuleBroken PT-8.
    """
    if actor.dealer_id is None:
        raise Forbidden
    wanted = spelled(minimums)
    for code, pieces in wanted.items():
        if not 0 <= pieces <= MOST_STOCK:
            raise RuleBroken("PT-8", T("Enter a number from 0 to {most}.", most=MOST_STOCK), field=code)
    stocks = steps.keep(actor, sorted(wanted))
    changed = {code: wanted[code] for code, stock in stocks.items() if stock.minimum != wanted[code]}
    for code, pieces in changed.items():
        stocks[code].minimum = pieces
    session().flush()
    record(Tag.STOCK_LIMITED, actor, ", ".join(changed)[:40], parts=changed)
    return len(changed)


@command(allow=Permission.STOCK_WRITE)
def send_back_stock(actor: Actor, code: str, pieces: int, *, note: str) -> int:
    """Unused parts go back to the manufacturer and leave the stock. Returns what is left. Raises RuleBroken PT-8."""
    if actor.dealer_id is None:
        raise Forbidden
    if pieces < 1:
        raise RuleBroken("PT-8", T("Enter at least one piece."), field="pieces")
    left = steps.send_back(actor, code, pieces, note=note)
    record(Tag.STOCK_SENT_BACK, actor, code.strip().upper(), pieces=pieces, note=note)
    return left

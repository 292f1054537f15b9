"""Units in the dealers' hands, some sold, and every step of a return as a persona would take it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from portal.agreements import queries as agreements
from portal.agreements.rules import CostColumn
from portal.kernel.period import Quarter
from portal.ledger import queries as ledger
from portal.ledger.rules import Figures
from portal.returns import commands, queries
from portal.returns.rules import Disposition, ReturnLine
from portal.warranty import commands as cards
from portal.warranty.rules import CardAction, Cause
from tests.people import TODAY, World
from tests.warranty.shop import file, stock

MAY8 = dt.date(2026, 5, 8)
COSTS = {
    CostColumn.INBOUND: Decimal("42.00"),
    CostColumn.OUTBOUND: Decimal("41.00"),
    CostColumn.PARTS: Decimal("66.60"),
    CostColumn.LABOUR: Decimal("30.00"),
}


def yard(world: World) -> World:
    """Units on 1 May (`tests.warranty.shop`); A1 was sold on 10 May, A2 on 2 May, and both cards are accepted."""
    stock(world)
    sell(world, "A1", dt.date(2026, 5, 10))
    sell(world, "A2", dt.date(2026, 5, 2))
    return world


def sell(world: World, serial: str, day: dt.date) -> str:
    """A card filed and accepted; its number."""
    number = file(world, serial=serial, sale_date=day)
    with world.acting("mei") as mei:
        cards.review(mei, number, CardAction.ACCEPT)
    return number


def ask(
    world: World,
    *serials: str,
    who: str = "dana",
    found: dt.date = TODAY,
    cause: Cause = Cause.PRODUCT,
    on: dt.date = TODAY,
    **more: Any,
) -> str:
    """File a request for units that failed alike; its number."""
    lines = [ReturnLine(serial, found, cause, **more) for serial in serials]
    with world.acting(who, "MF", on=on) as actor:
        return commands.request(actor, lines)


def decide(
    world: World, number: str, *approve: str, who: str = "mei", on: dt.date = TODAY, **more: Any
) -> str:
    with world.acting(who, "MF", on=on) as actor:
        return commands.decide(actor, number, approve, **more)


def ship(world: World, number: str, *, who: str = "dana", on: dt.date = TODAY) -> str:
    with world.acting(who, "MF", on=on) as actor:
        return commands.ship(actor, number, carrier="示例快运", waybill="YD-7")


def receive(world: World, number: str, *serials: str, on: dt.date = TODAY) -> str:
    with world.acting("mei", on=on) as mei:
        return commands.receive(mei, number, serials)


def bring(world: World, *serials: str, on: dt.date = TODAY, **more: Any) -> str:
    """A request that is asked, approved, sent and counted; its number."""
    number = ask(world, *serials, on=on, **more)
    decide(world, number, *serials, waive_repair=True, on=on)
    ship(world, number, on=on)
    receive(world, number, *serials, on=on)
    return number


def dispose(
    world: World,
    number: str,
    serial: str,
    disposition: Disposition,
    *,
    costs: Mapping[CostColumn, Decimal] | None = None,
    on: dt.date = TODAY,
    **more: Any,
) -> str:
    with world.acting("mei", on=on) as mei:
        return commands.dispose(
            mei, number, serial, disposition, costs=COSTS if costs is None else costs, **more
        )


def figures(world: World, dealer: str = "D01") -> Figures:
    """The figures of a dealer's second quarter."""
    with world.acting("lin"):
        return ledger.figures(agreements.of_dealer(world.dealers[dealer])[0], Quarter(2026, 2))


def bearers(world: World, number: str) -> dict[str, tuple[str, ...]]:
    """Serial → class and the four bearers, as they were classified."""
    with world.acting("lin"):
        return {
            serial: (row.cost_class.value, *(row.bearers[column].value for column in CostColumn))
            for serial, row in queries.classes(number).items()
        }


def state(world: World, number: str) -> str:
    with world.acting("lin"):
        return queries.get(number).state.value


def free(world: World, serials: Sequence[str]) -> list[str]:
    """Which of these serials are in no open return."""
    with world.acting("lin"):
        held = queries.open_in(serials)
        return [serial for serial in serials if serial not in held]

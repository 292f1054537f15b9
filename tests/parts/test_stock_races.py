"""Many hands at one shelf and at one debt: the last piece goes once, what is owed is cleared or charged once."""

import datetime as dt
from decimal import Decimal

from portal.parts import commands
from portal.parts.queries import stock as queries
from tests.parts.returning import DUE, act, dawn, owe, owed, parts, take_in
from tests.parts.test_races import together
from tests.people import World


def test_the_last_piece_is_fitted_once(world: World) -> None:
    parts(world)
    with world.acting("dana") as dana:
        take_in(dana, {"P-VALVE": 1})

    def fit(_client: int) -> str:
        with world.acting("tom") as tom:
            act(tom, "use_stock", world.dealers["D01"], {"P-VALVE": 1}, document="WX-2026-000001")
        return "fitted"

    outcomes = together(world, fit, 6)
    assert outcomes["fitted"] == 1
    assert outcomes["PT-8"] + outcomes["Conflict"] == 5
    with world.acting("dana") as dana:
        assert queries.pieces_of(queries.point_of(dana), ["P-VALVE"]) == {"P-VALVE": 0}


def test_what_is_received_while_the_day_begins_is_not_charged_as_well(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 5})
    later = DUE + dt.timedelta(days=1)

    def one(client: int) -> str:
        if client % 2:
            dawn(world, later)
            return "charged"
        with world.acting("mei", on=later) as mei:
            commands.receive_old_parts(mei, world.dealers["D01"], {"P-VALVE": 2})
        return "received"

    together(world, one, 4)
    dawn(world, later)
    (found,) = owed(world)
    assert found.row.left_open == 0
    assert found.returned + found.charged == 5
    assert found.amount == found.charged * Decimal("61.25")

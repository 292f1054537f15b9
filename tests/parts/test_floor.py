"""Floor stock: consigned up to a share of the sales, refilled one for one, the last piece once (PT-5)."""

import datetime as dt
from decimal import Decimal

import pytest

from portal.agreements import commands as agreement_commands
from portal.agreements import queries as agreements
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Month
from portal.parts import commands, queries
from portal.parts.rules import Floor, FloorLine, check_floor, floor, floor_limit, latest_months
from tests.parts.returning import act
from tests.parts.stock import decide, grant, request, ship
from tests.parts.supply import supply
from tests.parts.test_races import CLIENTS, together
from tests.people import TERMS, World

D = Decimal


def test_what_may_be_consigned_is_a_share_of_the_sales() -> None:
    assert floor_limit(D("0.02"), 3, D("123456.78")) == D("2469.14")
    assert (floor_limit(D("0"), 3, D("1.00")), floor_limit(D("0.02"), 0, D("1.00"))) == (None, None)
    assert latest_months(Month(2026, 2), 3) == (Month(2025, 11), Month(2025, 12), Month(2026, 1))
    assert latest_months(Month(2026, 2), 0) == ()


def test_a_refill_makes_the_floor_stock_no_larger() -> None:
    lines = [FloorLine("A", D("100.00"), 12, 0), FloorLine("A", D("110.00"), 3, 2)]
    found = floor(D("2000.00"), lines, {"A": 5, "B": 1})
    assert found == Floor(D("2000.00"), D("1310.00"), {"A": 3, "B": 1})
    assert check_floor(found, [("A", D("110.00"), 9)]) == {"A": 3}
    with pytest.raises(RuleBroken) as error:
        check_floor(found, [("A", D("110.00"), 10)])
    assert (error.value.rule, str(error.value)) == (
        "PT-5",
        "Floor stock worth 770.00 is asked for; 690.00 can be consigned.",
    )


def test_nothing_limits_floor_stock_where_the_terms_don_t() -> None:
    assert check_floor(floor(None, [], {}), [("A", D("1.00"), 9999)]) == {"A": 0}


def test_floor_stock_that_shrank_below_what_is_consigned_is_refilled_and_not_enlarged() -> None:
    found = floor(D("100.00"), [FloorLine("A", D("100.00"), 2, 0)], {"A": 1})
    assert (found.room, check_floor(found, [("A", D("100.00"), 1)])) == (D("0.00"), {"A": 1})
    with pytest.raises(RuleBroken):
        check_floor(found, [("A", D("100.00"), 2)])


def agreed(world: World, rate: str, months: int) -> None:
    """From the third quarter on: so much of the sales of so many months; 10000.00 remitted in June."""
    with world.acting("mei") as mei:
        found = agreements.of_dealer(world.dealers["D01"])[0]
        agreement_commands.version_terms(
            mei,
            found.number,
            starts=dt.date(2026, 7, 1),
            terms=TERMS | {"floor_stock_rate": rate, "floor_stock_months": months},
            reason="铺底库存",
        )
    grant(world, "250.00", on=dt.date(2026, 6, 15))


JULY = dt.date(2026, 7, 6)


def test_floor_stock_is_consigned_free_of_charge_up_to_the_limit_and_refilled_after_a_repair(
    world: World,
) -> None:
    supply(world)
    agreed(world, "5%", 3)
    with world.acting("dana", on=JULY):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        assert queries.floor_stock(agreement, JULY) == Floor(D("500.00"), D("0.00"), {})
    with world.acting("dana", on=JULY) as dana, pytest.raises(RuleBroken) as error:
        commands.request(dana, {"P-FAN": 6})
    assert error.value.rule == "PT-5"
    number = request(world, {"P-FAN": 5}, on=JULY)
    decide(world, number, {"P-FAN": 5}, on=JULY)
    shipment = ship(world, number, {"P-FAN": 5}, on=JULY)
    with world.acting("dana", on=JULY) as dana:
        commands.receive(dana, shipment)
    with world.acting("dana", on=JULY) as dana:
        act(dana, "use_stock", world.dealers["D01"], {"P-FAN": 2}, document="WX-2026-000001")
    with world.acting("dana", on=JULY):
        found = queries.get(number)
        assert (found.total, found.bought) == (D("0.00"), None)
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        assert queries.floor_stock(agreement, JULY) == Floor(D("500.00"), D("500.00"), {"P-FAN": 2})
    refill = request(world, {"P-FAN": 2}, on=JULY)
    with world.acting("dana", on=JULY):
        assert queries.lines_of(queries.get(refill).id)[0].row.refills == 2
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        assert queries.floor_stock(agreement, JULY) == Floor(D("500.00"), D("500.00"), {})
    decide(world, number := refill, {"P-FAN": 0}, on=JULY)
    with world.acting("dana", on=JULY):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        assert queries.floor_stock(agreement, JULY).used == {"P-FAN": 2}


def test_the_last_piece_of_floor_stock_goes_to_one_of_many(world: World) -> None:
    supply(world)
    agreed(world, "1%", 3)
    outcomes = together(world, lambda _: request(world, {"P-FAN": 1}, on=JULY))
    assert outcomes == {"BL-2026-000001": 1, "PT-5": CLIENTS - 1}

"""Shipping and receiving units on both engines (SH-1)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.catalogue import commands, queries
from portal.catalogue.models import Delivery, Unit
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, NotFound, PortalError, RuleBroken
from tests.people import World

MAY = dt.date(2026, 5, 1)


def count(table: type[Fact] | type[Unit] | type[Delivery]) -> int:
    return session().scalar(sa.select(sa.func.count(table.id))) or 0


@pytest.fixture
def shop(world: World) -> World:
    """MF makes EB-48 and shipped A1 and A2 to D01, S1 to D01S, on 1 May."""
    with world.acting("mei") as mei:
        commands.add_product(mei, model="eb-48", name="电动车 48V", months=12)
    with world.acting("mei") as mei:
        commands.ship_units(
            mei, "D01", "EB-48", ["A1", "a2 "], batch="B1", shipped_on=MAY, delivery_note="N-1"
        )
    with world.acting("mei") as mei:
        commands.ship_units(mei, "D01S", "EB-48", ["S1"], batch="B1", shipped_on=MAY)
    return world


def test_a_shipment_makes_a_numbered_delivery_with_its_units(shop: World) -> None:
    with shop.acting("dana"):
        delivery = queries.delivery("SH-2026-000001")
        assert (delivery.delivery_note, delivery.shipped_on, delivery.point_id) == (
            "N-1",
            MAY,
            shop.dealers["D01"],
        )
        assert [unit.serial for unit in queries.units_of_delivery(delivery.id)] == ["A1", "A2"]
        unit = queries.unit(" a1")
        assert (unit.batch, unit.received_on, unit.left_field) == ("B1", None, False)
        assert queries.warranty_of(unit) == 12


def test_a_unit_of_a_sub_dealer_belongs_to_the_holder_and_names_the_point(shop: World) -> None:
    with shop.acting("dana"):
        unit = queries.unit("S1")
        assert (unit.dealer_id, unit.point_id) == (shop.dealers["D01"], shop.dealers["D01S"])
    with shop.acting("sub"):
        assert queries.unit("S1").serial == "S1"
        assert queries.find_unit("A1") is None


def test_another_dealer_and_another_manufacturer_see_no_unit(shop: World) -> None:
    for who in ("rival", "otto"):
        with shop.acting(who):
            assert queries.find_unit("A1") is None
            with pytest.raises(NotFound):
                queries.delivery("SH-2026-000001")


@pytest.mark.parametrize(
    ("dealer", "model", "serials", "day", "rule", "field"),
    [
        ("D01", "EB-48", ["N1", "A1"], MAY, "SH-1", "serial"),
        ("D02", "EB-48", ["A1"], MAY, "SH-1", "serial"),
        ("D01", "EB-48", ["N1", "n1"], MAY, "SH-1", "serial"),
        ("D01", "EB-48", ["N 1"], MAY, "SH-1", "serial"),
        ("D01", "EB-48", [], MAY, "SH-1", "serials"),
        ("D01", "EB-48", ["N1"], dt.date(2026, 5, 21), "SH-1", "shipped_on"),
    ],
)
def test_a_refused_shipment_changes_nothing(
    shop: World, dealer: str, model: str, serials: list[str], day: dt.date, rule: str, field: str
) -> None:
    with shop.acting("mei"):
        before = count(Unit), count(Delivery), count(Fact)
    with shop.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.ship_units(mei, dealer, model, serials, shipped_on=day)
    assert (refused.value.rule, refused.value.field) == (rule, field)
    with shop.acting("mei"):
        assert (count(Unit), count(Delivery), count(Fact)) == before


def test_a_model_that_is_not_made_any_more_is_not_shipped(shop: World) -> None:
    with shop.acting("mei") as mei:
        commands.change_product(mei, "EB-48", name="电动车 48V", name_en="", months=12, active=False)
    with shop.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.ship_units(mei, "D01", "EB-48", ["N1"], shipped_on=MAY)
    assert (refused.value.rule, refused.value.field) == ("SH-1", "model")


def test_a_dealer_confirms_the_receipt_of_its_own_and_its_sub_dealers_units(shop: World) -> None:
    with shop.acting("dana") as dana:
        assert commands.receive_units(dana, ["a1", "S1"], on=dt.date(2026, 5, 4)) == 2
    with shop.acting("mei"):
        assert queries.unit("A1").received_on == queries.unit("S1").received_on == dt.date(2026, 5, 4)
        assert queries.unit("A2").received_on is None


def test_a_sub_dealer_receives_its_own_delivery_in_one_go(shop: World) -> None:
    with shop.acting("sub") as sub:
        assert commands.receive_delivery(sub, "SH-2026-000002", on=dt.date(2026, 5, 2)) == 1
    with shop.acting("sub") as sub, pytest.raises(RuleBroken):
        commands.receive_delivery(sub, "SH-2026-000002", on=dt.date(2026, 5, 3))
    with shop.acting("sub") as sub, pytest.raises(NotFound):
        commands.receive_delivery(sub, "SH-2026-000001", on=dt.date(2026, 5, 3))


@pytest.mark.parametrize(
    ("who", "serials", "day", "field"),
    [
        ("dana", ["A1", "X9"], MAY, "serials"),
        ("rival", ["A1"], MAY, "serials"),
        ("dana", [], MAY, "serials"),
        ("dana", ["A1"], dt.date(2026, 4, 30), "received_on"),
        ("dana", ["A1"], dt.date(2026, 5, 21), "received_on"),
    ],
)
def test_a_refused_receipt_changes_nothing(
    shop: World, who: str, serials: list[str], day: dt.date, field: str
) -> None:
    with shop.acting(who) as actor, pytest.raises(RuleBroken) as refused:
        commands.receive_units(actor, serials, on=day)
    assert (refused.value.rule, refused.value.field) == ("SH-1", field)
    with shop.acting("mei"):
        assert queries.unit("A1").received_on is None


def test_receipt_is_confirmed_once(shop: World) -> None:
    with shop.acting("dana") as dana:
        commands.receive_units(dana, ["A1"], on=MAY)
    with shop.acting("dana") as dana, pytest.raises(RuleBroken) as refused:
        commands.receive_units(dana, ["A1"], on=dt.date(2026, 5, 2))
    assert refused.value.rule == "SH-1"
    with shop.acting("dana"):
        assert queries.unit("A1").received_on == MAY


def test_only_the_manufacturer_ships_and_only_the_dealer_receives(shop: World) -> None:
    with shop.acting("dana") as dana, pytest.raises(Forbidden):
        commands.ship_units(dana, "D01", "EB-48", ["N1"], shipped_on=MAY)
    with shop.acting("mei") as mei, pytest.raises(Forbidden):
        commands.receive_units(mei, ["A1"], on=MAY)
    with shop.acting("lin") as lin, pytest.raises(Forbidden):
        commands.ship_units(lin, "D01", "EB-48", ["N1"], shipped_on=MAY)


def test_one_serial_is_shipped_once_however_many_ship_it_at_the_same_moment(shop: World) -> None:
    def ship(dealer: str) -> str:
        try:
            with shop.acting("mei") as mei:
                return commands.ship_units(mei, dealer, "EB-48", ["RACE-1"], shipped_on=MAY)
        except PortalError as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ship, ["D01", "D02"] * 8))
    assert sum(answer.startswith("SH-") for answer in answers) == 1
    assert {answer for answer in answers if not answer.startswith("SH-")} <= {"Conflict", "Refused"}
    with shop.acting("mei"):
        assert (count(Unit), count(Delivery)) == (4, 3)

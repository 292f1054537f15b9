"""Products, components, parts, prices and the fee standard through their commands, on both engines (PT-10, EN-1)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.catalogue import commands, queries
from portal.catalogue.models import Component, OperationFee, Part, PartCost, PartPrice, Product
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from tests.people import World

JANUARY, TODAY, JUNE, JULY = (
    dt.date(2026, 1, 1),
    dt.date(2026, 5, 20),
    dt.date(2026, 6, 1),
    dt.date(2026, 7, 1),
)
MOTOR: dict[str, Any] = {
    "code": "p-motor",
    "name": "电机",
    "unit": "台",
    "price": Decimal("120.00"),
    "starts": JANUARY,
}


def do(world: World, command: Any, *args: Any, who: str = "mei", **values: Any) -> Any:
    with world.acting(who) as actor:
        return command(actor, *args, **values)


def counts(world: World) -> list[int]:
    tables = (Product, Component, Part, PartPrice, PartCost, OperationFee, Fact)
    with world.acting("mei"):
        return [session().scalar(sa.select(sa.func.count(table.id))) or 0 for table in tables]


def test_a_product_is_kept_in_one_spelling_and_once(world: World) -> None:
    assert (
        do(world, commands.add_product, model=" eb-48 ", name="电动车 48V", months=12, name_en="E-bike 48V")
        == "EB-48"
    )
    before = counts(world)
    for model, months, field in (("EB-48", 12, "model"), ("电动", 12, "model"), ("EB-60", 241, "months")):
        with pytest.raises(RuleBroken) as refused:
            do(world, commands.add_product, model=model, name="x", months=months)
        assert refused.value.field == field
    assert counts(world) == before
    with world.acting("dana"):
        assert queries.product("eb-48").title == "电动车 48V"
    with world.acting("otto"), pytest.raises(NotFound):
        queries.product("EB-48")


def test_a_component_may_be_covered_longer_than_its_unit(world: World) -> None:
    do(world, commands.add_product, model="EB-48", name="电动车", months=12)
    assert (
        do(world, commands.add_component, "EB-48", code="controller", name="控制器", months=24)
        == "CONTROLLER"
    )
    do(
        world,
        commands.change_component,
        "EB-48",
        "CONTROLLER",
        name="控制器",
        name_en="",
        months=36,
        seen_version=1,
    )
    with world.acting("dana"):
        assert queries.component_months(queries.product("EB-48").id) == {"CONTROLLER": 36}
    before = counts(world)
    with pytest.raises(RuleBroken):
        do(world, commands.add_component, "EB-48", code="CONTROLLER", name="x", months=1)
    with pytest.raises(Conflict):
        do(
            world,
            commands.change_component,
            "EB-48",
            "CONTROLLER",
            name="x",
            name_en="",
            months=1,
            seen_version=1,
        )
    assert counts(world) == before


def test_a_change_over_somebody_elses_is_told(world: World) -> None:
    do(world, commands.add_product, model="EB-48", name="电动车", months=12)
    do(world, commands.change_product, "EB-48", name="甲", name_en="", months=12, active=True, seen_version=1)
    with pytest.raises(Conflict):
        do(
            world,
            commands.change_product,
            "EB-48",
            name="乙",
            name_en="",
            months=12,
            active=True,
            seen_version=1,
        )
    with world.acting("mei"):
        assert queries.product("EB-48").name == "甲"


def test_a_price_holds_from_its_day_and_documents_keep_theirs(world: World) -> None:
    do(world, commands.add_part, **MOTOR)
    assert do(world, commands.set_price, "P-MOTOR", price=Decimal("125.00"), starts=JULY) == 2
    with world.acting("dana"):
        days = (JANUARY, dt.date(2026, 6, 30), JULY)
        assert [queries.price_of("P-MOTOR", day) for day in days] == [
            Decimal(p) for p in ("120.00", "120.00", "125.00")
        ]
        with pytest.raises(RuleBroken):
            queries.price_of("P-MOTOR", dt.date(2025, 12, 31))
        part = queries.part("P-MOTOR")
        assert queries.prices_on(TODAY) == {part.id: Decimal("120.00")}
        assert queries.prices_to_come(TODAY, [part.id])[part.id].price == Decimal("125.00")
        assert [standing.value for _row, standing in queries.price_history(part.id, TODAY)] == [
            "coming",
            "current",
        ]


def test_a_mistaken_price_to_come_is_corrected_by_a_later_version_for_the_same_day(world: World) -> None:
    do(world, commands.add_part, **MOTOR)
    do(world, commands.set_price, "P-MOTOR", price=Decimal("1250.00"), starts=JULY)
    do(world, commands.set_price, "P-MOTOR", price=Decimal("125.00"), starts=JULY, seen_number=2)
    with world.acting("dana"):
        assert queries.price_of("P-MOTOR", JULY) == Decimal("125.00")
        history = queries.price_history(queries.part("P-MOTOR").id, JULY)
        assert [standing.value for _row, standing in history] == ["current", "past", "past"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"price": Decimal("-0.01"), "starts": JULY}, "price"),
        ({"price": Decimal("10000000.01"), "starts": JULY}, "price"),
        ({"price": Decimal("1.00"), "cost": Decimal("-1.00"), "starts": JULY}, "cost"),
        ({"price": Decimal("1.00"), "starts": TODAY}, "starts"),
        ({"price": Decimal("1.00"), "starts": JANUARY}, "starts"),
    ],
)
def test_a_refused_price_changes_nothing(world: World, values: dict[str, Any], field: str) -> None:
    do(world, commands.add_part, **MOTOR)
    before = counts(world)
    with pytest.raises(RuleBroken) as refused:
        do(world, commands.set_price, "P-MOTOR", **values)
    assert (refused.value.rule, refused.value.field) == ("PT-10", field)
    assert counts(world) == before


def test_the_cost_stays_with_the_manufacturer(world: World) -> None:
    do(world, commands.add_part, **MOTOR, cost=Decimal("80.00"))
    with world.acting("mei"):
        assert queries.cost_on("P-MOTOR", TODAY) == Decimal("80.00")
    with world.acting("dana"):
        assert queries.costs_of(queries.part("P-MOTOR").id) == []
        assert list(session().scalars(sa.select(PartCost))) == []
        with pytest.raises(RuleBroken):
            queries.cost_on("P-MOTOR", TODAY)


def test_a_fee_of_a_product_goes_before_the_fee_for_all(world: World) -> None:
    do(world, commands.add_product, model="EB-48", name="电动车", months=12)
    do(world, commands.add_product, model="EB-60", name="电动车", months=12)
    do(world, commands.add_operation, code="b-07", name="换电机", amount=Decimal("60.00"), starts=JANUARY)
    do(world, commands.set_fee, "B-07", amount=Decimal("75.00"), starts=JUNE, model="EB-60")
    do(world, commands.set_fee, "B-07", amount=Decimal("66.00"), starts=JULY)
    with world.acting("dana"):
        own, other = queries.product("EB-60").id, queries.product("EB-48").id
        fees = [
            queries.fee_on("B-07", product, day) for product in (own, other) for day in (TODAY, JUNE, JULY)
        ]
        assert fees == [Decimal(fee) for fee in ("60.00", "75.00", "75.00", "60.00", "60.00", "66.00")]
        operation = queries.operation("B-07")
        assert queries.fees_on(JULY, [operation.id]) == {
            operation.id: {None: Decimal("66.00"), own: Decimal("75.00")}
        }
        history = queries.fee_history(operation.id, JUNE)
        assert [standing.value for _row, standing in history] == ["coming", "current", "current"]
    before = counts(world)
    with pytest.raises(Conflict):
        do(world, commands.set_fee, "B-07", amount=Decimal("1.00"), starts=JULY, seen_number=1)
    with pytest.raises(NotFound):
        do(world, commands.set_fee, "B-07", amount=Decimal("1.00"), starts=JULY, model="NONE")
    assert counts(world) == before


def test_nobody_else_writes_the_catalogue(world: World) -> None:
    do(world, commands.add_part, **MOTOR)
    before = counts(world)
    for who in ("dana", "fei", "lin"):
        with pytest.raises(Forbidden):
            do(world, commands.set_price, "P-MOTOR", who=who, price=Decimal("1.00"), starts=JULY)
    with pytest.raises(NotFound):
        do(world, commands.set_price, "P-MOTOR", who="otto", price=Decimal("1.00"), starts=JULY)
    assert counts(world) == before

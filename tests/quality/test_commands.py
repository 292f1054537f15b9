"""Declaring batches defective, on both engines (RT-6)."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.catalogue import queries as catalogue
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.quality import commands, queries
from portal.quality.models import DefectiveBatch
from portal.quality.rules import LONGEST_REASON, DefectState
from tests.people import TODAY, World
from tests.warranty.shop import stock


@pytest.fixture
def shop(world: World) -> World:
    return stock(world)


def declare(shop: World, batch: str = "B1", who: str = "mei", on: dt.date = TODAY, **more: str) -> None:
    with shop.acting(who, on=on) as actor:
        commands.declare_batch(actor, more.pop("model", "EB-48"), batch, **more)


def product_id() -> int:
    return catalogue.product("EB-48").id


def written() -> list[int]:
    return [
        session().scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in (DefectiveBatch, Fact)
    ]


def test_a_declared_batch_is_known_to_both_parties_and_no_other_batch(shop: World) -> None:
    declare(shop, " B1 ", model="eb-48", reason="控制器进水")
    for who in ("mei", "dana", "sub"):
        with shop.acting(who):
            assert queries.is_declared(product_id(), "B1")
            assert not queries.is_declared(product_id(), "b1")
            assert not queries.is_declared(product_id() + 1, "B1")
            pairs = [(product_id(), "B1"), (product_id(), ""), (product_id(), "B2")]
            assert queries.declared(pairs) == {(product_id(), "B1")}
            assert queries.declared([]) == set()
    with shop.acting("mei"):
        row, product, units, in_field = session().execute(queries.listing()).one()
        assert (product.model, row.reason, row.declared_on, row.declared_by) == (
            "EB-48",
            "控制器进水",
            TODAY,
            "Mei",
        )
        assert (units, in_field) == (11, 11)
        assert queries.batches_of(product_id()) == ["B1"]


def test_a_declaration_is_taken_back_with_a_reason_and_may_come_again(shop: World) -> None:
    declare(shop, reason="first")
    later = dt.date(2026, 6, 1)
    with shop.acting("mei", on=later) as mei:
        found = queries.find(product_id(), "B1")
        assert found is not None
        assert commands.lift_batch(mei, found.id, reason="误判", seen_version=found.version) == "B1"
    with shop.acting("dana"):
        assert not queries.is_declared(product_id(), "B1")
    with shop.acting("mei") as mei:
        lifted = queries.find(product_id(), "B1")
        assert lifted is not None
        assert (lifted.state, lifted.lifted_on, lifted.lifted_reason) == (DefectState.LIFTED, later, "误判")
        kept = written()
        with pytest.raises(RuleBroken, match="taken back already"):
            commands.lift_batch(mei, lifted.id, reason="again")
        assert written() == kept
    declare(shop, reason="second", on=dt.date(2026, 6, 2))
    with shop.acting("mei"):
        again = session().scalars(sa.select(DefectiveBatch)).one()
        assert (again.state, again.reason, again.declared_on, again.lifted_on) == (
            DefectState.DECLARED,
            "second",
            dt.date(2026, 6, 2),
            None,
        )


@pytest.mark.parametrize(
    ("model", "batch", "reason", "field"),
    [
        ("NO-SUCH", "B1", "", "model"),
        ("EB-48", "  ", "", "batch"),
        ("EB-48", "B" * 41, "", "batch"),
        ("EB-48", "B1", "x" * (LONGEST_REASON + 1), "reason"),
    ],
)
def test_what_cannot_be_declared_is_refused_and_changes_nothing(
    shop: World, model: str, batch: str, reason: str, field: str
) -> None:
    with shop.acting("mei") as mei:
        kept = written()
        with pytest.raises(RuleBroken) as refused:
            commands.declare_batch(mei, model, batch, reason=reason)
        assert (refused.value.rule, refused.value.field) == ("RT-6", field)
        assert written() == kept


def test_only_quality_declares_and_only_its_own_batches_are_lifted(shop: World) -> None:
    declare(shop)
    for who in ("dana", "fei", "lin"):
        with pytest.raises(Forbidden):
            declare(shop, "B2", who=who)
    with shop.acting("mei") as mei:
        found = queries.find(product_id(), "B1")
        assert found is not None
        with pytest.raises(RuleBroken, match="Say why"):
            commands.lift_batch(mei, found.id, reason=" ")
        with pytest.raises(Conflict):
            commands.lift_batch(mei, found.id, reason="x", seen_version=found.version + 1)
        batch_id = found.id
    with shop.acting("otto") as otto, pytest.raises(NotFound):
        commands.lift_batch(otto, batch_id, reason="x")
    with shop.acting("otto"):
        assert session().execute(queries.listing()).all() == []

"""Longer warranties by the manufacturer's approval, on both engines (EN-3)."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.warranty import commands, queries
from portal.warranty.models import WarrantyExtension
from portal.warranty.rules import MOST_MONTHS, CardAction, Cause, ExtensionState, entitlement
from tests.people import World
from tests.warranty.shop import file, stock

ENDED = dt.date(2027, 5, 11)


@pytest.fixture
def shop(world: World) -> World:
    return stock(world)


def ask(shop: World, serial: str = "A1", months: int = 6, who: str = "dana") -> str:
    with shop.acting(who) as actor:
        return commands.ask_extension(actor, serial, months, reason="老客户")


def decide(shop: World, number: str, *, grant: bool = True, answer: str = "同意", who: str = "mei") -> str:
    with shop.acting(who) as actor:
        return commands.decide_extension(actor, number, grant=grant, answer=answer)


def written() -> list[int]:
    return [
        session().scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in (WarrantyExtension, Fact)
    ]


def outcome(shop: World, serial: str = "A1", day: dt.date = ENDED, who: str = "dana") -> str:
    with shop.acting(who):
        return entitlement(queries.coverage(serial, day), day, Cause.PRODUCT).cost_class.value


def sell(shop: World, serial: str = "A1", who: str = "dana") -> None:
    number = file(shop, who, serial)
    with shop.acting("mei", "MF") as mei:
        commands.review(mei, number, CardAction.ACCEPT)


def test_a_granted_extension_is_in_the_coverage_that_everybody_reads(shop: World) -> None:
    sell(shop)
    assert outcome(shop) == "out_of_warranty"
    number = ask(shop)
    assert number == "YC-2026-000001"
    assert outcome(shop) == "out_of_warranty"
    assert decide(shop, number) == "granted"
    for who in ("dana", "mei", "rival"):
        assert outcome(shop, who=who) == "in_warranty"
    assert outcome(shop, day=dt.date(2027, 11, 10)) == "in_warranty"
    assert outcome(shop, day=dt.date(2027, 11, 11)) == "out_of_warranty"
    with shop.acting("mei") as mei:
        assert commands.extend(mei, "A1", 1, reason="补偿") == "YC-2026-000002"
    assert outcome(shop, day=dt.date(2027, 12, 10)) == "in_warranty"
    with shop.acting("dana"):
        granted = queries.extension(number)
        assert (granted.months, granted.reason, granted.answer, granted.decided_by) == (
            6,
            "老客户",
            "同意",
            "Mei",
        )


def test_a_declined_or_withdrawn_request_gives_nothing_and_another_may_follow(shop: World) -> None:
    sell(shop)
    assert decide(shop, ask(shop), grant=False, answer="不符合条件") == "declined"
    number = ask(shop)
    with shop.acting("dana") as dana:
        assert commands.withdraw_extension(dana, number) == number
    assert outcome(shop) == "out_of_warranty"
    with shop.acting("mei") as mei:
        kept = written()
        for again in ("YC-2026-000001", number):
            with pytest.raises(RuleBroken) as refused:
                commands.decide_extension(mei, again, grant=True, answer="x")
            assert refused.value.rule == "EN-3"
        assert written() == kept
    assert ask(shop) == "YC-2026-000003"


@pytest.mark.parametrize(
    ("serial", "months", "reason", "field"),
    [
        ("A1", 0, "x", "months"),
        ("A1", MOST_MONTHS + 1, "x", "months"),
        ("A1", 6, "  ", "reason"),
        ("A1", 6, "x" * 301, "reason"),
        ("A2", 6, "x", None),
    ],
)
def test_what_cannot_be_asked_is_refused_and_changes_nothing(
    shop: World, serial: str, months: int, reason: str, field: str | None
) -> None:
    ask(shop, "A2")
    with shop.acting("dana") as dana:
        kept = written()
        with pytest.raises(RuleBroken) as refused:
            commands.ask_extension(dana, serial, months, reason=reason)
        assert (refused.value.rule, refused.value.field) == ("EN-3", field)
        assert written() == kept


def test_a_decision_needs_words_the_present_version_and_somebody_else(shop: World) -> None:
    number = ask(shop)
    with shop.acting("mei") as mei:
        kept = written()
        with pytest.raises(RuleBroken) as refused:
            commands.decide_extension(mei, number, grant=True, answer=" ")
        assert refused.value.field == "answer"
        with pytest.raises(Conflict):
            commands.decide_extension(mei, number, grant=True, answer="x", seen_version=9)
        assert written() == kept
    with pytest.raises(Forbidden):
        decide(shop, number, who="fei")
    with pytest.raises(Forbidden):
        decide(shop, number, who="dana")
    with pytest.raises(NotFound):
        decide(shop, number, who="otto")


def test_a_dealer_asks_only_for_units_of_its_own(shop: World) -> None:
    for who, serial in (("rival", "A1"), ("sub", "A1"), ("dana", "X1"), ("dana", "NONE")):
        with pytest.raises(NotFound):
            ask(shop, serial, who=who)
    number = ask(shop, "S1", who="sub")
    with shop.acting("sub"):
        assert queries.extension(number).state is ExtensionState.ASKED
    with shop.acting("dana"):
        assert queries.extension(number).point_id == shop.dealers["D01S"]
    for who in ("rival", "otto"):
        with shop.acting(who), pytest.raises(NotFound):
            queries.extension(number)

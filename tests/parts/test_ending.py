"""The manufacturer ships no more of what it approved: what is held goes back, the dealer reads why (PT-3, PT-5)."""

from decimal import Decimal

import pytest

from portal.audit import queries as audit
from portal.audit.tags import Tag
from portal.kernel.errors import Conflict, Forbidden
from portal.ledger import queries as funds
from portal.parts import commands, queries
from portal.parts.rules import Bill
from tests.browser import Browser
from tests.parts.stock import decide, grant, left, request, ship, stock
from tests.parts.supply import bill, pay, supply
from tests.parts.test_commands import BOTH, everything, quota, refused, state
from tests.people import World

D = Decimal


def end(world: World, number: str, reason: str = "P-CTRL 已停产") -> str:
    with world.acting("mei") as mei:
        return commands.end_rest(mei, number, reason=reason)


def test_what_is_still_held_is_released_exactly_and_what_was_shipped_stays_drawn(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    decide(world, number, {"P-MOTOR": 9, "P-CTRL": 5})
    ship(world, number, {"P-MOTOR": 9})
    assert (quota(world).reserved, quota(world).drawn) == (D("442.50"), D("1080.00"))
    assert end(world, number) == "partly_cancelled"
    assert (quota(world).reserved, quota(world).drawn, left(world)) == (D("0.00"), D("1080.00"), D("935.00"))
    with world.acting("dana"):
        last = funds.of_document(number)[-1]
        assert (last.entry.kind.value, last.amount, last.entry.source) == (
            "release",
            D("442.50"),
            f"{number}:end:release",
        )
        told = audit.timeline_view(number)[0]
        assert (told.tag, told.remark, told.data["released"]) == (
            Tag.PARTS_ENDED,
            "P-CTRL 已停产",
            "442.50",
        )
    refused(world, "PT-3", "end_rest", number, reason="again")
    refused(world, "PT-3", "cancel", number, who="dana")
    refused(world, "PT-3", "ship", number, {"P-CTRL": 1})


def test_bought_parts_that_nobody_paid_are_not_due_any_more_and_paid_ones_are_paid_back(world: World) -> None:
    supply(world)
    never, paid = (request(world, {"P-BURNER": 2}) for _ in range(2))
    for number in (never, paid):
        decide(world, number, {"P-BURNER": 2})
    pay(world, paid)
    assert (end(world, never), end(world, paid)) == ("cancelled", "cancelled")
    assert (bill(world, never), bill(world, paid)) == (None, Bill(D("0.00"), D("300.00")))
    with world.acting("lin"):
        assert (funds.of_document(never), funds.of_document(paid)) == ([], [])


def test_only_approved_requests_are_ended_with_a_reason_by_who_decides(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    refused(world, "PT-3", "end_rest", number, reason="停产")
    decide(world, number, BOTH)
    refused(world, "FD-2", "end_rest", number, reason="  ")
    before = everything(world)
    for who in ("dana", "fei", "lin"):
        with world.acting(who) as actor, pytest.raises(Forbidden):
            commands.end_rest(actor, number, reason="停产")
    with world.acting("mei"):
        seen = queries.get(number).version
    with world.acting("mei") as mei, pytest.raises(Conflict):
        commands.end_rest(mei, number, reason="停产", seen_version=seen - 1)
    assert everything(world) == before
    assert left(world) == D("372.50")
    assert end(world, number) == state(world, number) == "cancelled"
    assert (left(world), quota(world).reserved) == (D("2015.00"), D("0.00"))


def test_the_reviewer_ends_a_request_on_its_page_and_the_dealer_reads_why(sqlite_world: World) -> None:
    stock(sqlite_world)
    grant(sqlite_world, "2015.00")
    number = request(sqlite_world, BOTH)
    browser = Browser(sqlite_world.app).sign_in("mei").get(f"parts/{number}")
    assert browser.select("#end") == []
    decide(sqlite_world, number, BOTH)
    browser.get(f"parts/{number}")
    browser.submit("不再发货", text="", status=422)
    assert "请说明原因，对方可以看到。" in browser.main
    assert left(sqlite_world) == D("372.50")
    browser.get(f"parts/{number}")
    browser.submit("不再发货", text="电机已停产")
    assert "已取消" in browser.main
    assert left(sqlite_world) == D("2015.00")
    browser.sign_in("dana").get(f"parts/{number}")
    assert "厂方不再发货" in browser.main
    assert browser.main.count("电机已停产") == 2
    assert "厂方终止备料单未发部分，释放额度 1642.50 元" in browser.main

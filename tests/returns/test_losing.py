"""Units that were sent and never came: noted with a reason, free again, nothing posted (RT-3, RT-4, RT-9)."""

from functools import partial

import pytest
import sqlalchemy as sa

from portal.audit import queries as audit
from portal.audit.tags import Tag
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden
from portal.ledger.models import Entry
from portal.returns import commands, queries
from portal.returns.rules import Disposition, Stray, Verdict
from tests.browser import Browser
from tests.people import World
from tests.returns.test_commands import N1, N2, refused, written
from tests.returns.yard import ask, decide, dispose, free, receive, ship, state, yard

LOST = "承运方确认丢失"


@pytest.fixture
def shop(world: World) -> World:
    """A2 and A4 are approved and sent, A5 is rejected."""
    return sent(world)


def sent(world: World) -> World:
    yard(world)
    ask(world, "A2", "A4", "A5")
    decide(world, N1, "A2", "A4")
    ship(world, N1)
    return world


def let_go(world: World, *serials: str, reason: str = LOST, who: str = "mei") -> str:
    with world.acting(who) as actor:
        return commands.let_go(actor, N1, serials, reason=reason)


def posted(world: World) -> int:
    with world.acting("lin"):
        return session().scalar(sa.select(sa.func.count()).select_from(Entry)) or 0


def expected(world: World) -> list[tuple[str, ...]]:
    with world.acting("mei"):
        return [one.missing for one in queries.expected_units()]


def test_a_lost_parcel_settles_its_request_and_its_units_can_be_asked_for_again(shop: World) -> None:
    entries = posted(shop)
    assert let_go(shop, " a2 ") == "shipped"
    assert (free(shop, ["A2", "A4"]), expected(shop)) == (["A2"], [("A4",)])
    assert let_go(shop, "A4") == state(shop, N1) == "settled"
    assert (free(shop, ["A2", "A4"]), expected(shop)) == (["A2", "A4"], [])
    with shop.acting("dana"):
        lines = queries.lines_of(queries.get(N1))
        assert [line.lost and (line.lost.verdict, line.lost.text, line.lost.person) for line in lines] == [
            (Verdict.NOT_ARRIVED, LOST, "Mei"),
            (Verdict.NOT_ARRIVED, LOST, "Mei"),
            None,
        ]
        tally = queries.tally(lines)
        assert (tally.approved, tally.received, tally.lost, tally.missing) == (2, 0, 2, 0)
        told = audit.timeline_view(N1)[0]
        assert (told.tag, told.remark, told.data["serials"]) == (Tag.RETURN_LET_GO, LOST, ["A4"])
    assert posted(shop) == entries
    assert ask(shop, "A2") == N2
    assert free(shop, ["A2", "A4"]) == ["A4"]


def test_what_turns_up_all_the_same_is_put_aside_and_a_new_request_takes_it(shop: World) -> None:
    let_go(shop, "A2", "A4")
    assert refused(shop, lambda: receive(shop, N1, "A2")) == "RT-1"
    with shop.acting("mei") as mei:
        assert commands.scan(mei, "A2")["outcome"] == "quarantined"
    with shop.acting("mei"):
        lying = queries.in_quarantine("A2")
        assert lying is not None
        assert (lying.stray, lying.number) == (Stray.NOT_APPROVED, N1)
    ask(shop, "A4")
    decide(shop, N2, "A4")
    ship(shop, N2)
    with shop.acting("mei") as mei:
        assert commands.scan(mei, "A4") == {"outcome": "received", "serial": "A4", "number": N2}
    assert state(shop, N1) == "settled"


def test_a_unit_that_stays_missing_after_the_count_is_let_go_and_the_others_go_on(shop: World) -> None:
    receive(shop, N1, "A2")
    with shop.acting("mei") as mei:
        commands.count(mei, N1, listed=True)
    assert free(shop, ["A2", "A4"]) == []
    assert refused(shop, lambda: let_go(shop, "A4", "A2")) == "RT-3"
    assert let_go(shop, "A4", reason="清单有误") == "received"
    assert free(shop, ["A2", "A4"]) == ["A4"]
    assert dispose(shop, N1, "A2", Disposition.REPAIRED, costs={}) == "settled"
    assert refused(shop, lambda: let_go(shop, "A4")) == "RT-3"


def test_only_what_is_waited_for_is_let_go_with_a_reason_by_who_decides(shop: World) -> None:
    for serials in ((), ("A5",), ("A1",), ("A2", "ZZ-9")):
        assert refused(shop, partial(let_go, shop, *serials)) == "RT-3"
    assert refused(shop, lambda: let_go(shop, "A2", reason=" ")) == "FD-2"
    before = written(shop)
    for who in ("dana", "fei", "lin"):
        with pytest.raises(Forbidden):
            let_go(shop, "A2", who=who)
    with shop.acting("mei"):
        seen = queries.get(N1).version
    with shop.acting("mei") as mei, pytest.raises(Conflict):
        commands.let_go(mei, N1, ["A2"], reason=LOST, seen_version=seen - 1)
    assert (written(shop), state(shop, N1), free(shop, ["A2", "A4"])) == (before, "shipped", [])
    let_go(shop, "A2")
    assert refused(shop, lambda: let_go(shop, "A2")) == "RT-3"


def test_a_request_that_is_not_on_its_way_waits_for_nothing(world: World) -> None:
    yard(world)
    ask(world, "A2")
    assert refused(world, lambda: let_go(world, "A2")) == "RT-3"
    decide(world, N1, "A2")
    assert refused(world, lambda: let_go(world, "A2")) == "RT-3"
    assert (state(world, N1), free(world, ["A2"])) == ("approved", [])


def test_the_reviewer_waits_no_longer_on_the_page_and_the_dealer_reads_why(sqlite_world: World) -> None:
    sent(sqlite_world)
    browser = Browser(sqlite_world.app).sign_in("mei").get(f"returns/{N1}")
    browser.submit("let-go", serial="A2", text="", status=422)
    assert "请说明为何不再等待。" in browser.main
    browser.submit("let-go", serial=None, text=LOST, status=422)
    assert "请至少选择一台。" in browser.main
    assert free(sqlite_world, ["A2", "A4"]) == []
    browser.get(f"returns/{N1}")
    browser.submit("let-go", serial="A2", text=LOST)
    assert "已寄出" in browser.main
    browser.submit("let-go", serial="A4", text=LOST)
    assert browser.select("#let-go") == []
    assert browser.select("#count") == []
    browser.get(f"returns/{N1}/units/A2")
    assert LOST in browser.main
    browser.sign_in("dana").get(f"returns/{N1}")
    for words in ("全部未到货", "未收到此机，不再等待；未产生任何费用。", "可以重新申请退货。", LOST):
        assert words in browser.main
    browser.get("units/A2")
    assert browser.has_link("returns/new?serial=A2")

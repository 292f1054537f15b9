"""The pages of cancelled fees (ST-9)."""

import pytest

from portal.settlement import commands
from tests.browser import Browser
from tests.people import World
from tests.settlement.story import day
from tests.settlement.test_cancelling import Q2, open_shop, sample


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    return Browser(sqlite_world.app, on=day("05-20"))


def test_one_person_proposes_another_confirms_and_the_dealer_reads_why(
    sqlite_world: World, browser: Browser
) -> None:
    open_shop(sqlite_world)
    false = sample(sqlite_world)
    browser.sign_in("mei").get("cancellations/new")
    browser.submit("choose", dealer="D01")
    assert "30.00" in browser.main
    browser.submit("propose", status=422, reason="")
    browser.submit("propose", reason="回执卡弄虚作假", evidence=[false])
    assert "QX-2026-000001 已提交，待另一人复核" in browser.text
    assert "由您提议" in browser.main
    browser.sign_in("dana").get("cancellations/QX-2026-000001", status=404)
    browser.sign_in("fei").get("")
    assert "2026Q2 的服务费：是否取消" in browser.main
    browser.get("cancellations/QX-2026-000001")
    browser.submit("confirm")
    assert "服务费已取消" in browser.text
    browser.get("cancellations?state=confirmed")
    assert "QX-2026-000001" in browser.main
    browser.sign_in("dana").get("cancellations/QX-2026-000001")
    assert "回执卡弄虚作假" in browser.main
    assert browser.has_link(f"cards/{false}")
    browser.get("cancellations", status=403)


def test_a_proposal_is_withdrawn_with_a_word(sqlite_world: World, browser: Browser) -> None:
    with sqlite_world.acting("fei", on=day("05-14")) as fei:
        number = commands.propose_cancellation(fei, sqlite_world.dealers["D01"], Q2, reason="违约")
    browser.sign_in("fay").get(f"cancellations/{number}")
    assert "属于违约" in browser.main
    browser.submit("withdraw", text="证据不足")
    assert "提议已撤回" in browser.text
    assert "证据不足" in browser.main

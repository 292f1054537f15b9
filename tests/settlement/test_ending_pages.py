"""The pages of agreements that end, and of write-off notices (AG-1, AG-3, ST-10)."""

import pytest

from portal.agreements import queries as agreements
from tests.browser import Browser
from tests.people import World
from tests.settlement.story import begin, day
from tests.settlement.test_write_offs import claimed


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    return Browser(sqlite_world.app, on=day("05-20"))


def number_of(world: World, dealer: str = "D01") -> str:
    with world.acting("lin"):
        return agreements.of_dealer(world.dealers[dealer])[0].number


def test_an_agreement_is_suspended_resumed_and_ended_from_its_page(
    sqlite_world: World, browser: Browser
) -> None:
    number = number_of(sqlite_world)
    browser.sign_in("mei").get(f"agreements/{number}")
    browser.submit("agreements/" + number + "/suspend", status=422, reason=" ")
    browser.submit("agreements/" + number + "/suspend", reason="整改期间")
    assert "整改期间" in browser.main
    browser.sign_in("sub").get(f"agreements/{number}")
    assert "整改期间" not in browser.text
    browser.sign_in("dana").get("parts/new")
    assert "已暂停" in browser.text
    browser.sign_in("mei").get(f"agreements/{number}")
    browser.submit("agreements/" + number + "/resume", reason="已整改")
    browser.submit("terminate-form", status=422, last_day="2026-05-01", reason="协商终止")
    assert "最后一天不能早于今天" in browser.text
    browser.submit("terminate-form", last_day="2026-05-31", reason="协商终止")
    assert "将于 2026-05-31 终止" in browser.main


def test_a_draft_is_given_up(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("mei").get("agreements/new")
    browser.submit("agreements/new", dealer=str(sqlite_world.dealers["D02"]), starts="2027-01-01")
    browser.submit("/discard", reason="重复")
    assert "已于 2026-05-20 弃用" in browser.main
    browser.get("agreements?state=discarded")
    assert "已弃用" in browser.main


def test_an_ending_is_settled_and_its_duties_are_handed_over(sqlite_world: World, browser: Browser) -> None:
    number = number_of(sqlite_world)
    browser.sign_in("mei").get(f"agreements/{number}")
    browser.submit("terminate-form", last_day="2026-05-20", reason="协商终止")
    browser.sign_in("fei").get(f"endings/{number}")
    assert "2026-05-20 之后可以结算" in browser.main
    browser.submit("offer", status=422, amount="0.00", reason="接管剩余责任")
    browser.submit("offer", amount="100.00", reason="接管剩余责任")
    assert "YJ-2026-000001" in browser.main
    browser.sign_in("dana").get("")
    assert "剩余保修责任移交 YJ-2026-000001" in browser.main
    browser.get("endings/handovers/YJ-2026-000001")
    browser.submit("decline", status=422, text=" ")
    browser.submit("agree")
    assert "已从专项费用中扣减" in browser.text
    begin(sqlite_world, "05-21")
    browser.on(day("05-21"))
    browser.sign_in("fei").get("")
    assert "的协议已于 2026-05-20 终止" in browser.main
    browser.get("endings")
    assert "尚未结算" in browser.main
    browser.get(f"endings/{number}")
    assert "前一季度尚未关账" in browser.main or "暂缓" in browser.main
    browser.submit("settle", reason="终止结算")
    assert "JR-2026-000001" in browser.text
    browser.get(f"endings/{number}/units.xlsx")
    assert browser.response.data[:2] == b"PK"


def test_a_notice_is_prepared_issued_printed_and_confirmed(sqlite_world: World, browser: Browser) -> None:
    claimed(sqlite_world, "80.00", "25.50")
    browser.sign_in("fei").get("write-offs")
    assert "105.50" in browser.main
    browser.follow("核销")
    browser.get("write-offs/new/D01")
    entries = [str(box["value"]) for box in browser.select("input[name=entries]")]
    browser.submit("prepare", entries=entries[:1], note="四月")
    assert "HX-2026-000001 已提交" in browser.text
    assert "须由另一人签发" in browser.main
    browser.sign_in("dana").get("write-offs/HX-2026-000001", status=404)
    browser.sign_in("fay").get("write-offs/HX-2026-000001")
    browser.submit("issue")
    browser.sign_in("dana").get("")
    assert "核销单 HX-2026-000001" in browser.main
    browser.get("write-offs/HX-2026-000001")
    browser.submit("confirm")
    assert "核销单 HX-2026-000001 已确认" in browser.text
    browser.get("write-offs/HX-2026-000001.pdf")
    assert browser.response.data[:5] == b"%PDF-"
    browser.get("write-offs?state=confirmed")
    assert "80.00" in browser.main
    browser.get("write-offs/new/D01", status=403)


def test_without_an_ending_each_side_reads_what_would_bring_one(browser: Browser) -> None:
    assert "在协议页面约定最后一天" in browser.sign_in("fei").get("endings").main
    main = browser.sign_in("dana").get("endings").main
    assert "没有终止的协议" in main
    assert "与厂方的协议确定最后一天后，最终结算和仍在保修期内的产品显示在这里。" in main
    assert "在协议页面约定最后一天" not in main

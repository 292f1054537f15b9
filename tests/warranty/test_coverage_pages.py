"""Who pays, on the pages of both parties; asking for and granting longer warranties (EN-3, EN-14, RP-12)."""

import datetime as dt
import re

import pytest

from portal.warranty import commands, queries
from portal.warranty.rules import CardAction, ExtensionState
from tests.browser import Browser
from tests.people import TODAY, World
from tests.warranty.shop import file, stock


@pytest.fixture
def shop(sqlite_world: World) -> World:
    made = stock(sqlite_world)
    number = file(made, "dana", "A1")
    with made.acting("mei") as mei:
        commands.review(mei, number, CardAction.ACCEPT)
    return made


def as_(shop: World, who: str, tenant: str = "", language: str = "zh-CN", on: dt.date = TODAY) -> Browser:
    return Browser(shop.app, language=language, on=on).sign_in(who, tenant=tenant)


def answer(browser: Browser, **asked: str) -> str:
    """What the page says of a case; the ids of rules, which only the manufacturer reads, left out."""
    browser.get("coverage")
    browser.submit("case", **asked)
    text = browser.select("#answer")[0].get_text(" ", strip=True)
    return re.sub(r" (?:EN|WC|SH|RT)-\d+", "", text)


def test_both_parties_and_another_dealer_read_the_same_words(shop: World) -> None:
    told = {
        who: answer(as_(shop, who, "MF"), serial=" a1 ", day="2026-05-16", cause="product")
        for who in ("dana", "mei", "rival")
    }
    assert len(set(told.values())) == 1
    for words in (
        "第 6 天，共 365 天",
        "2026-05-10 售出",
        "保修期至 2027-05-10",
        "维修配件",
        "整机保修 12 个月",
    ):
        assert words in told["rival"] or words == "维修配件"
    rival = as_(shop, "rival", "MF")
    answer(rival, serial="A1", day="2026-05-16", cause="product")
    assert not rival.has_link("units/A1")
    for secret in ("甲经销商", "王小明", "5678", "INV-A1", "BXK-", "XY-"):
        assert secret not in rival.main
    dana = as_(shop, "dana")
    answer(dana, serial="A1", day="2026-05-16", cause="product")
    assert dana.has_link("units/A1")


def test_every_cause_and_class_is_explained_in_both_languages(shop: World) -> None:
    cases = [("A1", "2026-05-16", "user"), ("A1", "2028-05-16", "product"), ("A2", "2026-05-10", "transport")]
    for language, case in (("zh-CN", cases), ("en", [*cases, ("A2", "2026-05-30", "product")])):
        mei = as_(shop, "mei", language=language)
        for serial, day, cause in case:
            answer(mei, serial=serial, day=day, cause=cause)
    assert "clause 3.1" in mei.main
    assert "EN-2" in mei.main


def test_what_cannot_be_asked_is_said(shop: World) -> None:
    dana = as_(shop, "dana")
    assert "没有这个序列号的整机" in answer(dana, serial="NONE", day="2026-05-16", cause="product")
    assert "请填写故障日期" in answer(dana, serial="A1", day="", cause="product")
    answer(dana, serial="A1", day="soon", cause="product")
    assert dana.select("#day[aria-invalid]")
    dana.get("coverage?serial=A1&day=2026-05-16&cause=nobody&component=NONE")
    dana.get("coverage?serial=A1&day=2026-05-16&cause=product&component=NONE", htmx=True)


def test_the_unit_s_and_the_card_s_page_say_who_pays_today(shop: World) -> None:
    for who in ("dana", "mei"):
        browser = as_(shop, who)
        browser.get("units/A1")
        assert "第 10 天，共 365 天" in browser.main
        # The link names the unit alone; today is what it asks about.
        browser.get("coverage?serial=A1")
        assert "第 10 天，共 365 天" in browser.main
        assert not browser.select("[aria-invalid]")
        browser.get("units/A1")
        assert browser.has_link("coverage?serial=A1")
        browser.get("cards/BXK-2026-000001")
        assert "第 10 天，共 365 天" in browser.main
        browser.get("units/A2")
        assert "没有审核通过的保修卡" in browser.main


def test_a_dealer_asks_and_the_manufacturer_grants(shop: World) -> None:
    dana = as_(shop, "dana")
    dana.get("units/A1").follow("申请延保")
    dana.submit("extension", status=422, months="0", reason="")
    dana.submit("extension", months="6", reason="老客户")
    assert "YC-2026-000001" in dana.main
    dana.get("extensions/ask/A1")
    dana.submit("extension", status=422, months="3", reason="x")
    assert "已有一份申请" in dana.main
    dana.get("extensions/ask/X1", status=404)
    mei = as_(shop, "mei")
    mei.get("")
    assert "延保申请 1 份" in mei.main
    mei.get("extensions?state=asked").follow("YC-2026-000001")
    mei.submit("decide", status=422, answer="")
    mei.submit("批准", answer="同意")
    with shop.acting("mei"):
        granted = queries.extension("YC-2026-000001")
        assert (granted.state, granted.answer) == (ExtensionState.GRANTED, "同意")
    dana.get("units/A1")
    assert "本机经批准延长保修 6 个月" in dana.main
    dana.get("extensions/YC-2026-000001")
    assert "同意" in dana.main
    rival = as_(shop, "rival", "MF")
    rival.get("extensions/YC-2026-000001", status=404)
    assert "A1" not in rival.get("extensions").main


def test_a_request_is_declined_or_withdrawn_and_a_warranty_granted_unasked(shop: World) -> None:
    dana, mei = as_(shop, "dana"), as_(shop, "mei")
    dana.get("extensions/ask/A2").submit("extension", months="6", reason="x")
    mei.get("extensions/YC-2026-000001")
    mei.submit("不批准", answer="不符合条件")
    dana.get("extensions/ask/A2").submit("extension", months="6", reason="x")
    dana.submit("withdraw")
    mei.post("extensions/YC-2026-000002/decide", status=422, act="grant", answer="x")
    mei.get("units/A2").follow("批准延保")
    mei.submit("extension", months="12", reason="补偿")
    assert "YC-2026-000003" in mei.main
    mei.get("extensions?q=a2")
    assert len(mei.select("tbody tr")) == 3
    mei.get("extensions?q=nothing", htmx=True)
    with shop.acting("mei"):
        assert queries.extension_counts() == {
            ExtensionState.DECLINED: 1,
            ExtensionState.WITHDRAWN: 1,
            ExtensionState.GRANTED: 1,
        }

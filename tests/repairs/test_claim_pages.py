"""The pages of claims as reviewer and dealer walk them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from portal.repairs import commands, queries
from portal.repairs.rules.claims import ClaimAction, ClaimReason, ClaimState
from tests.browser import Browser
from tests.people import TODAY, World
from tests.repairs.claims import BASES, decide, file, file_clean, posted, sold, terms

D = Decimal
FAULT: dict[str, Any] = {"symptom": "S01", "reason": "C01", "location": "L01"}


@pytest.fixture
def shop(sqlite_world: World) -> World:
    terms(sqlite_world, bases=BASES, claims="draw")
    sold(sqlite_world)
    with sqlite_world.acting("mei") as mei:
        commands.add_default_faults(mei)
    return sqlite_world


def as_(shop: World, who: str, language: str = "zh-CN", on: dt.date = TODAY) -> Browser:
    return Browser(shop.app, language=language, on=on).sign_in(who)


def claim(shop: World, number: str) -> ClaimState:
    with shop.acting("mei"):
        return queries.claim(number).state


def test_a_reviewer_works_off_the_queue_one_claim_after_the_other(shop: World) -> None:
    first, second = file(shop, **FAULT), file(shop, symptom_text="异响")
    mei = as_(shop, "mei")
    mei.get("")
    assert "待审核索赔 2 单" in mei.main
    mei.get("review/claims")
    assert first in mei.select("aside.detail h2")[0].text
    assert [link["data-key"] for link in mei.select("aside.detail [data-key]")] == ["j", "a", "b", "r"]
    mei.submit("approve")
    assert f"索赔 {first} 已通过" in mei.text
    assert second in mei.select("aside.detail h2")[0].text
    assert posted(shop, first)[0] == ("claim:flat_per_repair", "65.00", "2026Q2")
    mei.follow("驳回")
    mei.submit("decide", status=422)
    assert "请选择原因" in mei.select("#reason-err")[0].text
    mei.submit("decide", reason="misuse", text="照片显示进水")
    assert "全部审核" in mei.main
    assert claim(shop, second) is ClaimState.REJECTED


def test_lines_are_cut_with_their_reasons_on_the_page_of_the_decision(shop: World) -> None:
    number = file(shop, **FAULT)
    mei = as_(shop, "mei")
    more: dict[str, Any] = {"lines-0-granted": "60.00"}
    less: dict[str, Any] = {"lines-0-granted": "40.00"}
    mei.get(f"review/claims/{number}/approve")
    mei.submit("decide", status=422, **more)
    assert "不能批准 60.00" in mei.main
    mei.submit("decide", status=422, **less)
    assert mei.select("[name=lines-0-granted]")[0]["value"] == "40.00"
    mei.submit("decide", **{**less, "lines-0-reason": "fee_above_schedule"})
    assert claim(shop, number) is ClaimState.PARTLY_APPROVED
    dana = as_(shop, "dana")
    dana.get(f"repairs/{number}")
    assert "费用超标" in dana.main
    assert "65.00" in dana.main


def test_only_clean_claims_are_approved_together(shop: World) -> None:
    number = file(shop, **FAULT)
    mei = as_(shop, "mei")
    mei.get(f"review/claims/bulk?sel={number}")
    assert "有核查提示，请打开查看后再通过。" in mei.main
    assert not mei.select("#many button.pri")
    mei.post("review/claims/bulk", claim=f"{number}:1", key="a" * 32)
    assert "部分" in mei.text
    assert claim(shop, number) is ClaimState.SUBMITTED
    assert "没有符合条件的索赔" in mei.get("review/claims?checks=clean").main
    mei.get(f"review/claims/sum?sel={number}&sel=WX-2026-999999")
    assert mei.response.get_data(as_text=True) == "已选 1 单 · 申报 ¥ 75.00"


def test_clean_claims_are_shown_first_and_then_approved_together(shop: World) -> None:
    number = file_clean(shop)
    mei = as_(shop, "mei")
    assert "核查全部通过" in mei.get("review/claims?checks=clean").main
    mei.get("review/claims/bulk?all=1&seen_at=2026-05-20T10:00:00%2B08:00")
    assert "¥ 75.00" in mei.main
    mei.submit("many")
    assert "已通过索赔 1 单" in mei.text
    assert claim(shop, number) is ClaimState.APPROVED


def test_a_dealer_answers_a_return_and_objects_once(shop: World) -> None:
    number = file(shop, **FAULT)
    decide(shop, number, ClaimAction.RETURN, reason=ClaimReason.UNCLEAR_PHOTO, text="请补拍铭牌")
    dana = as_(shop, "dana")
    dana.get("")
    assert f"索赔 {number}" in dana.main
    dana.get("claims?state=needs_info").follow(number)
    assert "请补拍铭牌" in dana.main
    dana.follow("答复…")
    dana.submit("say", status=422)
    dana.submit("say", text="已补拍")
    assert "已补拍" in dana.main
    assert claim(shop, number) is ClaimState.SUBMITTED
    decide(shop, number, ClaimAction.REJECT, reason=ClaimReason.MISUSE)
    dana.get(f"repairs/{number}").follow("提出异议…")
    dana.submit("say", text="密封条缺陷")
    assert claim(shop, number) is ClaimState.SUBMITTED
    dana.get(f"claims/{number}/objection")
    assert "目前不能提交" in dana.main
    mei = as_(shop, "mei")
    mei.get("review/claims")
    assert "有异议" in mei.main
    assert "异议后须由另一人审核" in mei.main


def test_a_duplicate_says_on_its_page_why_it_raises_no_claim(shop: World) -> None:
    file(shop, **FAULT)
    again = file(shop, **FAULT)
    dana = as_(shop, "dana")
    dana.get(f"repairs/{again}")
    assert "本记录不产生索赔" in dana.main
    assert not dana.select("section#claim")


def test_who_decided_meanwhile_is_told_and_what_was_typed_stays(shop: World) -> None:
    number = file(shop, **FAULT)
    mei = as_(shop, "mei")
    mei.get(f"review/claims/{number}/return")
    decide(shop, number, ClaimAction.RETURN, reason=ClaimReason.UNCLEAR_PHOTO, text="先退回")
    mei.submit("decide", status=409, reason="misuse", text="我的意见")
    assert "我的意见" in mei.main
    assert "先退回" in mei.main


def test_the_list_of_claims_says_what_was_claimed_and_granted(shop: World) -> None:
    number = file(shop, **FAULT)
    decide(shop, number, granted={"labour": D("40.00")}, reason=ClaimReason.FEE_ABOVE_SCHEDULE)
    for who, language in (("dana", "zh-CN"), ("mei", "en")):
        browser = as_(shop, who, language)
        browser.get("claims?state=partly_approved")
        row = browser.select("table.t tbody tr")[0].text
        assert "75.00" in row
        assert "65.00" in row
        browser.get("claims?q=nothing")
        assert number not in browser.main
        browser.get("claims/export.xlsx")

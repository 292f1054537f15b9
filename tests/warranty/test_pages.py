"""The pages of warranty cards as dealer and reviewer walk them."""

import datetime as dt
import io

import pytest
from flask import g
from PIL import Image

from portal.drafts import queries as drafts
from portal.jobs.worker import run_all
from portal.kernel.db import session
from portal.warranty import commands, queries, steps
from portal.warranty.rules import CardAction, CardState, RejectReason
from portal.warranty.views import entries
from tests.browser import Browser
from tests.people import TODAY, World
from tests.warranty.shop import SOLD, file, stock


@pytest.fixture
def shop(sqlite_world: World) -> World:
    return stock(sqlite_world)


def as_(shop: World, who: str, tenant: str = "", language: str = "zh-CN", on: dt.date = TODAY) -> Browser:
    return Browser(shop.app, language=language, on=on).sign_in(who, tenant=tenant)


def picture() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "#8899aa").save(out, "JPEG")
    out.seek(0)
    return out, "铭牌.jpg"


SALE = {
    "sale_date": "2026/05/10",
    "customer": "王小明",
    "phone": "138 0000 5678",
    "invoice": "INV-1",
    "address": "山东省临沂市兰山区金源路 1 号",
}


def test_a_card_is_filed_in_three_steps_without_script(shop: World) -> None:
    dana = as_(shop, "dana")
    dana.get("cards").follow("填写保修卡")
    dana.submit("unit", serial=" a1 ")
    assert "EB-48 电动车 48V" in dana.main
    dana.submit("sale", **SALE, photo_plate_files=picture())
    assert "10 of 30" not in dana.main
    assert "第 10 天" in dana.main
    assert len(dana.select(".thumbs img")) == 1
    dana.submit("submit")
    assert "BXK-2026-000001" in dana.main
    assert "138****5678" in dana.main
    with shop.acting("mei"):
        card = queries.get("BXK-2026-000001")
        assert (card.serial, card.customer, card.state) == ("A1", "王小明", CardState.SUBMITTED)
        assert len(queries.photos(card.id)) == 1


def test_a_second_click_shows_the_card_that_the_first_one_filed(shop: World) -> None:
    dana = as_(shop, "dana")
    dana.get("cards/new").submit("unit", serial="A1").submit("sale", **SALE)
    check = dana.url
    dana.submit("submit")
    dana.post(check)
    assert "BXK-2026-000001" in dana.main
    with shop.acting("mei"):
        assert queries.counts() == {CardState.SUBMITTED: 1}


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(shop: World) -> None:
    dana = as_(shop, "dana")
    dana.get("cards/new").submit("unit", status=422, serial="X1")
    assert "X1" in dana.select("#serial")[0]["value"]
    dana.submit("unit", serial="A1")
    dana.submit("sale", status=422)
    assert len(dana.select(".errsum a")) == 4
    dana.submit(
        "sale", status=422, **{**SALE, "phone": "123", "address": "x" * 201}, photo_plate_files=picture()
    )
    assert {link["href"] for link in dana.select(".errsum a")} == {"#phone", "#address"}
    assert dana.select("#phone")[0]["value"] == "123"
    assert len(dana.select("[data-rows] .up")) == 1
    dana.submit("sale", **SALE)
    assert len(dana.select(".thumbs img")) == 1


def test_a_draft_waits_in_the_list_and_can_be_thrown_away(shop: World) -> None:
    dana = as_(shop, "dana")
    dana.get("cards/new").submit("unit", serial="A1")
    dana.get("cards?state=draft")
    assert "A1" in dana.main, "only its unit is known yet"
    dana.get("cards/new").follow("A1")
    dana.submit("later", **SALE)
    assert dana.url.endswith("state=draft")
    dana.get("cards/new").submit("discard")
    dana.get("cards?state=draft")
    assert "还没有草稿" in dana.main


def test_a_photo_that_is_none_is_refused_beside_its_field(shop: World) -> None:
    dana = as_(shop, "dana")
    dana.get("cards/new").submit("unit", serial="A1")
    dana.submit("sale", status=422, **SALE, photo_plate_files=(io.BytesIO(b"<html>"), "a.jpg"))
    assert len(dana.select("#photo_plate.bad .err")) == 1
    dana.post("photos", status=422, file=(io.BytesIO(b"GIF89a"), "a.gif"))
    dana.post("photos", file=picture())
    answer = dana.response.get_json()
    dana.get(answer["url"])
    assert (dana.response.mimetype, dana.response.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    as_(shop, "rival", "MF").get(answer["url"], status=404)


def test_a_sent_back_card_is_corrected_and_waits_again(shop: World) -> None:
    file(shop)
    mei = as_(shop, "mei")
    mei.get("review/cards").follow("退回 B")
    mei.submit("decide", status=422)
    mei.submit("decide", reason="unclear_photo", text="铭牌看不清，请补拍")
    dana = as_(shop, "dana")
    dana.get("cards/BXK-2026-000001")
    assert "铭牌看不清，请补拍" in dana.main
    dana.follow("补充后重新提交")
    dana.submit("correct", customer="王大明", photo_plate_files=picture())
    assert "待审核" in dana.main
    with shop.acting("mei"):
        assert queries.get("BXK-2026-000001").customer == "王大明"


def test_what_waits_for_whom_is_told_with_its_day(shop: World) -> None:
    def waiting(who: str, on: dt.date) -> list[tuple[str, str, dt.date | None, bool]]:
        with shop.acting(who, on=on) as actor, shop.app.test_request_context("/m/MF/"):
            session().enter(actor.scope)
            g.tenant = "MF"
            return [(str(w.text), w.url, w.due, w.overdue) for w in entries.waiting(actor, on)]

    file(shop)
    friday, week_later = dt.date(2026, 5, 22), dt.date(2026, 5, 26)
    due = dt.date(2026, 5, 25)
    assert waiting("mei", friday) == [("Warranty cards to review: 1", "/m/MF/review/cards", due, False)]
    assert waiting("mei", week_later) == [("Warranty cards to review: 1", "/m/MF/review/cards", due, True)]
    assert waiting("dana", friday) == waiting("lin", friday) == []
    with shop.acting("mei") as mei:
        commands.review(
            mei, "BXK-2026-000001", CardAction.SEND_BACK, reason=RejectReason.UNCLEAR_PHOTO, text="补照片"
        )
    sent_back = "Card BXK-2026-000001, serial A1, was sent back"
    assert waiting("dana", friday) == [(sent_back, "/m/MF/cards/BXK-2026-000001/correct", None, False)]
    assert waiting("mei", friday) == []


def test_the_reviewer_accepts_one_card_after_the_other(shop: World) -> None:
    for serial in ("A1", "A2"):
        file(shop, serial=serial)
    mei = as_(shop, "mei")
    mei.get("review/cards")
    assert "BXK-2026-000001" in mei.select(".detail h2")[0].text
    mei.submit("accept")
    assert "BXK-2026-000002" in mei.select(".detail h2")[0].text
    mei.submit("accept")
    assert "审核完毕" in mei.main
    with shop.acting("mei"):
        assert queries.counts() == {CardState.ACCEPTED: 2}


def test_the_riskiest_card_stands_first_unless_the_longest_waiting_is_asked_for(shop: World) -> None:
    file(shop, serial="A1", phone="13800000091")
    for serial in ("A2", "A3", "A4", "A5"):
        file(shop, serial=serial)
    run_all(shop.app)
    mei = as_(shop, "mei")
    mei.get("review/cards")
    assert mei.select("#many tbody .mono")[0].text != "BXK-2026-000001"
    mei.get("review/cards?sort=waiting")
    assert mei.select("#many tbody .mono")[0].text == "BXK-2026-000001"


def test_signals_stand_in_the_queue_and_never_on_a_dealer_s_page(shop: World) -> None:
    for serial in ("A1", "A2", "A3", "A4", "A5"):
        file(shop, serial=serial)
    run_all(shop.app)
    mei = as_(shop, "mei")
    mei.get("review/cards")
    assert "同一电话" in mei.main
    assert "65" in mei.select(".detail")[0].text
    assert "BXK-2026-000001" not in mei.get("review/cards?signals=clear").main
    mei.get("cards/BXK-2026-000001")
    assert "造假迹象" in mei.main
    dana = as_(shop, "dana")
    assert "造假" not in dana.get("cards/BXK-2026-000001").text
    dana.get("review/cards", status=403)


def test_somebody_who_decides_what_was_decided_meanwhile_loses_nothing(shop: World) -> None:
    file(shop)
    slow = as_(shop, "mei").get("review/cards/BXK-2026-000001/reject")
    with shop.acting("mei") as quick:
        commands.review(
            quick, "BXK-2026-000001", CardAction.SEND_BACK, reason=RejectReason.UNCLEAR_PHOTO, text="补照片"
        )
    slow.submit("decide", status=409, reason="duplicate", text="已有卡")
    assert "补照片" in slow.main
    assert slow.select("#text")[0].text.strip() == "已有卡"
    slow.submit("decide")
    with shop.acting("mei"):
        assert queries.get("BXK-2026-000001").state is CardState.REJECTED


def test_many_are_accepted_after_a_look_and_flagged_ones_left_out(shop: World) -> None:
    for serial, phone in (("A1", "13800000001"), ("A3", "13800000003"), ("A5", "13800000005")):
        file(shop, serial=serial, phone=phone)
    file(shop, serial="S1", who="sub", phone="13800000007", customer="Dana")
    run_all(shop.app)
    mei = as_(shop, "mei").get("review/cards")
    mei.get(
        "review/cards/sum?sel=BXK-2026-000001&sel=BXK-2026-000002",
    )
    assert mei.response.get_data(as_text=True) == "已选 2 张 · 服务费 ¥ 30.00"
    mei.submit("通过", sel=["BXK-2026-000001", "BXK-2026-000004"])
    assert "造假迹象" in mei.main
    mei.submit("many")
    with shop.acting("mei"):
        assert queries.counts() == {CardState.ACCEPTED: 1, CardState.SUBMITTED: 3}
    mei.get("review/cards").follow("改选全部")
    assert "BXK-2026-000002" in mei.main
    mei.submit("many")
    with shop.acting("mei"):
        assert queries.counts() == {CardState.ACCEPTED: 3, CardState.SUBMITTED: 1}
    mei.get("review/cards").submit("驳回…", sel=["BXK-2026-000004"])
    mei.submit("many", status=422)
    mei.submit("many", reason="insufficient_information", text="请补发票照片")
    with shop.acting("sub"):
        assert queries.get("BXK-2026-000004").state is CardState.REJECTED


def test_accepted_cards_are_voided_together_with_one_explanation(shop: World) -> None:
    for serial in ("A1", "A3"):
        file(shop, serial=serial)
    mei = as_(shop, "mei")
    mei.get("review/cards").submit("通过", sel=["BXK-2026-000001", "BXK-2026-000002"]).submit("many")
    both = ["BXK-2026-000001", "BXK-2026-000002"]
    mei.get("review/cards?state=accepted").submit("作废…", sel=both).submit("many", status=422)
    with shop.acting("mei"):
        assert queries.counts() == {CardState.ACCEPTED: 2}
    mei.submit("many", text="顾客均未购买")
    with shop.acting("dana"):
        assert {queries.get(number).reason_text for number in both} == {"顾客均未购买"}
        assert queries.counts() == {CardState.VOID: 2}


def test_what_was_decided_during_a_bulk_decision_is_told(shop: World) -> None:
    for serial in ("A1", "A3"):
        file(shop, serial=serial)
    mei = as_(shop, "mei").get("review/cards").submit("通过", sel=["BXK-2026-000001", "BXK-2026-000002"])
    with shop.acting("dana") as dana:
        commands.withdraw(dana, "BXK-2026-000002")
    mei.submit("many")
    assert "BXK-2026-000002" in mei.main
    with shop.acting("mei"):
        assert queries.counts() == {CardState.ACCEPTED: 1, CardState.WITHDRAWN: 1}


def test_a_number_is_masked_until_somebody_says_why(shop: World) -> None:
    file(shop)
    mei = as_(shop, "mei").get("cards/BXK-2026-000001")
    assert "13800005678" not in mei.response.get_data(as_text=True)
    assert "王小明" not in mei.main
    mei.submit("reveal-form", status=422)
    mei.get("cards/BXK-2026-000001").submit("reveal-form", reason="核实购买", htmx=True)
    assert "13800005678" in mei.response.get_data(as_text=True)
    mei.get("cards/BXK-2026-000001/customer", htmx=True)
    assert "13800005678" not in mei.response.get_data(as_text=True)
    lin = as_(shop, "lin").get("cards/BXK-2026-000001")
    assert not lin.select("#reveal")


def test_a_late_card_can_be_forgiven_at_its_acceptance_and_voided_later(shop: World) -> None:
    late = SOLD + dt.timedelta(days=31)
    file(shop, on=late)
    mei = as_(shop, "mei", on=late).get("review/cards/BXK-2026-000001/accept")
    mei.submit("decide", status=422, waive="y")
    mei.submit("decide", waive="y", text="洪水停业")
    mei.get("cards/BXK-2026-000001")
    assert "洪水停业" in mei.main
    mei.follow("作废…").submit("decide", status=422)
    mei.submit("decide", text="顾客未购买")
    assert "已作废" in mei.main


def test_a_file_of_many_gets_a_verdict_for_each_row_before_anything_is_saved(shop: World) -> None:
    dana = as_(shop, "dana").get("cards/bulk")
    dana.get("cards/bulk/template.xlsx")
    sheet = dana.response.data
    assert sheet[:2] == b"PK"
    dana.get("cards/bulk").submit("read", status=422)
    dana.submit("read", status=422, file=(io.BytesIO(b"a,b\n1,2\n"), "x.csv"))
    rows = (
        "序列号,销售日期,顾客姓名,电话,发票号\n"
        "A1,2026-05-10,王小明,13800005678,INV-1\n"
        "NOPE,2026-05-10,李雷,13800001111,INV-2\n"
        "A2,未知,韩梅,13800002222,INV-3\n"
        "A1,2026-05-10,王小明,13800005678,INV-4\n"
    )
    dana.get("cards/bulk").submit("read", file=(io.BytesIO(rows.encode("gb18030")), "五月.csv"))
    assert "NOPE" in dana.main
    with shop.acting("mei"):
        assert queries.counts() == {}
    verdicts = dana.url
    dana.submit("file")
    assert "BXK-2026-000001" in dana.main
    dana.post(verdicts)
    with shop.acting("mei"):
        assert queries.counts() == {CardState.SUBMITTED: 1}
    dana.get("cards/bulk").submit("read", file=(io.BytesIO(rows.encode()), "六月.csv")).submit("discard")
    with shop.acting("mei"):
        assert queries.counts() == {CardState.SUBMITTED: 1}


def test_a_file_without_rows_is_refused_beside_its_field(shop: World) -> None:
    dana = as_(shop, "dana").get("cards/bulk")
    header = "序列号,销售日期,顾客姓名,电话,发票号\n"
    dana.submit("read", status=422, file=(io.BytesIO(header.encode()), "五月.csv"))
    assert "#file" in {link["href"] for link in dana.select(".errsum a")}
    with shop.acting("dana"):
        assert drafts.of_kind(steps.MANY) == []


def test_the_list_is_searched_and_exported_masked(shop: World) -> None:
    for serial, phone in (("A1", "13800005678"), ("A2", "13800009999")):
        file(shop, serial=serial, phone=phone)
    dana = as_(shop, "dana")
    for search, found in (
        ("a1", 1),
        ("5678", 1),
        ("138 0000 9999", 1),
        ("1380000", 0),
        ("BXK-2026-000002", 1),
    ):
        dana.get(f"cards?q={search}")
        assert len(dana.select("td a.mono")) == found, search
    dana.get("cards/export.xlsx?q=a1")
    assert dana.response.data[:2] == b"PK"
    mei = as_(shop, "mei").get(f"cards?dealer={shop.dealers['D01']}")
    assert len(mei.select("td a.mono")) == 2


def test_a_unit_s_page_shows_its_card_and_until_when_it_holds(shop: World) -> None:
    dana = as_(shop, "dana").get("units/A1")
    assert "该机尚未提交保修卡" in dana.main
    dana.follow("填写保修卡")
    assert dana.select("#serial")[0]["value"] == "A1"
    number = file(shop)
    with shop.acting("mei") as mei:
        commands.review(mei, number, CardAction.ACCEPT)
    dana.get("units/A1")
    assert dana.has_link(f"cards/{number}")
    assert "2027-05-10" in dana.main


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_every_page_speaks_every_language(shop: World, language: str) -> None:
    file(shop)
    file(shop, serial="A2")
    run_all(shop.app)
    dana = as_(shop, "dana", language=language)
    for url in (
        "",
        "cards",
        "cards/new",
        "cards/bulk",
        "cards/BXK-2026-000001",
        "cards?state=draft",
        "cards?q=zz",
    ):
        dana.get(url)
    dana.get("cards/new").submit("unit", serial="A3").submit("sale", **SALE)
    mei = as_(shop, "mei", language=language)
    for url in ("", "cards", "cards/BXK-2026-000001", "review/cards", "review/cards?state=sent_back"):
        mei.get(url)
    for verb in ("accept", "send-back", "reject", "void", "waive"):
        mei.get(f"review/cards/BXK-2026-000001/{verb}")
    for act in ("accept", "send-back", "reject", "void"):
        mei.get(f"review/cards/bulk?act={act}&sel=BXK-2026-000001")


def test_lists_need_few_statements_however_long_they_are(shop: World) -> None:
    for serial in ("A1", "A2", "A3"):
        file(shop, serial=serial)
    dana, mei = as_(shop, "dana").get("cards"), as_(shop, "mei").get("review/cards?card=BXK-2026-000001")
    few = dana.statements, mei.statements
    for serial in ("A4", "A5", "A6"):
        file(shop, serial=serial)
    assert (dana.get("cards").statements, mei.get("review/cards?card=BXK-2026-000001").statements) == few
    assert max(few) < 60


@pytest.mark.parametrize(
    "path",
    [
        "cards/BXK-2026-000001",
        "cards/BXK-2026-000001/photos/1",
        "cards/drafts/1/sale",
        "photos/1",
        "cards/bulk/1",
    ],
)
def test_what_is_another_s_is_not_there(shop: World, path: str) -> None:
    dana = as_(shop, "dana")
    dana.get("cards/new").submit("unit", serial="A1").submit(
        "sale", **SALE, photo_plate_files=picture()
    ).submit("submit")
    dana.get("cards/new").submit("unit", serial="A2")
    as_(shop, "rival", "MF").get(path, status=404)
    as_(shop, "otto").get(path, status=404 if "BXK" in path or "photos" in path else 403)

"""The pages of repair records as a technician and the manufacturer walk them."""

import io
from typing import Any

import pytest
from PIL import Image

from portal.audit.queries import timeline
from portal.repairs import commands, queries
from portal.repairs.models import RepairSignature
from portal.repairs.rules.claims import ClaimAction
from portal.repairs.rules.records import Category, Consent, PartUse, RepairState, SignatureKind
from portal.warranty.rules import Cause
from tests.browser import Browser
from tests.documents import pdfs
from tests.people import TODAY, World
from tests.repairs.claims import terms
from tests.repairs.workshop import draft, file, rows, sell, workshop


@pytest.fixture
def shop(sqlite_world: World) -> World:
    return workshop(sqlite_world)


def as_(shop: World, who: str, tenant: str = "", language: str = "zh-CN") -> Browser:
    return Browser(shop.app, language=language, on=TODAY).sign_in(who, tenant=tenant)


def picture(name: str = "签字.png") -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (320, 160), "#ffffff").save(out, "PNG")
    out.seek(0)
    return out, name


WORK: dict[str, Any] = {
    "incident": "2026/05/19",
    "symptom": "S01",
    "reason": "C01",
    "location": "L01",
    "action_text": "更换电机并试车",
    "operations": "W-10",
    "lines-0-part": "p-motor",
    "lines-0-pieces": "1",
    "lines-0-serial_out": "M-1",
    "received_on": "2026-05-19",
    "finished_on": "2026-05-20",
    "customer": "王小明",
    "phone": "138 0000 5678",
}


def test_a_covered_repair_is_filed_in_three_steps_without_script_and_signed_by_scan(shop: World) -> None:
    sell(shop)
    dana = as_(shop, "dana")
    dana.get("repairs").follow("新建维修记录")
    dana.submit("unit", serial=" a1 ")
    assert "EB-48 电动车 48V" in dana.main
    assert "保修期内" in dana.main
    dana.submit("work", go="check", **WORK, photo_fault_files=picture("故障.png"))
    assert "更换电机并试车" in dana.main
    assert len(dana.select(".thumbs img")) == 1
    assert not dana.select("#consent")
    dana.submit("file", stock="y", scan=picture())
    assert "WX-2026-000001" in dana.main
    assert "138****5678" in dana.main
    with shop.acting("mei"):
        found = queries.get("WX-2026-000001")
        assert (found.state, found.category, found.labour) == (
            RepairState.SIGNED,
            Category.WARRANTY,
            draft().labour,
        )
        assert [part.code for part in queries.parts_of(found)] == ["P-MOTOR"]
        (signed,) = queries.signatures(found.id)
        assert signed.kind is SignatureKind.SCAN
    mei = as_(shop, "mei").get("repairs/WX-2026-000001")
    assert "王**" in mei.main
    assert "王小明" not in mei.main


def test_a_serial_is_answered_at_once_whoever_sold_the_unit(shop: World) -> None:
    sell(shop)
    rival = as_(shop, "rival", "MF").get("repairs/new?serial=a1", htmx=True, target="answer")
    answer = rival.response.get_data(as_text=True)
    assert "保修期内" in answer
    assert "王小明" not in answer
    rival.get("repairs/new?serial=NOPE", htmx=True, target="answer")
    assert "没有" in rival.response.get_data(as_text=True)


def test_paid_work_is_not_filed_before_the_customer_agreed_to_its_price(shop: World) -> None:
    dana = as_(shop, "dana").get("repairs/new").submit("unit", serial="A2")
    dana.submit("work", go="check", **{**WORK, "cause": "user", "category": "A"})
    assert "180.00" in dana.select("#consent")[0].text
    dana.submit("file", status=422, stock="y")
    assert dana.select(".errsum a")[0]["href"] == "#agreed"
    dana.submit("file", stock="y", agreed="y", agreed_way="spoken")
    with shop.acting("dana"):
        found = queries.get("WX-2026-000001")
        assert (str(found.price), str(found.consented)) == ("180.00", "180.00")


def test_what_is_wrong_is_said_and_a_draft_waits(shop: World) -> None:
    dana = as_(shop, "dana").get("repairs/new")
    dana.submit("unit", status=422, serial="NOPE")
    dana.submit("unit", serial="A1")
    dana.submit("work", status=422, go="check", **{**WORK, "incident": "2026-05-21", "phone": "123"})
    assert {link["href"] for link in dana.select(".errsum a")} >= {"#incident", "#phone"}
    assert dana.select("#phone")[0]["value"] == "123"
    dana.submit("work", go="add", **WORK)
    assert len(dana.select(".rline")) == 2
    dana.submit("work", go="later", **WORK)
    assert "A1" in dana.main
    assert "未提交的维修记录" in dana.get("").main


def test_the_parts_that_the_books_lack_ask_for_a_word(shop: World) -> None:
    sell(shop)
    dana = as_(shop, "dana").get("repairs/new").submit("unit", serial="A1")
    dana.submit("work", go="check", **WORK).submit("file", status=422)
    assert dana.select(".errsum a")[0]["href"] == "#stock"
    dana.submit("file", stock="y")
    assert "WX-2026-000001" in dana.main


def test_a_record_is_signed_photographed_corrected_and_taken_back_later(shop: World) -> None:
    number = file(shop, parts=(PartUse("P-MOTOR"),))
    dana = as_(shop, "dana").get(f"repairs/{number}/sign")
    dana.submit("sign", status=422)
    dana.submit("sign", scan=picture())
    with shop.acting("dana"):
        assert rows(RepairSignature) == [1]
    dana.get(f"repairs/{number}/photos").submit("photos", photo_plate_files=picture("铭牌.png"))
    assert len(dana.select("#photos img")) == 1
    dana.get(f"repairs/{number}/correct")
    dana.submit("correct", status=422, go="save", technician="刘建")
    dana.submit("correct", go="save", technician="刘建", why="补写维修员")
    assert "补写维修员" in dana.select("#versions")[0].text
    assert "刘建" in dana.select("#versions")[0].text
    dana.submit("void-form", reason="录错整机")
    assert "已撤回" in dana.main


def test_a_signature_is_asked_for_only_under_a_version_that_has_none(shop: World) -> None:
    number = file(shop, parts=(PartUse("P-MOTOR"),))
    dana = as_(shop, "dana").get(f"repairs/{number}")
    assert "尚未签字。" in dana.select("#signature")[0].text
    dana.follow("请顾客签字").submit("sign", scan=picture())
    assert ("请顾客签字" in dana.main, "尚未签字" in dana.main) == (False, False)
    assert "第 1 版已签字" in dana.select("#signature")[0].text
    dana.get(f"repairs/{number}/sign")
    assert ("第 1 版已签字" in dana.main, len(dana.select("#sign"))) == (True, 0)
    dana.get(f"repairs/{number}/correct").submit("correct", go="save", technician="刘建", why="补写维修员")
    assert "第 1 版已签字" in dana.select("#signature")[0].text
    dana.follow("请顾客签字")
    assert ("尚未签字" in dana.main, len(dana.select("#sign"))) == (False, 1)
    dana.submit("sign", scan=picture())
    assert "第 2 版已签字" in dana.select("#signature")[0].text
    assert "请顾客签字" not in dana.main
    dana.submit("void-form", reason="录错整机")
    assert "尚未签字" not in dana.main


def test_a_record_is_taken_back_only_while_its_claim_is_undecided(shop: World) -> None:
    sell(shop)
    number = file(shop)
    dana = as_(shop, "dana").get(f"repairs/{number}")
    assert (len(dana.select("#void-form")), "撤回…" in dana.main) == (1, True)
    with shop.acting("mei") as mei:
        commands.decide_claim(mei, number, ClaimAction.APPROVE, text="同意")
    dana.get(f"repairs/{number}")
    assert (len(dana.select("#void-form")), "撤回…" in dana.main) == (0, False)


def test_the_whole_number_is_shown_and_printed_only_where_it_is_recorded(shop: World) -> None:
    number = file(shop, phone="13800005678", customer="王小明", parts=(PartUse("P-MOTOR"),))
    dana = as_(shop, "dana").get(f"repairs/{number}")
    dana.submit("reveal-form", htmx=True, reason="约定取车")
    assert "13800005678" in dana.response.get_data(as_text=True)
    full = dana.get(f"repairs/{number}").submit("receipt").response.data
    masked = as_(shop, "mei").get(f"repairs/{number}/receipt.pdf").response.data
    (printed,), (hidden,) = pdfs.pages(full), pdfs.pages(masked)
    assert printed.count("13800005678") == 1
    assert printed.count("138****5678") == 1
    assert hidden.count("138****5678") == 2
    assert printed.count("维修回执单") == 2
    assert "人民币零元整" in printed
    with shop.acting("dana"):
        assert len(timeline(number)) == 3


def test_the_receipt_prints_why_as_it_was_kept_when_the_record_was_filed(shop: World) -> None:
    sell(shop)
    printed = as_(shop, "dana").get(f"repairs/{file(shop)}/receipt.pdf").response.data
    flat = "".join(pdfs.pages(printed)[0].split())
    assert flat.count("依据Basis保修期至2027-05-10（含当日）·第9天，共365天") == 2
    assert flat.count("Inwarrantythrough2027-05-10·day9of365") == 2
    printed = as_(shop, "dana").get(f"repairs/{file(shop, serial='A2')}/receipt.pdf").response.data
    flat = "".join(pdfs.pages(printed)[0].split())
    assert flat.count("依据Basis截至2026-05-19，本机没有审核通过的保修卡·第3.1/3.3条") == 2
    assert flat.count("On2026-05-19theunithadnoacceptedwarrantycard·clause3.1/3.3") == 2


GUARANTEES = "修理占用和待料时间从三包期中扣除。本单是三包换货、退货时的修理凭据。"


@pytest.mark.parametrize(("agreed", "copies"), [(False, 0), (True, 2)])
def test_the_receipt_is_proof_for_the_three_guarantees_only_where_the_terms_have_them(
    shop: World, agreed: bool, copies: int
) -> None:
    terms(shop, three_guarantees=agreed)
    printed = as_(shop, "dana").get(f"repairs/{file(shop)}/receipt.pdf").response.data
    flat = "".join(pdfs.pages(printed)[0].split())
    assert flat.count(GUARANTEES) == copies
    assert flat.count("请妥善保管本单。") == 2


def test_the_list_is_narrowed_and_exported(shop: World) -> None:
    file(shop)
    file(shop, category=Category.PAID, cause=Cause.USER, consent=Consent(draft().labour))
    mei = as_(shop, "mei").get("repairs?category=A")
    assert len(mei.select("tbody tr")) == 1
    assert mei.get("repairs?state=signed").select(".empty")
    mei.get("repairs/export.xlsx")


def test_fault_codes_are_kept_on_their_page(sqlite_world: World) -> None:
    mei = as_(sqlite_world, "mei").get("fault-codes")
    mei.submit("defaults")
    mei.submit("add", kind="symptom", code="s50", name="跑偏", name_en="Pulls aside")
    mei.follow("S50").submit("change", name="方向跑偏", active="")
    assert "方向跑偏" in mei.main


def test_pages_stand_in_english_too(shop: World) -> None:
    sell(shop)
    number = file(shop, parts=(PartUse("P-MOTOR"),))
    dana = as_(shop, "dana", language="en-GB")
    for path in (
        "repairs",
        "repairs?state=draft",
        "units/A1",
        "repairs/new?serial=A1",
        f"repairs/{number}",
        f"repairs/{number}/sign",
        f"repairs/{number}/correct",
    ):
        dana.get(path)
    assert "In warranty" in as_(shop, "mei", language="en-GB").get(f"repairs/{number}").main


def test_a_technician_s_phone_leads_to_the_repairs(shop: World) -> None:
    def bar(who: str) -> list[str]:
        browser = Browser(shop.app).sign_in(who).get("repairs")
        return [link.get_text(" ", strip=True) for link in browser.select("nav.bottom a")]

    assert "维修" in " ".join(bar("tom"))
    # Four places: who may answer statements has none left.
    assert any("对账单" in words for words in bar("dana"))

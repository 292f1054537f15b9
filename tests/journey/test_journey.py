"""The main job from end to end, in a real browser: from a card on a phone to the closed quarter's statement."""

import hashlib
import io
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from portal.kernel.period import Month
from portal.reports import commands as reports
from tests.journey.chromium import PHONE, Visitor
from tests.journey.live import Live
from tests.journey.people import APRIL, SERIALS, picture, visit
from tests.people import World


def test_from_a_card_on_a_phone_to_a_closed_quarter(
    browser: Browser, live: Live, world: World, tmp_path: Path
) -> None:
    card, request = a_clerk_files_a_card_and_asks_for_parts(browser, live, tmp_path)
    the_manufacturer_decides_and_ships(browser, live, card, request)
    the_clerk_receives(browser, live, request)
    live.go_to(APRIL)
    the_month_s_forms_come_in(browser, live, world)
    finance_runs_and_issues(browser, live)
    one_confirms_and_one_objects(browser, live)
    finance_gives_in(browser, live)
    a_second_person_closes(browser, live)
    both_hold_the_same_statement(browser, live)


def a_clerk_files_a_card_and_asks_for_parts(browser: Browser, live: Live, tmp_path: Path) -> tuple[str, str]:
    fei = visit(browser, live, "fei")
    fei.go("remittances/new")
    fei.page.select_option("[name=dealer]", "D01")
    fei.page.fill("[name=date]", "2026-03-10")
    fei.page.fill("[name=amount]", "40,000.00")
    fei.page.fill("[name=bank_ref]", "B-1")
    fei.press("#remit .pri")
    assert "HK-2026-" in fei.page.url or "40,000.00" in fei.text
    fei.close()

    tom = visit(browser, live, "tom", size=PHONE)
    tom.go("cards/new")
    tom.page.fill("[name=serial]", SERIALS[0].lower())
    tom.press("#unit .pri")
    assert "EB-48" in tom.text
    tom.page.fill("[name=sale_date]", "2026-03-09")
    tom.page.fill("[name=invoice]", "FP00000001")
    tom.page.fill("[name=customer]", "王小明")
    tom.page.fill("[name=phone]", "13800005678")
    tom.page.set_input_files("#photo_invoice-files", picture(tmp_path / "invoice.jpg"))
    expect(tom.page.locator("#photo_invoice [data-rows] [data-state]")).to_contain_text("KB")
    tom.press("#sale button[value=check]")
    assert "王小明" in tom.text
    tom.press("#submit .pri")
    card = tom.page.url.rsplit("/", 1)[1]
    assert card == "BXK-2026-000001"
    assert "待审核" in tom.text

    tom.go("parts/new")
    tom.page.fill("[name=lines-0-part]", "P-MOTOR")
    tom.page.fill("[name=lines-0-pieces]", "10")
    tom.press("#request .stick button[value=check]")
    assert "200.00" in tom.text, "what the quota of 1000.00 does not cover"
    tom.page.check("[name=consent]")
    tom.press("#check button[value=submit]")
    request = tom.page.url.rsplit("/", 1)[1]
    assert request == "BL-2026-000001"
    tom.close()
    return card, request


def the_manufacturer_decides_and_ships(browser: Browser, live: Live, card: str, request: str) -> None:
    mei = visit(browser, live, "mei")
    mei.go("review/cards")
    assert SERIALS[0] in mei.text
    mei.go(f"cards/{card}")
    mei.press("#accept button")
    mei.go(f"cards/{card}")
    assert "已通过" in mei.text

    mei.go(f"parts/{request}")
    mei.page.fill("#decide [name$=-pieces]", "9")
    mei.page.fill("#decide [name$=-reason]", "库存九件")
    mei.press("#decide .pri")
    assert "部分通过" in mei.text
    for waybill, pieces in (("YD-1", "5"), ("YD-2", "4")):
        mei.page.fill("#ship [name$=-pieces]", pieces)
        mei.page.fill("#ship [name=carrier]", "示例快运")
        mei.page.fill("#ship [name=waybill]", waybill)
        mei.press("#ship .pri")
    assert "已发货" in mei.text
    mei.close()


def the_clerk_receives(browser: Browser, live: Live, request: str) -> None:
    tom = visit(browser, live, "tom", size=PHONE)
    for _parcel in range(2):
        tom.go(f"parts/{request}")
        tom.press("a[href*='/shipments/']")
        tom.press("#receive .pri")
    assert "已签收" in tom.text
    tom.go("quota")
    # 1000.00 for the remittance and 15.00 for the card, less nine motors at 120.00.
    assert "−65.00" in tom.text
    tom.close()


def the_month_s_forms_come_in(browser: Browser, live: Live, world: World) -> None:
    the_owner_checks_corrects_and_submits_march(browser, live)
    for who, months in (("dana", (1, 2)), ("rival", (1, 2, 3))):
        for month in months:
            with world.acting(who, "MF" if who == "rival" else "", on=APRIL) as owner:
                reports.submit(owner, Month(2026, month))
    mei = visit(browser, live, "mei")
    mei.go("monthly/review?until=2026-03&span=3")
    boxes = mei.page.locator("#many input[name=sel]")
    assert boxes.count() == 6
    for box in boxes.all():
        box.check()
    mei.press("#many .pri")
    assert boxes.count() == 0
    mei.go("monthly/review/D01/2026-03")
    assert "一台未填卡" in mei.text, "what was corrected is left for somebody to look at"
    the_auditor_looks_behind_and_asks_back(mei)
    with world.acting("dana", on=APRIL) as owner:
        reports.submit(owner, Month(2026, 3))
    mei.go("monthly/review/D01/2026-03")
    mei.press("#accept-month button.pri")
    mei.go("monthly/review?until=2026-03&span=3&q=D01")
    assert "3 个月的月报已全部接收" in mei.text
    mei.close()


def the_auditor_looks_behind_and_asks_back(mei: Visitor) -> None:
    """From the figure to its record, the sample, a remark at the figure, and back to the dealer."""
    mei.press("#forms li:has-text('每月销售统计表') a.btn")
    mei.page.locator("#figures tbody tr").first.locator("td").nth(2).locator("a").click()
    expect(mei.page.locator("tr.behind .records")).to_contain_text("BXK-2026-000001")
    mei.press("#decide a[href$='/sample']")
    mei.page.locator("#sample li summary").first.click()
    mei.page.locator("#sample li input[value=in_order]").first.check()
    mei.press("#check-1 button")
    assert "已查 1 张" in mei.text
    mei.press(".back a")
    mei.page.click("#remark-on summary")
    mei.page.select_option("#remark-row", "EB-48")
    mei.page.select_option("#remark-column", "sold")
    mei.page.fill("#remark [name=text]", "请附未填卡那台的销售单")
    mei.press("#remark button")
    mei.page.click("#decide summary")
    mei.page.fill("#return [name=reason]", "少一张保修卡")
    mei.press("#return button")
    assert "已退回" in mei.text


def the_owner_checks_corrects_and_submits_march(browser: Browser, live: Live) -> None:
    dana = visit(browser, live, "dana")
    dana.go("monthly")
    dana.press("main a.btn[href$='/monthly/2026-03']")
    assert "已汇总 4 条记录" in dana.text, "three units came, one was sold"
    dana.press("#forms a.btn[href$='/sales']")
    sold = dana.page.locator("#sheet tbody tr").first.locator("td").nth(2)
    sold.locator("a").click()
    records = dana.page.locator("tr.behind .records")
    expect(records).to_contain_text("BXK-2026-000001")
    sold.locator("summary").click()
    sold.locator("input").nth(0).fill("2")
    with dana.page.expect_navigation():
        sold.locator("button").click()
    assert "请说明为什么不是 1" in dana.page.inner_text(".errsum")
    sold.locator("input").nth(1).fill("一台未填卡")
    dana.page.fill("[name=remarks]", "三月有样车一台。")
    dana.press("button[formaction$='/prepare']")
    assert "1 更正为 2" in dana.text
    dana.press("#submit-all .pri")
    dana.press("#submit .pri")
    assert "已提交 6 份报表" in dana.text
    dana.press("#forms li:has-text('每月销售统计表') a.btn")
    assert "三月有样车一台。" in dana.text
    dana.close()


def finance_runs_and_issues(browser: Browser, live: Live) -> None:
    fei = visit(browser, live, "fei")
    fei.go("settlements/2026Q1")
    assert "D03" in fei.text, "held: its forms are missing"
    fei.press("#start .pri")
    expect(fei.page.locator("#issue button")).to_be_visible(timeout=20_000)
    assert "2" in fei.page.inner_text("#issue button")
    fei.press("#issue button")
    expect(fei.page.locator("a[href$='.pdf'], a[href*='/print']").first).to_be_visible(timeout=40_000)
    fei.close()


def one_confirms_and_one_objects(browser: Browser, live: Live) -> None:
    dana = visit(browser, live, "dana")
    statement(dana)
    dana.press("#confirm button")
    assert "已确认" in dana.text
    dana.close()
    rival = visit(browser, live, "rival", tenant="MF")
    statement(rival)
    rival.page.click("#answer summary")
    rival.page.fill("#dispute [name=reason]", "三月代垫运费未计入。")
    rival.press("#dispute button")
    assert "有异议" in rival.text
    rival.close()


def finance_gives_in(browser: Browser, live: Live) -> None:
    fei = visit(browser, live, "fei")
    fei.go("adjustments/new?dealer=D02")
    fei.page.select_option("[name=dealer]", "D02")
    fei.page.fill("[name=amount]", "100.00")
    fei.page.fill("[name=reason]", "补记三月代垫运费")
    fei.press("#adjust .pri")
    fei.go("disputes")
    fei.press("main a[href*='/statements/JS-']")
    fei.press("#revise .pri")
    expect(fei.page.locator("#issue button")).to_be_visible(timeout=20_000)
    fei.press("#issue button")
    expect(fei.page.locator("a[href*='.pdf'], a[href*='/print']").first).to_be_visible(timeout=40_000)
    fei.close()
    rival = visit(browser, live, "rival", tenant="MF")
    statement(rival)
    assert "300.00" in rival.text, "2.5 % of 8000.00 and the adjustment"
    rival.press("#confirm button")
    rival.close()


def a_second_person_closes(browser: Browser, live: Live) -> None:
    fei = visit(browser, live, "fei")
    fei.go("settlements/2026Q1")
    assert fei.page.locator("#close button").count() == 0, "nobody closes what they issued"
    fei.close()
    fay = visit(browser, live, "fay")
    fay.go("settlements/2026Q1")
    fay.press("#close button")
    expect(fay.page.locator("#closing[hx-get]")).to_have_count(0, timeout=20_000)
    fay.go("statements?state=closed")
    assert fay.text.count("JS-2026-") == 2
    fay.close()


def both_hold_the_same_statement(browser: Browser, live: Live) -> None:
    held = {}
    for who in ("dana", "fei"):
        visitor = visit(browser, live, who)
        statement(visitor, dealer="" if who == "dana" else "甲经销商")
        with visitor.page.expect_download() as download:
            visitor.page.click("a[href*='/pdf'], a[href$='.pdf']")
        held[who] = Path(download.value.path()).read_bytes()
        held_text = visitor.text
        visitor.close()
    assert hashlib.sha256(held["dana"]).digest() == hashlib.sha256(held["fei"]).digest()
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(held["dana"])).pages)
    for part in ("JS-2026-00000", "示例车业有限公司", "甲经销商", "1,015.00", "1,080.00", "65.00"):
        assert part in text, part
    code = re.search(r"校验码 ([0-9A-Z]{4}(?:[ -][0-9A-Z]{4}){4})", held_text)
    assert code is not None
    bare = re.sub("[ -]", "", code[1])
    # A pair of letters that stand apart on paper may be read with a space between them.
    assert bare in re.sub(r"[\s-]", "", text), "the paper says the same code"
    stranger = Visitor(browser, live.address)
    stranger.go(f"/v/{bare}")
    assert "有效" in stranger.text
    stranger.close()


def statement(visitor: Visitor, dealer: str = "") -> Page:
    """Open the statement of the quarter; for finance the dealer's."""
    visitor.go("statements")
    row = (
        visitor.page.locator("main tr, main li")
        .filter(has_text=dealer or "JS-2026-")
        .locator("a[href*='/statements/JS-']")
        .first
    )
    with visitor.page.expect_navigation():
        row.click()
    return visitor.page

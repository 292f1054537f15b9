"""The pages of the ledger: quota, postings, remittances, files, adjustments."""

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest

from portal.ledger import commands, queries
from portal.spreadsheets.reading import read_rows
from portal.tenants import commands as tenants
from tests.browser import Browser
from tests.parts.stock import decide, grant, left, request, ship, stock
from tests.people import World


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    return Browser(sqlite_world.app)


def test_a_dealer_sees_its_quota_with_formula_movements_and_the_clause(
    sqlite_world: World, browser: Browser
) -> None:
    stock(sqlite_world)
    grant(sqlite_world, "2015.00", on=dt.date(2026, 4, 8))
    number = request(sqlite_world, {"P-MOTOR": 10, "P-CTRL": 5}, on=dt.date(2026, 5, 4))
    decide(sqlite_world, number, {"P-MOTOR": 9, "P-CTRL": 5}, on=dt.date(2026, 5, 5))
    ship(sqlite_world, number, {"P-MOTOR": 9}, on=dt.date(2026, 5, 6))
    browser.sign_in("dana").get("quota")
    assert "¥ 492.50" in browser.main
    assert "第 1.2 条，条款第 1 版，自 2026-01-01 起适用" in browser.main
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("td")]
        for row in browser.select("#movements tbody tr")
    ]
    assert rows == [
        ["05-06", "配件发货，冻结转领用", number, "—", "—", "492.50"],
        ["05-05", "解冻，恢复额度", number, "+120.00", "—", "492.50"],
        ["05-04", "备料单提交，冻结", number, "—", "−1,642.50", "372.50"],
        ["05-01", "月初余额", "", "—", "—", "2,015.00"],
    ]
    formula = [
        li.get_text(" ", strip=True) for li in browser.select("section[aria-labelledby=formula-title] li")
    ]
    assert formula[1] == "+ 本季核定 2,015.00"
    assert formula[-1] == "可用额度 492.50"
    browser.get("quota?month=2026-04")
    assert "回款到账，按比例核定" in browser.main
    browser.follow("冻结")
    assert "442.50" in browser.main


def test_the_month_of_the_movements_is_a_piece_of_the_page(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "10.00")
    browser.sign_in("dana").get("quota?month=2026-05")
    whole = browser.select("#movements")[0].get_text()
    browser.get("quota?month=2026-05", htmx=True, target="movements")
    piece = browser.response.get_data(as_text=True)
    assert "10.00" in piece
    assert "<h1" not in piece
    assert "回款到账" in whole


def test_a_balance_opens_to_its_postings_and_each_posting_to_its_document(
    sqlite_world: World, browser: Browser
) -> None:
    stock(sqlite_world)
    grant(sqlite_world, "2015.00")
    number = request(sqlite_world, {"P-MOTOR": 1})
    decide(sqlite_world, number, {"P-MOTOR": 1})
    ship(sqlite_world, number, {"P-MOTOR": 1})
    browser.sign_in("fei").get("quota?dealer=D01")
    browser.follow("本季度各项金额")
    browser.follow("领用配件")
    assert "120.00" in browser.main
    browser.follow("分录")
    assert "FH-2026-000001:draw" in browser.main
    assert "+120.00" in browser.main
    assert "−120.00" in browser.main
    browser.follow(f"打开 {number}")
    assert browser.url.endswith(f"/parts/{number}")


def test_the_opening_of_a_quarter_leads_to_the_quarter_before_while_it_is_open(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "935.00", on=dt.date(2026, 3, 2))
    browser.sign_in("dana").get("ledger/2026Q2/opening")
    assert "¥ 935.00" in browser.main
    assert "2026Q1 尚未关闭" in browser.main
    browser.get("ledger/2026Q2")
    assert "935.00" in browser.main
    for wrong in (
        "ledger/2025Q4",
        "ledger/2026Q3",
        "ledger/2026Q5",
        "ledger/2026Q2/nothing",
        "ledger/entries/999",
    ):
        browser.get(wrong, status=404)


def test_the_manufacturer_looks_at_every_dealer_s_quota(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "935.00")
    browser.sign_in("fei").get("quota")
    assert "乙经销商" in browser.main
    assert browser.statements < 40
    browser.get("quota?q=D01")
    assert "乙经销商" not in browser.main
    browser.follow("甲经销商")
    assert "¥ 935.00" in browser.main


def test_nobody_sees_another_dealer_s_money(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "935.00")
    with sqlite_world.acting("fei"):
        entry = queries.of_document("HK-2026-000001")[0].entry.id
    browser.sign_in("rival", tenant="MF")
    browser.get("quota?dealer=D01", status=200)
    assert "935.00" not in browser.main
    for url in (
        "quota?agreement=XY-2026-000001",
        "ledger/2026Q2?agreement=XY-2026-000001",
        f"ledger/entries/{entry}",
        "remittances/HK-2026-000001",
    ):
        browser.get(url, status=404)
    browser.get("remittances?dealer=D01")
    assert "HK-2026-000001" not in browser.main


def test_finance_records_a_remittance_and_takes_it_back(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("remittances/new")
    browser.submit("remit", status=422, dealer="", amount="x", bank_ref="")
    assert "请选择经销商" in browser.main
    browser.submit("remit", dealer="D01", date="2026-05-18", amount="80,000.00", bank_ref="B-1")
    assert browser.url.endswith("/remittances/HK-2026-000001")
    assert "2,000.00" in browser.main
    browser.get("remittances/new")
    browser.submit("remit", status=422, dealer="D01", date="2026-05-18", amount="1", bank_ref="B-1")
    assert "银行流水号 B-1 的回款已经登记过" in browser.main
    browser.get("remittances/HK-2026-000001")
    browser.submit("reverse", text="银行退票")
    assert "该笔回款已冲回" in browser.main
    assert "银行退票" in browser.main
    assert left(sqlite_world) == Decimal("0.00")
    browser.get("remittances?kind=reversal")
    assert "−80,000.00" in browser.main
    browser.get("remittances?q=nothing")
    assert "没有符合条件的回款" in browser.main


def test_a_remittance_posted_twice_with_one_key_is_recorded_once(
    sqlite_world: World, browser: Browser
) -> None:
    browser.sign_in("fei").get("remittances/new")
    page = browser.page
    browser.submit("remit", dealer="D01", date="2026-05-18", amount="100.00", bank_ref="B-1")
    browser.page, browser.url = page, f"{browser.tenant}/remittances/new"
    browser.submit("remit", dealer="D01", date="2026-05-18", amount="100.00", bank_ref="B-1")
    assert browser.url.endswith("/remittances/HK-2026-000001")
    assert left(sqlite_world) == Decimal("2.50")


FILE = """经销商编码,到账日期,金额,银行流水号,备注
D01,2026-05-18,"80,000.00",B-1,
D02,2026/5/19,100.05,B-2,
D01,2026-05-18,5.00,B-1,
D09,2026-05-18,5.00,B-3,
D02,2026-05-21,5.00,B-4,
D02,2025-12-31,5.00,B-5,
D02,2026-05-18,abc,B-6,
D01S,2026-05-18,5.00,B-7,
"""


def test_a_file_of_remittances_gets_a_verdict_for_each_row_and_the_good_ones_are_recorded(
    sqlite_world: World, browser: Browser
) -> None:
    browser.sign_in("fei").get("remittances/file")
    browser.submit("upload", file=(BytesIO(FILE.encode("gb18030")), "回款.csv"))
    for words in (
        "第 4 行“银行流水号”：B-1 与第 2 行",
        "第 5 行“经销商编码”：没有与经销商 D09 的协议。",
        "第 6 行“到账日期”：到账日期不能晚于今天。",
        "第 7 行“到账日期”：日期不在协议 XY-2026-000002 的期限内。",
        "第 8 行“金额”：",
        "第 9 行“经销商编码”：没有与经销商 D01S 的协议。",
    ):
        assert words in browser.main
    assert "备注" in browser.main
    verdicts = browser.page
    browser.submit("import")
    assert "已登记 2 笔回款" in browser.text
    assert (left(sqlite_world), left(sqlite_world, "D02")) == (Decimal("2000.00"), Decimal("2.50"))
    browser.page = verdicts
    browser.submit("import")
    assert left(sqlite_world) == Decimal("2000.00")


def test_a_verdict_that_changed_meanwhile_is_shown_again(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("remittances/file")
    browser.submit("upload", file=(BytesIO(FILE.encode()), "回款.csv"))
    with sqlite_world.acting("fay") as fay:
        commands.record_remittance(
            fay,
            sqlite_world.dealers["D02"],
            date=dt.date(2026, 5, 18),
            amount=Decimal("1.00"),
            bank_ref="B-2",
        )
    browser.submit("import", status=409)
    assert "核查结果已有变化" in browser.main
    assert left(sqlite_world) == Decimal("0.00")
    browser.submit("import")
    assert left(sqlite_world) == Decimal("2000.00")


def test_a_file_that_can_t_be_read_is_refused_beside_the_field(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("remittances/file")
    browser.submit("upload", status=422, file=(BytesIO(b"a,b\n1,2\n"), "x.csv"))
    browser.submit("upload", status=422, file=(BytesIO(b"PK\x03\x04nonsense"), "x.xlsx"))
    browser.submit("upload", status=422)
    browser.get("remittances/file/999", status=404)


def test_exports_hold_what_the_list_shows(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "10.00")
    grant(sqlite_world, "20.00", dealer="D02")
    browser.sign_in("fei").get("remittances/list.xlsx?dealer=D02")
    sheet = read_rows(browser.response.data, "x.xlsx")
    cells = [cell for row in sheet.rows for cell in row.cells]
    assert "D02-B-1" in cells
    assert "D01-B-1" not in cells
    browser.get("quota/movements.xlsx?dealer=D01&month=2026-05")
    cells = [cell for row in read_rows(browser.response.data, "x.xlsx").rows for cell in row.cells]
    assert "HK-2026-000001" in cells
    browser.get("remittances/file/template.xlsx")
    assert "银行流水号" in [
        cell for row in read_rows(browser.response.data, "x.xlsx").rows for cell in row.cells
    ]


def test_finance_adjusts_a_fund_with_a_reason(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("adjustments/new?dealer=D01")
    browser.submit("adjust", status=422, amount="0", reason="x")
    browser.submit("adjust", status=422, amount="5", reason="")
    browser.submit("adjust", direction="take", amount="12.34", reason="多计更正")
    assert "¥ −12.34" in browser.main
    assert "多计更正" in browser.main
    assert "费用已超支" in browser.main
    browser.sign_in("dana").get("adjustments/new", status=403)
    browser.get("quota")
    assert "多计更正" in browser.main


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_pages_speak_other_languages(sqlite_world: World, language: str) -> None:
    stock(sqlite_world)
    grant(sqlite_world, "100.00")
    browser = Browser(sqlite_world.app, language=language).sign_in("fei")
    for url in (
        "quota", "quota?dealer=D01", "ledger/2026Q2?dealer=D01", "ledger/2026Q2/granted?dealer=D01", "remittances",
        "remittances/new", "remittances/HK-2026-000001", "remittances/file", "adjustments/new",
    ):  # fmt: skip
        browser.get(url)


def test_a_dealer_without_an_agreement_has_no_quota_yet(sqlite_world: World, browser: Browser) -> None:
    with sqlite_world.acting("mei") as mei:
        tenants.add_dealer(mei, code="D07", name="新经销商")
    browser.sign_in("fei").get("quota?dealer=D07")
    assert "协议生效后经销商即有额度" in browser.main
    browser.get("quota?dealer=D99", status=404)

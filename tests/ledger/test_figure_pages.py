"""The pages of recorded sales and results."""

import datetime as dt
from io import BytesIO

import pytest

from portal.spreadsheets.reading import read_rows
from tests.browser import Browser
from tests.people import World

FILE = (
    "经销商编码,日期,销售额,备注\nD01,2026-05-03,1000.00,五月\nD99,2026-05-03,1.00,\nD02,2026-05-04,-5.00,\n"
)


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    return Browser(sqlite_world.app)


def test_finance_records_a_result_and_takes_it_back(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("figures/new?kind=result")
    browser.submit("figure", status=422, dealer="D01", income="-1.00", cost="120.00")
    browser.submit("figure", dealer="D01", income="100.00", cost="120.00", note="五月门店")
    assert "SY-2026-000001 已登记" in browser.text
    assert "−20.00" in browser.main
    browser.get("figures")
    assert "共 1 笔，合计 −20.00 元" in browser.main
    browser.get("figures/SY-2026-000001")
    browser.submit("reverse", text="凭证作废")
    assert "本笔已冲回 凭证作废" in browser.main
    browser.get("figures?kind=result")
    assert "共 2 笔，合计 0.00 元" in browser.main
    browser.get("figures/list.xlsx")
    rows = [row.cells for row in read_rows(browser.response.data, "figures.xlsx").rows]
    assert [row[0] for row in rows if row[0].startswith("SY-")] == ["SY-2026-000002", "SY-2026-000001"]


def test_a_dealer_reads_its_own_figures_and_records_none(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("figures/new")
    browser.submit("figure", dealer="D01", income="1000.00")
    assert "将在 2026Q4 核定" in browser.main
    browser.sign_in("dana").get("figures")
    assert "XS-2026-000001" in browser.main
    browser.get("figures/XS-2026-000001")
    browser.get("figures/new", status=403)
    browser.sign_in("rival").get("figures/XS-2026-000001", status=404)


def test_a_file_of_sales_gets_a_verdict_for_each_row(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("figures/file")
    browser.submit("upload", file=(BytesIO(FILE.encode()), "销售.csv"))
    assert "没有与经销商 D99 的协议" in browser.main or "D99" in browser.main
    browser.submit("import")
    assert "已登记 1 笔" in browser.text
    browser.get("figures/file/result.xlsx")
    assert browser.response.data[:2] == b"PK"


def test_figures_are_narrowed_by_year_and_dealer(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("fei").get("figures/new")
    browser.submit("figure", dealer="D01", income="1000.00", date=dt.date(2026, 4, 1).isoformat())
    browser.get("figures?dealer=D02&year=2026")
    assert "没有符合条件的记录" in browser.main
    browser.get("figures?dealer=D01&year=2026&q=XS")
    assert "1,000.00" in browser.main

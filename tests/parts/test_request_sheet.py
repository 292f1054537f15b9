"""The parts request on paper: three copies, the warehouse's without money, figures as on the page."""

import dataclasses
import io
from decimal import Decimal

import pikepdf

from portal.documents.render import render
from portal.parts import queries
from portal.parts.queries.sheet import request_sheet
from tests.browser import Browser
from tests.documents import pdfs
from tests.parts.stock import decide, grant, request, ship, stock
from tests.people import World

SHEET = "documents/parts_request.html"
NUMBER = "BL-2026-000001"


def flat(text: str) -> str:
    return "".join(text.split())


def test_each_copy_names_itself_and_the_warehouse_reads_no_money(sqlite_world: World) -> None:
    stock(sqlite_world)
    grant(sqlite_world, "2015.00")
    request(sqlite_world, {"P-MOTOR": 10, "P-CTRL": 5})
    decide(sqlite_world, NUMBER, {"P-MOTOR": 9, "P-CTRL": 5})
    ship(sqlite_world, NUMBER, {"P-MOTOR": 9})
    browser = Browser(sqlite_world.app)
    for who in ("dana", "mei"):
        browser.sign_in(who).get(f"parts/{NUMBER}")
        assert browser.has_link(f"parts/{NUMBER}/request.pdf")
        browser.get(f"parts/{NUMBER}/request.pdf")
    warehouse, finance, dealer = (flat(page) for page in pdfs.pages(browser.response.data))
    assert "维修配件备料单" in warehouse
    for page, copy in ((warehouse, "第一联厂方仓库"), (finance, "第二联财务"), (dealer, "第三联经销商")):
        assert page.count(copy) >= 2
        assert "第1页共1页" in page
        assert "1P-MOTOR电机通用件1099" in page
        assert "2P-CTRL控制器通用件550" in page
        assert "签收后3日内" in page
        assert "甲经销商（D01）" in page
    for amount in ("2,015.00", "1,642.50", "372.50", "1,080.00", "1,522.50", "人民币壹仟伍佰贰拾贰元伍角整"):
        assert amount not in warehouse
        assert amount in finance
        assert amount in dealer
    with pikepdf.open(io.BytesIO(browser.response.data)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert "维修配件备料单" in str(opened.docinfo["/Title"])


def test_a_long_request_keeps_its_head_on_each_page_and_counts_the_pages_of_each_copy(
    sqlite_world: World,
) -> None:
    stock(sqlite_world)
    grant(sqlite_world, "2015.00")
    request(sqlite_world, {"P-MOTOR": 1})
    with sqlite_world.acting("dana"):
        view = request_sheet(queries.get(NUMBER), "https://portal.example.test/x")
    assert (view.before, view.covered, view.after) == (
        Decimal("2015.00"),
        Decimal("120.00"),
        Decimal("1895.00"),
    )
    row = dataclasses.replace(
        view.rows[0], name="很长的零件名称与规格说明" * 4, code="P-VERY-LONG-CODE-0123456789"
    )
    pages = pdfs.pages(render(SHEET, dataclasses.replace(view, rows=(row,) * 30)))
    copies = [
        [page for page in map(flat, pages) if f"{name}第" in page]
        for name in ("第一联厂方仓库", "第二联财务")
    ]
    for found in copies:
        assert len(found) > 1
        for place, page in enumerate(found, 1):
            assert f"第{place}页共{len(found)}页" in page
            assert "编码" in page or place == len(found)
    assert render(SHEET, view) == render(SHEET, view)

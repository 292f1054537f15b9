"""Monthly forms on paper and as spreadsheets: every cell as in the sheet, whatever the form."""

import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal

import openpyxl
import pikepdf
import pytest

from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.agreements.rules.values import OWABLE
from portal.kernel.period import Month
from portal.reports import commands
from portal.reports.rules import LAYOUTS, Compiled, EntryDraft, Record, Row
from portal.reports.rules.papers import LANDSCAPE, PLACE, printed, widths
from portal.reports.rules.sheets import Measure, Source
from tests.browser import Browser
from tests.documents import pdfs
from tests.people import World

APRIL, MAY = Month(2026, 4), Month(2026, 5)
ON = dt.date(2026, 4, 9)


def sales(_agreement: Agreement, month: Month) -> Compiled:
    """Two models: 40 in the opening stock, 12 sold, 3 by sub-dealers; the other one sold 1."""
    rows = (
        Row("EB-48", {"model": "EB-48", "this_year": "61", "last_year": "9"}),
        Row("EB-60", {"model": "EB-60", "this_year": "4", "last_year": "0"}),
    )
    counted = (
        ("EB-48", "opening", 40),
        ("EB-48", "sold", 12),
        ("EB-48", "sold_by_points", 3),
        ("EB-60", "sold", 1),
    )
    records = [
        Record(row, column, f"SN-{row}-{column}", ON, Decimal(value)) for row, column, value in counted
    ]
    return Compiled(rows, tuple(records))


@pytest.fixture
def world(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr("portal.reports.queries.figures.COMPILERS", {FormKind.SALES: sales})
    return sqlite_world


def submit(world: World) -> str:
    """The sales of April with a count, a corrected figure and remarks, submitted in May; its number."""
    drafts = [
        EntryDraft("EB-48", "counted", "24"),
        EntryDraft("EB-48", "turnover", "31,200.50"),
        EntryDraft("EB-48", "sold", "13", "一台无卡销售"),
    ]
    with world.acting("tom") as tom:
        commands.save(tom, APRIL, FormKind.SALES, drafts, remarks="展会销售较多")
    with world.acting("dana") as dana:
        (number,) = commands.submit(dana, APRIL, [FormKind.SALES])
    return number


def flat(pdf: bytes) -> list[str]:
    return ["".join(page.split()) for page in pdfs.pages(pdf)]


def test_a_submitted_form_prints_figures_corrections_remarks_people_and_hash(world: World) -> None:
    number = submit(world)
    browser = Browser(world.app).sign_in("lin")
    pdf = browser.get(f"monthly/{number}.pdf").response.data
    (page,) = flat(pdf)
    for words in (
        "每月销售统计表",
        "Monthlysalessummary",
        "2026年4月",
        f"报表编号No.{number}",
        "甲经销商（D01）",
        "1EB-4840013*3",
        "合计Total",
        "31,200.50",
        "一台无卡销售Tom",
        "展会销售较多",
        "制表Preparedby",
        "Dana",
        "公章",
        "表式版本2026.1第1版Rev.1SHA-256",
        "第1页共1页",
    ):
        assert words in page, words
    assert "草稿" not in page
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked
        width, height = (float(side) for side in opened.pages[0].mediabox[2:])
        assert width > height
    assert browser.get(f"monthly/{number}.pdf").response.data == pdf
    browser.get(f"monthly/{number}.pdf?revision=7", status=404)


def test_the_spreadsheet_holds_the_same_figures_as_numbers(world: World) -> None:
    number = submit(world)
    data = Browser(world.app).sign_in("dana").get(f"monthly/{number}.xlsx").response.data
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert (sheet.title, sheet["A1"].value) == ("每月销售统计表", "每月销售统计表")
    assert number in sheet["A2"].value
    shown = [column.key for column in LAYOUTS[FormKind.SALES].shown]
    head, *lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=6)]
    assert head[:2] == ["序号", "型号"]
    first, second, total = (dict(zip(shown, line[1:], strict=True)) for line in lines)
    wanted = {
        "model": "EB-48",
        "opening": 40,
        "sold": 13,
        "sold_by_points": 3,
        "counted": 24,
        "turnover": 31200.5,
    }
    assert {key: first[key] for key in wanted} == wanted
    assert [line[0] for line in lines] == [1, 2, None]
    assert (second["model"], second["sold"], second["counted"], second["turnover"]) == (
        "EB-60",
        1,
        None,
        None,
    )
    assert (total["model"], total["opening"], total["sold"], total["turnover"]) == ("合计", 40, 14, 31200.5)
    below = [cell.value for cell in sheet["A"][6:] if cell.value]
    assert below[0] == "情况说明：展会销售较多"
    assert any("12 → 13" in note and "一台无卡销售" in note for note in below)


def test_what_nobody_submitted_is_a_draft_on_every_page_and_only_the_dealers_own(world: World) -> None:
    dana = Browser(world.app).sign_in("dana")
    pages = flat(dana.get("monthly/2026-04/sales.pdf").response.data)
    assert all("草稿，未提交DRAFT,NOTSUBMITTED" in page and "SHA-256" not in page for page in pages)
    assert "1EB-48400123" in pages[0]
    dana.get("monthly/2026-04/nonsense.pdf", status=404)
    dana.get("monthly/2026-04/sales.xlsx")
    Browser(world.app).sign_in("lin").get("monthly/2026-04/sales.pdf", status=403)


def test_the_set_has_a_cover_and_every_form_that_its_reader_may_see(world: World) -> None:
    number = submit(world)
    own = flat(Browser(world.app).sign_in("dana").get("monthly/2026-04/set.pdf").response.data)
    assert len(own) == 1 + len(OWABLE)
    assert f"共{len(OWABLE)}份报表，附{len(OWABLE)}份" in own[0]
    assert sum("草稿，未提交" in page for page in own) == len(OWABLE) - 1
    lin = Browser(world.app).sign_in("lin")
    pdf = lin.get("monthly/review/D01/2026-04/set.pdf").response.data
    cover, form = flat(pdf)
    assert (number in cover, cover.count("未附notenclosed")) == (True, len(OWABLE) - 1)
    assert "1EB-4840013*" in form
    assert f"{number}第1版Rev.1" in form
    assert "表式版本2026.1第1版" in form
    assert "第2页共2页" in form
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked
    book = openpyxl.load_workbook(
        io.BytesIO(Browser(world.app).sign_in("dana").get("monthly/2026-04/set.xlsx").response.data)
    )
    assert len(book.sheetnames) == len(OWABLE)
    assert lin.get("monthly/review/D01/2026-04/set.xlsx").status == 200
    lin.get("monthly/review/D02/2026-04/set.xlsx", status=404)


@pytest.mark.parametrize("kind", list(FormKind))
def test_the_columns_of_every_form_fill_the_sheet(kind: FormKind) -> None:
    layout = LAYOUTS[kind]
    found = widths(layout)
    assert len(found) == len(layout.shown)
    assert min(found) >= 11
    if layout.is_landscape:
        assert sum(found) == LANDSCAPE - PLACE


def test_amounts_are_grouped_shares_have_their_sign_and_no_number_is_a_dash() -> None:
    by_measure = {
        Measure.MONEY: ("-1234.50", "−1,234.50"),
        Measure.COUNT: ("12", "12"),
        Measure.PERCENT: ("96.5", "96.5%"),
        Measure.MEAN: ("", "—"),
        Measure.TEXT: ("", ""),
    }
    for layout in LAYOUTS.values():
        for column in layout.shown:
            text, wanted = by_measure[column.measure]
            assert printed(text, column) == wanted
    assert any(column.source is Source.ENTERED for column in LAYOUTS[FormKind.SALES].shown)

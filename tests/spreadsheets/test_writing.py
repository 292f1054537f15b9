"""Exports: the same figures, and nothing that a spreadsheet would run."""

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.spreadsheets.reading import Limits, read_rows
from portal.spreadsheets.writing import Kind, OutColumn, OutSheet, Value, write_book, write_csv, write_xlsx

COLUMNS = (
    OutColumn("单号", width=18),
    OutColumn("数量", Kind.WHOLE),
    OutColumn("金额", Kind.MONEY),
    OutColumn("日期", Kind.DAY),
    OutColumn("时间", Kind.MOMENT),
)
NOW = dt.datetime(2026, 11, 21, 16, 30, tzinfo=dt.UTC)
ROWS: list[list[Value]] = [
    ["BL-2026-000001", 12, Decimal("1234.50"), dt.date(2026, 1, 9), NOW],
    ["BL-2026-000002", -1, Decimal("-0.05"), None, None],
    [None, 0, Decimal("0.00"), dt.date(2026, 12, 31), NOW],
]
EVIL = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|'/C calc'!A0", "＝1", "＋1", "－1", "＠1",
    "-2+3+cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "http://x.example", "mailto:a@b.c",
]  # fmt: skip


def workbook(rows: list[list[Value]], columns: tuple[OutColumn, ...] = COLUMNS) -> bytes:
    return write_xlsx(columns, rows, title="备料单", filters="状态：已发货", generated=NOW)


def test_the_workbook_has_title_filter_time_header_and_typed_cells() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(ROWS))).active
    assert sheet is not None
    assert sheet["A1"].value == "备料单"
    assert sheet["A2"].value == "状态：已发货  2026-11-22 00:30"
    assert [cell.value for cell in sheet[3]] == ["单号", "数量", "金额", "日期", "时间"]
    assert [cell.value for cell in sheet[4]] == [
        "BL-2026-000001",
        12,
        1234.5,
        dt.datetime.fromisoformat("2026-01-09"),
        dt.datetime.fromisoformat("2026-11-22 00:30"),
    ]
    assert sheet["C4"].number_format == "#,##0.00"
    assert sheet["D5"].value is None
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "A3:E6"


def test_an_export_without_rows_is_a_header() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([]))).active
    assert sheet is not None
    assert sheet.max_row == 3


def test_nothing_in_a_workbook_is_a_formula_or_a_link() -> None:
    data = workbook([[evil] for evil in EVIL], (OutColumn("=1"),))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows(min_row=3) for cell in row} == {"s"}
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
    assert sheet["A4"].value == "=1+1"


def test_nothing_in_a_csv_is_a_formula() -> None:
    data = write_csv((OutColumn("=1"),), [[evil] for evil in EVIL])
    for (cell,) in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")), cell


def test_a_csv_is_marked_as_utf_8_and_has_plain_numbers() -> None:
    data = write_csv(COLUMNS, ROWS)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines() == [
        "单号,数量,金额,日期,时间",
        "BL-2026-000001,12,1234.50,2026-01-09,2026-11-22 00:30",
        "BL-2026-000002,-1,-0.05,,",
        ",0,0.00,2026-12-31,2026-11-22 00:30",
    ]


def test_the_same_rows_give_the_same_bytes() -> None:
    assert workbook(ROWS) == workbook(ROWS)
    assert write_csv(COLUMNS, ROWS) == write_csv(COLUMNS, ROWS)


def test_a_row_of_another_length_or_type_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="shorter"):
        workbook([["x"]])
    with pytest.raises(TypeError, match="money"):
        workbook([["x", 1, "12.00", None, None]])
    with pytest.raises(TypeError, match="whole"):
        write_csv(COLUMNS, [["x", "1", None, None, None]])


cell_text = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)


@given(st.lists(st.tuples(cell_text, st.decimals(-(10**9), 10**9, places=2)), min_size=1, max_size=8))
def test_what_is_exported_is_read_back(rows: list[tuple[str, Decimal]]) -> None:
    columns = (OutColumn("name"), OutColumn("amount", Kind.MONEY))
    back = read_rows(write_csv(columns, rows), "a.csv", Limits())
    assert [row.cells for row in back.rows[1:]] == [(name, f"{amount:f}") for name, amount in rows]
    sheet = read_rows(write_xlsx(columns, rows, title="t", filters="", generated=NOW), "a.xlsx", Limits())
    for row, (name, amount) in zip(sheet.rows[3:], rows, strict=True):
        assert row.cells[0] == name
        assert Decimal(row.cells[1]) == amount


def test_a_book_has_a_sheet_each_with_its_sums_and_notes() -> None:
    columns = (OutColumn("型号"), OutColumn("均分", Kind.MEAN), OutColumn("满意率", Kind.PERCENT))
    rows: list[list[Value]] = [["EB-48", Decimal("4.25"), Decimal("96.5")]]
    first = OutSheet(
        "月报", "甲", columns, rows, total=(None, Decimal("4.25"), None), notes=["=1+1"], name="甲/乙?*:[1]"
    )
    second = OutSheet("明细", "乙", columns, [], name="长" * 40)
    data = write_book([first, second], generated=NOW)
    assert data == write_book([first, second], generated=NOW)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in book.sheetnames] == [True, True]
    sheet = book.worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=7)]
    assert cells[1] == ["EB-48", 4.25, 96.5]
    assert cells[2] == [None, 4.25, None]
    assert (cells[4][0], sheet["A7"].data_type) == ("=1+1", "s")
    assert sheet["C4"].number_format == '0.0"%"'

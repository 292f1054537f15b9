"""Headers under any name, and a verdict for every row."""

import datetime as dt
from decimal import Decimal

import pytest

from portal.kernel.text import T
from portal.spreadsheets.rules import (
    CellProblem,
    Column,
    FileRefused,
    Row,
    Sheet,
    amount,
    choice,
    day,
    judge,
    match,
    normalise,
    repeated,
    text,
    whole,
)

SERIAL = Column("serial", T("Serial number"), text(20), ("序列号", "序號", "serial"))
SOLD = Column("sold", T("Sale date"), day, ("购买日期", "購買日期"))
PRICE = Column("price", T("Price"), amount, ("金额", "金額"), needed=False)
COLUMNS = (SERIAL, SOLD, PRICE)


def sheet(*rows: list[str]) -> Sheet:
    return Sheet("", tuple(Row(number, tuple(cells)) for number, cells in enumerate(rows, 1)))


@pytest.mark.parametrize(
    "header",
    [
        ["序列号", "购买日期", "金额"],
        ["Serial number", "SALE DATE", "price"],
        ["* 序 列 号", "购买日期（必填）", "金额 (元)"],
        ["serial_number", "Sale-date:", "Price [CNY]"],
        ["序號", "購買日期", "金額"],
    ],
)
def test_a_header_is_known_by_any_of_its_names(header: list[str]) -> None:
    assert match(sheet(header), COLUMNS).places == {"serial": 0, "sold": 1, "price": 2}


def test_the_header_may_stand_below_titles_and_its_columns_in_any_order() -> None:
    table = match(
        sheet(
            ["保修卡登记表", "", ""], ["", "", ""], ["备注", "购买日期", "序列号"], ["x", "2026-01-09", "A1"]
        ),
        COLUMNS,
    )
    assert table.places == {"sold": 1, "serial": 2}
    assert table.unknown == ("备注",)
    (verdict,) = judge(table, COLUMNS)
    assert verdict.number == 4
    assert verdict.values == {"serial": "A1", "sold": dt.date(2026, 1, 9), "price": None}


def test_missing_columns_are_named() -> None:
    with pytest.raises(FileRefused, match="missing: Serial number, Sale date"):
        match(sheet(["a", "b"], ["金额", "c"]), COLUMNS)
    with pytest.raises(FileRefused, match="missing: Sale date"):
        match(sheet(["序列号", "b"]), COLUMNS)


def test_a_header_of_merged_cells_lacks_its_columns() -> None:
    with pytest.raises(FileRefused, match="missing: Sale date"):
        match(sheet(["序列号", "购买", ""], ["", "日期", "店"]), COLUMNS)


def test_a_column_that_stands_twice_is_refused() -> None:
    with pytest.raises(FileRefused, match="Serial number twice"):
        match(sheet(["序列号", "serial", "购买日期"]), COLUMNS)


def test_an_empty_sheet_is_called_empty() -> None:
    with pytest.raises(FileRefused, match="empty"):
        match(sheet(), COLUMNS)
    with pytest.raises(FileRefused, match="empty"):
        match(sheet(["", ""]), COLUMNS)


def test_a_file_without_rows_below_its_header_has_no_verdicts() -> None:
    assert judge(match(sheet(["序列号", "购买日期"], ["", ""]), COLUMNS), COLUMNS) == []


def test_every_problem_of_a_row_is_named_with_row_and_column() -> None:
    table = match(
        sheet(["序列号", "购买日期", "金额"], ["", "2026-02-30", "1.234"], ["A2", "20260131"]), COLUMNS
    )
    bad, good = judge(table, COLUMNS)
    assert [str(problem.sentence) for problem in bad.problems] == [
        "Row 2, Serial number: is empty",
        "Row 2, Sale date: 2026-02-30 is not a date such as 2026-11-12",
        "Row 2, Price: 1.234 is not an amount such as 1234.50",
    ]
    assert not bad.ok
    assert bad.values == {"serial": None}
    assert good.ok
    assert good.values == {"serial": "A2", "sold": dt.date(2026, 1, 31), "price": None}


def test_a_feature_adds_what_its_own_rules_say() -> None:
    (verdict,) = judge(match(sheet(["序列号", "购买日期"], ["A1", "2026-01-09"]), COLUMNS), COLUMNS)
    refused = verdict.refuse(T("Serial {serial} is not known", serial="A1"), SERIAL).refuse(T("is late"))
    assert verdict.ok
    assert [str(p.sentence) for p in refused.problems] == [
        "Row 2, Serial number: Serial A1 is not known",
        "Row 2: is late",
    ]


def test_a_value_that_stands_twice_is_a_problem_of_the_later_row() -> None:
    rows = sheet(["序列号", "购买日期"], ["A1", "2026-01-09"], ["A2", "2026-01-09"], ["A1", "2026-01-10"])
    verdicts = repeated(judge(match(rows, COLUMNS), COLUMNS), SERIAL)
    assert [verdict.ok for verdict in verdicts] == [True, True, False]
    assert str(verdicts[2].problems[0].sentence) == "Row 4, Serial number: A1 stands in row 2 already"


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-09",
        "2026-1-9",
        "2026/01/09",
        "2026.1.9",
        "20260109",
        "2026年1月9日",
        "2026-01-09 00:00:00",
        "２０２６－０１－０９",
    ],
)
def test_a_date_is_read_in_every_customary_form(cell: str) -> None:
    assert day(cell) == dt.date(2026, 1, 9)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-13-01",
        "2026-01-32",
        "26-01-09",
        "2026-01/09",
        "2026-01-09 12:00:00",
        "46031",
        "x",
    ],
)
def test_what_is_no_date_is_a_problem(cell: str) -> None:
    with pytest.raises(CellProblem, match="not a date"):
        day(cell)


def test_money_is_exact() -> None:
    assert amount("1,234.5") == Decimal("1234.50")
    assert amount("−3") == Decimal("-3.00")
    assert amount("￥１２．５") == Decimal("12.50")
    for wrong in ("0.30000000000000004", "1.005", "abc", "1e3", "١٢"):
        with pytest.raises(CellProblem, match="not an amount"):
            amount(wrong)


def test_whole_numbers_stay_in_their_bounds() -> None:
    quantity = whole(1, 999)
    assert quantity("12") == quantity("１２") == 12
    for wrong in ("0", "1000", "1.5", "9" * 400, "٣", "-1", ""):
        with pytest.raises(CellProblem, match="from 1 to 999"):
            quantity(wrong)


def test_a_long_number_that_lost_digits_is_no_text() -> None:
    serial = text(20)
    assert serial("A1E+5") == "A1E+5"
    with pytest.raises(CellProblem, match="format the column as text"):
        serial("1.23456789012346e+19")
    with pytest.raises(CellProblem, match="longer than 20"):
        serial("x" * 21)


def test_a_choice_knows_its_words_in_every_language() -> None:
    urgent = choice({"yes": True, "是": True, "no": False, "否": False})
    assert [urgent(word) for word in ("YES", " 是 ", "No", "否")] == [True, True, False, False]
    with pytest.raises(CellProblem, match="none of: yes, 是, no, 否"):
        urgent("perhaps")


def test_brackets_spaces_and_marks_do_not_count_in_a_header() -> None:
    assert normalise("＊ Invoice No.（发票） ") == normalise("invoice_no") == "invoiceno"

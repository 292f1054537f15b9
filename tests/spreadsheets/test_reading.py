"""Files that people send: honest ones in every dress, and hostile ones."""

import datetime as dt
import io
import random
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from portal.spreadsheets.reading import Limits, read_rows
from portal.spreadsheets.rules import FileRefused

TABLE = [["序列号", "购买日期", "金额"], ["A1", "2026-01-09", "12.50"], ["A2", "2026-01-10", "−3.00"]]
SMALL = Limits(size=2**20, rows=100, columns=20, cell=200, unpacked=2**20)


def cells(data: bytes, name: str = "a.csv", limits: Limits = SMALL) -> list[list[str]]:
    return [list(row.cells) for row in read_rows(data, name, limits).rows]


def as_csv(delimiter: str = ",", end: str = "\r\n") -> str:
    return end.join(delimiter.join(row) for row in TABLE) + end


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        fill(book)
    return out.getvalue()


def filled(*rows: list[object]) -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("数据")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(fill)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_in_any_customary_dress(encoding: str, delimiter: str) -> None:
    text = as_csv(delimiter).replace("−", "-")
    expected = [[cell.replace("−", "-") for cell in row] for row in TABLE]
    assert cells(text.encode(encoding)) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(end: str) -> None:
    assert cells(as_csv(end=end).encode()) == TABLE


def test_quotes_line_breaks_in_cells_and_a_separator_line_are_understood() -> None:
    assert cells(b'sep=;\r\na;"b;c"\r\n"d\r\ne";"f ""g"""\r\n') == [["a", "b;c"], ["d\r\ne", 'f "g"']]


def test_blank_rows_are_kept_so_that_numbers_fit_the_spreadsheet() -> None:
    sheet = read_rows(b"a,b\n\n\n1,2\n", "a.csv", SMALL)
    assert [row.number for row in sheet.rows if not row.blank] == [1, 4]


def test_an_exported_guard_is_taken_away_and_control_characters_too() -> None:
    assert cells("'=1+1,'plain,a\u202eb\u0007,\u200b x \n".encode()) == [["=1+1", "'plain", "ab", "x"]]


def test_a_workbook_reads_like_the_csv() -> None:
    data = filled(
        ["序列号", "购买日期", "金额"], ["A1", "2026-01-09", "12.50"], ["A2", "2026-01-10", "−3.00"]
    )
    sheet = read_rows(data, "a.xlsx", SMALL)
    assert sheet.name == "数据"
    assert [list(row.cells) for row in sheet.rows] == TABLE


def test_cells_of_a_workbook_become_the_text_that_it_shows() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        day, moment = (
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        )
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [13800005678, 12.5, 100, 0.1 + 0.2, -7, True, 123456789012345])
        sheet.write_datetime(1, 0, dt.date(2026, 11, 12), day)
        sheet.write_datetime(1, 1, dt.datetime.fromisoformat("2026-11-12 03:04:05"), moment)
        sheet.write_formula(1, 2, "=2*3", None, 6)
        sheet.write_number(1, 3, 12345678901234567890)

    first, second = cells(workbook(fill), "a.xlsx")
    assert first == ["13800005678", "12.5", "100", "0.3", "-7", "TRUE", "123456789012345"]
    assert second[:4] == ["2026-11-12", "2026-11-12 03:04:05", "6", "1.23456789012346e+19"]


def test_the_first_sheet_that_is_visible_and_not_empty_is_read() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("empty").activate()
        hidden = book.add_worksheet("hidden")
        hidden.write(0, 0, "secret")
        hidden.hide()
        book.add_worksheet("data").write(0, 0, "x")

    assert read_rows(workbook(fill), "a.xlsx", SMALL).name == "data"


def test_merged_cells_give_their_text_once() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "title")
        sheet.write_row(1, 0, ["a", "b", "c"])

    assert cells(workbook(fill), "a.xlsx") == [["title", "", ""], ["a", "b", "c"]]


def test_a_workbook_of_another_program_is_read() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in TABLE:
        book.active.append(row)
    book.save(out)
    assert cells(out.getvalue(), "a.xlsx") == TABLE


# What is refused


def refused(data: bytes, name: str = "a.xlsx", limits: Limits = SMALL) -> str:
    with pytest.raises(FileRefused) as caught:
        read_rows(data, name, limits)
    assert (caught.value.rule, caught.value.field, caught.value.status) == ("FILE", "file", 422)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx", "not read"),
        (b"whatever", "a.xls", "not read"),
        (b"a,b\x00c\n", "a.csv", "neither"),
        (b"\x80\x81\xff\xff", "a.csv", "neither"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\xff\n", "a.csv", "neither"),
        (b'a,"b\n', "a.csv", "Line 1"),
        (b'a\na,"b"c\n', "a.csv", "Line 2"),
        (b"PK\x03\x04 and nothing more", "a.xlsx", "damaged"),
        (b"x" * (2**20 + 1), "a.csv", "larger than 1 MB"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(data: bytes, name: str, sentence: str) -> None:
    assert sentence in refused(data, name)


def test_an_empty_workbook_is_refused_and_an_empty_csv_has_no_rows() -> None:
    assert "empty" in refused(filled())
    assert cells(b"") == []


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def swapped(data: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one member changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[member] = change(contents[member])
    return packed(**contents)


SHEET = "xl/worksheets/sheet1.xml"


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    assert "no XLSX" in refused(packed(**{"word/document.xml": b"<x/>"}))


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = swapped(filled(["a"]), SHEET, lambda content: content + b" " * (3 * 2**20))
    assert len(bomb) < 20_000
    assert "too large" in refused(bomb)


def test_a_bomb_that_lies_about_its_size_is_refused_too() -> None:
    bomb = bytearray(swapped(filled(["a"]), SHEET, lambda content: content + b" " * (3 * 2**20)))
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    while (place := bomb.find(size)) >= 0:
        bomb[place : place + 4] = (500).to_bytes(4, "little")
    assert "too large" in refused(bytes(bomb))


def test_members_that_share_their_bytes_are_refused() -> None:
    out = io.BytesIO(filled(["a" * 5000]))
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(300):
            info = archive.getinfo(SHEET)
            copy = zipfile.ZipInfo(f"xl/worksheets/copy{number}.xml")
            copy.header_offset, copy.compress_type = info.header_offset, info.compress_type
            copy.compress_size, copy.file_size, copy.CRC = info.compress_size, info.file_size, info.CRC
            archive.filelist.append(copy)
        archive._didModify = True
    assert refused(out.getvalue())


@pytest.mark.parametrize(
    "far",
    [
        b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        b"<row r='5'><c r='XFD5'><v>1</v></c></row>",
        b'<row r = "5"><c  r = "ZZZZZZZZ5"><v>1</v></c></row>',
        b"<row/>" * 300 + b"<row><c><v>1</v></c></row>",
        b"<row>" + b"<c><v>1</v></c>" * 300 + b"</row>",
        b'<x:row xmlns:x="u" r="99999999"><x:c/></x:row>',
    ],
)
def test_a_sheet_that_reaches_far_is_refused(far: bytes) -> None:
    data = swapped(
        filled(["a"]), SHEET, lambda content: content.replace(b"</sheetData>", far + b"</sheetData>")
    )
    assert "reaches to row" in refused(data)


def test_a_far_cell_in_a_sheet_with_an_unusual_name_is_refused() -> None:
    data = filled(["a"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents["xl/other/s.dat"] = contents.pop(SHEET).replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    contents["xl/_rels/workbook.xml.rels"] = contents["xl/_rels/workbook.xml.rels"].replace(
        b"worksheets/sheet1.xml", b"other/s.dat"
    )
    assert "reaches to row" in refused(packed(**contents))


def test_one_long_text_in_very_many_cells_is_refused() -> None:
    limits = Limits(unpacked=64 * 2**20, rows=100_000)
    data = filled(["x" * 30_000])
    rows = (b"<row>" + b'<c t="s"><v>0</v></c>' * 50 + b"</row>") * 500
    data = swapped(data, SHEET, lambda content: content.replace(b"</sheetData>", rows + b"</sheetData>"))
    assert "too large" in refused(data, limits=limits)


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(filled(["a"]))
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1
    assert "damaged" in refused(bytes(data))


def test_entities_are_not_resolved() -> None:
    entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

    def plant(content: bytes) -> bytes:
        return content.replace(b"<sst", entity + b"<sst").replace(b">a<", b">&a;<")

    try:
        found = cells(swapped(filled(["a"]), "xl/sharedStrings.xml", plant), "a.xlsx")
    except FileRefused:
        return
    assert "root" not in str(found)


def test_too_many_rows_columns_and_letters_are_refused_by_name() -> None:
    assert "more than 100 rows" in refused(b"a\n" * 300, "a.csv")
    assert "Row 2 has more than 20 columns" in refused(b"a\n" + b"b," * 25 + b"b\n", "a.csv")
    assert "Row 1, column 2: the text is too long" in refused(b"a," + b"b" * 201, "a.csv")
    assert "reaches to row 300" in refused(filled(*[["a"]] * 300))


def test_a_million_rows_are_refused_quickly_and_not_held() -> None:
    data = b"1,2,3\n" * 1_000_000
    assert "more than 20000 rows" in refused(data, "a.csv", Limits())


def test_twenty_thousand_rows_are_read() -> None:
    rows = [[f"S{n:06d}", "2026-01-09", "王小明", "13800005678"] for n in range(20_000)]
    text = "\n".join(",".join(row) for row in rows)
    assert len(cells(text.encode("gb18030"), limits=Limits())) == 20_000
    assert len(cells(filled(*rows), "a.xlsx", Limits())) == 20_000


def damaged(data: bytes, dice: random.Random) -> bytes:
    """`data` with a few bytes changed, taken out or put in."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        place = dice.randrange(len(changed) + 1)
        junk = bytes(dice.randrange(256) for _ in range(dice.randint(1, 20)))
        changed[place : place + dice.choice((0, 1, 30))] = dice.choice((b"", junk[:1], junk))
    return bytes(changed)


def test_damaged_files_are_read_or_refused_and_nothing_else_happens() -> None:
    dice = random.Random(20261121)
    honest = [filled(*TABLE), as_csv().encode(), as_csv().encode("gb18030"), as_csv().encode("utf-16")]
    outcomes = {"read": 0, "refused": 0}
    for turn in range(2_000):
        outcomes[outcome(damaged(honest[turn % len(honest)], dice))] += 1
    assert min(outcomes.values()) > 200


def test_a_workbook_with_damaged_parts_is_read_or_refused() -> None:
    dice = random.Random(7)
    data = filled(*TABLE, [1.5, True, "x"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.namelist()
    outcomes = {"read": 0, "refused": 0}
    for _ in range(1_500):
        outcomes[outcome(swapped(data, dice.choice(members), lambda content: damaged(content, dice)))] += 1
    assert min(outcomes.values()) > 100


def outcome(data: bytes) -> str:
    try:
        read_rows(data, "a.xlsx", SMALL)
    except FileRefused:
        return "refused"
    return "read"


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert outcome(data) in ("read", "refused")

"""Reading the CSV and XLSX files that people send. Nothing in a file is trusted, not even its ending.

What an XLSX claims about itself is checked before it is opened: how large it unpacks (by unpacking it, since the
sizes in a zip can lie), how far its sheets reach, how long its texts are. CSV may be UTF-8, GB 18030 as office
programs of mainland China write it, or UTF-16, with commas, semicolons or tabs.
"""

import csv
import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from portal.kernel.text import T
from portal.spreadsheets.rules import FileRefused, Row, Sheet, unguarded


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still read."""

    size: int = 8 * 2**20
    rows: int = 20_000
    columns: int = 100
    #: Characters in a cell.
    cell: int = 2_000
    #: Bytes that an XLSX may unpack to.
    unpacked: int = 96 * 2**20


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MEMBERS = 500
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_ROW_NUMBER = re.compile(rb"""[^>]*?\br\s*=\s*["']([0-9]{1,12})["']""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_CELL_NAME = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,9})([0-9]{1,12})["']""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")
#: Bytes that the texts of all cells may come to; texts in a file are shared, in memory they are not.
_TEXT = 256 * 2**20
_BROKEN = T("The file is damaged. Save it again as XLSX or CSV and retry.")


def read_rows(data: bytes, filename: str, limits: Limits = Limits()) -> Sheet:
    """The table in a CSV file, or in the first sheet of an XLSX file that is visible and not empty.

    Raises FileRefused with what to do about it. Cells are stripped text; blank rows are kept, so that numbers fit.
    """
    if len(data) > limits.size:
        raise FileRefused(T("The file is larger than {size} MB.", size=limits.size // 2**20))
    if data.startswith(b"PK\x03\x04"):
        return _read_xlsx(data, limits)
    if data.startswith(b"\xd0\xcf\x11\xe0") or filename.lower().endswith((".xls", ".xlsb", ".ods", ".et")):
        raise FileRefused(T("This format is not read. Save the file as XLSX or CSV."))
    return _read_csv(data, limits)


# CSV


def _read_csv(data: bytes, limits: Limits) -> Sheet:
    text = _decode(data)
    lines = text.split("\n", 1)
    if lines[0].lower().startswith("sep="):
        text = lines[1] if len(lines) > 1 else ""
    first = next((line for line in text.splitlines()[:50] if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return Sheet("", tuple(_rows(reader, limits)))
    except csv.Error:
        raise FileRefused(
            T("Line {line} is not proper CSV; look at its quotes.", line=reader.line_num)
        ) from None


def _decode(data: bytes) -> str:
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise FileRefused(T("This is neither an XLSX file nor a CSV file in UTF-8 or GB 18030."))


# XLSX


def _read_xlsx(data: bytes, limits: Limits) -> Sheet:
    _check_archive(data, limits)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in workbook.sheets_metadata:
            if meta.visible is SheetVisibleEnum.Visible:
                rows = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
                sheet = Sheet(meta.name, tuple(_rows((map(_plain, row) for row in rows), limits)))
                if any(not row.blank for row in sheet.rows):
                    return sheet
    except FileRefused:
        raise
    except BaseException as error:
        # A panic of the reader's Rust code is no Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise FileRefused(_BROKEN) from error
        raise
    raise FileRefused(T("The file is empty."))


def _plain(value: Any) -> str:
    """A cell as text, as the spreadsheet shows it: fifteen digits, ISO dates."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        short = format(value, ".15g")
        # A longer number has lost its last digits; it stays as it is so that nobody takes it for a serial.
        return short if abs(value) >= 10**15 else format(Decimal(short), "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _check_archive(data: bytes, limits: Limits) -> None:
    """Raise FileRefused unless it is a workbook that stays small when it is opened."""
    too_large = FileRefused(T("The workbook is too large when it is unpacked. Keep only the rows to import."))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
        if len(members) > _MEMBERS or sum(member.compress_size for member in members) > len(data):
            raise too_large
        if "xl/workbook.xml" not in {member.filename for member in members}:
            raise FileRefused(T("This is no XLSX workbook. Save the file as XLSX or CSV."))
        left, longest, shared = limits.unpacked, 0, 0
        for member in members:
            content = _unpack(data, member, left)
            left -= len(content)
            # By what they are and not by their names, which a workbook may choose.
            if b"sheetData" in content:
                _check_reach(content, limits)
                shared += len(_SHARED.findall(content))
            elif b"sst" in content:
                longest = max(longest, *map(len, re.split(rb"<(?:\w+:)?si\b", content)))
    except OverflowError:
        raise too_large from None
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError):
        raise FileRefused(_BROKEN) from None
    if longest * shared > _TEXT:
        raise too_large


def _unpack(data: bytes, member: zipfile.ZipInfo, limit: int) -> bytes:
    """The content of a member by its bytes and not by what its header claims. Raises OverflowError above `limit`."""
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("encrypted or packed in another way")
    name_length, extra_length = struct.unpack_from("<HH", data, member.header_offset + 26)
    start = member.header_offset + 30 + name_length + extra_length
    packed = data[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        content = packed
    else:
        content = zlib.decompressobj(-15).decompress(packed, limit + 1)
    if len(content) > limit:
        raise OverflowError
    return content


def _check_reach(sheet: bytes, limits: Limits) -> None:
    """A reader makes room for the whole rectangle that the cells span, so one far cell can be a bomb."""
    _, *rows = _ROW.split(sheet)
    far_row, far_column = len(rows), 0
    for row in rows:
        if numbered := _ROW_NUMBER.match(row):
            far_row = max(far_row, int(numbered[1]))
        far_column = max(far_column, len(_CELL.findall(row)))
    for letters, number in set(_CELL_NAME.findall(sheet)):
        far_row = max(far_row, int(number))
        far_column = max(far_column, _column_number(letters))
    if far_row > _last_row(limits) or far_column > 4 * limits.columns:
        raise FileRefused(
            T(
                "The sheet reaches to row {row}, column {column}; at most {rows} rows and {columns} columns are read."
                " Delete what is below and beside the table.",
                row=far_row,
                column=far_column,
                rows=limits.rows,
                columns=limits.columns,
            )
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _last_row(limits: Limits) -> int:
    """Title and blank rows around the table are not counted as rows of it."""
    return limits.rows + 100


# Both


def _rows(source: Iterable[Iterable[str]], limits: Limits) -> Iterator[Row]:
    number = 0
    for number, cells in enumerate(islice(source, _last_row(limits) + 1), 1):
        row = Row(number, tuple(_clean(cell) for cell in cells))
        for place, cell in enumerate(row.cells, 1):
            if place > limits.columns and cell:
                raise FileRefused(
                    T("Row {row} has more than {columns} columns.", row=number, columns=limits.columns)
                )
            if len(cell) > limits.cell:
                raise FileRefused(
                    T("Row {row}, column {column}: the text is too long.", row=number, column=place)
                )
        yield row
    if number > _last_row(limits):
        raise FileRefused(T("The file has more than {rows} rows. Split it.", rows=limits.rows))


def _clean(cell: str) -> str:
    return unguarded(without_control(cell).strip())


def without_control(text: str) -> str:
    """Text without control and direction characters, which no cell needs; tabs and line breaks stay."""
    return _CONTROL.sub("", text)

"""Writing tables as XLSX and CSV: the list's own columns, its filter and the time above them (ux: same as the screen).

Text stays text: nothing that a person typed becomes a formula or a link in the reader's spreadsheet.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from portal.spreadsheets.reading import without_control


class Kind(StrEnum):
    """What a column holds; decides how it is written and aligned."""

    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"
    #: A mean, two places.
    MEAN = "mean"
    #: A share in percent, one place: 96.5.
    PERCENT = "percent"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column of an export; `label` is translated already, `width` is in characters."""

    label: str
    kind: Kind = Kind.TEXT
    width: int = 16


Value = str | int | Decimal | dt.date | dt.datetime | None
#: Signs that make a spreadsheet take a text for a formula, also in their wide forms.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_FORMATS = {
    Kind.WHOLE: "#,##0",
    Kind.MONEY: "#,##0.00",
    Kind.MEAN: "0.00",
    Kind.PERCENT: '0.0"%"',
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}
#: What the name of a sheet may not have.
_UNFIT = re.compile(r"[\[\]:*?/\\']")
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


@dataclass(frozen=True, slots=True)
class OutSheet:
    """One sheet of a workbook: title, filter line, header, rows, the row of sums, notes below."""

    title: str
    filters: str
    columns: Sequence[OutColumn]
    rows: Iterable[Sequence[Value]]
    total: Sequence[Value] = ()
    notes: Sequence[str] = ()
    #: On its tab; at most 31 characters.
    name: str = ""


def write_xlsx(
    columns: Sequence[OutColumn],
    rows: Iterable[Sequence[Value]],
    *,
    title: str,
    filters: str,
    generated: dt.datetime,
    timezone: str = "Asia/Shanghai",
) -> bytes:
    """A workbook of one sheet: title, filter line with the time, header, rows. The same input gives the same bytes.

    `generated` is aware and is shown in `timezone`, as are moments in the rows.
    """
    return write_book([OutSheet(title, filters, columns, rows)], generated=generated, timezone=timezone)


def write_book(
    sheets: Sequence[OutSheet], *, generated: dt.datetime, timezone: str = "Asia/Shanghai", title: str = ""
) -> bytes:
    """A workbook of several sheets; `title` is its own, without one that of the first sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    created = generated.astimezone(dt.UTC).replace(tzinfo=None)
    book.set_properties({"title": title or sheets[0].title, "created": created})
    zone = ZoneInfo(timezone)
    for sheet in sheets:
        _write_sheet(book, sheet, f"{generated.astimezone(zone):%Y-%m-%d %H:%M}", zone)
    book.close()
    return out.getvalue()


def _write_sheet(book: Any, made: OutSheet, moment: str, zone: ZoneInfo) -> None:
    columns = made.columns
    sheet = book.add_worksheet(_UNFIT.sub(" ", without_control(made.name))[:31] or None)
    sheet.write_string(0, 0, without_control(made.title), book.add_format({"bold": True, "font_size": 14}))
    quiet = book.add_format({"font_color": "#46555F"})
    sheet.write_string(1, 0, without_control(f"{made.filters}  {moment}".strip()), quiet)
    head = book.add_format(
        {"bold": True, "bg_color": "#EEF2F3", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    )
    formats = [book.add_format({"num_format": _FORMATS.get(column.kind, "@")}) for column in columns]
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, formats[place])
        sheet.write_string(2, place, without_control(column.label), head)
    last = 2
    for last, row in enumerate(made.rows, 3):
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write(sheet, last, place, column.kind, value, formats[place], zone)
    sheet.freeze_panes(3, 0)
    sheet.autofilter(2, 0, last, len(columns) - 1)
    if made.total:
        last += 1
        for place, (column, value) in enumerate(zip(columns, made.total, strict=True)):
            look = {"bold": True, "top": 1, "num_format": _FORMATS.get(column.kind, "@")}
            _write(sheet, last, place, column.kind, value, book.add_format(look), zone)
    for below, note in enumerate(made.notes, last + 2):
        sheet.write_string(below, 0, without_control(note), quiet)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)


def _write(sheet: Any, row: int, place: int, kind: Kind, value: Value, style: Any, zone: ZoneInfo) -> None:
    if value is None:
        return
    if kind is Kind.TEXT:
        sheet.write_string(row, place, without_control(str(value)), style)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(row, place, value.astimezone(zone).replace(tzinfo=None, microsecond=0), style)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, place, dt.datetime.combine(value, dt.time()), style)
    elif isinstance(value, int | Decimal):
        sheet.write_number(row, place, value, style)
    else:
        raise TypeError(f"a {kind} column cannot hold {value!r}")


def write_csv(
    columns: Sequence[OutColumn], rows: Iterable[Sequence[Value]], *, timezone: str = "Asia/Shanghai"
) -> bytes:
    """UTF-8 with the mark that spreadsheets need to know it by, header first; numbers without grouping."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_guarded(column.label) for column in columns])
    zone = ZoneInfo(timezone)
    for row in rows:
        writer.writerow(
            [_as_text(column.kind, value, zone) for column, value in zip(columns, row, strict=True)]
        )
    return out.getvalue().encode("utf-8-sig")


def _as_text(kind: Kind, value: Value, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if kind is Kind.TEXT:
        return _guarded(str(value))
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    raise TypeError(f"a {kind} column cannot hold {value!r}")


def _guarded(text: str) -> str:
    """An apostrophe before what would be a formula; reading takes it away again."""
    text = without_control(text)
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text

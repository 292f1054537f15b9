"""The records behind one figure, below its line or on a page of their own (MF-4)."""

from collections.abc import Sequence
from decimal import Decimal

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.kernel.errors import NotFound
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.reports import queries
from portal.reports.models import MonthlyForm
from portal.reports.rules import LAYOUTS, SUMMARY, TOTAL, Column, Layout, Measure, Record, Sheet
from portal.reports.rules.sheets import number, written
from portal.reports.views.grid import named, shown, where
from portal.web import numbers
from portal.web.pages import page, wants_fragment
from portal.web.routing import actor, here
from portal.web.tables import sliced

#: Records below a line of the form.
FEW = 20


def records_page(agreement: Agreement, month: Month, kind: FormKind, sheet: Sheet, *, back: str) -> Response:
    """The records that the figure of `?row=&column=` is the sum of, and the forms of other months that it comes from.

    Raises NotFound for a figure that is not there.
    """
    layout = LAYOUTS[kind]
    row, key = request.args.get("row", ""), request.args.get("column", "")
    column = next((one for one in layout.columns_of(row) if one.key == key and not one.is_hidden), None)
    if column is None or row not in {TOTAL, SUMMARY, *(one.key for one in sheet.rows)}:
        raise NotFound
    records = sheet.behind(layout, row, key)
    return page(
        "reports/behind.html",
        fragment="records",
        kind=kind,
        month=month,
        back=back,
        column=column,
        where=where(layout, sheet, row, key),
        figure=shown(column, sheet.cell(row, key)),
        entry=sheet.entry(row, key),
        found=sliced(records, size=FEW if wants_fragment() else 50),
        # Below a line there is room for a few; the page has them all.
        all_url=here(row=row, column=key) if wants_fragment() and len(records) > FEW else None,
        months=_months(agreement, month, kind, column),
        counts_in=lambda one: layout.column(one.column, one.row),
        value=lambda one: _counts_as(layout, column, one),
        rest=_rest(column, sheet.cell(row, key), records),
        url=record_url,
        # Which line or column a record counts in is said where there may be several.
        by_line={one.row: named(layout, sheet, one.row) for one in records if one.row != row},
        by_column=len(column.of) > 1,
        shown=shown,
    )


def _months(
    agreement: Agreement, month: Month, kind: FormKind, column: Column
) -> list[tuple[Month, Sequence[MonthlyForm]]]:
    """The other months that a figure comes from with their forms, those of the dealer's earlier agreements included."""
    months = column.back(month) if column.back else []
    return queries.submitted_in(agreements.succession(agreement).ids, months, kind) if months else []


def _value(column: Column, record: Record) -> Decimal:
    """What a record counts as in a figure of `column`."""
    return -record.value if record.column in column.less else record.value


def _counts_as(layout: Layout, column: Column, record: Record) -> str:
    """The same as it is printed, in the measure of the column that it counts in."""
    own = layout.column(record.column, record.row)
    return shown(own, written(_value(column, record), own.measure))


def _rest(column: Column, text: str, records: list[Record]) -> str:
    """What of a figure no record of the month is behind, as printed; empty: nothing, or the figure is no sum."""
    if column.measure not in (Measure.COUNT, Measure.MONEY):
        return ""
    rest = number(text) - sum((_value(column, one) for one in records), Decimal(0))
    return shown(column, written(rest, column.measure)) if rest else ""


def record_url(record: Record) -> str | None:
    """Where a record opens: a document by its number, else the page of a unit."""
    document = numbers.url_of(record.number, actor())
    if document is None and actor().may(Permission.UNITS_READ) and not numbers.looks_like(record.number):
        return url_for("units.show", serial=record.number)
    return document

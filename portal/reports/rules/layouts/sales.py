"""每月销售统计表, the monthly sales summary: one line a model, sub-dealers' sales included.

Opening + received − sold − returned or exchanged = closing. What the dealer sold without a card leaves the stock too.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from portal.agreements.rules import FormKind
from portal.kernel.findings import Finding, Severity
from portal.kernel.period import Month
from portal.kernel.text import T
from portal.reports.rules.sheets import (
    Cells,
    Column,
    Layout,
    Measure,
    Row,
    Sheet,
    Source,
    number,
    signed,
    written,
    year_before,
)


def earlier_this_year(month: Month) -> Sequence[Month]:
    """The months of a month's year before it."""
    return [Month(month.year, number) for number in range(1, month.number)]


SOLD = ("sold", "sold_by_points", "sold_without_card")


def _derive(cells: Cells) -> Cells:
    sold = sum((number(cells.get(key)) for key in SOLD), Decimal(0))
    closing = number(cells.get("opening")) + number(cells.get("in")) - sold - number(cells.get("returned"))
    counted = cells.get("counted")
    return {
        "closing": written(closing, Measure.COUNT),
        "difference": signed(number(counted) - closing, Measure.COUNT) if counted else "",
        "this_year": written(number(cells.get("sold_before")) + sold, Measure.COUNT),
    }


def _finish(sheet: Sheet) -> Sheet:
    """In all there is only a difference where stock was counted: models that nobody counted are no shortage."""
    counted = [number(row.cells["difference"]) for row in sheet.rows if row.cells["difference"]]
    difference = signed(sum(counted, Decimal(0)), Measure.COUNT) if counted else ""
    return replace(sheet, total=Row(sheet.total.key, {**sheet.total.cells, "difference": difference}))


def _check(sheet: Sheet) -> list[Finding]:
    """MF-1: the counted stock is another than that by the records, or more was sold than there was."""
    found = []
    for row in sheet.rows:
        counted, closing = row.cells.get("counted"), row.cells["closing"]
        if counted and number(counted) != number(closing):
            text = T(
                "{model}: {counted} counted, {closing} by the records.",
                model=row.key,
                counted=counted,
                closing=closing,
            )
            found.append(Finding("MF-1", Severity.WARNING, text))
        if number(closing) < 0:
            text = T("{model}: more left the stock than there was.", model=row.key)
            found.append(Finding("MF-1", Severity.WARNING, text))
    return found


LAYOUT = Layout(
    FormKind.SALES,
    (
        Column("model", T("Model"), Measure.TEXT, width=26),
        Column("opening", T("Opening stock")),
        Column("in", T("Goods received")),
        Column("sold", T("Sold by the dealer")),
        Column("sold_by_points", T("Sold by sub-dealers")),
        Column("sold_without_card", T("Sold without a card"), source=Source.ENTERED),
        Column("returned", T("Returned or exchanged")),
        Column(
            "closing",
            T("Closing stock"),
            source=Source.DERIVED,
            of=("opening", "in", "sold", "sold_by_points", "returned"),
            less=("sold", "sold_by_points", "returned"),
        ),
        Column("counted", T("Counted stock"), source=Source.ENTERED),
        Column("difference", T("Surplus or shortage"), source=Source.DERIVED),
        Column("sold_before", T("Sold earlier this year"), source=Source.CARRIED, is_hidden=True),
        Column(
            "this_year",
            T("Sold this year"),
            source=Source.DERIVED,
            of=("sold", "sold_by_points"),
            back=earlier_this_year,
        ),
        Column("last_year", T("Same month last year"), source=Source.CARRIED, back=year_before),
        Column("turnover", T("Sales amount"), Measure.MONEY, Source.ENTERED, width=24),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=20),
    ),
    derive=_derive,
    adds_rows=True,
    finish=_finish,
    check=_check,
)

"""每月销售统计表, the monthly sales summary: one line a model, sub-dealers' sales included."""

from portal.agreements.rules import FormKind
from portal.kernel.findings import Finding, Severity
from portal.kernel.text import T
from portal.reports.rules.sheets import Cells, Column, Layout, Measure, Sheet, Source, number, written

SOLD = ("sold", "sold_by_points", "sold_without_card")


def _derive(cells: Cells) -> Cells:
    sold = sum(number(cells.get(key)) for key in SOLD)
    closing = number(cells.get("opening")) + number(cells.get("in")) - sold - number(cells.get("returned"))
    counted = cells.get("counted")
    return {
        "closing": written(closing, Measure.COUNT),
        "difference": f"{int(number(counted) - closing):+d}" if counted else "",
    }


def _check(sheet: Sheet) -> list[Finding]:
    return [
        Finding(
            "MF-1",
            Severity.WARNING,
            T(
                "{model}: {counted} counted, {closing} by the records.",
                model=row.key,
                counted=row.cells["counted"],
                closing=row.cells["closing"],
            ),
        )
        for row in sheet.rows
        if row.cells.get("counted") and number(row.cells["counted"]) != number(row.cells["closing"])
    ]


LAYOUT = Layout(
    FormKind.SALES,
    (
        Column("model", T("Model"), Measure.TEXT, width=26),
        Column("opening", T("Opening stock")),
        Column("in", T("Received")),
        Column("sold", T("Sold by the dealer")),
        Column("sold_by_points", T("Sold by sub-dealers")),
        Column("sold_without_card", T("Sold without a card"), source=Source.ENTERED),
        Column("returned", T("Sent back")),
        Column(
            "closing",
            T("Closing stock"),
            source=Source.DERIVED,
            of=("opening", "in", "sold", "sold_by_points", "returned"),
        ),
        Column("counted", T("Counted stock"), source=Source.ENTERED),
        Column("difference", T("Difference"), source=Source.DERIVED),
        Column("this_year", T("Sold this year"), source=Source.CARRIED),
        Column("last_year", T("Same month last year"), source=Source.CARRIED),
        Column("turnover", T("Sales amount"), Measure.MONEY, Source.ENTERED, width=24),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=20),
    ),
    derive=_derive,
    adds_rows=True,
    check=_check,
)

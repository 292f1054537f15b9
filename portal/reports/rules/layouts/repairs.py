"""售后维修月报表, the repair monthly report: one line a model."""

from collections.abc import Iterator

from portal.agreements.rules import FormKind
from portal.kernel.findings import Finding, Severity
from portal.kernel.text import T
from portal.reports.rules.sheets import Cells, Column, Layout, Measure, Sheet, Source, number, sums, written

#: More days than these in repair are counted apart: after them a consumer may ask for another unit.
LONG = 30


def _derive(cells: Cells) -> Cells:
    repaired = number(cells.get("repaired"))
    return {
        "closing": written(
            number(cells.get("opening")) + number(cells.get("received")) - repaired, Measure.COUNT
        ),
        "mean_days": written(number(cells.get("days")) / repaired, Measure.MEAN) if repaired else "",
    }


def _check(sheet: Sheet) -> list[Finding]:
    return list(_findings(sheet))


def _findings(sheet: Sheet) -> Iterator[Finding]:
    counted = sums(sheet.records)
    for row in sheet.rows:
        waiting = int(counted.get((row.key, "in_repair"), 0))
        if number(row.cells["closing"]) != waiting:
            text = T(
                "{model}: {closing} in repair at the end, {counted} by the records.",
                model=row.key,
                closing=row.cells["closing"],
                counted=waiting,
            )
            yield Finding("MF-1", Severity.WARNING, text)
    cells = sheet.total.cells
    if long := int(number(cells.get("waiting_long"))):
        text = T("Still in repair at the end after more than {days} days: {count}", days=LONG, count=long)
        yield Finding("RP-2", Severity.WARNING, text)
    unknown = int(number(cells.get("repaired"))) - sum(
        int(number(cells.get(key))) for key in ("in_warranty", "out_of_warranty")
    )
    if unknown > 0:
        text = T(
            "Repaired without a repair record, so neither in nor out of warranty: {count}", count=unknown
        )
        yield Finding("RP-3", Severity.NOTE, text)


LAYOUT = Layout(
    FormKind.REPAIRS,
    (
        Column("model", T("Model"), Measure.TEXT, width=26),
        Column("opening", T("In repair at the start")),
        Column("received", T("Received in the month")),
        Column("repaired", T("Repaired in the month")),
        Column("in_repair", T("Counted in repair at the end"), is_hidden=True),
        Column("closing", T("In repair at the end"), source=Source.DERIVED, of=("in_repair",)),
        Column("in_warranty", T("In warranty")),
        Column("out_of_warranty", T("Out of warranty")),
        Column("onsite", T("On site")),
        Column("days", T("Days in repair"), is_hidden=True),
        Column("mean_days", T("Mean days in repair"), Measure.MEAN, Source.DERIVED, of=("days",)),
        Column("over_30", T("Over 30 days")),
        Column("waiting_long", T("In repair at the end for over 30 days"), is_hidden=True),
        Column("exchanged", T("Exchanged")),
        Column("returned", T("Returned for refund")),
        Column("fees", T("Service fees"), Measure.MONEY, width=22),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=24),
    ),
    derive=_derive,
    check=_check,
)

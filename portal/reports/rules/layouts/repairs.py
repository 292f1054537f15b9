"""售后维修月报表, the repair monthly report: one line a model."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.sheets import Cells, Column, Layout, Measure, Source, number, written


def _derive(cells: Cells) -> Cells:
    repaired = number(cells.get("repaired"))
    return {
        "closing": written(
            number(cells.get("opening")) + number(cells.get("received")) - repaired, Measure.COUNT
        ),
        "mean_days": written(number(cells.get("days")) / repaired, Measure.MEAN) if repaired else "",
    }


LAYOUT = Layout(
    FormKind.REPAIRS,
    (
        Column("model", T("Model"), Measure.TEXT, width=26),
        Column("opening", T("In repair at the start")),
        Column("received", T("Received")),
        Column("repaired", T("Repaired")),
        Column(
            "closing",
            T("In repair at the end"),
            source=Source.DERIVED,
            of=("opening", "received", "repaired"),
        ),
        Column("in_warranty", T("In warranty")),
        Column("out_of_warranty", T("Out of warranty")),
        Column("onsite", T("On site")),
        Column("days", T("Days in repair"), is_hidden=True),
        Column("mean_days", T("Mean days in repair"), Measure.MEAN, Source.DERIVED, of=("days",)),
        Column("over_30", T("Over 30 days")),
        Column("exchanged", T("Exchanged")),
        Column("returned", T("Returned for refund")),
        Column("fees", T("Service fees"), Measure.MONEY, width=20),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=24),
    ),
    derive=_derive,
)

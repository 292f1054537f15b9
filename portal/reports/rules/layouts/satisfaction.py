"""顾客满意度调查统计表, the customer satisfaction summary: one line an item, against other months (MF-5)."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.sheets import Cells, Column, Layout, Measure, Source, number, written

GRADES = ("g5", "g4", "g3", "g2", "g1")


def _derive(cells: Cells) -> Cells:
    counts = {grade: number(cells.get(grade)) for grade in GRADES}
    valid = sum(counts.values())
    if not valid:
        return {"valid": "0", "mean": "", "satisfied": "", "against_last": ""}
    mean = written(sum(int(grade[1]) * count for grade, count in counts.items()) / valid, Measure.MEAN)
    last = cells.get("last_month")
    return {
        "valid": written(valid, Measure.COUNT),
        "mean": mean,
        "satisfied": written((counts["g5"] + counts["g4"]) * 100 / valid, Measure.PERCENT),
        "against_last": f"{number(mean) - number(last):+.2f}" if last else "",
    }


LAYOUT = Layout(
    FormKind.SATISFACTION,
    (
        Column("item", T("Item"), Measure.TEXT, width=40),
        Column("valid", T("Responses"), source=Source.DERIVED, of=GRADES),
        Column("g5", T("Very satisfied")),
        Column("g4", T("Satisfied")),
        Column("g3", T("Fairly satisfied")),
        Column("g2", T("Dissatisfied")),
        Column("g1", T("Very dissatisfied")),
        Column("mean", T("Mean"), Measure.MEAN, Source.DERIVED, of=GRADES),
        Column("satisfied", T("Satisfaction rate"), Measure.PERCENT, Source.DERIVED, of=("g5", "g4")),
        Column("last_month", T("Last month"), Measure.MEAN, Source.CARRIED),
        Column("against_last", T("Difference"), Measure.MEAN, Source.DERIVED),
        Column("half_year", T("Last half-year"), Measure.MEAN, Source.CARRIED),
        Column("last_year", T("Same month last year"), Measure.MEAN, Source.CARRIED),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=24),
    ),
    derive=_derive,
)

"""顾客满意度调查统计表, the customer satisfaction summary: one line an item, against other months (MF-5).

Items weigh the same. A mean is that of all single grades of its period, rounded half up once: the mean of a half-year
is no mean of monthly means, and the overall mean none of the items'.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from portal.agreements.rules import FormKind
from portal.kernel.findings import Finding, Severity
from portal.kernel.period import Month
from portal.kernel.text import T
from portal.repairs.rules.follow_ups import Rate, SatisfactionItem
from portal.reports.rules.sheets import (
    Cells,
    Column,
    Layout,
    Measure,
    Sheet,
    Source,
    month_before,
    number,
    signed,
    written,
    year_before,
)

GRADES = ("g5", "g4", "g3", "g2", "g1")
HALF_YEAR = 6


def half_year(month: Month) -> Sequence[Month]:
    """The six months before a month, oldest first."""
    return [month + -back for back in range(HALF_YEAR, 0, -1)]


def mean_of(grades: Mapping[int, Decimal | int]) -> str:
    """The mean of so many of each grade, as a cell holds it; empty without any."""
    count = sum(grades.values())
    if not count:
        return ""
    return written(Decimal(sum(grade * many for grade, many in grades.items())) / count, Measure.MEAN)


def means_of(calls: Iterable[Mapping[str, int]]) -> tuple[dict[str, str], str]:
    """The mean of each item that was graded in these calls, and the overall one; empty without any grade."""
    items: dict[str, Counter[int]] = {}
    overall: Counter[int] = Counter()
    for grades in calls:
        for item, grade in grades.items():
            items.setdefault(item, Counter())[grade] += 1
            overall[grade] += 1
    return {item: mean_of(counted) for item, counted in items.items()}, mean_of(overall)


def _derive(cells: Cells) -> Cells:
    counts = {grade: number(cells.get(grade)) for grade in GRADES}
    answers, last = sum(counts.values()), cells.get("last_month")
    mean = mean_of({int(grade[1]): many for grade, many in counts.items()})
    satisfied = (counts["g5"] + counts["g4"]) * 100
    return {
        "valid": written(Decimal(answers), Measure.COUNT),
        "mean": mean,
        "satisfied": written(satisfied / answers, Measure.PERCENT) if answers else "",
        "against_last": signed(number(mean) - number(last), Measure.MEAN) if mean and last else "",
    }


def _finish(sheet: Sheet) -> Sheet:
    """The lowest item is that with the lowest printed mean; of several the one that more customers graded."""
    graded = [row for row in sheet.rows if row.cells["mean"]]
    lowest = min(
        graded, key=lambda row: (number(row.cells["mean"]), -number(row.cells["valid"])), default=None
    )
    found = {"overall": sheet.total.cells["mean"], "lowest": lowest.key if lowest else ""}
    return replace(sheet, summary={**sheet.summary, **found})


def _check(sheet: Sheet) -> list[Finding]:
    """RP-8: the follow-up rate of the month is below its minimum."""
    found = sheet.summary
    rate = Rate(*(int(number(found.get(key))) for key in ("reached", "repairs", "least")))
    if rate.is_enough:
        return []
    text = T(
        "Follow-up rate {percent} %, below the minimum of {least} %; calls missing: {missing}.",
        percent=str(rate.percent),
        least=rate.least,
        missing=rate.missing,
    )
    return [Finding("RP-8", Severity.WARNING, text)]


LAYOUT = Layout(
    FormKind.SATISFACTION,
    (
        Column("item", T("Item"), Measure.TEXT, names=SatisfactionItem, width=34),
        Column("valid", T("Answers"), source=Source.DERIVED, of=GRADES),
        Column("g5", T("Very satisfied")),
        Column("g4", T("Satisfied")),
        Column("g3", T("Fairly satisfied")),
        Column("g2", T("Dissatisfied")),
        Column("g1", T("Very dissatisfied")),
        Column("mean", T("Mean"), Measure.MEAN, Source.DERIVED, of=GRADES),
        Column("satisfied", T("Satisfaction rate"), Measure.PERCENT, Source.DERIVED, of=("g5", "g4")),
        Column("last_month", T("Last month"), Measure.MEAN, Source.CARRIED, back=month_before),
        Column(
            "against_last",
            T("Against last month"),
            Measure.MEAN,
            Source.DERIVED,
            of=GRADES,
            back=month_before,
        ),
        Column("half_year", T("Last half-year"), Measure.MEAN, Source.CARRIED, back=half_year),
        Column("last_year", T("Same month last year"), Measure.MEAN, Source.CARRIED, back=year_before),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=34),
    ),
    derive=_derive,
    summary=(
        Column("issued", T("Customers asked")),
        Column("returned", T("Responses")),
        Column("valid", T("Valid responses")),
        Column("returned_last", T("Responses last month"), source=Source.CARRIED, back=month_before),
        Column("overall", T("Overall mean"), Measure.MEAN, Source.DERIVED, of=GRADES),
        Column("lowest", T("Lowest item"), Measure.TEXT, Source.DERIVED, names=SatisfactionItem),
        Column("reached", T("Requests called back")),
        Column("repairs", T("Repairs finished")),
        Column("rate", T("Follow-up rate"), Measure.PERCENT, Source.DERIVED, of=("reached", "repairs")),
        # Of the agreement's terms: no record of the month is behind it.
        Column("least", T("Minimum of the follow-up rate"), Measure.PERCENT, Source.CARRIED),
    ),
    finish=_finish,
    check=_check,
)

"""顾客满意度调查统计表: the grades of the month's follow-up calls (MF-5, RP-8).

A call in which the customer was reached counts in the month of the call, under the agreement of its request; the
record is the service request. The figures that it is compared with go on from the dealer's earlier agreements, where
the month lies before this one's start. Last half-year: all grades of the six calendar months before the month.

Customers asked: follow-ups tried in the month, first and second apart, several tries of one counted once. Responses:
those answered; valid ones: those with a grade. Follow-up rate: as `repairs.queries.follow_ups.rate` counts it, of the
requests called back, each once, and the repairs finished.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.repairs.queries import follow_ups
from portal.repairs.queries.follow_ups import Call
from portal.repairs.rules.follow_ups import Rate, SatisfactionItem
from portal.reports.rules import SUMMARY, Compiled, Measure, Record, Row
from portal.reports.rules.layouts.satisfaction import half_year, means_of
from portal.reports.rules.sheets import written

#: Figures beside the table that count records.
COUNTS = ("issued", "returned", "valid", "reached", "repairs")


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """One row for each item that was graded in the month or in one that it is compared with."""
    calls = follow_ups.follow_ups_in(agreement.id, month)
    records = tuple(
        Record(
            row=item.value,
            column=f"g{call.grades[item.value]}",
            number=call.request,
            on=call.called_on,
            words=call.unit,
        )
        for item in SatisfactionItem
        for call in calls
        if item.value in call.grades
    )
    past = follow_ups.grades_in(agreements.succession(agreement).ids, [month + -12, *half_year(month)])
    compared = {
        "last_month": means_of(past[month.previous]),
        "half_year": means_of(grades for one in half_year(month) for grades in past[one]),
        "last_year": means_of(past[month + -12]),
    }
    known = {record.row for record in records}.union(*(items for items, _ in compared.values()))
    rows = tuple(
        Row(
            item.value,
            {"item": item.value} | {key: items.get(item.value, "") for key, (items, _) in compared.items()},
        )
        for item in SatisfactionItem
        if item.value in known
    )
    beside = tuple(_beside(agreement, month, calls))
    return Compiled(
        rows=rows,
        records=records + beside,
        summary={
            **dict.fromkeys(COUNTS, "0"),
            "returned_last": str(len(past[month.previous])) if past[month.previous] else "",
            **_rate(agreement, month, [one.column for one in beside]),
        },
        total={key: overall for key, (_, overall) in compared.items()},
    )


def _beside(agreement: Agreement, month: Month, calls: Sequence[Call]) -> Iterator[Record]:
    """What the figures beside the table count: follow-ups tried and answered, requests called back, repairs."""
    for one in follow_ups.tried_in(agreement.id, month):
        yield Record(SUMMARY, "issued", one.number, one.on, words=one.unit)
    called: set[str] = set()
    for call in calls:
        counts = {"returned": True, "valid": bool(call.grades), "reached": call.request not in called}
        called.add(call.request)
        for column, is_one in counts.items():
            if is_one:
                yield Record(SUMMARY, column, call.request, call.called_on, words=call.unit)
    for one in follow_ups.repaired_in(agreement.id, month):
        yield Record(SUMMARY, "repairs", one.number, one.on, words=one.unit)


def _rate(agreement: Agreement, month: Month, counted: Sequence[str]) -> dict[str, str]:
    rate = Rate(counted.count("reached"), counted.count("repairs"), follow_ups.least_of(agreement.id, month))
    return {
        "rate": "" if rate.percent is None else written(rate.percent, Measure.PERCENT),
        "least": written(Decimal(rate.least), Measure.PERCENT),
    }

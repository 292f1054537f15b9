"""顾客满意度调查统计表: the grades of the month's follow-up calls (MF-5, RP-8).

A call in which the customer was reached counts in the month of the call, under the agreement of its request; the
record is the service request. The figures that it is compared with go on from the dealer's earlier agreements, where
the month lies before this one's start. Last half-year: all grades of the six calendar months before the month.

Customers asked: follow-ups tried in the month, first and second apart, several tries of one counted once. Responses:
those answered; valid ones: those with a grade. Follow-up rate: as `repairs.queries.follow_ups.rate` counts it.
"""

from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.repairs.queries import follow_ups
from portal.repairs.rules.follow_ups import SatisfactionItem
from portal.reports.rules import Compiled, Measure, Record, Row
from portal.reports.rules.layouts.satisfaction import means_of
from portal.reports.rules.sheets import written

HALF_YEAR = 6


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """One row for each item that was graded in the month or in one that it is compared with."""
    calls = follow_ups.follow_ups_in(agreement.id, month)
    records = tuple(
        Record(
            row=item.value,
            column=f"g{call.grades[item.value]}",
            number=call.request,
            on=call.called_on,
            words=f"{call.model} {call.serial}".strip(),
        )
        for item in SatisfactionItem
        for call in calls
        if item.value in call.grades
    )
    half_year = [month + -back for back in range(HALF_YEAR, 0, -1)]
    past = follow_ups.grades_in(agreements.succession(agreement).ids, [month + -12, *half_year])
    compared = {
        "last_month": means_of(past[month.previous]),
        "half_year": means_of(grades for one in half_year for grades in past[one]),
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
    responses = {
        "issued": follow_ups.turns_in(agreement.id, month),
        "returned": len(calls),
        "valid": sum(bool(call.grades) for call in calls),
    }
    return Compiled(
        rows=rows,
        records=records,
        summary={key: str(count) for key, count in responses.items()}
        | {"returned_last": str(len(past[month.previous])) if past[month.previous] else ""}
        | _rate(agreement, month),
        total={key: overall for key, (_, overall) in compared.items()},
    )


def _rate(agreement: Agreement, month: Month) -> dict[str, str]:
    rate = follow_ups.rate(agreement.id, month)
    return {
        "reached": str(rate.calls),
        "repairs": str(rate.repairs),
        "rate": "" if rate.percent is None else written(rate.percent, Measure.PERCENT),
        "least": written(Decimal(rate.least), Measure.PERCENT),
    }

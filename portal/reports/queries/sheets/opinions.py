"""顾客意见统计表: what customers said in the month's follow-up calls, and what they complained about (RP-8, QF-3).

One row for each answered call with words or a complaint, in the month of the call; the record is its service request.
No name and no phone of a customer (PII-1). How it was handled comes from the record, as far as it says so: what was
written when the request of a complaint was closed, else the caller's remark; the dealer may put better words.
"""

from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.repairs.queries.follow_ups import Call, opinions_in
from portal.repairs.rules.follow_ups import OpinionTopic
from portal.reports.rules import SUMMARY, Compiled, Record, Row
from portal.reports.rules.entries import LONGEST_TEXT
from portal.reports.rules.layouts.opinions import OpinionSource


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """The opinions of the month by day."""
    calls = sorted(opinions_in(agreement.id, month), key=lambda call: (call.called_on, call.request))
    return Compiled(
        rows=tuple(_row(call) for call in calls),
        records=tuple(
            Record(row, column, call.request, call.called_on, words=call.unit)
            for call in calls
            for row, column, counts in (
                (_key(call), "opinions", True),
                (_key(call), "complaints", call.complaint),
                (SUMMARY, _topic(call).value, True),
            )
            if counts
        ),
    )


def _topic(call: Call) -> OpinionTopic:
    return call.topic or OpinionTopic.OTHER


def _key(call: Call) -> str:
    return f"{call.request}-{call.turn}"


def _row(call: Call) -> Row:
    source = OpinionSource.FIRST_CALL if call.turn == 1 else OpinionSource.SECOND_CALL
    return Row(
        _key(call),
        {
            "number": call.request,
            "on": call.called_on.isoformat(),
            "source": source.value,
            "topic": _topic(call).value,
            "opinion": call.opinion,
            "model": call.model,
            "handled": call.handled[:LONGEST_TEXT],
        },
    )

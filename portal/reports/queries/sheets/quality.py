"""维修质量信息反馈单: the quality feedback that the dealer filed in the month (QF-1).

One row for each feedback, in the order of filing, by its number; it belongs to the month of its filing, whatever day
the problem was found on. Answer and state are as they stand now, as both sides may read them.
"""

from decimal import Decimal

from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.quality import queries as quality
from portal.quality.queries import FeedbackOfMonth
from portal.quality.rules import FeedbackGrade, FeedbackState
from portal.reports.rules import SUMMARY, Compiled, Record, Row


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """The feedback of the month; units are those that the dealer says have the problem."""
    found = quality.feedback_in(agreement.id, month)
    beside = {
        "feedbacks": found,
        "major": [one for one in found if one.severity is FeedbackGrade.MAJOR],
        "answered": [one for one in found if one.answered_on is not None],
        "closed": [one for one in found if one.state is FeedbackState.CLOSED],
    }
    return Compiled(
        rows=tuple(Row(one.number, _cells(one)) for one in found),
        records=(
            *(
                Record(one.number, "units", one.number, one.filed_on, Decimal(one.units), one.model)
                for one in found
            ),
            *(
                Record(SUMMARY, key, one.number, one.filed_on, words=one.model)
                for key, counted in beside.items()
                for one in counted
            ),
        ),
        summary=dict.fromkeys(beside, "0"),
    )


def _cells(one: FeedbackOfMonth) -> dict[str, str]:
    return {
        "number": one.number,
        "found_on": one.found_on.isoformat(),
        "filed_on": one.filed_on.isoformat(),
        "model": one.model,
        "subject": one.serial or one.batch,
        "phenomenon": one.phenomenon,
        "severity": one.severity.value,
        "answered_on": one.answered_on.isoformat() if one.answered_on else "",
        "state": one.state.value,
    }

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
from portal.reports.rules import Compiled, Record, Row


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """The feedback of the month; units are those that the dealer says have the problem."""
    found = quality.feedback_in(agreement.id, month)
    counts = {
        "feedbacks": len(found),
        "major": sum(one.severity is FeedbackGrade.MAJOR for one in found),
        "answered": sum(one.answered_on is not None for one in found),
        "closed": sum(one.state is FeedbackState.CLOSED for one in found),
    }
    return Compiled(
        rows=tuple(Row(one.number, _cells(one)) for one in found),
        records=tuple(
            Record(one.number, "units", one.number, one.filed_on, value=Decimal(one.units), words=one.model)
            for one in found
        ),
        summary={key: str(count) for key, count in counts.items()},
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

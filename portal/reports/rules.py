"""Monthly forms (MF-1 … MF-4): which months are owed, when they are due, their states.

An agreement that starts on 2026-02-15 owes 2026-02 and 2026-03 for 2026Q1; with `form_due_day` 3 the forms of
2026-02 are due on 2026-03-03 and late from 2026-03-04 on.
"""

import datetime as dt
from enum import StrEnum

from portal.agreements.rules import Span, Terms
from portal.kernel.findings import Finding, Severity
from portal.kernel.period import Month, Quarter
from portal.kernel.text import T
from portal.kernel.transitions import Transitions


class FormState(StrEnum):
    """The forms of one month."""

    #: Compiled by the portal, not submitted.
    OWED = "owed"
    #: Frozen with a hash; waits for the manufacturer.
    SUBMITTED = "submitted"
    #: With remarks; the dealer corrects and submits again.
    RETURNED = "returned"
    ACCEPTED = "accepted"


class FormAction(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"
    ACCEPT = "accept"


FORM = Transitions[FormState, FormAction](
    "MF-4",
    {
        (FormState.OWED, FormAction.SUBMIT): FormState.SUBMITTED,
        (FormState.RETURNED, FormAction.SUBMIT): FormState.SUBMITTED,
        (FormState.SUBMITTED, FormAction.RETURN): FormState.RETURNED,
        (FormState.SUBMITTED, FormAction.ACCEPT): FormState.ACCEPTED,
    },
)

#: Forms that the dealer has still to send; any of them holds the settlement as missing (ST-4).
MISSING = frozenset({FormState.OWED, FormState.RETURNED})


def is_owed(month: Month, span: Span, terms: Terms) -> bool:
    """Whether forms of `month` are owed: the terms say so and the agreement touches the month."""
    return terms.forms and span.touches(month.first, month.last)


def months_owed(quarter: Quarter, span: Span, terms: Terms) -> tuple[Month, ...]:
    """The months of `quarter` whose forms are owed under the terms of that quarter."""
    return tuple(month for month in quarter.months if is_owed(month, span, terms))


def due_on(month: Month, terms: Terms) -> dt.date:
    """The last day on which the forms of `month` are in time: day N of the next month."""
    return month.next.first + dt.timedelta(days=terms.form_due_day - 1)


def days_late(month: Month, terms: Terms, sent_on: dt.date) -> int:
    """By how many days forms sent on `sent_on` (or still missing then) are late; 0: in time (MF-3)."""
    return max(0, (sent_on - due_on(month, terms)).days)


def check_submission(month: Month, span: Span, terms: Terms, today: dt.date) -> list[Finding]:
    """Before forms are submitted: not owed or not begun blocks, early or late is said (MF-2, MF-3)."""
    if not is_owed(month, span, terms):
        return [Finding("MF-3", Severity.BLOCKS, T("No forms are owed for {month}.", month=month))]
    if today < month.first:
        return [Finding("MF-3", Severity.BLOCKS, T("{month} has not begun yet.", month=month))]
    if today <= month.last:
        return [
            Finding(
                "MF-2",
                Severity.WARNING,
                T(
                    "{month} is not over; what is filed later becomes a correction of the next month.",
                    month=month,
                ),
            )
        ]
    late = days_late(month, terms, today)
    if late:
        return [
            Finding(
                "MF-3",
                Severity.WARNING,
                T("Due on {due}; days late: {days}.", due=due_on(month, terms), days=late),
            )
        ]
    return []

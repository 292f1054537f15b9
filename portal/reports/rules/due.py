"""Which forms an agreement owes for which months, and until when (MF-1, MF-3).

An agreement that starts on 2026-02-15 owes 2026-02 and 2026-03 for 2026Q1; with `form_due_day` 3 the forms of
2026-02 are due on 2026-03-03 and late from 2026-03-04 on. A due day that isn't worked moves to the next working day
(a term): the forms of 2025-12 are due on Sunday 2026-01-04, which makes up for a day of New Year.
"""

import datetime as dt

from portal.agreements.rules import FormKind, Span, Terms
from portal.kernel.calendar import Calendar
from portal.kernel.findings import Finding, Severity
from portal.kernel.period import Month
from portal.kernel.text import T


def is_owed(month: Month, span: Span, terms: Terms) -> bool:
    """Whether forms of `month` are owed: the terms say so and the agreement touches the month."""
    return bool(kinds_owed(month, span, terms))


def kinds_owed(month: Month, span: Span, terms: Terms) -> tuple[FormKind, ...]:
    """The forms of `month` that are owed, in their customary order; none when no form is."""
    return terms.forms_owed if span.touches(month.first, month.last) else ()


def due_on(month: Month, terms: Terms, calendar: Calendar) -> dt.date:
    """The last day on which the forms of `month` are in time (MF-3, TM-1).

    Day N of the next month; where the terms say so, the next working day of the manufacturer's calendar.
    """
    day = month.next.first + dt.timedelta(days=terms.form_due_day - 1)
    return calendar.next_working_day(day) if terms.form_due_moves else day


def days_late(due: dt.date, sent_on: dt.date) -> int:
    """By how many days forms sent on `sent_on` (or still missing then) are late; 0: in time (MF-3)."""
    return max(0, (sent_on - due).days)


def check_submission(
    month: Month, span: Span, terms: Terms, today: dt.date, calendar: Calendar
) -> list[Finding]:
    """Before forms are submitted: not owed or not begun blocks, early or late is said (MF-2, MF-3)."""
    if not is_owed(month, span, terms):
        return [Finding("MF-3", Severity.BLOCKS, T("No forms are owed for {month}.", month=month))]
    if today < month.first:
        return [Finding("MF-3", Severity.BLOCKS, T("{month} has not begun yet.", month=month))]
    if today <= month.last:
        text = T(
            "{month} is not over; what is filed later becomes a correction of the next month.", month=month
        )
        return [Finding("MF-2", Severity.WARNING, text)]
    due = due_on(month, terms, calendar)
    late = days_late(due, today)
    if late:
        text = T("Due on {due}; days late: {days}.", due=due, days=late)
        return [Finding("MF-3", Severity.WARNING, text)]
    return []

"""The manufacturer's own working days and days off (TM-1)."""

import datetime as dt

from portal.kernel.calendar import Calendar
from portal.kernel.errors import RuleBroken
from portal.kernel.text import T

#: The longest run of days that one entry names, and how many years ahead a day may lie.
LONGEST, DAYS_AHEAD = 62, 2


def days_to_enter(
    first: dt.date, last: dt.date, *, worked: bool, calendar: Calendar, today: dt.date
) -> list[dt.date]:
    """The days of a range that are to be entered as worked, or as days off: those that aren't so anyway.

    What is past stays as it was counted, so a range begins today or later. Raises RuleBroken TM-1 (fields `first`,
    `last`) for a range that can't be, names a day that has an entry already, or changes nothing.
    """
    if first < today:
        raise RuleBroken("TM-1", T("Days that are past stay as they were counted."), field="first")
    if last < first:
        raise RuleBroken("TM-1", T("The last day can't be before the first one."), field="last")
    if last.year > today.year + DAYS_AHEAD:
        raise RuleBroken(
            "TM-1",
            T("Days may be entered up to the end of {year}.", year=today.year + DAYS_AHEAD),
            field="last",
        )
    if (last - first).days >= LONGEST:
        raise RuleBroken("TM-1", T("Enter at most {most} days at once.", most=LONGEST), field="last")
    days = [first + dt.timedelta(days=place) for place in range((last - first).days + 1)]
    taken = [day for day in days if day in calendar.overrides]
    if taken:
        raise RuleBroken(
            "TM-1", T("{day} has an entry already; remove it first.", day=taken[0]), field="first"
        )
    changed = [day for day in days if calendar.is_working_day(day) is not worked]
    if not changed:
        text = T("These are working days anyway.") if worked else T("These are days off anyway.")
        raise RuleBroken("TM-1", text, field="first")
    return changed


def check_removable(day: dt.date, today: dt.date) -> None:
    """What is past stays as it was counted. Raises RuleBroken TM-1."""
    if day < today:
        raise RuleBroken("TM-1", T("Days that are past stay as they were counted."))

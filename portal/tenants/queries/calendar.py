"""The manufacturer's calendar: what every count of working days goes by (TM-1)."""

import datetime as dt

import sqlalchemy as sa

from portal.audit import queries as audit
from portal.audit.queries import Line
from portal.kernel.calendar import Calendar
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.tenants.models import CalendarDay

_KEPT = "calendar"


def calendar() -> Calendar:
    """The calendar of the scope's manufacturer; read once for each session, which is one request or one job."""
    kept = session().info.get(_KEPT)
    if not isinstance(kept, Calendar):
        rows = session().scalars(sa.select(CalendarDay))
        kept = session().info[_KEPT] = Calendar({row.day: row.worked for row in rows})
    return kept


def forget_calendar() -> None:
    """Read the calendar anew when it is next asked for: a command has changed it."""
    session().info.pop(_KEPT, None)


def calendar_days(first: dt.date, last: dt.date) -> list[CalendarDay]:
    """The manufacturer's own days from `first` to `last`, in order."""
    wanted = sa.select(CalendarDay).where(CalendarDay.day.between(first, last))
    return list(session().scalars(wanted.order_by(CalendarDay.day)))


def calendar_history(limit: int = 10) -> list[Line]:
    """Who entered and removed days, newest first; the manufacturer's own log."""
    return [audit.line(fact) for fact in session().scalars(audit.log(kind="tenants:calendar").limit(limit))]


def calendar_day(day: dt.date) -> CalendarDay:
    """The manufacturer's own entry of a day. Raises NotFound."""
    found = session().scalars(sa.select(CalendarDay).where(CalendarDay.day == day)).one_or_none()
    if found is None:
        raise NotFound
    return found

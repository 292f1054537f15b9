"""The manufacturer's own working days and days off (TM-1)."""

import datetime as dt

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.tenants import queries, rules
from portal.tenants.models import CalendarDay


@command(allow=Permission.CALENDAR_WRITE)
def enter_days(actor: Actor, first: dt.date, last: dt.date, *, worked: bool, name: str) -> int:
    """Say that the days of a range are worked, or aren't, other than the public calendar says. Returns how many.

    Days of the range that are so anyway get no entry. What was noted before keeps its day; what is counted from now
    on goes by the new calendar. Raises RuleBroken TM-1.
    """
    today = clock.today(actor.timezone)
    queries.forget_calendar()
    days = rules.days_to_enter(first, last, worked=worked, calendar=queries.calendar(), today=today)
    for day in days:
        session().add(CalendarDay(day=day, worked=worked, name=name, actor=actor.name, at=clock.now()))
    session().flush()
    queries.forget_calendar()
    record(
        Tag.CALENDAR_WORKED if worked else Tag.CALENDAR_OFF,
        actor,
        str(days[0]),
        name=name,
        starts=str(days[0]),
        until=str(days[-1]),
        count=len(days),
    )
    return len(days)


@command(allow=Permission.CALENDAR_WRITE)
def remove_day(actor: Actor, day: dt.date) -> str:
    """Let a day be again what the public calendar says. Returns its name. Raises NotFound, RuleBroken TM-1."""
    found = queries.calendar_day(day)
    rules.check_removable(day, clock.today(actor.timezone))
    session().delete(found)
    session().flush()
    queries.forget_calendar()
    record(Tag.CALENDAR_REMOVED, actor, str(day), name=found.name, date=str(day))
    return found.name

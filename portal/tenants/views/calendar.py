"""The manufacturer's calendar: a year at a glance, its own working days and days off (TM-1)."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from babel.dates import get_day_names, get_month_names
from flask import Response, request, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.calendar import Calendar, DayKind, holiday_name
from portal.kernel.errors import NotFound
from portal.kernel.i18n import label, language
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import commands, queries
from portal.tenants.forms import DaysForm
from portal.tenants.models import CalendarDay
from portal.tenants.rules import DAYS_AHEAD
from portal.web import nav
from portal.web.forms import Form, new_key
from portal.web.nav import Item
from portal.web.pages import done, page
from portal.web.routing import Pages, actor

pages = Pages("calendar", __name__, prefix="/calendar")
MAKER = Side.MANUFACTURER


@dataclass(frozen=True)
class Day:
    """One field of a month."""

    day: dt.date
    public: DayKind
    worked: bool
    #: The manufacturer's own entry.
    own: CalendarDay | None
    #: What the field is called, for those who point at it or hear it.
    name: str

    @property
    def look(self) -> str:
        """Its class: what is worked on a weekend and what is off in the week stand out."""
        if self.worked:
            return "work" if self.own or self.public is DayKind.MAKE_UP else "on"
        return "off" if self.own or self.public is DayKind.HOLIDAY else "end"


@dataclass(frozen=True)
class Break:
    """Days off in a row by the public list."""

    first: dt.date
    last: dt.date
    name: str

    @property
    def days(self) -> int:
        """How many, both ends included."""
        return (self.last - self.first).days + 1


@pages.get("", allow=Permission.CALENDAR_READ)
def index() -> Response:
    return _page(DaysForm(formdata=None))


@pages.post("", allow=Permission.CALENDAR_WRITE, side=MAKER)
def enter() -> Response:
    form = DaysForm()
    count = form.submit(
        lambda: commands.enter_days(
            actor(), form.begin, form.end, worked=form.worked, name=form.name.data, key=form.submit_key
        )
    )
    if count is None:
        return _page(form, form.status)
    return done(url_for(".index", year=form.begin.year), T("Entered days: {count}", count=count))


@pages.post("/<day>/remove", allow=Permission.CALENDAR_WRITE, side=MAKER)
def remove(day: str) -> Response:
    try:
        which = dt.date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    form = Form()
    if form.submit(lambda: commands.remove_day(actor(), which, key=form.submit_key)) is None:
        return _page(DaysForm(formdata=None), form.status, refused=form)
    return done(
        url_for(".index", year=which.year), T("{day} is again what the public calendar says.", day=which)
    )


def _page(form: DaysForm, status: int = 200, refused: Form | None = None) -> Response:
    today = clock.today(actor().timezone)
    asked = request.args.get("year", "")
    years = range(today.year - 1, today.year + DAYS_AHEAD + 1)
    year = int(asked) if asked in map(str, years) else today.year
    calendar, who = queries.calendar(), actor()
    own = queries.calendar_days(dt.date(year, 1, 1), dt.date(year, 12, 31))
    of_day = {row.day: row for row in own}
    months = [[_day(calendar, of_day, day) for day in _days(Month(year, number))] for number in range(1, 13)]
    fields = list(itertools.chain.from_iterable(months))
    writes = who.side is MAKER and who.may(Permission.CALENDAR_WRITE)
    return page(
        "tenants/calendar.html",
        status=status,
        form=form if writes else None,
        refused=refused or form,
        new_key=new_key,
        year=year,
        years=years,
        today=today,
        known=calendar.is_known(year),
        make_up=DayKind.MAKE_UP,
        months=months,
        month_names=get_month_names("wide", "stand-alone", language()),
        weekdays=[
            (get_day_names("narrow", "stand-alone", language())[place], _weekday(place)) for place in range(7)
        ],
        weekday=lambda day: _weekday(day.weekday()),
        own=own,
        breaks=list(_breaks(fields)),
        make_ups=[field.day for field in fields if field.public is DayKind.MAKE_UP],
        worked=sum(field.worked for field in fields),
        history=queries.calendar_history() if who.side is MAKER else [],
    )


def _days(month: Month) -> list[dt.date]:
    return [month.first + dt.timedelta(days=place) for place in range((month.last - month.first).days + 1)]


def _day(calendar: Calendar, own: dict[dt.date, CalendarDay], day: dt.date) -> Day:
    public, entry = calendar.public(day), own.get(day)
    name = entry.name if entry else holiday_name(day, language()) if public is DayKind.HOLIDAY else ""
    if not name and public is DayKind.MAKE_UP:
        name = label(public)
    return Day(day, public, calendar.is_working_day(day), entry, name)


def _breaks(fields: list[Day]) -> Iterator[Break]:
    """Runs of public days off with at least one holiday, by the name that most of their days bear."""
    for worked, run in itertools.groupby(fields, key=lambda field: field.public.worked):
        days = [field.day for field in run]
        names = Counter(name for day in days if (name := holiday_name(day, language())))
        if not worked and names:
            yield Break(days[0], days[-1], names.most_common(1)[0][0])


def _weekday(place: int) -> str:
    return str(get_day_names("abbreviated", "stand-alone", language())[place])


nav.add(Item("settings", T("Calendar of working days"), "calendar.index", Permission.CALENDAR_READ, order=40))

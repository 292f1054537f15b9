"""The manufacturer's working days: mainland China's with make-up working days, and its own exceptions (TM-1)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

import holidays

#: The last year for which the State Council's list is known to the library; later years fall back to weekdays.
KNOWN_UNTIL = 2026

_NAMED_IN = {"en": "en_US", "zh_Hans": "zh_CN", "zh_Hant": "zh_TW"}


class DayKind(StrEnum):
    """What a day is by the public list, before a manufacturer's own exceptions."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    #: A day of a weekend that is worked to make up for a holiday.
    MAKE_UP = "make_up"

    @property
    def worked(self) -> bool:
        """Whether it is a working day."""
        return self in (DayKind.WORKING, DayKind.MAKE_UP)


@cache
def _year(year: int, language: str) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year, language=_NAMED_IN[language])


def holiday_name(day: dt.date, language: str) -> str:
    """What the public list calls a holiday, in one of the portal's languages; empty for other days."""
    return str(_year(day.year, language).get(day, "")) if day.year <= KNOWN_UNTIL else ""


@dataclass(frozen=True)
class Calendar:
    """One manufacturer's calendar; without exceptions it is the public one."""

    #: The manufacturer's own exceptions: day → worked.
    overrides: Mapping[dt.date, bool] = field(default_factory=dict)

    def is_known(self, year: int) -> bool:
        """Whether the public holidays of `year` are published; if not, pages say that weekdays were counted."""
        return year <= KNOWN_UNTIL

    def public(self, day: dt.date) -> DayKind:
        """What `day` is for everybody; in a year that isn't known a weekday or a weekend."""
        weekend = day.weekday() >= 5
        if not self.is_known(day.year):
            return DayKind.WEEKEND if weekend else DayKind.WORKING
        known = _year(day.year, "en")
        if known.is_working_day(day):
            return DayKind.MAKE_UP if weekend else DayKind.WORKING
        return DayKind.HOLIDAY if day in known else DayKind.WEEKEND

    def is_working_day(self, day: dt.date) -> bool:
        """Whether `day` is worked; the manufacturer's exception wins."""
        return self.overrides[day] if day in self.overrides else self.public(day).worked

    def next_working_day(self, day: dt.date) -> dt.date:
        """The first working day from `day` on: `day` itself if it is worked."""
        while not self.is_working_day(day):
            day += dt.timedelta(days=1)
        return day

    def add_working_days(self, start: dt.date, days: int) -> dt.date:
        """The `days`-th working day after `start`; `start` itself when `days` is 0."""
        day = start
        while days > 0:
            day += dt.timedelta(days=1)
            days -= self.is_working_day(day)
        return day

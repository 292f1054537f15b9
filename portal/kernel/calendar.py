"""Working days of mainland China with make-up working days (TM-1)."""

import datetime as dt
from collections.abc import Mapping
from functools import cache

import holidays

#: The last year for which the State Council's list is known to the library; later years fall back to weekdays.
KNOWN_UNTIL = 2026


@cache
def _year(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


def is_known(year: int) -> bool:
    """Whether the public holidays of `year` are published; if not, pages say that weekdays were counted."""
    return year <= KNOWN_UNTIL


def is_working_day(day: dt.date, overrides: Mapping[dt.date, bool] | None = None) -> bool:
    """Whether `day` is worked. `overrides` are the manufacturer's own corrections: day → worked."""
    if overrides and day in overrides:
        return overrides[day]
    if not is_known(day.year):
        return day.weekday() < 5
    return _year(day.year).is_working_day(day)


def add_working_days(start: dt.date, days: int, overrides: Mapping[dt.date, bool] | None = None) -> dt.date:
    """The `days`-th working day after `start`; `start` itself when `days` is 0."""
    day = start
    while days > 0:
        day += dt.timedelta(days=1)
        days -= is_working_day(day, overrides)
    return day

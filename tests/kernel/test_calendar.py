"""Working days: holidays, make-up days, a manufacturer's own days, years that nobody knows yet (TM-1)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.calendar import Calendar, DayKind, holiday_name

DAY = dt.date
PUBLIC = Calendar()
#: Closed for the company's day on a Wednesday, open on the Saturday after it.
OWN = Calendar({DAY(2026, 5, 20): False, DAY(2026, 5, 23): True})


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (DAY(2026, 5, 20), DayKind.WORKING),
        (DAY(2026, 5, 23), DayKind.WEEKEND),
        (DAY(2026, 10, 1), DayKind.HOLIDAY),
        # a holiday that falls on a Saturday is one all the same
        (DAY(2026, 10, 3), DayKind.HOLIDAY),
        # a Sunday and a Saturday that make up for days of New Year and of the Spring Festival
        (DAY(2026, 1, 4), DayKind.MAKE_UP),
        (DAY(2026, 2, 14), DayKind.MAKE_UP),
        # the library guesses holidays of 2027; nobody has published them
        (DAY(2027, 1, 1), DayKind.WORKING),
        (DAY(2027, 1, 2), DayKind.WEEKEND),
    ],
)
def test_a_day_is_what_the_public_list_says_and_a_weekday_where_there_is_none(
    day: dt.date, kind: DayKind
) -> None:
    assert PUBLIC.public(day) is kind
    assert PUBLIC.is_working_day(day) is kind.worked


def test_a_year_is_known_once_its_holidays_are_published() -> None:
    assert [year for year in (2025, 2026, 2027) if PUBLIC.is_known(year)] == [2025, 2026]


@pytest.mark.parametrize(
    ("day", "calendar", "expected"),
    [
        (DAY(2026, 5, 20), PUBLIC, DAY(2026, 5, 20)),
        (DAY(2026, 5, 23), PUBLIC, DAY(2026, 5, 25)),
        # 3 January is a Saturday; the Sunday after it is worked
        (DAY(2026, 1, 3), PUBLIC, DAY(2026, 1, 4)),
        (DAY(2026, 10, 1), PUBLIC, DAY(2026, 10, 8)),
        (DAY(2026, 2, 16), PUBLIC, DAY(2026, 2, 24)),
        (DAY(2026, 5, 20), OWN, DAY(2026, 5, 21)),
        (DAY(2026, 5, 23), OWN, DAY(2026, 5, 23)),
        (DAY(2027, 10, 2), PUBLIC, DAY(2027, 10, 4)),
    ],
)
def test_the_next_working_day_is_the_day_itself_if_it_is_worked(
    day: dt.date, calendar: Calendar, expected: dt.date
) -> None:
    assert calendar.next_working_day(day) == expected


@pytest.mark.parametrize(
    ("start", "days", "calendar", "expected"),
    [
        (DAY(2026, 5, 23), 0, PUBLIC, DAY(2026, 5, 23)),
        (DAY(2026, 4, 30), 3, PUBLIC, DAY(2026, 5, 8)),
        (DAY(2026, 5, 18), 3, PUBLIC, DAY(2026, 5, 21)),
        (DAY(2026, 5, 18), 3, OWN, DAY(2026, 5, 22)),
        (DAY(2026, 5, 22), 1, OWN, DAY(2026, 5, 23)),
        (DAY(2026, 12, 30), 3, PUBLIC, DAY(2027, 1, 4)),
    ],
)
def test_working_days_are_counted_from_the_day_after(
    start: dt.date, days: int, calendar: Calendar, expected: dt.date
) -> None:
    assert calendar.add_working_days(start, days) == expected


@given(st.dates(DAY(2025, 12, 1), DAY(2027, 2, 28)), st.integers(1, 15))
def test_between_a_start_and_the_day_counted_to_lie_exactly_so_many_working_days(
    start: dt.date, days: int
) -> None:
    end = OWN.add_working_days(start, days)
    between = [start + dt.timedelta(days=place) for place in range(1, (end - start).days + 1)]
    assert sum(OWN.is_working_day(day) for day in between) == days
    assert OWN.is_working_day(end)
    assert OWN.next_working_day(end) == end


def test_holidays_are_named_in_the_readers_language() -> None:
    day = DAY(2026, 10, 1)
    names = [holiday_name(day, language) for language in ("zh_Hans", "zh_Hant", "en")]
    assert names == ["国庆节", "國慶節", "National Day"]
    assert holiday_name(DAY(2026, 5, 20), "en") == holiday_name(DAY(2027, 10, 1), "en") == ""

"""Months and quarters: every day lies in exactly one, they follow each other, and print as they parse (MN-4)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.period import Month, Quarter, add_months, last_day_within

DAYS = st.dates(dt.date(1901, 1, 1), dt.date(9000, 12, 31))


@given(DAYS)
def test_a_day_lies_in_its_month_and_quarter_and_in_no_neighbour(day: dt.date) -> None:
    for period in (Month.of(day), Quarter.of(day)):
        assert day in period
        assert day not in period.next
        assert day not in period.previous
        assert period.first <= day <= period.last


@given(DAYS)
def test_periods_follow_each_other_without_gap(day: dt.date) -> None:
    for period in (Month.of(day), Quarter.of(day)):
        assert period.next.first == period.last + dt.timedelta(days=1)
        assert period.next.previous == period
        assert period < period.next


@given(DAYS)
def test_a_quarter_is_its_three_months(day: dt.date) -> None:
    quarter = Quarter.of(day)
    assert [month.quarter for month in quarter.months] == [quarter] * 3
    assert (quarter.first, quarter.last) == (quarter.months[0].first, quarter.months[2].last)
    assert sum(day in month for month in quarter.months) == 1


@given(DAYS)
def test_what_is_printed_is_parsed_again_and_sorts_in_time(day: dt.date) -> None:
    month, quarter = Month.of(day), Quarter.of(day)
    assert Month.parse(str(month)) == month
    assert Quarter.parse(str(quarter)) == quarter
    assert str(month) < str(month.next)
    assert str(quarter) < str(quarter.next)


@given(DAYS, st.integers(-600, 600), st.integers(-600, 600))
def test_months_add_up(day: dt.date, a: int, b: int) -> None:
    month = Month.of(day)
    if 2000 < month.year < 8900:
        assert (month + a) + b == month + (a + b)


@given(DAYS, st.integers(0, 120))
def test_a_date_some_months_later_is_in_that_month_on_that_day_or_its_last(day: dt.date, months: int) -> None:
    later = add_months(day, months)
    assert Month.of(later) == Month.of(day) + months
    assert later.day == min(day.day, Month.of(later).last.day)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-08-31", 0, "2025-08-31"),
    ],
)
def test_the_end_of_a_month_is_clamped(start: str, months: int, end: str) -> None:
    assert add_months(dt.date.fromisoformat(start), months) == dt.date.fromisoformat(end)


def test_within_some_days_counts_the_last_one() -> None:
    assert last_day_within(dt.date(2026, 3, 30), 7) == dt.date(2026, 4, 6)
    assert last_day_within(dt.date(2026, 3, 30), 0) == dt.date(2026, 3, 30)


@given(st.text(max_size=10))
def test_no_text_makes_parsing_fail_in_another_way(text: str) -> None:
    for kind in (Month, Quarter):
        try:
            period = kind.parse(text)
        except ValueError:
            continue
        assert str(period) == text


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "0000-01", "9999-01", "2026-1", "２０２６-01", "2026-01 ", "2026-01\n"]
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        Month.parse(text)


@pytest.mark.parametrize(
    "text", ["", "2026Q5", "2026q1", "0000Q1", "9999Q1", "2026-Q1", "2026Q1\n", "٢٠٢٦Q1"]
)
def test_anything_else_is_no_quarter(text: str) -> None:
    with pytest.raises(ValueError, match="quarter"):
        Quarter.parse(text)

"""Months and quarters of a business year (MN-4). Both sort in time and print as `2026-01` and `2026Q1`."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 12 and 1900 <= self.year <= 9998):
            raise ValueError(f"no such month: {self.year}-{self.number}")

    @classmethod
    def parse(cls, text: str) -> "Month":
        """`"2026-01"`; raises ValueError for anything else."""
        match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
        if not match:
            raise ValueError(f"not a month such as 2026-01: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: dt.date) -> "Month":
        return cls(day.year, day.month)

    @property
    def first(self) -> dt.date:
        return dt.date(self.year, self.number, 1)

    @property
    def last(self) -> dt.date:
        return dt.date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def next(self) -> "Month":
        return self + 1

    @property
    def previous(self) -> "Month":
        return self + -1

    @property
    def quarter(self) -> "Quarter":
        return Quarter(self.year, (self.number - 1) // 3 + 1)

    def __add__(self, months: int) -> "Month":
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, the period that a statement settles."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 4 and 1900 <= self.year <= 9998):
            raise ValueError(f"no such quarter: {self.year}Q{self.number}")

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """`"2026Q1"`; raises ValueError for anything else."""
        match = re.fullmatch(r"([0-9]{4})Q([1-4])", text)
        if not match:
            raise ValueError(f"not a quarter such as 2026Q1: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: dt.date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @property
    def months(self) -> tuple[Month, Month, Month]:
        first = Month(self.year, self.number * 3 - 2)
        return first, first + 1, first + 2

    @property
    def first(self) -> dt.date:
        return self.months[0].first

    @property
    def last(self) -> dt.date:
        return self.months[2].last

    @property
    def next(self) -> "Quarter":
        return (self.months[2] + 1).quarter

    @property
    def previous(self) -> "Quarter":
        return (self.months[0] + -1).quarter

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month `months` later, clamped to that month's last day (EN-1)."""
    month = Month.of(day) + months
    return min(month.last, month.first + dt.timedelta(days=day.day - 1))


def last_day_within(start: dt.date, days: int) -> dt.date:
    """The last day of "within N days" after `start` (TM-1): N calendar days after it, that day included."""
    return start + dt.timedelta(days=days)

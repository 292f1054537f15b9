"""Days, quarters, cents and refusals of the reference model: standard library only."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
NIL = Decimal("0.00")
Quarter = tuple[int, int]


class Invalid(Exception):
    """A scenario that is not valid: it names something that does not exist."""


class Refused(Exception):
    """The event is refused by this rule."""


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def day_of(value: Any) -> dt.date:
    return dt.date.fromisoformat(str(value)[:10])


def quarter_of(day: dt.date) -> Quarter:
    return day.year, (day.month - 1) // 3 + 1


def after(quarter: Quarter) -> Quarter:
    year, number = quarter
    return (year + 1, 1) if number == 4 else (year, number + 1)


def before(quarter: Quarter) -> Quarter:
    year, number = quarter
    return (year - 1, 4) if number == 1 else (year, number - 1)


def parse_quarter(text: str) -> Quarter:
    year, number = str(text).split("Q")
    return int(year), int(number)


def last_day(quarter: Quarter) -> dt.date:
    year, number = after(quarter)
    return dt.date(year, number * 3 - 2, 1) - dt.timedelta(days=1)


def months_of(quarter: Quarter) -> list[str]:
    year, number = quarter
    return [f"{year}-{month:02d}" for month in range(number * 3 - 2, number * 3 + 1)]


def last_of_month(month: str) -> dt.date:
    year, number = (int(part) for part in month.split("-"))
    return dt.date(year + number // 12, number % 12 + 1, 1) - dt.timedelta(days=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last one of that month."""
    index = day.year * 12 + day.month - 1 + months
    first = dt.date(index // 12, index % 12 + 1, 1)
    return min(first + dt.timedelta(days=day.day - 1), last_of_month(f"{first.year}-{first.month:02d}"))

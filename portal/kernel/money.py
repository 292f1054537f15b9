"""Exact money (MN-1, MN-2): Decimals with two places, rounded half up once, on the line that is printed."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
#: No amount in the portal may reach this; it keeps sums inside 64-bit integers with room to spare.
LIMIT = Decimal("1000000000000.00")

_MONEY = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
_RATE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)%")


def round_money(amount: Decimal) -> Decimal:
    """Half up to the cent (四舍五入, MN-2); a half goes away from zero for negative amounts too."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_money(text: str) -> Decimal:
    """`"1234.5"` → `Decimal("1234.50")`. Grouping commas and a leading ¥ are accepted.

    Raises ValueError for anything else, for more than two decimals and for amounts of a trillion and more.
    """
    plain = text.strip().lstrip("¥￥").replace(",", "").replace("−", "-").strip()
    if not _MONEY.fullmatch(plain):
        raise ValueError(f"not an amount of money: {text!r}")
    return Decimal(plain).quantize(CENT)


def parse_rate(text: str) -> Decimal:
    """`"2.5%"` → `Decimal("0.025")`, at most four decimals of a percent and at most 100 %. Raises ValueError."""
    match = _RATE.fullmatch(text.strip())
    if not match or Decimal(match[1]) > 100:
        raise ValueError(f"not a rate such as 2.5%: {text!r}")
    return Decimal(match[1]).scaleb(-2)


def format_rate(rate: Decimal) -> str:
    """`Decimal("0.025")` → `"2.5%"`."""
    percent = format((rate * 100).normalize(), "f")
    return f"{percent}%"


def share(amount: Decimal, rate: Decimal) -> Decimal:
    """`amount × rate`, rounded half up."""
    return round_money(amount * rate)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum, `0.00` for none."""
    return sum(amounts, ZERO)


def to_minor(amount: Decimal) -> int:
    """Cents as an integer. Raises ValueError when the amount has parts of a cent."""
    minor = amount.scaleb(2)
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} has parts of a cent")
    return int(minor)


def from_minor(minor: int) -> Decimal:
    """The amount that `minor` cents are."""
    return Decimal(minor).scaleb(-2).quantize(CENT)

"""Recorded figures: a dealer's settled sales, and the results of a service point's periods (ST-1, NW-7).

Sales are paid on the year: what was recorded before its fourth quarter waits until that quarter begins, and what is
recorded in it counts at once. Where the agreement ends earlier in the year its last quarter takes that place (AG-3).
A result is shared on its own date.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from portal.agreements.rules import BaseKind, Span, Terms
from portal.kernel.errors import RuleBroken
from portal.kernel.money import LIMIT, ZERO
from portal.kernel.period import Quarter
from portal.kernel.text import T


class FigureKind(StrEnum):
    """What a recorded figure is."""

    SALES = "sales"
    RESULT = "result"

    @property
    def prefix(self) -> str:
        """What its numbers begin with."""
        return {"sales": "XS", "result": "SY"}[self.value]

    @property
    def basis(self) -> BaseKind:
        """Which base of the terms it feeds."""
        return {"sales": BaseKind.SALES_SHARE, "result": BaseKind.PROFIT_SHARE}[self.value]


def rates_of(terms: Terms, kind: BaseKind) -> tuple[Decimal, ...]:
    """The rate, or ratio, of each base of a kind, in the order of the terms."""
    name = "ratio" if kind is BaseKind.PROFIT_SHARE else "rate"
    return tuple(getattr(base, name) for base in terms.bases if base.kind is kind)


def sales_quarter(year: int, span: Span) -> Quarter:
    """The quarter that grants a share of a year's sales: the fourth, or the agreement's last when it ends before."""
    fourth = Quarter(year, 4)
    return fourth if span.ends is None else min(fourth, Quarter.of(span.ends))


def check_figure(
    span: Span, agreement: str, date: dt.date, today: dt.date, *, income: Decimal, cost: Decimal
) -> None:
    """Dated within the agreement and not in the future, amounts not below zero. Raises RuleBroken ST-1."""
    if date > today:
        raise RuleBroken("ST-1", T("It can't be dated in the future."), field="date")
    if date not in span:
        raise RuleBroken(
            "ST-1", T("The date lies outside agreement {number}.", number=agreement), field="date"
        )
    for field, amount in (("income", income), ("cost", cost)):
        if not ZERO <= amount < LIMIT:
            raise RuleBroken("ST-1", T("Enter an amount that is not below zero."), field=field)


def check_sales(span: Span, agreement: str, date: dt.date, today: dt.date, *, amount: Decimal) -> None:
    """The same for sales, which are above zero. Raises RuleBroken ST-1."""
    if amount <= ZERO:
        raise RuleBroken("ST-1", T("Enter an amount above zero."), field="income")
    check_figure(span, agreement, date, today, income=amount, cost=ZERO)


def base_place(kind: BaseKind, source: str) -> int:
    """Which of several bases of a kind granted an entry, counted from 0; all card fees together are one.

    `HK-2026-000001:grant:1` is the second share, `WX-2026-000001:claim:flat_per_repair-2` the second flat fee.
    """
    if kind is BaseKind.CARD_FEE:
        return 0
    last = source.rpartition(":")[2]
    if last.isdecimal():
        return int(last)
    number = last.removeprefix(kind.value).removeprefix("-")
    return int(number) - 1 if number.isdecimal() else 0

"""Remittances: what they may be, and what they grant (ST-1, ST-11)."""

import datetime as dt
from decimal import Decimal

from portal.agreements.rules import Span
from portal.kernel.errors import RuleBroken
from portal.kernel.money import LIMIT, ZERO, round_money
from portal.kernel.text import T


def share_delta(rate: Decimal, before: Decimal, amount: Decimal) -> Decimal:
    """What a remittance of `amount` grants when `before` was remitted in the quarter so far (ST-1).

    The rounded share of the new total less the rounded share of the old one, so the quarter's grant is the
    rounded whole whatever the order: 1.25 % of 10000.05 grants 125.00, of 20000.05 more another 250.00.
    `amount` is negative for a reversal.
    """
    return round_money(rate * (before + amount)) - round_money(rate * before)


def check_remittance(span: Span, agreement: str, date: dt.date, today: dt.date, amount: Decimal) -> None:
    """ST-11: it is dated within the agreement and not in the future, and is above zero. Raises RuleBroken ST-11."""
    if date > today:
        raise RuleBroken("ST-11", T("A remittance can't be dated in the future."), field="date")
    if date not in span:
        raise RuleBroken(
            "ST-11", T("The date lies outside agreement {number}.", number=agreement), field="date"
        )
    if not ZERO < amount < LIMIT:
        raise RuleBroken("ST-11", T("Enter an amount above zero."), field="amount")

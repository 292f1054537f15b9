"""Parts that are bought: paid before they are shipped, outside the fund and the statement (PT-5).

2 burners at 150.00 approved: 300.00 due; confirmed: they may be shipped; 1 credited as damaged: 150.00 to pay back
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.catalogue.rules import Supply
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO, total
from portal.kernel.text import T
from portal.parts.rules.requests import RequestLine, RequestState


class PaymentState(StrEnum):
    """How the payment of a request's bought parts stands once they are decided."""

    OPEN = "open"
    #: Less is supplied than was paid for.
    BACK = "back"
    SETTLED = "settled"


@dataclass(frozen=True)
class Bill:
    """What the bought parts of a request cost and what was paid for them so far; `paid` is None before any payment."""

    due: Decimal
    paid: Decimal | None

    @property
    def open(self) -> Decimal:
        """What is to be paid still; negative: to be paid back."""
        return self.due - (self.paid or ZERO)

    @property
    def settled(self) -> bool:
        """Whether the payment is confirmed, so that the parts may be shipped."""
        return self.paid is not None and self.open <= 0


def bill(state: RequestState, lines: Iterable[RequestLine], paid: Decimal | None) -> Bill | None:
    """The bill of a request in `state`: price × pieces that are bought, nothing else; None when nothing is bought.

    What was cancelled before it was shipped, and what was credited, is not due.
    """
    bought = [line for line in lines if line.supply is Supply.PURCHASE]
    due = total(line.bill(line.promised(state)) for line in bought)
    if paid is None and not any(line.promised(state) for line in bought):
        return None
    return Bill(due, paid)


def check_payment(found: Bill | None, paid_on: dt.date, today: dt.date) -> Bill:
    """The bill whose open amount is confirmed. Raises RuleBroken PT-5 when nothing is to be paid, or in the future."""
    if found is None:
        raise RuleBroken("PT-5", T("No part of this request has to be paid."))
    if found.paid is not None and not found.open:
        raise RuleBroken("PT-5", T("The payment is confirmed already."))
    if paid_on > today:
        raise RuleBroken("PT-5", T("A payment can't be dated in the future."), field="paid_on")
    return found

"""What outlives a quarter or an agreement: write-off notices (ST-10), residual duties handed over (AG-3)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.money import LIMIT, ZERO
from portal.kernel.period import Month
from portal.kernel.text import T
from portal.kernel.transitions import Transitions


class WriteOffState(StrEnum):
    """ST-10: approved claims that are paid by deduction from what the dealer owes for goods."""

    #: Put together by one person; the dealer does not see it.
    PREPARED = "prepared"
    #: By a second person; the dealer confirms or objects.
    ISSUED = "issued"
    CONFIRMED = "confirmed"
    #: The dealer objects; the manufacturer withdraws it.
    OBJECTED = "objected"
    #: Its claims can stand on another notice.
    WITHDRAWN = "withdrawn"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"prepared": "warn", "issued": "info", "confirmed": "ok", "objected": "bad"}.get(
            self.value, "mute"
        )


class WriteOffAction(StrEnum):
    ISSUE = "issue"
    CONFIRM = "confirm"
    OBJECT = "object"
    WITHDRAW = "withdraw"


WRITE_OFF = Transitions[WriteOffState, WriteOffAction](
    "ST-10",
    {
        (WriteOffState.PREPARED, WriteOffAction.ISSUE): WriteOffState.ISSUED,
        (WriteOffState.PREPARED, WriteOffAction.WITHDRAW): WriteOffState.WITHDRAWN,
        (WriteOffState.ISSUED, WriteOffAction.CONFIRM): WriteOffState.CONFIRMED,
        (WriteOffState.ISSUED, WriteOffAction.OBJECT): WriteOffState.OBJECTED,
        (WriteOffState.ISSUED, WriteOffAction.WITHDRAW): WriteOffState.WITHDRAWN,
        (WriteOffState.OBJECTED, WriteOffAction.WITHDRAW): WriteOffState.WITHDRAWN,
    },
)
#: What the dealer sees of them.
SHOWN = frozenset({WriteOffState.ISSUED, WriteOffState.CONFIRMED, WriteOffState.OBJECTED})


class HandoverState(StrEnum):
    """AG-3: the manufacturer takes over what a dealer still has to do for the units that it sold."""

    OFFERED = "offered"
    #: By the dealer; the amount is posted.
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"offered": "info", "agreed": "ok", "declined": "bad"}.get(self.value, "mute")


class HandoverAction(StrEnum):
    AGREE = "agree"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


HANDOVER = Transitions[HandoverState, HandoverAction](
    "AG-3",
    {
        (HandoverState.OFFERED, HandoverAction.AGREE): HandoverState.AGREED,
        (HandoverState.OFFERED, HandoverAction.DECLINE): HandoverState.DECLINED,
        (HandoverState.OFFERED, HandoverAction.WITHDRAW): HandoverState.WITHDRAWN,
    },
)


def check_settled_amount(amount: Decimal) -> None:
    """The amount that a handover costs the dealer: above zero. Raises RuleBroken AG-3."""
    if not ZERO < amount < LIMIT:
        raise RuleBroken("AG-3", T("Enter an amount above zero."), field="amount")


@dataclass(frozen=True)
class Expiring:
    """How many units' warranty ends in a month."""

    month: Month
    units: int


def by_expiry(last_days: Iterable[dt.date]) -> tuple[Expiring, ...]:
    """Units counted by the month of their last warranty day, the earliest first."""
    counted = Counter(Month.of(day) for day in last_days)
    return tuple(Expiring(month, counted[month]) for month in sorted(counted))

"""The monthly reconciliation of parts (PT-11): both parties confirm the same list, line by line.

What a party confirms is kept with its SHA-256; two equal ones agree. A list that changed afterwards (a shipment that
was dated into the month, a credit) shows what changed, and is confirmed anew.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from portal.catalogue.rules import Supply
from portal.kernel.errors import RuleBroken
from portal.kernel.money import total
from portal.kernel.period import Month
from portal.kernel.text import T


@dataclass(frozen=True)
class MonthLine:
    """One part of a shipment of the month, or of a credit, which has negative pieces."""

    date: dt.date
    #: The shipment, or the difference that was credited.
    act: str
    #: The parts request, whose page shows it.
    document: str
    code: str
    name: str
    unit: str
    supply: Supply
    pieces: int
    price: Decimal
    #: What the fund paid for it: price × pieces of fund parts, nothing for the others.
    amount: Decimal

    def as_json(self) -> dict[str, Any]:
        """As it is kept and hashed."""
        return {
            "date": self.date.isoformat(),
            "act": self.act,
            "document": self.document,
            "code": self.code,
            "name": self.name,
            "unit": self.unit,
            "supply": self.supply.value,
            "pieces": self.pieces,
            "price": str(self.price),
            "amount": str(self.amount),
        }

    @classmethod
    def parse(cls, kept: dict[str, Any]) -> Self:
        """A line as it was kept."""
        return cls(
            **{
                **kept,
                "date": dt.date.fromisoformat(kept["date"]),
                "supply": Supply(kept["supply"]),
                "price": Decimal(kept["price"]),
                "amount": Decimal(kept["amount"]),
            }
        )


class MonthState(StrEnum):
    """How far the reconciliation of a month is."""

    #: Not over yet.
    RUNNING = "running"
    OPEN = "open"
    #: One party confirmed the list as it is.
    HALF = "half"
    #: Both did.
    AGREED = "agreed"
    #: The list is another one than a party confirmed.
    CHANGED = "changed"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return _TONES[self]


_TONES = {
    MonthState.RUNNING: "mute",
    MonthState.OPEN: "info",
    MonthState.HALF: "warn",
    MonthState.AGREED: "ok",
    MonthState.CHANGED: "bad",
}


def digest(lines: Iterable[MonthLine]) -> str:
    """The SHA-256 of a list of lines."""
    text = json.dumps([line.as_json() for line in lines], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def month_amount(lines: Iterable[MonthLine]) -> Decimal:
    """What the fund paid for them together."""
    return total(line.amount for line in lines)


def month_state(month: Month, today: dt.date, now: str, confirmed: Sequence[str]) -> MonthState:
    """The state of a month whose list has the digest `now`; `confirmed`: of each party that confirmed, its latest."""
    if today <= month.last:
        return MonthState.RUNNING
    if any(kept != now for kept in confirmed):
        return MonthState.CHANGED
    return (MonthState.OPEN, MonthState.HALF, MonthState.AGREED)[len(confirmed)]


def check_confirmation(month: Month, today: dt.date, now: str, own: str | None) -> None:
    """PT-11: a month is confirmed when it is over, and a list once by each party. Raises RuleBroken PT-11."""
    if today <= month.last:
        raise RuleBroken("PT-11", T("{month} is not over yet.", month=month))
    if own == now:
        raise RuleBroken("PT-11", T("You confirmed this list already."))


def changes_since(
    kept: Sequence[MonthLine], now: Sequence[MonthLine]
) -> tuple[list[MonthLine], list[MonthLine]]:
    """What came into a list since it was confirmed, and what went out of it."""
    return [line for line in now if line not in kept], [line for line in kept if line not in now]

"""Accounts, entries and the quarter that an entry counts in (MN-3, MN-4)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portal.kernel.errors import RuleBroken
from portal.kernel.money import CENT
from portal.kernel.period import Month, Quarter
from portal.kernel.text import T


class Account(StrEnum):
    """The accounts of one agreement; balances are kept per quarter."""

    #: What the dealer has; zero once the quarter is closed.
    FUND = "fund"
    OPENING = "opening"
    GRANTED = "granted"
    DRAWN = "drawn"
    CHARGED = "charged"
    CLAIMS = "claims"
    ADJUSTED = "adjusted"
    CANCELLED = "cancelled"
    #: What a closed quarter handed to the next one.
    CARRIED = "carried"
    #: A surplus that is paid out.
    PAYABLE = "payable"
    #: What the dealer owes: direct charges, and an overspent fund at closing. Negative: it is a debt.
    DUE = "due"
    #: Charges outside the fund (express).
    DIRECT = "direct"
    #: Amounts held for parts requests, summed over all quarters.
    RESERVED = "reserved"
    RESERVABLE = "reservable"


class EntryKind(StrEnum):
    """What an entry is for."""

    GRANT = "grant"
    DRAW = "draw"
    CHARGE = "charge"
    CLAIM = "claim"
    ADJUST = "adjust"
    CANCEL = "cancel"
    DIRECT = "direct"
    HOLD = "hold"
    RELEASE = "release"
    #: Closing a quarter: the surplus leaves it …
    CARRY = "carry"
    #: … and opens the next one.
    OPEN = "open"
    #: Closing a quarter: the surplus becomes payable.
    PAY_OUT = "pay_out"
    #: Closing a quarter: what is missing becomes due, the fund restarts at zero.
    OVERSPEND = "overspend"


#: Kind → the account that grows by the amount, the account that shrinks by it.
SIDES: Mapping[EntryKind, tuple[Account, Account]] = MappingProxyType(
    {
        EntryKind.GRANT: (Account.FUND, Account.GRANTED),
        EntryKind.DRAW: (Account.DRAWN, Account.FUND),
        EntryKind.CHARGE: (Account.CHARGED, Account.FUND),
        EntryKind.CLAIM: (Account.CLAIMS, Account.FUND),
        EntryKind.ADJUST: (Account.FUND, Account.ADJUSTED),
        EntryKind.CANCEL: (Account.CANCELLED, Account.FUND),
        EntryKind.DIRECT: (Account.DIRECT, Account.DUE),
        EntryKind.HOLD: (Account.RESERVED, Account.RESERVABLE),
        EntryKind.RELEASE: (Account.RESERVABLE, Account.RESERVED),
        EntryKind.CARRY: (Account.CARRIED, Account.FUND),
        EntryKind.OPEN: (Account.FUND, Account.OPENING),
        EntryKind.PAY_OUT: (Account.PAYABLE, Account.FUND),
        EntryKind.OVERSPEND: (Account.FUND, Account.DUE),
    }
)

#: Kinds that only the closing of a quarter posts.
CLOSING_KINDS = frozenset({EntryKind.CARRY, EntryKind.OPEN, EntryKind.PAY_OUT, EntryKind.OVERSPEND})


def entry_lines(kind: EntryKind, amount: Decimal) -> tuple[tuple[Account, Decimal], tuple[Account, Decimal]]:
    """The two lines of an entry over `amount`; negative for a reversal. They sum to zero.

    Raises ValueError for zero (nothing happened: do not post) and for parts of a cent.
    """
    if amount == 0 or amount != amount.quantize(CENT):
        raise ValueError(f"an entry moves a whole number of cents other than zero, not {amount}")
    grows, shrinks = SIDES[kind]
    return (grows, amount), (shrinks, -amount)


def counting_quarter(day: dt.date, frozen_until: Quarter | None) -> Quarter:
    """The quarter in which something of `day` counts.

    Its own, or, once a statement is issued for it or a later one, the quarter after that statement (MN-4):
    a card filed on 2026-03-31 and accepted after 2026Q1 was issued counts in 2026Q2.
    """
    quarter = Quarter.of(day)
    if frozen_until is not None and quarter <= frozen_until:
        return frozen_until.next
    return quarter


def adjusting_quarter(day: dt.date, frozen_until: Quarter | None, disputed: Quarter | None) -> Quarter:
    """Where an adjustment of `day` counts: in the disputed quarter while there is one, whatever its date."""
    return disputed or counting_quarter(day, frozen_until)


def belongs_to(day: dt.date, counted_in: Quarter) -> Quarter | None:
    """The earlier quarter that a late item belongs to (MN-4); None for an item that is not late."""
    quarter = Quarter.of(day)
    return quarter if quarter < counted_in else None


def month_in(day: dt.date, quarter: Quarter) -> Month:
    """The month of `quarter` in whose list a posting of `day` stands: its own, else the nearest one.

    Posted on 2026-05-20 into 2026Q2: May; posted on 2026-07-02 into 2026Q2: June.
    """
    return min(max(Month.of(day), quarter.months[0]), quarter.months[2])


def act_of(source: str) -> str:
    """What an entry's source names before the kind of posting: entries with one act were posted together.

    `FH-2026-000001:release` and `FH-2026-000001:draw` are one shipment.
    """
    return source.rpartition(":")[0]


def check_open(quarter: Quarter, closed_until: Quarter | None) -> None:
    """MN-4: nothing posts into a closed quarter. Raises RuleBroken MN-4."""
    if closed_until is not None and quarter <= closed_until:
        raise RuleBroken("MN-4", T("Quarter {quarter} is closed; nothing posts into it.", quarter=quarter))


_WORDS = {
    EntryKind.HOLD: T("Parts requested, held"),
    EntryKind.RELEASE: T("Hold released"),
    EntryKind.DRAW: T("Parts shipped, held becomes drawn"),
    EntryKind.CHARGE: T("Charged to the fund"),
    EntryKind.CLAIM: T("Claim paid out of the fund"),
    EntryKind.ADJUST: T("Adjusted by finance"),
    EntryKind.CANCEL: T("Fee cancelled"),
    EntryKind.DIRECT: T("Charged to the dealer directly"),
}
_GRANTED = {
    ("remittance_share", True): T("Remittance, share granted"),
    ("remittance_share", False): T("Remittance reversed, share taken back"),
    ("card_fee", True): T("Card accepted, fee granted"),
    ("card_fee", False): T("Card voided, fee taken back"),
    ("sales_share", True): T("Share of the year's sales granted"),
    ("profit_share", True): T("Result recorded, share granted"),
    ("profit_share", False): T("Result recorded, share taken off"),
    ("flat_per_repair", True): T("Repair approved, flat fee granted"),
    ("approved_claims", True): T("Claim approved and granted"),
}


def step_words(kinds: Sequence[EntryKind], basis: str | None, *, rises: bool) -> T:
    """What an act did to the quota, in words: the last kind that it posted says it.

    A shipment posts release and draw, which is "Parts shipped, held becomes drawn". `rises`: the quota grew.
    """
    kind = kinds[-1]
    if rises and tuple(kinds) == (EntryKind.DRAW,):
        return T("Parts credited for a difference")
    if kind is EntryKind.GRANT:
        return _GRANTED.get((basis or "", rises), T("Granted") if rises else T("Grant taken back"))
    return _WORDS[kind]

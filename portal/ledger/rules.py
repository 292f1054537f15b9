"""The repair fund's arithmetic (MN-1 … MN-4, ST-1, ST-2, PT-2): accounts, entries, grants, quota, closing.

An entry moves one amount between two accounts and sums to zero (MN-3). The fund account is what the dealer
has; every other account is the other side of one kind of movement, each figure of a statement is a balance:

    granted 2015.00:  fund +2015.00, granted −2015.00        drawn 1080.00:  drawn +1080.00, fund −1080.00

    result = opening + granted − drawn − charged − claims + adjusted − cancelled = 935.00

Closing 2026Q1 moves the 935.00 out of the fund (carried) and into 2026Q2 (opening); 2026Q1 then holds 0.00.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from portal.kernel.errors import RuleBroken
from portal.kernel.money import CENT, ZERO, round_money, total
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


def share_delta(rate: Decimal, before: Decimal, amount: Decimal) -> Decimal:
    """What a remittance of `amount` grants when `before` was remitted in the quarter so far (ST-1).

    The rounded share of the new total less the rounded share of the old one, so the quarter's grant is the
    rounded whole whatever the order: 1.25 % of 10000.05 grants 125.00, of 20000.05 more another 250.00.
    `amount` is negative for a reversal.
    """
    return round_money(rate * (before + amount)) - round_money(rate * before)


@dataclass(frozen=True)
class Figures:
    """The movements of one quarter, as a statement shows them; each is positive when its name says so."""

    opening: Decimal = ZERO
    granted: Decimal = ZERO
    drawn: Decimal = ZERO
    charged: Decimal = ZERO
    claims: Decimal = ZERO
    adjusted: Decimal = ZERO
    cancelled: Decimal = ZERO
    direct: Decimal = ZERO

    @classmethod
    def of(cls, balances: Mapping[Account, Decimal]) -> Self:
        """From the balances of one quarter; an account without a balance is zero."""
        return cls(
            opening=-balances.get(Account.OPENING, ZERO),
            granted=-balances.get(Account.GRANTED, ZERO),
            drawn=balances.get(Account.DRAWN, ZERO),
            charged=balances.get(Account.CHARGED, ZERO),
            claims=balances.get(Account.CLAIMS, ZERO),
            adjusted=-balances.get(Account.ADJUSTED, ZERO),
            cancelled=balances.get(Account.CANCELLED, ZERO),
            direct=balances.get(Account.DIRECT, ZERO),
        )

    @property
    def moved(self) -> Decimal:
        """What the quarter itself added to the fund; negative if it took more than it gave."""
        return self.granted - self.drawn - self.charged - self.claims + self.adjusted - self.cancelled

    @property
    def result(self) -> Decimal:
        """ST-2."""
        return self.opening + self.moved


def opening_of(
    quarter: Quarter,
    *,
    since: Quarter,
    opening: Decimal,
    moved: Mapping[Quarter, Decimal],
    carries: Callable[[Quarter], bool],
) -> Decimal:
    """What `quarter` opens with, while earlier quarters may still be open.

    `since` is the first quarter that is not closed (or the agreement's first) and `opening` what it opened
    with (the figure that closing posted, or 0.00); from there on each quarter hands on its result so far, not
    below zero, or zero where `carries` says that its surplus is paid out.
    With opening 100.00 and moved {Q1: -150.00, Q2: 30.00}: Q2 opens with 0.00 and Q3 with 30.00.
    """
    if quarter < since:
        raise ValueError(f"{quarter} is before {since}")
    at = since
    while at < quarter:
        result = opening + moved.get(at, ZERO)
        opening = max(result, ZERO) if carries(at) else ZERO
        at = at.next
    return opening


@dataclass(frozen=True)
class Cover:
    """How far the fund covers a parts request (PT-2)."""

    total: Decimal
    #: The quota, taken as zero when it is negative.
    available: Decimal
    covered: Decimal
    #: What the dealer has to consent to.
    excess: Decimal

    @property
    def needs_consent(self) -> bool:
        return self.excess > 0


@dataclass(frozen=True)
class Quota:
    """What is left of the fund to draw parts on at a moment, with every term of the formula (PT-2)."""

    quarter: Quarter
    opening: Decimal
    granted: Decimal
    drawn: Decimal
    charged: Decimal
    claims: Decimal
    adjusted: Decimal
    cancelled: Decimal
    reserved: Decimal

    @property
    def terms(self) -> tuple[tuple[Account, Decimal], ...]:
        """The formula, in its order: signed amounts that add up to `left`."""
        return (
            (Account.OPENING, self.opening),
            (Account.GRANTED, self.granted),
            (Account.DRAWN, -self.drawn),
            (Account.CHARGED, -self.charged),
            (Account.CLAIMS, -self.claims),
            (Account.ADJUSTED, self.adjusted),
            (Account.CANCELLED, -self.cancelled),
            (Account.RESERVED, -self.reserved),
        )

    @property
    def left(self) -> Decimal:
        """The quota; negative when more was drawn with consent than the fund held."""
        return total(amount for _, amount in self.terms)

    @property
    def available(self) -> Decimal:
        """What the next request can draw: the quota, not below zero."""
        return max(self.left, ZERO)

    def cover(self, cost: Decimal) -> Cover:
        """How far this quota covers fund parts that cost `cost`.

        With 372.50 left and a cost of 480.00: covered 372.50, excess 107.50.
        """
        covered = min(cost, self.available)
        return Cover(cost, self.available, covered, cost - covered)


def quota(quarter: Quarter, figures: Figures, *, opening: Decimal, reserved: Decimal) -> Quota:
    """The quota in `quarter`: its movements so far, its opening (`opening_of`), what all requests hold."""
    return Quota(
        quarter=quarter,
        opening=opening,
        granted=figures.granted,
        drawn=figures.drawn,
        charged=figures.charged,
        claims=figures.claims,
        adjusted=figures.adjusted,
        cancelled=figures.cancelled,
        reserved=reserved,
    )


@dataclass(frozen=True)
class ClosingEntry:
    """One entry that closes a quarter, to be posted into `quarter`."""

    kind: EntryKind
    quarter: Quarter
    amount: Decimal


def closing_entries(quarter: Quarter, result: Decimal, *, carries: bool) -> tuple[ClosingEntry, ...]:
    """The entries that bring the fund of `quarter` to zero (ST-2); none for a result of zero.

    935.00 carried: carry here, open in the next quarter. 75.00 paid out: one entry. −15.00: overspend 15.00.
    """
    if result < 0:
        return (ClosingEntry(EntryKind.OVERSPEND, quarter, -result),)
    if result == 0:
        return ()
    if carries:
        return (
            ClosingEntry(EntryKind.CARRY, quarter, result),
            ClosingEntry(EntryKind.OPEN, quarter.next, result),
        )
    return (ClosingEntry(EntryKind.PAY_OUT, quarter, result),)

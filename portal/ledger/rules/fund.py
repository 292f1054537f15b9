"""The figures of a quarter, the quota, what a quarter opens with and how it closes (ST-2, PT-2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from portal.kernel.money import ZERO, total
from portal.kernel.period import Quarter
from portal.ledger.rules.entries import Account, EntryKind

#: Below this part of what it got, a fund is nearly used up.
LOW = Decimal("0.20")


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

    @property
    def given(self) -> Decimal:
        """What the fund got: carried over, granted, added by adjustments."""
        return self.opening + self.granted + max(self.adjusted, ZERO)

    @property
    def used(self) -> Decimal:
        """What it gave: parts, charges, claims, cancelled fees, what adjustments took."""
        return self.drawn + self.charged + self.claims + self.cancelled - min(self.adjusted, ZERO)

    @property
    def is_low(self) -> bool:
        """Whether less than a fifth of what the fund got is left; pages then say so."""
        return self.left < self.given * LOW

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

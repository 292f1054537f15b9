"""A quarter's result, the states of its statement, and what a revision changes (ST-2, ST-3, ST-5, ST-6).

A quarter of one dealer has one statement; a dispute that leads to new figures makes its next revision.
"""

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from portal.agreements.rules import Span, Surplus, Terms
from portal.kernel.money import ZERO, parse_money
from portal.kernel.period import Quarter, last_day_within
from portal.kernel.transitions import Transitions
from portal.ledger.rules import EntryKind, Figures


class StatementState(StrEnum):
    """ST-5."""

    #: Computed in a run, seen by the manufacturer only; recomputing is free.
    DRAFT = "draft"
    #: Figures, document and hash are frozen; the dealer confirms or disputes.
    ISSUED = "issued"
    #: By the dealer, or by its silence.
    CONFIRMED = "confirmed"
    #: The dealer objects; adjustments go into this quarter, then the next revision is issued.
    DISPUTED = "disputed"
    #: Posted; nothing changes any more.
    CLOSED = "closed"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"draft": "mute", "issued": "info", "confirmed": "ok", "disputed": "bad"}.get(
            self.value, "mute"
        )


class StatementAction(StrEnum):
    ISSUE = "issue"
    CONFIRM = "confirm"
    #: Confirmed by silence.
    DEEM = "deem"
    DISPUTE = "dispute"
    #: Computed again and issued as the next revision.
    REVISE = "revise"
    CLOSE = "close"


STATEMENT = Transitions[StatementState, StatementAction](
    "ST-5",
    {
        (StatementState.DRAFT, StatementAction.ISSUE): StatementState.ISSUED,
        (StatementState.ISSUED, StatementAction.CONFIRM): StatementState.CONFIRMED,
        (StatementState.ISSUED, StatementAction.DEEM): StatementState.CONFIRMED,
        (StatementState.ISSUED, StatementAction.DISPUTE): StatementState.DISPUTED,
        (StatementState.DISPUTED, StatementAction.REVISE): StatementState.ISSUED,
        (StatementState.CONFIRMED, StatementAction.CLOSE): StatementState.CLOSED,
    },
)

#: Statements that freeze their quarter: what is dated into it counts in the next one (MN-4).
FREEZING = frozenset(StatementState) - {StatementState.DRAFT}
#: Statements that a run leaves alone; a disputed one is computed again.
SETTLED = frozenset({StatementState.ISSUED, StatementState.CONFIRMED, StatementState.CLOSED})


@dataclass(frozen=True)
class Result:
    """A quarter's figures in the order of the statement; all amounts, each with two decimals (ST-2, ST-3)."""

    opening: Decimal
    granted: Decimal
    drawn: Decimal
    charged: Decimal
    claims: Decimal
    adjusted: Decimal
    cancelled: Decimal
    #: opening + granted − drawn − charged − claims + adjusted − cancelled.
    result: Decimal
    #: What the next quarter opens with, or …
    carried: Decimal
    #: … what is paid out instead.
    paid_out: Decimal
    #: What the fund lacks; the dealer owes it and the fund restarts at zero.
    overspent: Decimal
    #: Charges outside the fund.
    direct: Decimal
    #: overspent + direct: what the dealer owes.
    due: Decimal
    #: paid_out + claims: what the manufacturer owes.
    payable: Decimal

    def as_strings(self) -> dict[str, str]:
        """`{"opening": "0.00", …}`: as reports and hashes write it."""
        return {name: str(getattr(self, name)) for name in FIGURES}

    @classmethod
    def parse(cls, strings: Mapping[str, str]) -> Self:
        """The reverse of `as_strings`."""
        return cls(**{name: parse_money(strings[name]) for name in FIGURES})


class StatementFigure(StrEnum):
    """The figures of a statement, in its order; their words are its members' labels."""

    OPENING = "opening"
    GRANTED = "granted"
    DRAWN = "drawn"
    CHARGED = "charged"
    CLAIMS = "claims"
    ADJUSTED = "adjusted"
    CANCELLED = "cancelled"
    RESULT = "result"
    CARRIED = "carried"
    PAID_OUT = "paid_out"
    OVERSPENT = "overspent"
    DIRECT = "direct"
    DUE = "due"
    PAYABLE = "payable"


#: Names of the figures, in the order of the statement.
FIGURES: tuple[str, ...] = tuple(figure.value for figure in StatementFigure)


def surplus_of(terms: Terms, span: Span, quarter: Quarter) -> Surplus:
    """What becomes of a surplus: by the terms, but the agreement's last quarter has nothing to carry into (AG-3)."""
    return Surplus.PAY_OUT if span.is_final(quarter) else terms.surplus


def compute(figures: Figures, surplus: Surplus) -> Result:
    """ST-2. 2015.00 granted, 1080.00 drawn: 935.00 to carry. 15.00 granted, 30.00 cancelled: 15.00 due."""
    left = max(figures.result, ZERO)
    missing = max(-figures.result, ZERO)
    paid_out = left if surplus is Surplus.PAY_OUT else ZERO
    return Result(
        opening=figures.opening,
        granted=figures.granted,
        drawn=figures.drawn,
        charged=figures.charged,
        claims=figures.claims,
        adjusted=figures.adjusted,
        cancelled=figures.cancelled,
        result=figures.result,
        carried=left - paid_out,
        paid_out=paid_out,
        overspent=missing,
        direct=figures.direct,
        due=missing + figures.direct,
        payable=paid_out + figures.claims,
    )


def answer_by(issued_on: dt.date, terms: Terms) -> dt.date | None:
    """The last day on which the dealer can object before silence counts; None where silence never counts."""
    if terms.deemed_confirm_days == 0:
        return None
    return last_day_within(issued_on, terms.deemed_confirm_days)


def deemed_on(issued_on: dt.date, terms: Terms) -> dt.date | None:
    """The day at whose beginning silence has confirmed: issued 2026-04-07 with 10 days, 2026-04-18."""
    last = answer_by(issued_on, terms)
    return None if last is None else last + dt.timedelta(days=1)


def due_date(issued_on: dt.date) -> dt.date:
    """When the amount due is to be paid: in the quarter in which the statement was issued (ST-2)."""
    return Quarter.of(issued_on).last


@dataclass(frozen=True)
class Posting:
    """A posting made since the last revision, as the reason for a change."""

    kind: EntryKind
    amount: Decimal
    #: The document's number, or nothing for an adjustment without one.
    number: str | None
    memo: str


#: The figure that each kind of posting moves.
FIGURE_OF: Mapping[EntryKind, str] = MappingProxyType(
    {
        EntryKind.GRANT: "granted",
        EntryKind.DRAW: "drawn",
        EntryKind.CHARGE: "charged",
        EntryKind.CLAIM: "claims",
        EntryKind.ADJUST: "adjusted",
        EntryKind.CANCEL: "cancelled",
        EntryKind.DIRECT: "direct",
        EntryKind.OPEN: "opening",
    }
)


@dataclass(frozen=True)
class Change:
    """One figure that a revision changes, and the postings that changed it (ST-6)."""

    figure: StatementFigure
    before: Decimal
    after: Decimal
    because: tuple[Posting, ...]

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


def compare(before: Result, after: Result, postings: Sequence[Posting]) -> tuple[Change, ...]:
    """What a revision changed and why, in the statement's order.

    `postings` are those of the quarter since the earlier revision. Figures that follow from others (the
    result, what is carried or due) have no postings of their own.
    """
    return tuple(
        Change(
            StatementFigure(name),
            getattr(before, name),
            getattr(after, name),
            tuple(posting for posting in postings if FIGURE_OF.get(posting.kind) == name),
        )
        for name in FIGURES
        if getattr(before, name) != getattr(after, name)
    )


def read_changes(stored: Sequence[Mapping[str, Any]]) -> list[Change]:
    """What a revision changed, as it is kept with it."""
    return [
        Change(
            StatementFigure(change["figure"]),
            parse_money(change["before"]),
            parse_money(change["after"]),
            tuple(
                Posting(EntryKind(kind), parse_money(amount), number or None, memo)
                for kind, amount, number, memo in change["because"]
            ),
        )
        for change in stored
    ]


def changed_figures(results: Sequence[Result]) -> list[frozenset[str]]:
    """For each of several revisions, oldest first: the figures that read differently in the one before."""
    found = [frozenset[str]()]
    for before, after in itertools.pairwise(results):
        found.append(frozenset(name for name in FIGURES if getattr(before, name) != getattr(after, name)))
    return found

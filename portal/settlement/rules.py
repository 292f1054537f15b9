"""Settlement (ST-1 … ST-7): what holds a dealer, a quarter's result, the states of statements and runs.

A quarter of one dealer has one statement; a dispute that leads to new figures makes its next revision.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portal.agreements.rules import Surplus, Terms
from portal.kernel.money import ZERO
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


class Hold(StrEnum):
    """Why a dealer gets no statement (ST-4); listed and reported in this order."""

    QUARTER_OPEN = "quarter_open"
    PREVIOUS_OPEN = "previous_open"
    FORMS_MISSING = "forms_missing"
    FORMS_NOT_ACCEPTED = "forms_not_accepted"
    CARDS_UNDECIDED = "cards_undecided"
    CLAIMS_UNDECIDED = "claims_undecided"
    RETURNS_UNDECIDED = "returns_undecided"

    @property
    def overridable(self) -> bool:
        """Whether finance may lift it; the two open quarters it may not."""
        return self not in (Hold.QUARTER_OPEN, Hold.PREVIOUS_OPEN)


#: Reasons that finance may override with a reason of its own; the first two never.
OVERRIDABLE = frozenset(hold for hold in Hold if hold.overridable)


@dataclass(frozen=True)
class HoldFacts:
    """What is known of one dealer when its quarter is to be settled."""

    quarter: Quarter
    today: dt.date
    #: The agreement touched the quarter before, and that one is not closed.
    previous_open: bool
    #: Months of the quarter whose forms are owed; of those, submitted (accepted ones included) and accepted.
    forms_owed: int
    forms_submitted: int
    forms_accepted: int
    #: Whether cards earn a fee; without one, undecided cards hold nothing.
    pays_card_fee: bool
    #: Filed in the quarter and neither accepted nor rejected.
    cards_undecided: int
    #: Repairs filed, and returns requested, in the quarter and not decided.
    claims_undecided: int = 0
    returns_undecided: int = 0


def holds(facts: HoldFacts) -> tuple[Hold, ...]:
    """All reasons that hold the dealer, in the order of Hold; none: the statement can be issued."""
    found = {
        Hold.QUARTER_OPEN: facts.today <= facts.quarter.last,
        Hold.PREVIOUS_OPEN: facts.previous_open,
        Hold.FORMS_MISSING: facts.forms_submitted < facts.forms_owed,
        Hold.FORMS_NOT_ACCEPTED: facts.forms_accepted < facts.forms_owed <= facts.forms_submitted,
        Hold.CARDS_UNDECIDED: facts.pays_card_fee and facts.cards_undecided > 0,
        Hold.CLAIMS_UNDECIDED: facts.claims_undecided > 0,
        Hold.RETURNS_UNDECIDED: facts.returns_undecided > 0,
    }
    return tuple(hold for hold in Hold if found[hold])


def remaining(found: Iterable[Hold], *, override: bool) -> tuple[Hold, ...]:
    """What still holds when finance overrides this dealer; the two open quarters can't be overridden."""
    return tuple(hold for hold in found if not (override and hold in OVERRIDABLE))


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


#: Names of the figures, in the order of the statement.
FIGURES: tuple[str, ...] = tuple(field.name for field in fields(Result))


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

    figure: str
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
            name,
            getattr(before, name),
            getattr(after, name),
            tuple(posting for posting in postings if FIGURE_OF.get(posting.kind) == name),
        )
        for name in FIGURES
        if getattr(before, name) != getattr(after, name)
    )


class RunStep(StrEnum):
    """The named steps of a run, in their order (ST-7)."""

    CHECK = "check"
    COMPUTE = "compute"
    #: The run waits here until finance has looked at the differences; a trial run ends here.
    REVIEW = "review"
    ISSUE = "issue"
    PRINT = "print"
    DONE = "done"


class LineState(StrEnum):
    """Where one dealer of a run is."""

    #: Not computed yet.
    WAITING = "waiting"
    #: Computed, and nothing holds it.
    READY = "ready"
    #: Computed, but it gets no statement: see its holds.
    HELD = "held"
    #: Its statement is issued.
    ISSUED = "issued"
    #: Another run issued its statement meanwhile.
    SETTLED = "settled"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"ready": "info", "held": "warn", "issued": "ok"}.get(self.value, "mute")


class RunState(StrEnum):
    """ST-7: a run can be left, stopped and resumed at any point."""

    QUEUED = "queued"
    RUNNING = "running"
    #: Computed; nothing is issued before finance says so.
    TO_REVIEW = "to_review"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"to_review": "warn", "stopped": "mute", "failed": "bad", "done": "ok"}.get(self.value, "info")

    @property
    def is_moving(self) -> bool:
        """Whether background work is going on, so that a page of it should look again."""
        return self in (RunState.QUEUED, RunState.RUNNING)


class RunAction(StrEnum):
    START = "start"
    #: Everything is computed.
    PRESENT = "present"
    ISSUE = "issue"
    FINISH = "finish"
    STOP = "stop"
    FAIL = "fail"
    RESUME = "resume"


RUN = Transitions[RunState, RunAction](
    "ST-7",
    {
        (RunState.QUEUED, RunAction.START): RunState.RUNNING,
        (RunState.QUEUED, RunAction.STOP): RunState.STOPPED,
        (RunState.RUNNING, RunAction.PRESENT): RunState.TO_REVIEW,
        (RunState.RUNNING, RunAction.FINISH): RunState.DONE,
        (RunState.RUNNING, RunAction.STOP): RunState.STOPPED,
        (RunState.RUNNING, RunAction.FAIL): RunState.FAILED,
        (RunState.TO_REVIEW, RunAction.ISSUE): RunState.RUNNING,
        (RunState.TO_REVIEW, RunAction.FINISH): RunState.DONE,
        (RunState.TO_REVIEW, RunAction.STOP): RunState.STOPPED,
        (RunState.STOPPED, RunAction.RESUME): RunState.RUNNING,
        (RunState.FAILED, RunAction.RESUME): RunState.RUNNING,
    },
)


def steps_of(*, trial: bool) -> tuple[RunStep, ...]:
    """The steps that a run goes through; a trial run ends after the figures are there to be looked at."""
    if trial:
        return (RunStep.CHECK, RunStep.COMPUTE, RunStep.DONE)
    return tuple(RunStep)

"""Runs: their steps and states, and where a quarter stands (ST-4, ST-7)."""

from collections.abc import Mapping
from enum import StrEnum

from portal.kernel.transitions import Transitions
from portal.settlement.rules.statements import StatementState


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


def seconds_left(done: int, total: int, *, done_before: int, seconds: float) -> int | None:
    """How long the rest of a step takes, from what was done of it in `seconds`; None while that is a guess.

    It is a guess until a tenth is done, and until something was done since the step was taken up (`done_before`).
    """
    if done >= total or done * 10 < total or done <= done_before:
        return None
    return round(seconds / (done - done_before) * (total - done))


class QuarterState(StrEnum):
    """Where a quarter stands for the manufacturer."""

    #: Not over yet.
    OPEN = "open"
    #: Over, and nothing is issued.
    TO_SETTLE = "to_settle"
    #: A run is at work.
    AT_WORK = "at_work"
    #: A run waits for finance to look at it.
    TO_REVIEW = "to_review"
    #: Statements are out; some are not closed, or some dealers are held.
    ISSUED = "issued"
    #: Every dealer's statement is closed.
    CLOSED = "closed"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"to_settle": "warn", "to_review": "warn", "closed": "ok", "open": "mute"}.get(
            self.value, "info"
        )


def quarter_state(
    *, is_over: bool, dealers: int, statements: Mapping[StatementState, int], at_work: bool, to_review: bool
) -> QuarterState:
    """Where a quarter stands, by its dealers, its statements and its runs."""
    if at_work:
        return QuarterState.AT_WORK
    if to_review:
        return QuarterState.TO_REVIEW
    if dealers and statements.get(StatementState.CLOSED, 0) == dealers:
        return QuarterState.CLOSED
    if any(statements.values()):
        return QuarterState.ISSUED
    return QuarterState.TO_SETTLE if is_over else QuarterState.OPEN

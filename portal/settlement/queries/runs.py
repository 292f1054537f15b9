"""Reading runs and the dealers in them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements.models import Agreement
from portal.jobs.models import Job
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.settlement.models import RunLine, SettlementRun
from portal.settlement.rules import LineState, RunState, RunStep, seconds_left
from portal.tenants.models import Dealer

_OPEN = (RunState.QUEUED, RunState.RUNNING, RunState.TO_REVIEW)


def run(number: str) -> SettlementRun:
    """A run by its number. Raises NotFound."""
    found = session().scalars(sa.select(SettlementRun).where(SettlementRun.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def run_by_id(run_id: int) -> SettlementRun:
    """A run of the scope. Raises NotFound."""
    found = session().scalars(sa.select(SettlementRun).where(SettlementRun.id == run_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def runs(quarter: Quarter, *states: RunState) -> Sequence[SettlementRun]:
    """The runs of a quarter in one of `states` (all states when none is named), newest first."""
    statement = sa.select(SettlementRun).where(SettlementRun.quarter == quarter)
    if states:
        statement = statement.where(SettlementRun.state.in_(states))
    return session().scalars(statement.order_by(SettlementRun.id.desc())).all()


def at_work(quarter: Quarter) -> SettlementRun | None:
    """The run of the quarter that is at work; one that only prints is not (ST-7)."""
    statement = sa.select(SettlementRun).where(
        SettlementRun.quarter == quarter,
        SettlementRun.state.in_([RunState.QUEUED, RunState.RUNNING]),
        SettlementRun.step != RunStep.PRINT,
    )
    return session().scalars(statement).first()


def lines(run_id: int) -> Sequence[RunLine]:
    """The dealers of a run, in dealer order."""
    return session().scalars(sa.select(RunLine).where(RunLine.run_id == run_id).order_by(RunLine.id)).all()


def line(line_id: int) -> RunLine:
    """One dealer of a run."""
    return session().scalars(sa.select(RunLine).where(RunLine.id == line_id)).one()


def lines_by_id(line_ids: Sequence[int]) -> Sequence[RunLine]:
    """Several dealers of a run, in dealer order."""
    return session().scalars(sa.select(RunLine).where(RunLine.id.in_(line_ids)).order_by(RunLine.id)).all()


def line_of(run_id: int, dealer_id: int) -> RunLine:
    """A dealer in a run. Raises NotFound when the run does not work on it."""
    statement = sa.select(RunLine).where(RunLine.run_id == run_id, RunLine.dealer == dealer_id)
    found = session().scalars(statement).first()
    if found is None:
        raise NotFound
    return found


def issuing_line(number: str, revision: int) -> RunLine | None:
    """The line of the run that issued a revision; the manufacturer's alone."""
    statement = sa.select(RunLine).where(RunLine.statement == number, RunLine.revision == revision)
    return session().scalars(statement).first()


@dataclass(frozen=True)
class RunTotals:
    """A run in figures. Amounts are those of the dealers that nothing holds."""

    dealers: int
    states: Mapping[LineState, int]
    result: Decimal
    due: Decimal
    payable: Decimal
    carried: Decimal

    @property
    def computed(self) -> int:
        """Dealers that have their figures."""
        return self.dealers - self.states.get(LineState.WAITING, 0)


def totals(run: SettlementRun) -> RunTotals:
    """The run in figures."""
    states: dict[LineState, int] = {}
    sums = [ZERO] * 4
    statement = sa.select(
        RunLine.state,
        sa.func.count(RunLine.id),
        sa.func.sum(RunLine.result),
        sa.func.sum(RunLine.due),
        sa.func.sum(RunLine.payable),
        sa.func.sum(RunLine.carried),
    ).where(RunLine.run_id == run.id)
    for state, count, *amounts in session().execute(statement.group_by(RunLine.state)):
        states[state] = count
        if state in (LineState.READY, LineState.ISSUED):
            sums = [before + more for before, more in zip(sums, amounts, strict=True)]
    return RunTotals(sum(states.values()), states, *sums)


def earlier_results(run: SettlementRun) -> dict[int, Decimal]:
    """The result that each dealer of a run had in the run of this quarter before it, by the agreement's id."""
    statement = (
        sa.select(RunLine.agreement_id, RunLine.result)
        .join(SettlementRun, SettlementRun.id == RunLine.run_id)
        .where(
            SettlementRun.quarter == run.quarter, RunLine.run_id < run.id, RunLine.state != LineState.WAITING
        )
        .order_by(RunLine.id)
    )
    return dict(session().execute(statement).all())


def results(run: SettlementRun) -> dict[int, Decimal]:
    """The results of a run so far, by the agreement's id."""
    statement = sa.select(RunLine.agreement_id, RunLine.result).where(
        RunLine.run_id == run.id, RunLine.state != LineState.WAITING
    )
    return dict(session().execute(statement).all())


def run_rows(
    run: SettlementRun, *, state: LineState | None = None, only: Sequence[int] | None = None
) -> sa.Select[RunLine, Dealer, Agreement]:
    """The dealers of a run with their figures, in dealer order; `only`: ids of agreements."""
    statement = (
        sa.select(RunLine, Dealer, Agreement)
        .join(Dealer, Dealer.id == RunLine.dealer)
        .join(Agreement, Agreement.id == RunLine.agreement_id)
        .where(RunLine.run_id == run.id)
    )
    if state is not None:
        statement = statement.where(RunLine.state == state)
    if only is not None:
        statement = statement.where(RunLine.agreement_id.in_(only))
    return statement.order_by(RunLine.id)


def all_run_rows(
    run: SettlementRun, *, state: LineState | None = None
) -> Sequence[sa.Row[RunLine, Dealer, Agreement]]:
    """The same as a list."""
    return session().execute(run_rows(run, state=state)).all()


@dataclass(frozen=True)
class Progress:
    """How far the present step of a run is."""

    done: int
    total: int
    #: Seconds that the rest takes; None while that is a guess.
    left: int | None
    #: Why the work gave up, for the operator; empty while it has not.
    error: str


def progress(run: SettlementRun, now: dt.datetime) -> Progress:
    """How far the present step of a run is."""
    job = session().get(Job, run.job_id) if run.job_id is not None else None
    if job is None:
        return Progress(0, 0, None, "")
    seconds = (now - run.step_at).total_seconds()
    left = seconds_left(job.done, job.total, done_before=run.step_done, seconds=seconds)
    return Progress(job.done, job.total, left if run.state is RunState.RUNNING else None, job.error)


def open_run(quarter: Quarter) -> SettlementRun | None:
    """The newest run of a quarter that is at work or waits for its review."""
    return next((run for run in runs(quarter, *_OPEN) if not run.trial), None)

"""Runs: start, compute dealer by dealer, lift holds, stop, resume (ST-4, ST-7)."""

from collections.abc import Mapping, Sequence

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.jobs import steps as jobs
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement import queries
from portal.settlement.models import RunLine, SettlementRun, Statement
from portal.settlement.rules import (
    OVERRIDABLE,
    RUN,
    Hold,
    HoldFacts,
    LineState,
    Result,
    RunAction,
    RunState,
    RunStep,
    holds,
    remaining,
)
from portal.tenants import queries as tenants

#: The background work that goes on with a run, by the step that it stands at.
WORK: Mapping[RunStep, str] = {
    RunStep.CHECK: "settlement.compute",
    RunStep.COMPUTE: "settlement.compute",
    RunStep.ISSUE: "settlement.issue",
    RunStep.PRINT: "settlement.print",
}


@command(allow=Permission.SETTLEMENT_RUN)
def start_run(
    actor: Actor,
    quarter: Quarter,
    *,
    trial: bool = False,
    overrides: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
) -> str:
    """Start computing a quarter in the background. Returns the run's number.

    `overrides`: dealer code → reason, for dealers whose holds finance lifts (ST-4). `only`: codes of the dealers that
    it works on; without them on everybody whose statement does not stand. A trial computes the same and
    can't be issued; a run that is none takes the place of one that waits for its review. Raises RuleBroken ST-7
    while another run of the quarter is at work, ST-4 for an override without a reason, NotFound for an unknown dealer.
    """
    reasons: dict[int, str] = {}
    for code, reason in (overrides or {}).items():
        reasons[tenants.dealer(code).id] = _reason(code, reason)
    number = numbering.take("JR", clock.today(actor.timezone).year)
    # After the number: its counter lets one start wait for the other.
    refuse_two(quarter)
    if not trial:
        for waiting in queries.runs(quarter, RunState.TO_REVIEW):
            waiting.state = RUN.advance(waiting.state, RunAction.STOP)
    run = SettlementRun(
        number=number,
        quarter=quarter,
        trial=trial,
        state=RunState.QUEUED,
        step=RunStep.CHECK,
        step_at=clock.now(),
        person_id=actor.person_id,
        person=actor.name,
        started_at=clock.now(),
    )
    session().add(run)
    session().flush()
    chosen = {tenants.dealer(code).id for code in only}
    for agreement in queries.to_settle(quarter):
        if chosen and agreement.dealer_id not in chosen:
            continue
        session().add(
            RunLine(
                run_id=run.id,
                agreement_id=agreement.id,
                dealer=agreement.dealer_id,
                override_reason=reasons.get(agreement.dealer_id, ""),
                holds=[],
                lifted=[],
                figures={},
            )
        )
    _ask(actor, run)
    record(
        Tag.RUN_STARTED, actor, run.number, quarter=str(quarter), trial=trial, overrides=dict(overrides or {})
    )
    return run.number


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def begin_run(actor: Actor, run_id: int, step: RunStep, *, done: int = 0) -> None:
    """The background work has taken a step up, for the first time or again; `done` dealers are behind it."""
    run = queries.run_by_id(run_id)
    if run.state is RunState.QUEUED:
        run.state = RUN.advance(run.state, RunAction.START)
    run.step, run.step_at, run.step_done = step, clock.now(), done


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def check_lines(actor: Actor, line_ids: Sequence[int]) -> None:
    """Find out what holds some dealers of a run (ST-4)."""
    lines = queries.lines_by_id(line_ids)
    quarter = queries.run_by_id(lines[0].run_id).quarter
    known = agreements.by_ids(line.agreement_id for line in lines)
    facts = queries.hold_facts_of(known, quarter, clock.today(actor.timezone))
    for line in lines:
        _note_holds(line, facts[line.agreement_id])
        line.checked = True


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def compute_lines(actor: Actor, line_ids: Sequence[int]) -> None:
    """Compute the figures of some dealers of a run (ST-6). Doing it again gives the same."""
    lines = queries.lines_by_id(line_ids)
    quarter = queries.run_by_id(lines[0].run_id).quarter
    results = queries.results_of(agreements.by_ids(line.agreement_id for line in lines), quarter)
    for line in lines:
        note(line, results[line.agreement_id])
        line.state = LineState.HELD if line.holds else LineState.READY


def note(row: RunLine | Statement, result: Result) -> None:
    """Write the figures of a result into a row."""
    row.figures = result.as_strings()
    row.result, row.due, row.payable, row.carried = result.result, result.due, result.payable, result.carried


def judge(actor: Actor, line: RunLine, quarter: Quarter) -> tuple[Hold, ...]:
    """Note what holds a dealer now and what its override lifts; returns what is left."""
    today = clock.today(actor.timezone)
    return _note_holds(line, queries.hold_facts(agreements.by_id(line.agreement_id), quarter, today))


def _note_holds(line: RunLine, facts: HoldFacts) -> tuple[Hold, ...]:
    found = holds(facts)
    left = remaining(found, override=bool(line.override_reason))
    line.holds = [hold.value for hold in left]
    line.lifted = [hold.value for hold in found if hold not in left]
    return left


def words(names: Sequence[str]) -> list[str]:
    """Holds as a fact records them: keys of the words that readers see."""
    return [f"Hold.{Hold(name).name}" for name in names]


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def present_run(actor: Actor, run_id: int) -> None:
    """Everything is computed: finance looks at it before anything is issued; a trial ends here."""
    run = queries.run_by_id(run_id)
    run.state = RUN.advance(run.state, RunAction.PRESENT)
    run.step, run.step_at = RunStep.REVIEW, clock.now()
    if run.trial:
        _finish(run)


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def finish_run(actor: Actor, run_id: int) -> None:
    """The last step is done."""
    _finish(queries.run_by_id(run_id))


@command(allow=Permission.CLOCK, silent=True)
def fail_run(actor: Actor, *, run_id: int) -> None:
    """The background work gave up; the run can be resumed where it was."""
    run = queries.run_by_id(run_id)
    if not run.state.is_moving:
        return
    if run.state is RunState.QUEUED:
        run.state = RUN.advance(run.state, RunAction.START)
    run.state = RUN.advance(run.state, RunAction.FAIL)


@command(allow=Permission.SETTLEMENT_RUN)
def lift_holds(actor: Actor, number: str, dealer_code: str, *, reason: str) -> str:
    """Lift, with a reason, the holds of one dealer in a run that waits for its review (ST-4). Returns its number.

    Raises RuleBroken ST-7 when the run does not wait for a review, ST-4 without a reason or when nothing that holds
    the dealer can be lifted, NotFound when the dealer is not in the run.
    """
    run = queries.run(number)
    if run.state is not RunState.TO_REVIEW:
        raise RuleBroken("ST-7", T("Holds are lifted while the run waits for its review."))
    line = queries.line_of(run.id, tenants.dealer(dealer_code).id)
    line.override_reason = _reason(dealer_code, reason)
    judge(actor, line, run.quarter)
    if not OVERRIDABLE.intersection(line.lifted):
        raise RuleBroken(
            "ST-4", T("Nothing that holds {dealer} can be lifted.", dealer=dealer_code), field="reason"
        )
    line.state = LineState.HELD if line.holds else LineState.READY
    record(
        Tag.RUN_HOLDS_LIFTED,
        actor,
        run.number,
        dealer=dealer_code,
        reason=reason,
        lifted=line.lifted,
        holds=line.holds,
    )
    return run.number


@command(allow=Permission.SETTLEMENT_RUN)
def stop_run(actor: Actor, number: str) -> str:
    """Stop a run; what is issued stays issued, the rest can be resumed. Raises RuleBroken ST-7."""
    run = queries.run(number)
    run.state = RUN.advance(run.state, RunAction.STOP)
    if run.job_id is not None:
        jobs.cancel(run.job_id)
    record(Tag.RUN_STOPPED, actor, run.number, quarter=str(run.quarter))
    return run.number


@command(allow=Permission.SETTLEMENT_RUN)
def resume_run(actor: Actor, number: str) -> str:
    """Go on where a stopped or failed run was; nothing is done twice. Raises RuleBroken ST-7."""
    run = queries.run(number)
    if run.step is not RunStep.PRINT:
        refuse_two(run.quarter)
    run.state = RUN.advance(run.state, RunAction.RESUME)
    if run.step in WORK:
        _ask(actor, run)
    else:
        run.state = RUN.advance(run.state, RunAction.PRESENT)
    record(Tag.RUN_RESUMED, actor, run.number, quarter=str(run.quarter))
    return run.number


def refuse_two(quarter: Quarter) -> None:
    """ST-7: one run of a quarter is at work at a time; the database's index says the same to those who race."""
    if queries.at_work(quarter) is not None:
        raise RuleBroken("ST-7", T("A run of {quarter} is at work already.", quarter=quarter))


def _ask(actor: Actor, run: SettlementRun) -> None:
    kind = WORK[run.step]
    run.job_id = jobs.ask(actor, kind, key=f"{kind}:{run.id}", run_id=run.id)


def _finish(run: SettlementRun) -> None:
    run.state, run.step, run.step_at = RUN.advance(run.state, RunAction.FINISH), RunStep.DONE, clock.now()
    run.finished_at = clock.now()


def _reason(code: str, reason: str) -> str:
    if not reason.strip():
        raise RuleBroken("ST-4", T("Say why the holds of {dealer} are lifted.", dealer=code), field="reason")
    return reason.strip()

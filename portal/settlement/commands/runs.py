"""Runs: start, compute dealer by dealer, stop, resume (ST-4, ST-7)."""

from collections.abc import Mapping

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
from portal.settlement.models import RunLine, SettlementRun
from portal.settlement.rules import RUN, RunAction, RunState, RunStep, holds, remaining
from portal.tenants import queries as tenants


@command(allow=Permission.SETTLEMENT_RUN)
def start_run(
    actor: Actor, quarter: Quarter, *, trial: bool = False, overrides: Mapping[str, str] | None = None
) -> str:
    """Start computing a quarter in the background. Returns the run's number.

    `overrides`: dealer code → reason, for dealers whose holds finance lifts (ST-4). A trial computes the same and
    can't be issued. Raises RuleBroken ST-7 while another run of the quarter is at work, ST-4 for an override
    without a reason.
    """
    reasons: dict[int, str] = {}
    for code, reason in (overrides or {}).items():
        if not reason:
            raise RuleBroken("ST-4", T("Say why the holds of {dealer} are lifted.", dealer=code), field="reason")
        reasons[tenants.dealer(code).id] = reason
    if queries.unfinished_run(quarter) is not None:
        raise RuleBroken("ST-7", T("A run of {quarter} is at work already.", quarter=quarter))
    run = SettlementRun(
        number=numbering.take("JR", clock.today(actor.timezone).year),
        quarter=quarter,
        trial=trial,
        state=RunState.QUEUED,
        step=RunStep.CHECK,
        person_id=actor.person_id,
        person=actor.name,
        started_at=clock.now(),
    )
    session().add(run)
    session().flush()
    for agreement in queries.to_settle(quarter):
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
    run.job_id = jobs.ask(actor, "settlement.compute", key=f"settlement.compute:{run.id}", run_id=run.id)
    record(Tag.RUN_STARTED, actor, run.number, quarter=str(quarter), trial=trial, overrides=dict(overrides or {}))
    return run.number


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def begin_run(actor: Actor, run_id: int, step: RunStep) -> None:
    """The background work has taken the run up, for the first time or again."""
    run = queries.run_by_id(run_id)
    if run.state is RunState.QUEUED:
        run.state = RUN.advance(run.state, RunAction.START)
    run.step = step


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def compute_line(actor: Actor, line_id: int) -> None:
    """Compute one dealer: what holds it, or its figures (ST-4, ST-6). Doing it again gives the same."""
    line = queries.line(line_id)
    run = queries.run_by_id(line.run_id)
    agreement = agreements.by_id(line.agreement_id)
    found = holds(queries.hold_facts(agreement, run.quarter, clock.today(actor.timezone)))
    left = remaining(found, override=bool(line.override_reason))
    line.holds = [hold.value for hold in left]
    line.lifted = [hold.value for hold in found if hold not in left]
    line.figures = queries.result(agreement, run.quarter).as_strings()
    line.computed = True


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def present_run(actor: Actor, run_id: int) -> None:
    """Everything is computed: finance looks at it before anything is issued; a trial ends here."""
    run = queries.run_by_id(run_id)
    run.state = RUN.advance(run.state, RunAction.PRESENT)
    run.step = RunStep.REVIEW
    if run.trial:
        run.state, run.step, run.finished_at = RUN.advance(run.state, RunAction.FINISH), RunStep.DONE, clock.now()


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def finish_run(actor: Actor, run_id: int) -> None:
    """The last step is done."""
    run = queries.run_by_id(run_id)
    run.state, run.step, run.finished_at = RUN.advance(run.state, RunAction.FINISH), RunStep.DONE, clock.now()


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def fail_run(actor: Actor, *, run_id: int) -> None:
    """The background work gave up; the run can be resumed where it was."""
    run = queries.run_by_id(run_id)
    run.state = RUN.advance(run.state, RunAction.FAIL)


@command(allow=Permission.SETTLEMENT_RUN)
def stop_run(actor: Actor, number: str) -> str:
    """Stop a run; what is issued stays issued, the rest can be resumed (ST-7)."""
    run = queries.run(number)
    run.state = RUN.advance(run.state, RunAction.STOP)
    if run.job_id is not None:
        jobs.cancel(run.job_id)
    record(Tag.RUN_CANCELLED, actor, run.number, quarter=str(run.quarter))
    return run.number


@command(allow=Permission.SETTLEMENT_RUN)
def resume_run(actor: Actor, number: str) -> str:
    """Go on where a stopped or failed run was; nothing is done twice (ST-7)."""
    run = queries.run(number)
    if (other := queries.unfinished_run(run.quarter)) is not None and other.id != run.id:
        raise RuleBroken("ST-7", T("A run of {quarter} is at work already.", quarter=run.quarter))
    run.state = RUN.advance(run.state, RunAction.RESUME)
    kind = {RunStep.ISSUE: "settlement.issue", RunStep.PRINT: "settlement.print"}.get(run.step, "settlement.compute")
    run.job_id = jobs.ask(actor, kind, key=f"{kind}:{run.id}", run_id=run.id)
    record(Tag.RUN_STARTED, actor, run.number, quarter=str(run.quarter), resumed=True)
    return run.number

"""Issuing the statements of a run: each dealer in its own transaction, so that one never stops the others (ST-6)."""

import datetime as dt

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.documents import steps as documents
from portal.documents.batch import Printed
from portal.documents.rules import data_sha256
from portal.jobs import steps as jobs
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.ledger import steps as money
from portal.settlement import queries, sheet
from portal.settlement.commands.runs import judge, note, refuse_two, words
from portal.settlement.models import RunLine, SettlementRun, Statement, StatementRevision
from portal.settlement.rules import (
    RUN,
    SETTLED,
    STATEMENT,
    LineState,
    Result,
    RunAction,
    RunStep,
    StatementAction,
    StatementState,
    answer_by,
)
from portal.tenants import queries as tenants


@command(allow=Permission.SETTLEMENT_RUN)
def issue_run(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Issue, in the background, a statement to every dealer of the run that nothing holds. Returns its number.

    Raises RuleBroken ST-7 for a run that does not wait for it, Conflict when it changed meanwhile.
    """
    run = queries.run(number)
    if seen_version is not None and run.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    refuse_two(run.quarter)
    run.state = RUN.advance(run.state, RunAction.ISSUE)
    run.step, run.step_at = RunStep.ISSUE, clock.now()
    run.job_id = jobs.ask(actor, "settlement.issue", key=f"settlement.issue:{run.id}", run_id=run.id)
    record(Tag.RUN_ISSUED, actor, run.number, quarter=str(run.quarter))
    return run.number


@command(allow=Permission.SETTLEMENT_RUN)
def issue_line(actor: Actor, line_id: int) -> str:
    """Issue one dealer's statement, or the next revision of a disputed one. Returns its number, "" when there is none.

    Holds and figures are found once more under the fund's lock: what changed since the run was computed counts, and
    the line says so. Issuing freezes the quarter: whatever would be dated into it counts in the next one
    (MN-4). A dealer that is held now, or whose statement another run issued, gets none.
    """
    line = queries.line(line_id)
    if line.statement:
        return line.statement
    run = queries.run_by_id(line.run_id)
    agreement = agreements.by_id(line.agreement_id)
    # Before the statement's number: only this command takes those, so the order can't tie a knot.
    fund = money.lock_fund(agreement)
    statement = queries.of_quarter(agreement.id, run.quarter)
    if statement is not None and statement.state in SETTLED:
        return _pass_over(actor, line, run, LineState.SETTLED)
    if judge(actor, line, run.quarter):
        return _pass_over(actor, line, run, LineState.HELD)
    today = clock.today(actor.timezone)
    new_number = numbering.take("JS", today.year) if statement is None else ""
    result = queries.result(agreement, run.quarter)
    if statement is None:
        statement = _begin(agreement, new_number, run.quarter, today)
    action = StatementAction.ISSUE if statement.state is StatementState.DRAFT else StatementAction.REVISE
    statement.state = STATEMENT.advance(statement.state, action)
    statement.revision += 1
    line.changed = line.figures != result.as_strings()
    note(statement, result)
    note(line, result)
    statement.issued_on, statement.issued_by = today, actor.person_id
    statement.answer_by = answer_by(today, agreements.terms_for(agreement.id, run.quarter))
    session().add(statement)
    session().flush()
    _freeze_revision(actor, agreement, statement, result, run=run)
    money.freeze(fund, run.quarter)
    line.state = LineState.ISSUED
    line.statement, line.revision = statement.number, statement.revision
    record(
        Tag.STATEMENT_ISSUED,
        actor,
        statement.number,
        dealer_id=statement.dealer_id,
        quarter=str(run.quarter),
        revision=statement.revision,
        result=str(result.result),
    )
    return statement.number


def _begin(agreement: Agreement, number: str, quarter: Quarter, today: dt.date) -> Statement:
    return Statement(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        number=number,
        quarter=quarter,
        revision=0,
        state=StatementState.DRAFT,
        issued_on=today,
    )


def _freeze_revision(
    actor: Actor, agreement: Agreement, statement: Statement, result: Result, *, run: SettlementRun
) -> None:
    """Keep everything that is printed, with its hash (ST-6)."""
    changes = sheet.changes(statement, result)
    printed = sheet.build(agreement, statement, result, changes, prepared=run.person, checked=actor.name)
    session().add(
        StatementRevision(
            statement_id=statement.id,
            dealer_id=statement.dealer_id,
            revision=statement.revision,
            data=sheet.as_data(printed),
            data_hash=data_sha256(printed),
            figures=result.as_strings(),
            changes=changes,
            reason=printed.reason,
            code=documents.new_code(),
            issued_on=statement.issued_on,
            issued_by=actor.name,
            at=clock.now(),
            last_entry=ledger.last_entry(agreement.id),
        )
    )


def _pass_over(actor: Actor, line: RunLine, run: SettlementRun, state: LineState) -> str:
    line.state = state
    record(
        Tag.STATEMENT_HELD,
        actor,
        run.number,
        quarter=str(run.quarter),
        dealer=tenants.dealer_by_id(line.dealer).code,
        state=f"LineState.{state.name}",
        holds=words(line.holds),
    )
    return ""


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def ask_for_print(actor: Actor, run_id: int) -> None:
    """Everything is issued: print it in the background; a run that was asked before is not asked again."""
    run = queries.run_by_id(run_id)
    run.step, run.step_at = RunStep.PRINT, clock.now()
    run.job_id = jobs.ask(actor, "settlement.print", key=f"settlement.print:{run.id}", run_id=run.id)


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def store_print(actor: Actor, line_id: int, printed: Printed, public_url: str) -> None:
    """Keep the PDF of an issued statement for good and let its code be verified (ST-3, ST-6)."""
    line = queries.line(line_id)
    statement = queries.get(line.statement)
    revision = queries.revision(statement.id, line.revision)
    documents.store(
        kind="statement",
        number=statement.number,
        revision=revision.revision,
        dealer_id=statement.dealer_id,
        pdf=printed.pdf,
        render_key=printed.key,
    )
    documents.publish(sheet.from_data(revision.data, revision.code, public_url), printed.pdf)
    line.printed = True


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def store_print_file(actor: Actor, run_id: int, part: int, parts: int, count: int, pdf: bytes) -> None:
    """Keep one file of the run's merged statements for the printer (ST-8)."""
    documents.store_print_file(
        subject=queries.run_by_id(run_id).number, part=part, parts=parts, documents=count, pdf=pdf
    )

"""Issuing the statements of a run: each dealer in its own transaction, so that one never stops the others (ST-6)."""

from portal.agreements import queries as agreements
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
from portal.kernel.permissions import Permission
from portal.ledger import queries as ledger
from portal.ledger import steps as money
from portal.settlement import queries, view
from portal.settlement.models import RunLine, SettlementRun, Statement, StatementRevision
from portal.settlement.rules import (
    RUN,
    SETTLED,
    STATEMENT,
    RunAction,
    RunStep,
    StatementAction,
    StatementState,
    answer_by,
    holds,
    remaining,
)


@command(allow=Permission.SETTLEMENT_RUN)
def issue_run(actor: Actor, number: str) -> str:
    """Issue, in the background, a statement to every dealer of the run that nothing holds. Returns its number."""
    run = queries.run(number)
    run.state = RUN.advance(run.state, RunAction.ISSUE)
    run.step = RunStep.ISSUE
    run.job_id = jobs.ask(actor, "settlement.issue", key=f"settlement.issue:{run.id}", run_id=run.id)
    record(Tag.RUN_ISSUED, actor, run.number, quarter=str(run.quarter))
    return run.number


@command(allow=Permission.SETTLEMENT_RUN)
def issue_line(actor: Actor, line_id: int) -> str:
    """Issue one dealer's statement, or the next revision of a disputed one. Returns its number, "" when held.

    Holds and figures are computed once more under the fund's lock: what changed since the run was computed counts.
    Issuing freezes the quarter: whatever would be dated into it counts in the next one (MN-4).
    """
    line = queries.line(line_id)
    if line.statement:
        return line.statement
    run = queries.run_by_id(line.run_id)
    today = clock.today(actor.timezone)
    agreement = agreements.by_id(line.agreement_id)
    # Before the statement's number here: only this command takes those, so the order can't tie a knot.
    fund = money.lock_fund(agreement)
    found = holds(queries.hold_facts(agreement, run.quarter, today))
    left = remaining(found, override=bool(line.override_reason))
    line.holds, line.lifted = [h.value for h in left], [h.value for h in found if h not in left]
    statement = queries.of_quarter(agreement.id, run.quarter)
    if left or (statement is not None and statement.state in SETTLED):
        return _pass_over(actor, line, run)
    new_number = numbering.take("JS", today.year) if statement is None else ""
    result = queries.result(agreement, run.quarter)
    line.figures = result.as_strings()
    terms = agreements.terms_for(agreement.id, run.quarter)
    if statement is None:
        statement = Statement(
            agreement_id=agreement.id,
            dealer_id=agreement.dealer_id,
            number=new_number,
            quarter=run.quarter,
            revision=0,
            state=StatementState.DRAFT,
            figures={},
            issued_on=today,
        )
        session().add(statement)
    action = StatementAction.ISSUE if statement.state is StatementState.DRAFT else StatementAction.REVISE
    statement.state = STATEMENT.advance(statement.state, action)
    statement.revision += 1
    statement.figures = result.as_strings()
    statement.issued_on, statement.issued_by = today, actor.person_id
    statement.answer_by = answer_by(today, terms)
    session().flush()
    printed = view.build(agreement, statement, result, prepared=actor.name)
    session().add(
        StatementRevision(
            statement_id=statement.id,
            dealer_id=statement.dealer_id,
            revision=statement.revision,
            data=view.as_data(printed),
            data_hash=data_sha256(printed),
            figures=result.as_strings(),
            changes=view.changes(statement, result),
            override_reason=line.override_reason,
            code=documents.new_code(),
            issued_on=today,
            issued_by=actor.name,
            at=clock.now(),
            last_entry=ledger.last_entry(agreement.id),
        )
    )
    money.freeze(fund, run.quarter)
    line.statement, line.revision = statement.number, statement.revision
    record(
        Tag.STATEMENT_ISSUED,
        actor,
        statement.number,
        dealer_id=statement.dealer_id,
        quarter=str(run.quarter),
        revision=statement.revision,
        result=str(result.result),
        override=line.override_reason,
        lifted=line.lifted,
    )
    return statement.number


def _pass_over(actor: Actor, line: RunLine, run: SettlementRun) -> str:
    record(
        Tag.STATEMENT_HELD,
        actor,
        run.number,
        dealer_id=line.dealer,
        quarter=str(run.quarter),
        holds=line.holds,
    )
    return ""


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def ask_for_print(actor: Actor, run_id: int) -> None:
    """Everything is issued: print it in the background; a run that was asked before is not asked again."""
    run = queries.run_by_id(run_id)
    run.step = RunStep.PRINT
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
    documents.publish(view.from_data(revision.data, revision.code, public_url), printed.pdf)
    line.printed = True


@command(allow=Permission.SETTLEMENT_RUN, silent=True)
def store_print_file(actor: Actor, run_id: int, part: int, parts: int, count: int, pdf: bytes) -> None:
    """Keep one file of the run's merged statements for the printer (ST-8)."""
    documents.store_print_file(
        subject=queries.run_by_id(run_id).number, part=part, parts=parts, documents=count, pdf=pdf
    )

"""Reading runs and statements, and the facts that decide whether a dealer can be settled."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.documents.rules import StatementView, thaw
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Quarter
from portal.ledger import queries as ledger
from portal.reports import queries as reports
from portal.settlement.models import RunLine, SettlementRun, Statement, StatementMessage, StatementRevision
from portal.settlement.rules import (
    SETTLED,
    HoldFacts,
    Result,
    RunState,
    RunStep,
    StatementState,
    compute,
)
from portal.warranty import queries as warranty


def run(number: str) -> SettlementRun:
    """A run by its number. Raises NotFound."""
    found = session().scalars(sa.select(SettlementRun).where(SettlementRun.number == number)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def run_by_id(run_id: int) -> SettlementRun:
    """A run of the scope. Raises NotFound."""
    found = session().scalars(sa.select(SettlementRun).where(SettlementRun.id == run_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def runs(quarter: Quarter) -> Sequence[SettlementRun]:
    """The runs of a quarter, newest first."""
    statement = (
        sa.select(SettlementRun).where(SettlementRun.quarter == quarter).order_by(SettlementRun.id.desc())
    )
    return session().scalars(statement).all()


def unfinished_run(quarter: Quarter) -> SettlementRun | None:
    """A run of the quarter that still computes or issues; one that only prints is in nobody's way."""
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


def get(number: str) -> Statement:
    """A statement of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Statement).where(Statement.number == number)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def of_quarter(agreement_id: int, quarter: Quarter) -> Statement | None:
    """The statement of an agreement for a quarter."""
    statement = sa.select(Statement).where(
        Statement.agreement_id == agreement_id, Statement.quarter == quarter
    )
    return session().scalars(statement).one_or_none()


def in_quarter(quarter: Quarter, *states: StatementState) -> Sequence[Statement]:
    """The statements of a quarter in one of `states` (all states when none is named), in dealer order."""
    statement = sa.select(Statement).where(Statement.quarter == quarter).order_by(Statement.dealer_id)
    if states:
        statement = statement.where(Statement.state.in_(states))
    return session().scalars(statement).all()


def all_statements() -> Sequence[Statement]:
    """Every statement of the scope, oldest quarter first, in dealer order."""
    return session().scalars(sa.select(Statement).order_by(Statement.quarter, Statement.dealer_id)).all()


def silent(before: dt.date) -> list[int]:
    """Statements whose time to answer ended before a day (ST-5)."""
    statement = sa.select(Statement.id).where(
        Statement.state == StatementState.ISSUED, Statement.answer_by < before
    )
    return list(session().scalars(statement.order_by(Statement.id)))


def revision(statement_id: int, number: int) -> StatementRevision:
    """One revision of a statement. Raises NotFound."""
    found = session().scalars(
        sa.select(StatementRevision).where(
            StatementRevision.statement_id == statement_id, StatementRevision.revision == number
        )
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def revisions(statement_id: int) -> Sequence[StatementRevision]:
    """All revisions of a statement, newest first."""
    statement = sa.select(StatementRevision).where(StatementRevision.statement_id == statement_id)
    return session().scalars(statement.order_by(StatementRevision.revision.desc())).all()


def messages(statement_id: int) -> Sequence[StatementMessage]:
    """What the parties wrote about a statement, oldest first."""
    statement = sa.select(StatementMessage).where(StatementMessage.statement_id == statement_id)
    return session().scalars(statement.order_by(StatementMessage.id)).all()


def is_settled(agreement_id: int, quarter: Quarter) -> bool:
    """Whether a run leaves it alone: its statement is issued, confirmed or closed."""
    found = of_quarter(agreement_id, quarter)
    return found is not None and found.state in SETTLED


def to_settle(quarter: Quarter) -> list[Agreement]:
    """The agreements that a run of the quarter works on, in dealer order."""
    touching = agreements.touching(quarter.first, quarter.last)
    return [agreement for agreement in touching if not is_settled(agreement.id, quarter)]


def hold_facts(agreement: Agreement, quarter: Quarter, today: dt.date) -> HoldFacts:
    """What is known of a dealer when its quarter is to be settled (ST-4)."""
    fund = ledger.fund(agreement.id)
    previous = quarter.previous
    closed = fund is not None and fund.closed_until is not None and fund.closed_until >= previous
    forms = reports.of_quarter(agreement, quarter)
    return HoldFacts(
        quarter=quarter,
        today=today,
        previous_open=agreement.span.touches(previous.first, previous.last) and not closed,
        forms_owed=forms.owed,
        forms_submitted=forms.submitted,
        forms_accepted=forms.accepted,
        pays_card_fee=agreements.terms_for(agreement.id, quarter).pays_card_fee,
        cards_undecided=warranty.cards_undecided(agreement.id, quarter),
    )


def result(agreement: Agreement, quarter: Quarter) -> Result:
    """The quarter's figures as a statement of now would show them (ST-2)."""
    return compute(
        ledger.figures(agreement, quarter), agreements.terms_for(agreement.id, quarter).surplus
    )


def printable(line: RunLine, public_url: str) -> StatementView:
    """The stored view of a run's statement with its proof, ready to print."""
    statement = get(line.statement)
    stored = revision(statement.id, line.revision)
    return thaw(StatementView, stored.data).proven(stored.code, public_url)

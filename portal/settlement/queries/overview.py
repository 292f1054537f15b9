"""Quarters and where they stand, and who could be settled now."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.jobs.models import Job, JobState
from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.settlement.models import SettlementRun, Statement
from portal.settlement.queries.settling import hold_facts_of, to_settle
from portal.settlement.queries.statements import in_quarter
from portal.settlement.rules import (
    Hold,
    QuarterState,
    RunState,
    RunStep,
    StatementState,
    holds,
    quarter_state,
)
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer


@dataclass(frozen=True)
class QuarterRow:
    """One quarter in figures; amounts are those of the statements that are out."""

    quarter: Quarter
    state: QuarterState
    #: Dealers whose agreement touches it.
    dealers: int
    statements: Mapping[StatementState, int]
    due: Decimal
    payable: Decimal
    carried: Decimal
    #: The newest run that is no trial.
    run: SettlementRun | None

    @property
    def issued(self) -> int:
        """How many statements are out."""
        return sum(self.statements.values())


@dataclass
class _Sums:
    statements: dict[StatementState, int] = field(default_factory=dict)
    due: Decimal = ZERO
    payable: Decimal = ZERO
    carried: Decimal = ZERO


def quarter_rows(today: dt.date, *, most: int = 12) -> list[QuarterRow]:
    """The quarters since the first agreement began, newest first, at most `most` of them."""
    last = Quarter.of(today)
    known = agreements.touching(dt.date.min, last.last)
    if not known:
        return []
    asked = [last]
    while asked[-1] > Quarter.of(min(agreement.starts for agreement in known)) and len(asked) < most:
        asked.append(asked[-1].previous)
    return _rows(asked, known, today)


def quarter_row(quarter: Quarter, today: dt.date) -> QuarterRow:
    """One quarter in figures."""
    return _rows([quarter], agreements.touching(quarter.first, quarter.last), today)[0]


def _rows(asked: Sequence[Quarter], known: Sequence[Agreement], today: dt.date) -> list[QuarterRow]:
    sums: dict[Quarter, _Sums] = defaultdict(_Sums)
    statement = sa.select(
        Statement.quarter,
        Statement.state,
        sa.func.count(Statement.id),
        sa.func.sum(Statement.due),
        sa.func.sum(Statement.payable),
        sa.func.sum(Statement.carried),
    ).where(Statement.quarter.in_(asked))
    for quarter, state, count, due, payable, carried in session().execute(
        statement.group_by(Statement.quarter, Statement.state)
    ):
        row = sums[quarter]
        row.statements[state] = count
        row.due, row.payable, row.carried = row.due + due, row.payable + payable, row.carried + carried
    newest: dict[Quarter, SettlementRun] = {}
    working: set[Quarter] = set()
    reviewing: set[Quarter] = set()
    for run in session().scalars(
        sa.select(SettlementRun).where(SettlementRun.quarter.in_(asked)).order_by(SettlementRun.id)
    ):
        if not run.trial:
            newest[run.quarter] = run
        if run.state.is_moving and run.step is not RunStep.PRINT:
            working.add(run.quarter)
        if run.state is RunState.TO_REVIEW:
            reviewing.add(run.quarter)
    found = []
    for quarter in asked:
        dealers = sum(agreement.span.touches(quarter.first, quarter.last) for agreement in known)
        stands = quarter_state(
            is_over=today > quarter.last,
            dealers=dealers,
            statements=sums[quarter].statements,
            at_work=quarter in working,
            to_review=quarter in reviewing,
        )
        row = sums[quarter]
        amounts = (row.due, row.payable, row.carried)
        found.append(QuarterRow(quarter, stands, dealers, row.statements, *amounts, newest.get(quarter)))
    return found


@dataclass(frozen=True)
class Candidate:
    """A dealer that a run of the quarter would work on, and what holds it now."""

    agreement: Agreement
    dealer: Dealer
    holds: tuple[Hold, ...]
    #: The statement that it disputes; a run issues the next revision.
    disputed: Statement | None

    @property
    def overridable(self) -> bool:
        """Whether finance may lift what holds it."""
        return bool(self.holds) and all(hold.overridable for hold in self.holds)


def candidates(quarter: Quarter, today: dt.date) -> list[Candidate]:
    """Everybody whose statement does not stand yet, by dealer code."""
    found = to_settle(quarter)
    facts = hold_facts_of(found, quarter, today)
    names = {dealer.id: dealer for dealer in tenants.dealers(holders_only=True)}
    statement = sa.select(Statement).where(
        Statement.quarter == quarter, Statement.state == StatementState.DISPUTED
    )
    disputed = {row.agreement_id: row for row in session().scalars(statement)}
    return [Candidate(a, names[a.dealer_id], holds(facts[a.id]), disputed.get(a.id)) for a in found]


@dataclass(frozen=True)
class Closing:
    """What closing a quarter would do now."""

    #: Confirmed statements that it would close.
    count: int
    #: Of these, issued by the person who asks: somebody else has to close them (FE-1).
    own: int
    #: Somebody asked for it, and it is not done yet.
    at_work: bool


def closing(quarter: Quarter, person_id: int | None) -> Closing:
    """What closing a quarter would do now."""
    confirmed = in_quarter(quarter, StatementState.CONFIRMED)
    jobs = session().scalars(
        sa.select(Job).where(
            Job.manufacturer_id == session().scope.manufacturer_id,
            Job.kind == "settlement.close",
            Job.state.in_([JobState.QUEUED, JobState.RUNNING]),
        )
    )
    own = sum(person_id is not None and statement.issued_by == person_id for statement in confirmed)
    return Closing(len(confirmed), own, any(job.arguments.get("quarter") == str(quarter) for job in jobs))

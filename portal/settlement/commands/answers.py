"""The parties' answers to a statement, and the closing that posts its result (ST-5, MN-4, FE-1)."""

import datetime as dt

from portal.agreements import queries as agreements
from portal.agreements.rules import Surplus
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.jobs import steps as jobs
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.money import ZERO, parse_money
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.ledger import steps as money
from portal.ledger.rules import Account, closing_entries
from portal.settlement import queries
from portal.settlement.models import Statement, StatementMessage
from portal.settlement.rules import STATEMENT, StatementAction, StatementState, surplus_of


def _seen(statement: Statement, seen_version: int | None) -> None:
    if seen_version is not None and statement.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


def _in_time(actor: Actor, statement: Statement) -> None:
    """ST-5: after the last day to answer silence has confirmed, also when no worker has said so yet."""
    late = statement.answer_by is not None and clock.today(actor.timezone) > statement.answer_by
    if late and statement.state is StatementState.ISSUED:
        raise RuleBroken(
            "ST-5",
            T(
                "The last day to answer was {day}; the statement counts as confirmed.",
                day=statement.answer_by,
            ),
        )


@command(allow=Permission.STATEMENTS_ANSWER)
def confirm(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """The dealer agrees with the statement as issued. Raises RuleBroken ST-5 when it is not open any more."""
    statement = queries.get(number)
    _seen(statement, seen_version)
    _in_time(actor, statement)
    statement.state = STATEMENT.advance(statement.state, StatementAction.CONFIRM)
    statement.confirmed_on, statement.confirmed_by = clock.today(actor.timezone), actor.name
    record(
        Tag.STATEMENT_CONFIRMED, actor, number, quarter=str(statement.quarter), revision=statement.revision
    )
    return number


@command(allow=Permission.STATEMENTS_ANSWER)
def dispute(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """The dealer objects, with a reason; adjustments go into this quarter until it is issued again.

    Raises RuleBroken ST-5 without a reason, or when the statement is not open any more.
    """
    if not reason.strip():
        raise RuleBroken("ST-5", T("Say what is wrong with the statement."), field="reason")
    statement = queries.get(number)
    _seen(statement, seen_version)
    _in_time(actor, statement)
    fund = money.lock_fund(agreements.by_id(statement.agreement_id))
    statement.state = STATEMENT.advance(statement.state, StatementAction.DISPUTE)
    statement.dispute_reason = reason.strip()
    money.dispute(fund, statement.quarter)
    _write(actor, statement, reason.strip())
    record(Tag.STATEMENT_DISPUTED, actor, number, quarter=str(statement.quarter), reason=reason.strip())
    return number


@command(allow=Permission.STATEMENTS_REPLY)
def reply(actor: Actor, number: str, *, text: str) -> str:
    """Either party writes about a statement that was disputed. Raises RuleBroken ST-5 for one that never was."""
    statement = queries.get(number)
    if not text.strip():
        raise RuleBroken("ST-5", T("Write something first."), field="text")
    if not statement.dispute_reason or statement.state is StatementState.CLOSED:
        raise RuleBroken("ST-5", T("There is no dispute about this statement."))
    _write(actor, statement, text.strip())
    record(Tag.STATEMENT_REPLIED, actor, number, dealer_id=statement.dealer_id, text=text.strip())
    return number


@command(allow=Permission.CLOCK)
def deem(actor: Actor, statement_id: int) -> str:
    """The dealer was silent until the last day to answer: the statement counts as confirmed on the day after."""
    statement = session().get_one(Statement, statement_id)
    statement.state = STATEMENT.advance(statement.state, StatementAction.DEEM)
    assert statement.answer_by is not None, "only statements with a last day to answer are deemed confirmed"
    statement.confirmed_on, statement.confirmed_by = statement.answer_by + dt.timedelta(days=1), ""
    record(
        Tag.STATEMENT_DEEMED,
        actor,
        statement.number,
        dealer_id=statement.dealer_id,
        quarter=str(statement.quarter),
        on=str(statement.confirmed_on),
    )
    return statement.number


@command(allow=Permission.SETTLEMENT_CLOSE)
def close_quarter(actor: Actor, quarter: Quarter) -> int:
    """Close, in the background, every confirmed statement of a quarter; the others stay. Returns the job's id.

    Raises RuleBroken FE-1 when the person issued any of them: closing needs a second person.
    """
    confirmed = queries.in_quarter(quarter, StatementState.CONFIRMED)
    for statement in confirmed:
        _second_person(actor, statement)
    # Closed ones never come back, so another lot has another key; a second click asks for the same work.
    key = f"settlement.close:{quarter}:{max((row.id for row in confirmed), default=0)}:{len(confirmed)}"
    job_id = jobs.ask(actor, "settlement.close", key=key, quarter=str(quarter))
    record(Tag.QUARTER_CLOSING, actor, str(quarter), count=len(confirmed))
    return job_id


@command(allow=Permission.SETTLEMENT_CLOSE)
def close(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Post the result of a confirmed statement and close its quarter (MN-4). Raises RuleBroken ST-5, FE-1.

    A surplus is carried into the next quarter or becomes payable; what is missing becomes due (ST-2).
    """
    statement = queries.get(number)
    _seen(statement, seen_version)
    _second_person(actor, statement)
    agreement = agreements.by_id(statement.agreement_id)
    fund = money.lock_fund(agreement)
    statement.state = STATEMENT.advance(statement.state, StatementAction.CLOSE)
    statement.closed_on, statement.closed_by = clock.today(actor.timezone), actor.name
    terms = agreements.terms_for(agreement.id, statement.quarter)
    carries = surplus_of(terms, agreement.span, statement.quarter) is Surplus.CARRY
    for entry in closing_entries(
        statement.quarter, parse_money(statement.figures["result"]), carries=carries
    ):
        money.post(
            actor,
            fund,
            entry.kind,
            entry.amount,
            source=f"{statement.number}:{entry.kind.value}",
            date=entry.quarter.first if entry.quarter > statement.quarter else entry.quarter.last,
            document=statement.number,
            quarter=entry.quarter,
        )
    money.close(fund, statement.quarter)
    if ledger.balances(agreement.id)[statement.quarter].get(Account.FUND, ZERO) != ZERO:
        raise AssertionError(f"{number}: closing leaves money in the fund of {statement.quarter}")
    record(
        Tag.STATEMENT_CLOSED,
        actor,
        number,
        dealer_id=statement.dealer_id,
        quarter=str(statement.quarter),
        result=statement.figures["result"],
    )
    return number


def _second_person(actor: Actor, statement: Statement) -> None:
    if statement.issued_by is not None and actor.person_id is not None:
        check_four_eyes(statement.issued_by, actor.person_id)


def _write(actor: Actor, statement: Statement, text: str) -> None:
    session().add(
        StatementMessage(
            statement_id=statement.id,
            dealer_id=statement.dealer_id,
            revision=statement.revision,
            side=actor.side,
            person=actor.name,
            text=text,
            at=clock.now(),
        )
    )

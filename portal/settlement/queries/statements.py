"""Reading statements, their revisions and what the parties wrote about them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.documents.models import StoredDocument
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Quarter
from portal.settlement.models import Statement, StatementMessage, StatementRevision
from portal.settlement.rules import StatementState
from portal.tenants.models import Dealer


def get(number: str) -> Statement:
    """A statement of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Statement).where(Statement.number == number)).one_or_none()
    if found is None:
        raise NotFound
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
    found = (
        session()
        .scalars(
            sa.select(StatementRevision).where(
                StatementRevision.statement_id == statement_id, StatementRevision.revision == number
            )
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def revisions(statement_id: int) -> Sequence[StatementRevision]:
    """All revisions of a statement, newest first."""
    statement = sa.select(StatementRevision).where(StatementRevision.statement_id == statement_id)
    return session().scalars(statement.order_by(StatementRevision.revision.desc())).all()


def printed(number: str) -> frozenset[int]:
    """The revisions of a statement whose PDF is stored."""
    statement = sa.select(StoredDocument.revision).where(
        StoredDocument.kind == "statement", StoredDocument.number == number
    )
    return frozenset(session().scalars(statement))


def messages(statement_id: int) -> Sequence[StatementMessage]:
    """What the parties wrote about a statement, oldest first."""
    statement = sa.select(StatementMessage).where(StatementMessage.statement_id == statement_id)
    return session().scalars(statement.order_by(StatementMessage.id)).all()


@dataclass(frozen=True)
class StatementFilter:
    """What a list of statements is narrowed to; `text` is a part of its number or of the dealer's code or name."""

    state: StatementState | None = None
    quarter: Quarter | None = None
    text: str = ""


def statement_rows(chosen: StatementFilter) -> sa.Select[Statement, Dealer]:
    """Statements of the scope with their dealers, newest quarter first, in dealer order."""
    statement = sa.select(Statement, Dealer).join(Dealer, Dealer.id == Statement.dealer_id)
    if chosen.state is not None:
        statement = statement.where(Statement.state == chosen.state)
    if chosen.quarter is not None:
        statement = statement.where(Statement.quarter == chosen.quarter)
    if chosen.text:
        columns = (Statement.number, Dealer.code, Dealer.name)
        statement = statement.where(sa.or_(*(c.icontains(chosen.text, autoescape=True) for c in columns)))
    return statement.order_by(Statement.quarter.desc(), Dealer.code, Statement.id)


def all_statement_rows(chosen: StatementFilter) -> Sequence[sa.Row[Statement, Dealer]]:
    """The same as a list."""
    return session().execute(statement_rows(chosen)).all()


def statement_counts(quarter: Quarter | None = None) -> dict[StatementState, int]:
    """How many statements of the scope are in each state."""
    statement = sa.select(Statement.state, sa.func.count(Statement.id)).group_by(Statement.state)
    if quarter is not None:
        statement = statement.where(Statement.quarter == quarter)
    return dict(session().execute(statement).all())


def statement_quarters() -> list[Quarter]:
    """The quarters that have statements in this scope, newest first."""
    return list(session().scalars(sa.select(Statement.quarter).distinct().order_by(Statement.quarter.desc())))


@dataclass(frozen=True)
class Dispute:
    """A disputed statement and who wrote last about it."""

    statement: Statement
    dealer: Dealer
    last: StatementMessage
    messages: int


def disputes() -> list[Dispute]:
    """The disputes of the scope, the one that waits longest first."""
    rows = session().execute(
        statement_rows(StatementFilter(state=StatementState.DISPUTED)).order_by(None).order_by(Statement.id)
    )
    found = [(statement, dealer) for statement, dealer in rows]
    said: dict[int, list[StatementMessage]] = defaultdict(list)
    written = sa.select(StatementMessage).where(
        StatementMessage.statement_id.in_([statement.id for statement, _dealer in found])
    )
    for message in session().scalars(written.order_by(StatementMessage.id)):
        said[message.statement_id].append(message)
    disputes = [Dispute(s, dealer, said[s.id][-1], len(said[s.id])) for s, dealer in found]
    return sorted(disputes, key=lambda dispute: dispute.last.at)

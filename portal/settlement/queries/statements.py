"""Reading statements, their revisions and what the parties wrote about them."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Quarter
from portal.settlement.models import Statement, StatementMessage, StatementRevision
from portal.settlement.rules import StatementState


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


def messages(statement_id: int) -> Sequence[StatementMessage]:
    """What the parties wrote about a statement, oldest first."""
    statement = sa.select(StatementMessage).where(StatementMessage.statement_id == statement_id)
    return session().scalars(statement.order_by(StatementMessage.id)).all()

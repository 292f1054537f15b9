"""Reading runs and the dealers in them."""

from collections.abc import Sequence

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Quarter
from portal.settlement.models import RunLine, SettlementRun
from portal.settlement.rules import RunState, RunStep


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

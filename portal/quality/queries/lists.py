"""Lists of feedback, what waits for whom, and what a month's sheet is made of (QF-1)."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.period import Month
from portal.quality.models import Feedback
from portal.quality.rules import CLOCKED, OPEN, FeedbackGrade, FeedbackState, shown_state
from portal.tenants.models import Dealer


@dataclass(frozen=True)
class FeedbackFilter:
    """What a list is narrowed to; `text` is a part of the number, a serial's beginning, or a batch."""

    states: tuple[FeedbackState, ...] = ()
    dealer_id: int | None = None
    text: str = ""
    grade: FeedbackGrade | None = None
    model: str = ""
    month: Month | None = None
    #: Those whose answer is overdue on that day.
    overdue_on: dt.date | None = None

    @property
    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same for a statement."""
        if self.states:
            yield Feedback.state.in_(self.states)
        if self.dealer_id is not None:
            yield Feedback.dealer_id == self.dealer_id
        if self.grade is not None:
            yield Feedback.grade == self.grade
        if self.model:
            yield Feedback.model == self.model
        if self.month is not None:
            yield Feedback.filed_on.between(self.month.first, self.month.last)
        if self.overdue_on is not None:
            yield _overdue(self.overdue_on)
        if self.text:
            wanted = self.text.strip().upper()
            yield sa.or_(
                Feedback.number.contains(wanted, autoescape=True),
                Feedback.serial.startswith(wanted, autoescape=True),
                sa.func.upper(Feedback.batch) == wanted,
            )


def _overdue(today: dt.date) -> sa.ColumnElement[bool]:
    return sa.and_(Feedback.state.in_(CLOCKED), Feedback.due_on < today)


def feedback_list(wanted: FeedbackFilter, today: dt.date) -> sa.Select[Feedback, Dealer]:
    """Feedback that fits with its selling point: overdue ones first, the longest overdue on top, then the newest."""
    overdue = sa.case((_overdue(today), 0), else_=1)
    late = sa.case((_overdue(today), Feedback.due_on))
    statement = sa.select(Feedback, Dealer).join(Dealer, Dealer.id == Feedback.point_id)
    return statement.where(*wanted.conditions).order_by(overdue, late, Feedback.id.desc())


def feedback_rows(wanted: FeedbackFilter, today: dt.date, limit: int) -> list[tuple[Feedback, Dealer]]:
    """The same, at most so many, for a file."""
    found = session().execute(feedback_list(wanted, today).limit(limit))
    return [(feedback, point) for feedback, point in found]


def feedback_counts() -> dict[FeedbackState, int]:
    """How many feedbacks of the scope are in each state."""
    statement = sa.select(Feedback.state, sa.func.count(Feedback.id)).group_by(Feedback.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def count_feedback(wanted: FeedbackFilter) -> int:
    """How many feedbacks of the scope fit."""
    return session().scalar(sa.select(sa.func.count(Feedback.id)).where(*wanted.conditions)) or 0


@dataclass(frozen=True)
class Standing:
    """The feedbacks of the scope that are in one state."""

    count: int = 0
    #: The last day of the one that is due first.
    due: dt.date | None = None
    #: Those that wait for an answer which was escalated in this round.
    escalated: int = 0


def standing() -> dict[FeedbackState, Standing]:
    """How things stand, by state; states without a feedback are left out."""
    late = sa.and_(Feedback.state.in_(CLOCKED), Feedback.escalated_round == Feedback.round)
    escalated = sa.func.sum(sa.case((late, 1), else_=0))
    statement = (
        sa.select(Feedback.state, sa.func.count(Feedback.id), sa.func.min(Feedback.due_on), escalated)
        .where(Feedback.state.in_(OPEN))
        .group_by(Feedback.state)
    )
    return {row[0]: Standing(row[1], row[2], int(row[3])) for row in session().execute(statement)}


def of_dealer(states: Iterable[FeedbackState], limit: int = 20) -> list[Feedback]:
    """The oldest feedbacks of the scope in these states."""
    statement = sa.select(Feedback).where(Feedback.state.in_(list(states))).order_by(Feedback.id)
    return list(session().scalars(statement.limit(limit)))


def to_escalate(today: dt.date) -> list[int]:
    """Feedbacks whose answer is overdue and whose round was not escalated yet."""
    statement = sa.select(Feedback.id).where(_overdue(today), Feedback.escalated_round < Feedback.round)
    return list(session().scalars(statement.order_by(Feedback.id)))


def about_unit(serial: str) -> list[Feedback]:
    """The feedbacks of the scope about a unit, newest first."""
    statement = sa.select(Feedback).where(Feedback.serial == serial).order_by(Feedback.id.desc())
    return list(session().scalars(statement))


def about_batch(product_id: int, batch: str) -> list[Feedback]:
    """The feedbacks of the scope about a batch or a unit of it, newest first."""
    statement = sa.select(Feedback).where(Feedback.product_id == product_id, Feedback.batch == batch)
    return list(session().scalars(statement.order_by(Feedback.id.desc())))


def models_with_feedback() -> list[str]:
    """The models that a list can be narrowed to."""
    return list(session().scalars(sa.select(Feedback.model).distinct().order_by(Feedback.model)))


@dataclass(frozen=True)
class FeedbackOfMonth:
    """A feedback as the month's sheet lists it, as it stands now and as both sides may read it."""

    number: str
    found_on: dt.date
    filed_on: dt.date
    model: str
    #: Empty when it is not about one unit, or not about one batch.
    serial: str
    batch: str
    severity: FeedbackGrade
    units: int
    phenomenon: str
    state: FeedbackState
    #: The first answer; None: there is none yet.
    answered_on: dt.date | None
    #: The last day of the present round's answer.
    due_on: dt.date
    closed_on: dt.date | None
    rounds: int


def feedback_in(agreement_id: int, month: Month) -> list[FeedbackOfMonth]:
    """What was filed in a month under an agreement, in the order of filing; for the monthly sheet (MF-1)."""
    statement = (
        sa.select(Feedback)
        .where(Feedback.agreement_id == agreement_id, Feedback.filed_on.between(month.first, month.last))
        .order_by(Feedback.id)
    )
    return [
        FeedbackOfMonth(
            number=row.number,
            found_on=row.found_on,
            filed_on=row.filed_on,
            model=row.model,
            serial=row.serial,
            batch=row.batch,
            severity=row.grade,
            units=row.units,
            phenomenon=row.phenomenon,
            state=shown_state(row.state, to_dealer=True),
            answered_on=row.answered_on,
            due_on=row.due_on,
            closed_on=row.closed_on,
            rounds=row.round,
        )
        for row in session().scalars(statement)
    ]

"""Reading recorded sales and results (ST-1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.ledger.models import RecordedFigure
from portal.ledger.rules import FigureKind
from portal.tenants.models import Dealer


def figure(number: str) -> RecordedFigure:
    """A recorded figure of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(RecordedFigure).where(RecordedFigure.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def figure_by_id(figure_id: int) -> RecordedFigure:
    """A recorded figure of the scope."""
    return session().scalars(sa.select(RecordedFigure).where(RecordedFigure.id == figure_id)).one()


def reversing(figure_id: int) -> RecordedFigure | None:
    """The negative record that took a figure back."""
    statement = sa.select(RecordedFigure).where(RecordedFigure.reverses_id == figure_id)
    return session().scalars(statement).one_or_none()


def reversed_figures(figure_ids: Iterable[int]) -> set[int]:
    """Which of these figures were taken back."""
    statement = sa.select(RecordedFigure.reverses_id).where(RecordedFigure.reverses_id.in_(list(figure_ids)))
    return {found for found in session().scalars(statement) if found is not None}


def sales_counted(agreement_id: int, year: int) -> Decimal:
    """What of a year's sales has been counted in a quarter so far, reversals taken off."""
    statement = sa.select(sa.func.coalesce(sa.func.sum(RecordedFigure.income), 0)).where(
        RecordedFigure.agreement_id == agreement_id,
        RecordedFigure.kind == FigureKind.SALES,
        RecordedFigure.year == year,
        RecordedFigure.quarter.is_not(None),
    )
    return session().scalar(statement) or ZERO


def figures_counted(agreement_id: int, quarter: Quarter, kind: FigureKind) -> list[RecordedFigure]:
    """The figures of a kind that count in a quarter, oldest first; sales of the whole year in the one that grants."""
    statement = (
        sa.select(RecordedFigure)
        .where(
            RecordedFigure.agreement_id == agreement_id,
            RecordedFigure.kind == kind,
            RecordedFigure.quarter == quarter,
        )
        .order_by(RecordedFigure.date, RecordedFigure.id)
    )
    return list(session().scalars(statement))


def waiting_sales(agreement_id: int) -> list[RecordedFigure]:
    """Sales of an agreement that no quarter has counted yet, oldest first."""
    statement = (
        sa.select(RecordedFigure)
        .where(
            RecordedFigure.agreement_id == agreement_id,
            RecordedFigure.kind == FigureKind.SALES,
            RecordedFigure.quarter.is_(None),
        )
        .order_by(RecordedFigure.date, RecordedFigure.id)
    )
    return list(session().scalars(statement))


def waiting_years() -> list[tuple[int, int]]:
    """Agreement and year of the sales that no quarter has counted yet."""
    statement = (
        sa.select(RecordedFigure.agreement_id, RecordedFigure.year)
        .where(RecordedFigure.kind == FigureKind.SALES, RecordedFigure.quarter.is_(None))
        .distinct()
        .order_by(RecordedFigure.agreement_id, RecordedFigure.year)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


@dataclass(frozen=True)
class FigureFilter:
    """What a list of recorded figures is narrowed to; `text` is a part of the number or of the note."""

    kind: FigureKind | None = None
    dealer_id: int | None = None
    text: str = ""
    year: int | None = None

    @property
    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same for a statement."""
        if self.kind is not None:
            yield RecordedFigure.kind == self.kind
        if self.dealer_id is not None:
            yield RecordedFigure.dealer_id == self.dealer_id
        if self.year is not None:
            yield RecordedFigure.year == self.year
        if self.text:
            yield sa.or_(
                RecordedFigure.number.contains(self.text.upper(), autoescape=True),
                RecordedFigure.note.icontains(self.text, autoescape=True),
            )


def figure_list(wanted: FigureFilter) -> sa.Select[RecordedFigure, Dealer]:
    """Recorded figures of the scope with their dealers, newest first."""
    statement = sa.select(RecordedFigure, Dealer).join(Dealer, Dealer.id == RecordedFigure.dealer_id)
    return statement.where(*wanted.conditions).order_by(RecordedFigure.date.desc(), RecordedFigure.id.desc())


def all_figures(wanted: FigureFilter) -> list[tuple[RecordedFigure, Dealer]]:
    """The whole of that list, for a file."""
    return [(row, dealer) for row, dealer in session().execute(figure_list(wanted))]


def figure_sum(wanted: FigureFilter) -> tuple[int, Decimal]:
    """How many figures that list has, and what they come to (income less cost)."""
    sums = (sa.func.sum(RecordedFigure.income), sa.func.sum(RecordedFigure.cost))
    statement = sa.select(sa.func.count(), *sums).where(*wanted.conditions)
    count, income, cost = session().execute(statement).one()
    return count, (income or ZERO) - (cost or ZERO)

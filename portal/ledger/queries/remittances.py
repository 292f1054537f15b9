"""Reading remittances (ST-11)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.kernel.period import Month, Quarter
from portal.ledger.models import Remittance
from portal.tenants.models import Dealer


def remitted(agreement_id: int, quarter: Quarter) -> Decimal:
    """Remittances that count in a quarter so far, reversals taken off."""
    return (
        session().scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Remittance.amount), 0)).where(
                Remittance.agreement_id == agreement_id, Remittance.quarter == quarter
            )
        )
        or ZERO
    )


def month_remitted(agreement_id: int, month: Month) -> tuple[Decimal, int]:
    """Amount and number of the remittances dated in a month, reversals taken off and counted too."""
    amount, count = (
        session()
        .execute(
            sa.select(sa.func.coalesce(sa.func.sum(Remittance.amount), 0), sa.func.count()).where(
                Remittance.agreement_id == agreement_id, Remittance.date.between(month.first, month.last)
            )
        )
        .one()
    )
    return amount or ZERO, count


def remittances(agreement_id: int, quarter: Quarter) -> list[Remittance]:
    """The remittances and reversals that count in a quarter, oldest first."""
    statement = (
        sa.select(Remittance)
        .where(Remittance.agreement_id == agreement_id, Remittance.quarter == quarter)
        .order_by(Remittance.date, Remittance.id)
    )
    return list(session().scalars(statement))


def remittance(number: str) -> Remittance:
    """A remittance of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Remittance).where(Remittance.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def remittance_by_reference(bank_ref: str) -> Remittance | None:
    """The remittance (not a reversal) with this bank reference."""
    statement = sa.select(Remittance).where(
        Remittance.bank_ref == bank_ref, Remittance.is_reversal.is_(False)
    )
    return session().scalars(statement).one_or_none()


def is_reversed(remittance_id: int) -> bool:
    """Whether a remittance was taken back."""
    found = session().scalar(sa.select(Remittance.id).where(Remittance.reverses_id == remittance_id))
    return found is not None


def reversal_of(remittance_id: int) -> Remittance | None:
    """The reversal that took a remittance back."""
    return (
        session().scalars(sa.select(Remittance).where(Remittance.reverses_id == remittance_id)).one_or_none()
    )


def reversed_among(remittance_ids: Iterable[int]) -> set[int]:
    """Which of these remittances were taken back."""
    statement = sa.select(Remittance.reverses_id).where(Remittance.reverses_id.in_(list(remittance_ids)))
    return {found for found in session().scalars(statement) if found is not None}


def known_references(references: Iterable[str]) -> set[str]:
    """Which of these bank references were recorded before."""
    statement = sa.select(Remittance.bank_ref).where(
        Remittance.bank_ref.in_(list(references)), Remittance.is_reversal.is_(False)
    )
    return set(session().scalars(statement))


@dataclass(frozen=True)
class RemittanceFilter:
    """What a list of remittances is narrowed to; `text` is a part of the number or of the reference."""

    dealer_id: int | None = None
    text: str = ""
    month: Month | None = None
    reversals: bool = False

    @property
    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same for a statement."""
        if self.dealer_id is not None:
            yield Remittance.dealer_id == self.dealer_id
        if self.reversals:
            yield Remittance.is_reversal.is_(True)
        if self.month is not None:
            yield Remittance.date.between(self.month.first, self.month.last)
        if self.text:
            yield sa.or_(
                Remittance.number.contains(self.text.upper(), autoescape=True),
                Remittance.bank_ref.icontains(self.text, autoescape=True),
            )


def remittance_list(wanted: RemittanceFilter) -> sa.Select[Remittance, Dealer]:
    """Remittances of the scope with their dealers, newest first."""
    statement = sa.select(Remittance, Dealer).join(Dealer, Dealer.id == Remittance.dealer_id)
    return statement.where(*wanted.conditions).order_by(Remittance.date.desc(), Remittance.id.desc())


def all_remittances(wanted: RemittanceFilter) -> list[tuple[Remittance, Dealer]]:
    """The whole of that list, for a file."""
    return [(row, dealer) for row, dealer in session().execute(remittance_list(wanted))]


def remittance_sum(wanted: RemittanceFilter) -> tuple[int, Decimal]:
    """How many remittances that list has, and what they come to."""
    statement = sa.select(sa.func.count(), sa.func.sum(Remittance.amount)).where(*wanted.conditions)
    count, amount = session().execute(statement).one()
    return count, amount or ZERO

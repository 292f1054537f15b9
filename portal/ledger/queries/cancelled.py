"""Quarters whose fees are cancelled, and what they lose (ST-9)."""

from decimal import Decimal

import sqlalchemy as sa

from portal.agreements.rules import BaseKind
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.ledger.models import CancelledFee, Entry, Line
from portal.ledger.rules import Account, EntryKind, to_cancel


def cancelled_fee(agreement_id: int, quarter: Quarter) -> CancelledFee | None:
    """Why a quarter of an agreement lost its fees; None when it did not."""
    statement = sa.select(CancelledFee).where(
        CancelledFee.agreement_id == agreement_id, CancelledFee.quarter == quarter
    )
    return session().scalars(statement).one_or_none()


def cancellation(number: str) -> CancelledFee:
    """A confirmed cancellation of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(CancelledFee).where(CancelledFee.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def left_to_cancel(agreement_id: int, quarter: Quarter, basis: BaseKind) -> Decimal:
    """What of a base's grants of a quarter is still to be cancelled; negative: what has to be given back."""
    rows = session().execute(
        sa.select(Entry.source, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.agreement_id == agreement_id,
            Entry.quarter == quarter,
            Entry.kind == EntryKind.GRANT,
            Entry.basis == basis.value,
            Line.account == Account.FUND,
        )
    )
    cancelled = session().scalar(
        sa.select(sa.func.sum(Line.amount))
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Entry.agreement_id == agreement_id,
            Entry.quarter == quarter,
            Entry.kind == EntryKind.CANCEL,
            Entry.basis == basis.value,
            Line.account == Account.CANCELLED,
        )
    )
    return to_cancel(basis, [(source, amount) for source, amount in rows]) - (cancelled or ZERO)

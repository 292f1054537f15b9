"""Reading proposals to cancel a quarter's fees (ST-9)."""

from collections.abc import Sequence

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Quarter
from portal.settlement.models import FeeCancellation
from portal.settlement.rules import CancellationState
from portal.tenants.models import Dealer
from portal.warranty.models import Card
from portal.warranty.rules import CardState


def cancellation(number: str) -> FeeCancellation:
    """A proposal of the manufacturer by its number. Raises NotFound."""
    statement = sa.select(FeeCancellation).where(FeeCancellation.number == number)
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def waiting_cancellation(agreement_id: int, quarter: Quarter) -> FeeCancellation | None:
    """The proposal of a quarter that waits for a second person."""
    statement = sa.select(FeeCancellation).where(
        FeeCancellation.agreement_id == agreement_id,
        FeeCancellation.quarter == quarter,
        FeeCancellation.state == CancellationState.PROPOSED,
    )
    return session().scalars(statement).one_or_none()


def cancellation_rows(state: CancellationState | None = None) -> sa.Select[FeeCancellation, Dealer]:
    """Proposals with their dealers, newest first."""
    statement = sa.select(FeeCancellation, Dealer).join(Dealer, Dealer.id == FeeCancellation.dealer)
    if state is not None:
        statement = statement.where(FeeCancellation.state == state)
    return statement.order_by(FeeCancellation.id.desc())


def cancellation_counts() -> dict[CancellationState, int]:
    """How many proposals are in each state."""
    statement = sa.select(FeeCancellation.state, sa.func.count()).group_by(FeeCancellation.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def waiting_cancellations() -> Sequence[sa.Row[FeeCancellation, Dealer]]:
    """Those that wait for a second person."""
    return session().execute(cancellation_rows(CancellationState.PROPOSED)).all()


def falsified(agreement_id: int) -> list[Card]:
    """The void cards of an agreement, newest first: what a proposal can name as its evidence."""
    statement = sa.select(Card).where(Card.agreement_id == agreement_id, Card.state == CardState.VOID)
    return list(session().scalars(statement.order_by(Card.id.desc())))

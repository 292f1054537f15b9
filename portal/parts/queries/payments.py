"""What bought parts are paid for and what finance confirmed (PT-5)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.parts.models import PartsPayment, PartsRequest
from portal.parts.queries.requests import Line
from portal.parts.rules import TO_SHIP, Bill, PaymentState, bill
from portal.tenants.models import Dealer

#: What a state means for a statement; what nobody decided yet is in none.
_STATES: Mapping[PaymentState, sa.ColumnElement[bool]] = {
    PaymentState.OPEN: sa.and_(
        PartsRequest.bought.is_not(None), PartsRequest.paid.is_(None), PartsRequest.state.in_(sorted(TO_SHIP))
    ),
    PaymentState.BACK: sa.and_(PartsRequest.bought.is_not(None), PartsRequest.paid > PartsRequest.bought),
    PaymentState.SETTLED: sa.and_(PartsRequest.bought.is_not(None), PartsRequest.paid == PartsRequest.bought),
}


def payments_of(request_id: int) -> list[PartsPayment]:
    """What was confirmed for a request, oldest first."""
    statement = sa.select(PartsPayment).where(PartsPayment.request_id == request_id)
    return list(session().scalars(statement.order_by(PartsPayment.place)))


def bill_of(found: PartsRequest, lines: Iterable[Line]) -> Bill | None:
    """The bill of a request's bought parts; None when nothing is bought."""
    return bill(found.state, [line.rule for line in lines], found.paid)


def to_pay() -> list[PartsRequest]:
    """Requests of the scope whose bought parts wait for the payment, oldest first."""
    return list(
        session().scalars(sa.select(PartsRequest).where(_STATES[PaymentState.OPEN]).order_by(PartsRequest.id))
    )


def payment_list(state: PaymentState, text: str = "") -> sa.Select[PartsRequest, Dealer]:
    """Requests whose payment stands so, with their dealers, oldest first; `text` is a part of number or name."""
    statement = sa.select(PartsRequest, Dealer).join(Dealer, Dealer.id == PartsRequest.dealer_id)
    if text:
        statement = statement.where(
            sa.or_(
                PartsRequest.number.icontains(text, autoescape=True),
                Dealer.name.icontains(text, autoescape=True),
            )
        )
    return statement.where(_STATES[state]).order_by(PartsRequest.id)


def payment_sum(state: PaymentState) -> tuple[int, Decimal]:
    """How many requests stand so, and what is to be paid (negative: paid back) on them."""
    statement = sa.select(sa.func.count(), sa.func.sum(PartsRequest.bought), sa.func.sum(PartsRequest.paid))
    count, bought, paid = session().execute(statement.where(_STATES[state])).one()
    return count, (bought or ZERO) - (paid or ZERO)

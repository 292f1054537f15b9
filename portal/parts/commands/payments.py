"""Confirming what dealers pay for bought parts, outside the fund and the statement (PT-5)."""

import datetime as dt

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.kernel.period import last_day_within
from portal.kernel.permissions import Permission
from portal.parts import queries, rules
from portal.parts.commands.common import locked
from portal.parts.models import PartsPayment


@command(allow=Permission.PARTS_PAYMENTS)
def confirm_payment(
    actor: Actor,
    number: str,
    *,
    paid_on: dt.date | None = None,
    reference: str = "",
    seen_version: int | None = None,
) -> str:
    """Confirm that the open amount of a request's bought parts was paid; its amount, as text (PT-5).

    The amount is the price × the pieces that are bought, nothing else; negative when less is supplied than was paid
    for and the difference was paid back. `paid_on`: today if it isn't said. The days to ship start anew with the
    payment. Raises RuleBroken PT-5 when nothing is to be paid.
    """
    today = clock.today(actor.timezone)
    found, _fund, lines = locked(number, seen_version)
    due = rules.check_payment(queries.bill_of(found, lines), paid_on or today, today)
    session().add(
        PartsPayment(
            request_id=found.id,
            dealer_id=found.dealer_id,
            place=len(queries.payments_of(found.id)) + 1,
            amount=due.open,
            reference=reference.strip(),
            paid_on=paid_on or today,
            confirmed_on=today,
            actor=actor.name,
            at=clock.now(),
        )
    )
    found.bought, found.paid = due.due, (found.paid or ZERO) + due.open
    if found.ship_due is not None and due.open >= 0:
        days = agreements.terms_on(found.agreement_id, today).ship_days
        found.ship_due = max(found.ship_due, last_day_within(today, days))
    session().flush()
    record(
        Tag.PARTS_PAID,
        actor,
        number,
        dealer_id=found.dealer_id,
        amount=str(due.open),
        reference=reference.strip(),
    )
    return str(due.open)

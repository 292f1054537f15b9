"""Confirming the parts of a month (PT-11)."""

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.parts.commands.common import STALE
from portal.parts.models import Reconciliation
from portal.parts.queries import reconciliation as queries
from portal.parts.rules import reconciliation as rules


@command(allow=Permission.PARTS_RECONCILE)
def confirm_month(actor: Actor, agreement_number: str, month: str, *, seen_digest: str | None = None) -> str:
    """Confirm the parts of a month ("2026-05") for the actor's side, as they are now; the list's digest.

    `seen_digest`: of the list that the person read. Raises RuleBroken PT-11 while the month runs and when this side
    confirmed the same list before, Conflict when the list changed since it was read.
    """
    agreement = agreements.get(agreement_number)
    wanted, today = Month.parse(month), clock.today(actor.timezone)
    lines = queries.month_lines(agreement.id, wanted)
    now = rules.digest(lines)
    if seen_digest is not None and seen_digest != now:
        raise Conflict(STALE)
    own = queries.confirmations(agreement.id, wanted).get(actor.side)
    rules.check_confirmation(wanted, today, now, own.digest if own else None)
    amount = rules.month_amount(lines)
    session().add(
        Reconciliation(
            agreement_id=agreement.id,
            dealer_id=agreement.dealer_id,
            month=wanted,
            side=actor.side,
            place=own.place + 1 if own else 1,
            content=[line.as_json() for line in lines],
            digest=now,
            amount=amount,
            confirmed_on=today,
            actor=actor.name,
            at=clock.now(),
        )
    )
    session().flush()
    record(
        Tag.PARTS_RECONCILED,
        actor,
        agreement_number,
        dealer_id=agreement.dealer_id,
        month=str(wanted),
        amount=str(amount),
        digest=now,
    )
    return now

"""What time brings to agreements."""

from portal.agreements import commands, queries
from portal.jobs.daily import daily
from portal.kernel.actor import Actor
from portal.kernel.clock import today


@daily
def end(actor: Actor) -> None:
    """Agreements whose last day is past are terminated (AG-1)."""
    for agreement_id in queries.ending_before(today(actor.timezone)):
        commands.end(actor, agreement_id)

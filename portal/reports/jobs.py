"""What time brings to the monthly forms."""

from portal.jobs.daily import daily
from portal.kernel.actor import Actor
from portal.kernel.clock import today
from portal.reports import commands, queries


@daily
def remind(actor: Actor) -> None:
    """Dealers are reminded of missing forms three days before the due day, on it, and each day after it (MF-3)."""
    for dealer_id in queries.to_remind(today(actor.timezone)):
        commands.remind(actor, dealer_id)

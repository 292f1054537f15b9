"""What time brings to return requests."""

from portal.jobs.daily import daily
from portal.kernel.actor import Actor
from portal.kernel.clock import today
from portal.returns import commands, queries


@daily
def expire(actor: Actor) -> None:
    """Approvals whose last day is over expire (RT-3)."""
    for request_id in queries.expired(today(actor.timezone)):
        commands.expire(actor, request_id)

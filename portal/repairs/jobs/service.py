"""What time brings for service requests: the overdue ones are escalated (RP-2)."""

from portal.jobs.daily import hourly
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.repairs.commands import service as commands
from portal.repairs.queries import service as queries


@hourly
def escalate_overdue(actor: Actor) -> None:
    """Tell the dealers' owners, then the reviewer, each request in a transaction of its own; clocks are hours long."""
    for number in queries.overdue(clock.now()):
        commands.escalate(actor, number)

"""What time brings to quality feedback."""

from portal.jobs.daily import daily
from portal.kernel.actor import Actor
from portal.kernel.clock import today
from portal.quality import commands, queries


@daily
def escalate(actor: Actor) -> None:
    """Answers that are overdue go to the manufacturer's admin, once a round (QF-1)."""
    for feedback_id in queries.to_escalate(today(actor.timezone)):
        commands.escalate(actor, feedback_id)

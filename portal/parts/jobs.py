"""What time brings: old parts that did not come back are charged (PT-9)."""

from portal.jobs.daily import daily
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.parts import commands
from portal.parts.queries import old_parts


@daily
def charge_old_parts(actor: Actor) -> None:
    """Charge every debt that is overdue; what is charged is open no longer, so a second run charges nothing."""
    for debt_id in old_parts.to_charge(clock.today(actor.timezone)):
        commands.charge_old_part(actor, debt_id)

"""What time takes away: ended sessions, used links, mails that have left, old tries."""

from portal.jobs.daily import daily
from portal.kernel.actor import Actor
from portal.tenants import commands


@daily
def forget(actor: Actor) -> None:
    """Forget what nobody looks up any more."""
    commands.forget_old(actor)

"""What time brings: each feature's work of a new business day, done once per manufacturer and day."""

from collections.abc import Callable

from portal.kernel.actor import Actor

Work = Callable[[Actor], None]
_works: list[Work] = []


def daily(work: Work) -> Work:
    """Register `work(actor)`; it runs at the beginning of a business day in the manufacturer's scope, as the clock.

    It must do everything that is overdue, not only yesterday's: a day on which no worker ran is made up for.
    """
    _works.append(work)
    return work


def begin_day(actor: Actor) -> None:
    """Do the work of the clock's present day for the actor's manufacturer."""
    for work in _works:
        work(actor)

"""What time brings: each feature's work of a new business day or hour, done once per manufacturer and day or hour."""

from collections.abc import Callable

from portal.kernel.actor import Actor

Work = Callable[[Actor], None]
_works: list[Work] = []
_hours: list[Work] = []


def daily(work: Work) -> Work:
    """Register `work(actor)`; it runs at the beginning of a business day in the manufacturer's scope, as the clock.

    It must do everything that is overdue, not only yesterday's: a day on which no worker ran is made up for.
    """
    _works.append(work)
    return work


def hourly(work: Work) -> Work:
    """Register `work(actor)` for clocks that are hours long; it runs at the beginning of each hour, in the same manner.

    The first hour of a day is part of the day's work. When a worker starts late, the day's work and that of the hour
    may run side by side: who comes second must change nothing.
    """
    _hours.append(work)
    return work


def begin_day(actor: Actor) -> None:
    """Do the work of the clock's present day for the actor's manufacturer, that of its hour included."""
    for work in _works:
        work(actor)
    begin_hour(actor)


def begin_hour(actor: Actor) -> None:
    """Do the work of the clock's present hour for the actor's manufacturer."""
    for work in _hours:
        work(actor)

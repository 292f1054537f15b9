"""The processes that do background work: Huey's consumer, a sweep for what was left, the work of days and hours."""

import logging
import signal
import threading
from zoneinfo import ZoneInfo

from flask import Flask
from huey.consumer import Consumer

from portal.jobs import steps, worker
from portal.jobs.daily import begin_day, begin_hour
from portal.jobs.models import HOUR
from portal.jobs.worker import Progress, job
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.permissions import Permission

log = logging.getLogger(__name__)
#: Seconds between two sweeps.
SWEEP = 5


@command(allow=Permission.CLOCK, silent=True)
def ask_for_now(actor: Actor) -> None:
    """Ask for the work of the day and of the hour of a manufacturer; asked again, they are the same jobs."""
    now = clock.now().astimezone(ZoneInfo(actor.timezone))
    steps.ask(actor, "jobs.day", key=f"day:{now:%Y-%m-%d}")
    if now.hour:
        steps.ask(actor, HOUR, key=f"hour:{now:%Y-%m-%dT%H}")


@job("jobs.day")
def _day(actor: Actor, _progress: Progress) -> None:
    begin_day(actor)


@job(HOUR)
def _hour(actor: Actor, _progress: Progress) -> None:
    begin_hour(actor)


def tick(app: Flask, clock_actors: list[Actor]) -> None:
    """Ask for the work of day and hour of every manufacturer, then wake workers for all that waits."""
    for actor in clock_actors:
        with app.app_context():
            ask_for_now(actor)
    worker.sweep(app)


def _tick_for_ever(app: Flask, stop: threading.Event) -> None:
    while not stop.wait(SWEEP):
        try:
            tick(app, app.extensions["clock_actors"]())
        except Exception:
            log.exception("the sweep failed; it is tried again")


def start_embedded(app: Flask) -> threading.Event:
    """A consumer in threads of this process; setting the returned event ends it."""
    stop = threading.Event()
    consumer = _consumer(app, 1)
    consumer.start()
    threading.Thread(target=_tick_then_stop, args=(app, stop, consumer), daemon=True, name="sweep").start()
    return stop


def _tick_then_stop(app: Flask, stop: threading.Event, consumer: Consumer) -> None:
    _tick_for_ever(app, stop)
    consumer.stop()


def run(app: Flask, workers: int) -> int:
    """Work until the process is told to end; the jobs in hand are finished first if whoever asks is patient."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    consumer = _consumer(app, workers)
    consumer.start()
    _tick_for_ever(app, stop)
    consumer.stop(graceful=True)
    return 0


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's consumer without its hold on the process's signals."""

    def _set_signal_handlers(self) -> None:
        """Signals belong to the process that the consumer runs in."""


def _consumer(app: Flask, workers: int) -> Consumer:
    return _Consumer(
        app.extensions["huey"],
        workers=workers,
        periodic=False,
        initial_delay=0.1,
        max_delay=1.0,
        worker_type="thread",
    )

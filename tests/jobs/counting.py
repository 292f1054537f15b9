"""A job that counts: each step leaves one fact, so that what was lost or done twice shows."""

import datetime as dt
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from portal.audit.models import Fact
from portal.audit.queries import timeline
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.jobs import steps, worker
from portal.jobs.worker import Progress
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import COMMANDS, command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from tests import databases

KIND = "test.count"


@command(allow=Permission.HOME, silent=True)
def ask(actor: Actor, *, work: str = "one", total: int = 5, **more: object) -> int:
    return steps.ask(actor, KIND, key=work, total=total, **more)


@command(allow=Permission.HOME)
def ask_and_break(actor: Actor) -> int:
    steps.ask(actor, KIND, key="broken", total=1)
    raise RuleBroken("XX-1", T("No."))


@command(allow=Permission.HOME, silent=True)
def cancel(_actor: Actor, job_id: int) -> bool:
    return steps.cancel(job_id)


@command(allow=Permission.HOME)
def count(actor: Actor, number: int) -> int:
    record(Tag.DEALER_CHANGED, actor, "count", number=number)
    return number


@command(allow=Permission.CLOCK)
def gave_up(actor: Actor) -> None:
    record(Tag.DEALER_CHANGED, actor, "gave up")


#: Who is told each number.
HEARERS: list[Connection] = []
OURS = {name for name in COMMANDS if "counting" in name}


def numbers() -> list[int]:
    """What has been counted, in order."""
    return [int(fact.data["number"]) for fact in timeline("count")]


def run(actor: Actor, progress: Progress, *, total: int, trouble: str = "") -> None:
    """Count to `total`, going on where a killed worker stopped."""
    done = len(numbers())
    for number in range(done, total):
        progress(number, total, f"{number} of {total}")
        if trouble == "raise" and number == 2:
            raise ValueError("no good")
        count(actor, number, key=f"{number:032x}")
        for hearer in HEARERS:
            hearer.send(number)


def register() -> None:
    """Make the kind known."""
    worker.job(KIND, failed=lambda actor, **_: gave_up(actor))(run)


def forget() -> None:
    """These are no part of the portal; the structure tests must not find them."""
    worker._KINDS.pop(KIND, None)
    worker._FAILURES.pop(KIND, None)
    for name in OURS:
        COMMANDS.pop(name, None)


def facts(subject: str) -> list[Fact]:
    return timeline(subject)


def main(hearer: Connection, url: str, directory: Path, job_id: int, at: dt.datetime) -> None:
    """A worker in a process of its own, to be killed; it tells each number once that is saved."""
    register()
    HEARERS.append(hearer)
    tempfile.tempdir = str(directory)  # who is killed clears nothing up
    app = databases.make_app(url, directory)
    with clock.fixed(at):
        worker.run(app, job_id)
    with app.app_context():
        session().rollback()

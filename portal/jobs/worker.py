"""Running jobs: claim by a conditional update, renew the lease with each step, sweep what a killed worker left."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any, Protocol

import sqlalchemy as sa
from flask import Flask

from portal.jobs import queue
from portal.jobs.models import Job, JobState
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission

log = logging.getLogger(__name__)
LEASE = dt.timedelta(seconds=60)
ATTEMPTS = 3
_WORKER = Actor("worker", frozenset({Permission.PUBLIC}))


class Cancelled(Exception):
    """Raised from `progress` when somebody stopped the job."""


class WorkerDied(Exception):
    """The job took every worker that tried it down; it is not given another one."""


class Progress(Protocol):
    """What a job calls after each step of its work; it renews the lease."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


Run = Callable[..., None]
Failure = Callable[..., None]
_KINDS: dict[str, Run] = {}
_FAILURES: dict[str, Failure] = {}
ActorOf = Callable[[Job], Actor]


def job(kind: str, *, failed: Failure | None = None) -> Callable[[Run], Run]:
    """Register `run(actor, progress, **arguments)` as the work of `kind`. It must be idempotent.

    `failed(clock, **arguments)` is called, as time itself, when it has given up after its last attempt.
    """

    def decorate(run: Run) -> Run:
        _KINDS[kind] = run
        if failed is not None:
            _FAILURES[kind] = failed
        return run

    return decorate


def configure(app: Flask, person_of: ActorOf, clock_of: ActorOf) -> None:
    """Say how the actor of a job is made from its person as it is now (who lost the right can't work on), and time."""
    app.extensions["job_actors"] = person_of, clock_of


@command(allow=Permission.PUBLIC, silent=True)
def claim(_actor: Actor, job_id: int) -> int:
    """Take the job if it waits, or if its worker has been silent longer than its lease.

    Returns the number of the attempt that this is, 0 when the job is not to be had.
    """
    free = sa.or_(
        Job.state == JobState.QUEUED, sa.and_(Job.state == JobState.RUNNING, Job.lease_until < clock.now())
    )
    attempt = session().scalar(
        sa.update(Job)
        .where(Job.id == job_id, free)
        .values(state=JobState.RUNNING, lease_until=clock.now() + LEASE, attempts=Job.attempts + 1)
        .returning(Job.attempts)
    )
    return attempt or 0


@command(allow=Permission.PUBLIC, silent=True)
def report(_actor: Actor, job_id: int, attempt: int, done: int, total: int, note: str) -> bool:
    """Note progress and renew the lease; False when the job is no longer this attempt's to do."""
    result = session().execute(
        _of_attempt(job_id, attempt).values(
            done=done, total=total, note=note[:200], lease_until=clock.now() + LEASE
        )
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


@command(allow=Permission.PUBLIC, silent=True)
def finish(_actor: Actor, job_id: int, attempt: int, state: JobState, error: str = "") -> bool:
    """The job has ended, or goes back into the queue. Whether this attempt still had a say."""
    ended_at = None if state is JobState.QUEUED else clock.now()
    result = session().execute(
        _of_attempt(job_id, attempt).values(state=state, error=error, finished_at=ended_at)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _of_attempt(job_id: int, attempt: int) -> sa.Update:
    """A worker that was thought dead and wakes up again must not speak for the one that took over."""
    return sa.update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING, Job.attempts == attempt)


def run(app: Flask, job_id: int) -> bool:
    """Do one job now, in its own app contexts. Whether it was ours to do."""
    with app.app_context():
        attempt = claim(_WORKER, job_id)
        if not attempt:
            return False
        row = session().get_one(Job, job_id)
        kind, arguments = row.kind, dict(row.arguments)
        session().rollback()

    def progress(done: int, total: int, note: str = "") -> None:
        with app.app_context():
            if not report(_WORKER, job_id, attempt, done, total, note):
                raise Cancelled

    try:
        if attempt > ATTEMPTS:
            raise WorkerDied
        _work(app, job_id, kind, progress, arguments)
        ended, error = JobState.DONE, ""
    except Cancelled:
        return True
    except Exception as failure:
        log.exception("job %s (%s) failed in attempt %s", job_id, kind, attempt)
        ended = JobState.FAILED if attempt >= ATTEMPTS else JobState.QUEUED
        error = f"{type(failure).__name__}: {failure}"
    with app.app_context():
        counts = finish(_WORKER, job_id, attempt, ended, error)
    if counts and ended is JobState.FAILED and kind in _FAILURES:
        with app.app_context():
            clock_of = app.extensions["job_actors"][1]
            clock_actor = clock_of(session().get_one(Job, job_id))
        with app.app_context():
            _FAILURES[kind](clock_actor, **arguments)
    return True


def _work(app: Flask, job_id: int, kind: str, progress: Progress, arguments: dict[str, Any]) -> None:
    with app.app_context():
        person_of = app.extensions["job_actors"][0]
        actor: Actor = person_of(session().get_one(Job, job_id))
    with app.app_context():
        if actor.scope is not None:
            session().enter(actor.scope)
        _KINDS[kind](actor, progress, **arguments)


def waiting(app: Flask, kind: str | None = None) -> list[int]:
    """Jobs (of one kind) that nobody works on: queued ones, and those whose worker died; oldest first."""
    with app.app_context():
        stale = sa.and_(Job.state == JobState.RUNNING, Job.lease_until < clock.now())
        statement = sa.select(Job.id).where(sa.or_(Job.state == JobState.QUEUED, stale)).order_by(Job.id)
        if kind is not None:
            statement = statement.where(Job.kind == kind)
        return list(session().scalars(statement))


def sweep(app: Flask) -> None:
    """Wake workers for everything that waits; run every few seconds by each worker."""
    with app.app_context():
        for job_id in waiting(app):
            queue.wake(job_id)


def run_all(app: Flask) -> int:
    """Do everything that waits, in this process; how replay, demo data and tests work."""
    count = 0
    while ids := waiting(app):
        ran = sum(run(app, job_id) for job_id in ids)
        count += ran
        if not ran:
            break
    return count


def job_state(job_id: int, manufacturer_id: int, dealer_id: int | None) -> dict[str, Any] | None:
    """Progress of a job for a page; None when it is not of this scope."""
    row = (
        session()
        .scalars(sa.select(Job).where(Job.id == job_id, Job.manufacturer_id == manufacturer_id))
        .one_or_none()
    )
    if row is None or (dealer_id is not None and row.dealer_id != dealer_id):
        return None
    return {"state": row.state, "done": row.done, "total": row.total, "note": row.note, "error": row.error}

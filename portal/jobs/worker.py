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


class Progress(Protocol):
    """What a job calls after each step of its work; it renews the lease."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


Run = Callable[..., None]
Failure = Callable[..., None]
_KINDS: dict[str, Run] = {}
_FAILURES: dict[str, Failure] = {}
ActorOf = Callable[[Job], Actor]
_actors: tuple[ActorOf, ActorOf] | None = None


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


def configure(person_of: ActorOf, clock_of: ActorOf) -> None:
    """Say how the actor of a job is made from its person as it is now (who lost the right can't work on), and time."""
    global _actors
    _actors = person_of, clock_of


@command(allow=Permission.PUBLIC, silent=True)
def claim(_actor: Actor, job_id: int) -> bool:
    """Take the job if it waits, or if its worker has been silent longer than its lease."""
    free = sa.or_(
        Job.state == JobState.QUEUED, sa.and_(Job.state == JobState.RUNNING, Job.lease_until < clock.now())
    )
    result = session().execute(
        sa.update(Job)
        .where(Job.id == job_id, free)
        .values(state=JobState.RUNNING, lease_until=clock.now() + LEASE, attempts=Job.attempts + 1)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


@command(allow=Permission.PUBLIC, silent=True)
def report(_actor: Actor, job_id: int, done: int, total: int, note: str) -> bool:
    """Note progress and renew the lease; False when the job is no longer ours to do."""
    result = session().execute(
        sa.update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(done=done, total=total, note=note[:200], lease_until=clock.now() + LEASE)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


@command(allow=Permission.PUBLIC, silent=True)
def finish(_actor: Actor, job_id: int, state: JobState, error: str = "") -> None:
    """The job has ended, or goes back into the queue."""
    session().execute(
        sa.update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(state=state, error=error, finished_at=None if state is JobState.QUEUED else clock.now())
    )


def run(app: Flask, job_id: int) -> bool:
    """Do one job now, in its own app contexts. Whether it was ours to do."""
    with app.app_context():
        if not claim(_WORKER, job_id):
            return False
        row = session().get_one(Job, job_id)
        kind, arguments, attempts = row.kind, dict(row.arguments), row.attempts
        session().rollback()

    def progress(done: int, total: int, note: str = "") -> None:
        with app.app_context():
            if not report(_WORKER, job_id, done, total, note):
                raise Cancelled

    assert _actors is not None, "jobs.worker.configure was not called"
    person_of, clock_of = _actors
    try:
        with app.app_context():
            actor = person_of(session().get_one(Job, job_id))
        with app.app_context():
            if actor.scope is not None:
                session().enter(actor.scope)
            _KINDS[kind](actor, progress, **arguments)
        ended, error = JobState.DONE, ""
    except Cancelled:
        return True
    except Exception as failure:
        log.exception("job %s (%s) failed in attempt %s", job_id, kind, attempts)
        ended = JobState.FAILED if attempts >= ATTEMPTS else JobState.QUEUED
        error = f"{type(failure).__name__}: {failure}"
    with app.app_context():
        finish(_WORKER, job_id, ended, error)
    if ended is JobState.FAILED and kind in _FAILURES:
        with app.app_context():
            clock_actor = clock_of(session().get_one(Job, job_id))
        with app.app_context():
            _FAILURES[kind](clock_actor, **arguments)
    return True


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
    row = session().scalars(
        sa.select(Job).where(Job.id == job_id, Job.manufacturer_id == manufacturer_id)
    ).one_or_none()
    if row is None or (dealer_id is not None and row.dealer_id != dealer_id):
        return None
    return {"state": row.state, "done": row.done, "total": row.total, "note": row.note, "error": row.error}

"""Asking for background work inside a command."""

from typing import Any

import sqlalchemy as sa

from portal.jobs import queue
from portal.jobs.models import Job, JobState
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import after_commit, step
from portal.kernel.db import session


@step
def ask(actor: Actor, kind: str, *, key: str, for_manufacturer: bool = False, **arguments: Any) -> int:
    """Insert the job in the command's transaction and wake a worker after the commit.

    The same `key` of one manufacturer is the same work: asking again returns the first job's id. A failed or
    cancelled one is queued anew, for whoever asks now. The job runs in the actor's scope and as the actor;
    `for_manufacturer`: in the manufacturer's scope as the clock, for what a dealer's act sets off and no dealer sees.
    """
    db_session = session()
    job = db_session.scalars(
        sa.select(Job).where(Job.manufacturer_id == actor.manufacturer_id, Job.key == key)
    ).one_or_none()
    if job is None:
        job = Job(
            manufacturer_id=actor.manufacturer_id,
            dealer_id=None if for_manufacturer else actor.dealer_id,
            point_id=None if for_manufacturer else actor.point_id,
            person_id=None if for_manufacturer else actor.person_id,
            kind=kind,
            key=key,
            arguments=arguments,
            state=JobState.QUEUED,
            asked_at=clock.now(),
        )
        db_session.add(job)
    elif job.state in (JobState.FAILED, JobState.CANCELLED):
        job.state, job.attempts, job.error, job.lease_until = JobState.QUEUED, 0, "", None
        job.person_id, job.finished_at = None if for_manufacturer else actor.person_id, None
    db_session.flush()
    job_id = job.id
    after_commit(lambda: queue.wake(job_id))
    return job_id


@step
def cancel(job_id: int) -> bool:
    """Stop a job that has not ended; a running one stops at its next step of progress. Whether it was stopped."""
    result = session().execute(
        sa.update(Job)
        .where(Job.id == job_id, Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
        .values(state=JobState.CANCELLED, finished_at=clock.now())
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]

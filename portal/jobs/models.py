"""Background work. The row is the truth, a queue message only a wake-up (architecture.md 6)."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base

#: The kind of the work of an hour; such jobs are many and soon forgotten.
HOUR = "jobs.hour"


class JobState(StrEnum):
    """Where a job is."""

    #: Waits for a worker.
    QUEUED = "queued"
    #: A worker holds its lease.
    RUNNING = "running"
    DONE = "done"
    #: It gave up after its attempts; the error is kept.
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """A platform table, so that a worker can find work before it knows whose it is; it holds ids, no business data."""

    __tablename__ = "job"
    __table_args__ = (
        sa.UniqueConstraint("manufacturer_id", "key"),
        sa.Index(None, "state", "lease_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    manufacturer_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"), comment="for whom; null: the platform's own work, such as a mail"
    )
    dealer_id: Mapped[int | None] = mapped_column(
        comment="the scope that it runs in; null: the manufacturer's"
    )
    point_id: Mapped[int | None] = mapped_column(comment="the selling point's scope, if it is one's")
    person_id: Mapped[int | None] = mapped_column(comment="who asked for it")
    kind: Mapped[str] = mapped_column(sa.String(60), comment="which function runs it: module.name")
    key: Mapped[str] = mapped_column(sa.String(120), comment="the same key is the same work, done once")
    arguments: Mapped[dict[str, Any]] = mapped_column(comment="plain ids and dates")
    state: Mapped[JobState] = mapped_column(comment="where it is")
    done: Mapped[int] = mapped_column(default=0, comment="steps finished")
    total: Mapped[int] = mapped_column(default=0, comment="steps in all; 0: not known yet")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="what it is at")
    attempts: Mapped[int] = mapped_column(default=0, comment="how often a worker took it")
    lease_until: Mapped[dt.datetime | None] = mapped_column(comment="a worker that is silent longer has died")
    error: Mapped[str] = mapped_column(sa.Text, default="", comment="why it gave up")
    asked_at: Mapped[dt.datetime] = mapped_column(comment="when it was asked for")
    finished_at: Mapped[dt.datetime | None] = mapped_column(comment="when it ended")

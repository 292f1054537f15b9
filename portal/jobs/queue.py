"""Waking workers through Huey: embedded SQLite, PostgreSQL or Redis. Losing a message loses nothing."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey

log = logging.getLogger(__name__)


def connect(url: str) -> Huey:
    """The queue at `url`: `sqlite:///path`, `postgresql://…` or `redis://…`. Raises ValueError for another."""
    if url.startswith("sqlite:///"):
        return SqliteHuey("portal", filename=url.removeprefix("sqlite:///"), results=False)
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        dsn = url.replace("postgresql+psycopg://", "postgresql://")
        return PostgresHuey("portal", dsn=dsn, results=False, table_prefix="wakeup")
    if url.startswith(("redis://", "rediss://")):
        return RedisHuey("portal", url=url, results=False)
    raise ValueError(f"no queue is known for {url.split(':', 1)[0]}")


def use(app: Flask, wake: Callable[[int], None]) -> None:
    """Say how `app` wakes a worker. Without it jobs wait for whoever runs them, as in tests and replay."""
    app.extensions["wake_worker"] = wake


def task(huey: Huey, run: Callable[[int], Any]) -> Callable[[int], None]:
    """The Huey task that runs one job."""
    return huey.task(name="run_job")(run)  # type: ignore[no-any-return]


def wake(job_id: int) -> None:
    """Wake a worker for a job. If the queue is away, the sweep finds the row later."""
    wake_worker = current_app.extensions.get("wake_worker")
    if wake_worker is None:
        return
    try:
        wake_worker(job_id)
    except Exception:
        log.exception("the queue could not be reached; the sweep will find job %s", job_id)

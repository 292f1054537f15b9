"""What time brings: the work of each day and of each hour is asked for once, however often the sweep runs."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.jobs import consumer, daily, worker
from portal.jobs.models import Job, JobState
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.tenants import commands as tenants
from portal.tenants.queries import clock_actor
from tests.people import TODAY, World


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in order, instead of what the features registered."""
    written: list[str] = []
    monkeypatch.setattr(daily, "_works", [])
    monkeypatch.setattr(daily, "_hours", [])
    daily.daily(lambda _actor: written.append("day"))
    daily.hourly(lambda _actor: written.append("hour"))
    return written


def mf(world: World) -> Actor:
    return clock_actor(world.manufacturers["MF"], "Asia/Shanghai")


def sweep(world: World, hour: int, day: dt.date = TODAY) -> None:
    with world.at(day, hour):
        consumer.tick(world.app, [mf(world)])
        worker.run_all(world.app)


def keys(world: World) -> list[str]:
    with world.app.app_context():
        return sorted(session().scalars(sa.select(Job.key).where(Job.kind.startswith("jobs."))))


def test_the_sweep_asks_for_each_day_and_each_hour_once(world: World, done: list[str]) -> None:
    for hour in (0, 0, 1, 1, 1, 3):
        sweep(world, hour)
    assert keys(world) == ["day:2026-05-20", "hour:2026-05-20T01", "hour:2026-05-20T03"]
    # the first hour of a day is done with it; one in which no worker ran is not made up for
    assert done == ["day", "hour", "hour", "hour"]


def test_hours_that_are_done_are_forgotten_after_a_week(sqlite_world: World, done: list[str]) -> None:
    sweep(sqlite_world, 9)
    sweep(sqlite_world, 9, dt.date(2026, 5, 27))
    with sqlite_world.app.app_context():
        (row,) = session().scalars(sa.select(Job).where(Job.key == "hour:2026-05-20T09"))
        assert row.state is JobState.DONE
    for day, left in ((dt.date(2026, 5, 27), 2), (dt.date(2026, 5, 28), 1)):
        with sqlite_world.at(day, 9), sqlite_world.app.app_context():
            tenants.forget_old(mf(sqlite_world))
        assert sum(key.startswith("hour:") for key in keys(sqlite_world)) == left
    assert sum(key.startswith("day:") for key in keys(sqlite_world)) == 2

"""Jobs: the row is the truth. Claimed once, renewed by progress, swept when a worker dies, done once."""

import datetime as dt
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.audit import queries as audit
from portal.jobs import queue, worker
from portal.jobs.models import Job, JobState
from portal.kernel import clock
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.tenants.models import Membership
from tests import processes
from tests.jobs import counting
from tests.people import World
from tests.races import together

NOON = dt.datetime(2026, 5, 20, 4, tzinfo=dt.UTC)
LATER = NOON + worker.LEASE + dt.timedelta(seconds=1)


@pytest.fixture(autouse=True, scope="module")
def _counting() -> Iterator[None]:
    counting.register()
    yield
    counting.forget()


def ask(world: World, who: str = "mei", *, work: str = "one", **arguments: object) -> int:
    with world.acting(who) as actor:
        return counting.ask(actor, work=work, **arguments)


def row(app: Flask, job_id: int) -> Job:
    with app.app_context():
        return session().get_one(Job, job_id)


def counted(world: World) -> list[int]:
    with world.acting("mei"):
        return counting.numbers()


def test_a_job_is_done_once_and_says_how_far_it_came(world: World) -> None:
    job_id = ask(world)
    assert worker.run(world.app, job_id) is True
    done = row(world.app, job_id)
    assert (done.state, done.done, done.total, done.note, done.attempts) == (JobState.DONE, 4, 5, "4 of 5", 1)
    assert worker.run(world.app, job_id) is False
    assert counted(world) == [0, 1, 2, 3, 4]


def test_the_same_key_is_the_same_work_whoever_asks(world: World) -> None:
    first = ask(world)
    assert ask(world) == first
    worker.run_all(world.app)
    assert ask(world) == first
    assert worker.run_all(world.app) == 0
    assert ask(world, work="another") != first
    assert ask(world, "otto") != first


def test_a_refused_command_leaves_no_job_and_wakes_nobody(world: World) -> None:
    woken: list[int] = []
    queue.use(world.app, woken.append)
    with world.acting("dana") as dana, pytest.raises(RuleBroken):
        counting.ask_and_break(dana)
    assert (worker.waiting(world.app), woken) == ([], [])


def test_of_many_workers_one_gets_the_job(world: World) -> None:
    job_id = ask(world)
    results = together(lambda _: worker.run(world.app, job_id), 16)
    assert sorted(map(str, results)) == ["False"] * 15 + ["True"]
    assert counted(world) == [0, 1, 2, 3, 4]


def test_a_worker_is_woken_after_the_commit(world: World) -> None:
    woken: list[int] = []
    queue.use(world.app, woken.append)
    job_id = ask(world)
    assert woken == [job_id]
    worker.sweep(world.app)
    assert woken == [job_id, job_id]


def test_a_queue_that_is_away_loses_nothing(world: World) -> None:
    def broken(_job_id: int) -> None:
        raise ConnectionError("away")

    queue.use(world.app, broken)
    job_id = ask(world)
    assert worker.waiting(world.app) == [job_id]
    assert worker.waiting(world.app, counting.KIND) == [job_id]
    assert worker.waiting(world.app, "another") == []


def test_a_living_worker_keeps_its_job_and_a_silent_one_loses_it(world: World) -> None:
    job_id = ask(world)
    with world.app.app_context(), clock.fixed(NOON):
        assert worker.claim(worker._WORKER, job_id) == 1
    almost = NOON + worker.LEASE - dt.timedelta(seconds=1)
    with clock.fixed(almost):
        assert worker.waiting(world.app) == []
        with world.app.app_context():
            assert worker.report(worker._WORKER, job_id, 1, 1, 5, "")
    with clock.fixed(LATER):
        assert worker.run(world.app, job_id) is False
    with clock.fixed(almost + worker.LEASE + dt.timedelta(seconds=1)):
        assert worker.waiting(world.app) == [job_id]
        assert worker.run(world.app, job_id) is True
    assert counted(world) == [0, 1, 2, 3, 4]


def test_a_worker_that_was_thought_dead_has_no_say_any_more(world: World) -> None:
    job_id = ask(world)
    with world.app.app_context(), clock.fixed(NOON):
        assert worker.claim(worker._WORKER, job_id) == 1
    with world.app.app_context(), clock.fixed(LATER):
        assert worker.claim(worker._WORKER, job_id) == 2
    with world.app.app_context(), clock.fixed(LATER):
        assert worker.report(worker._WORKER, job_id, 1, 5, 5, "I live") is False
        assert worker.finish(worker._WORKER, job_id, 1, JobState.DONE) is False
        assert worker.report(worker._WORKER, job_id, 2, 1, 5, "I too") is True
    assert row(world.app, job_id).note == "I too"


def test_a_cancelled_job_stops_at_its_next_step(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = ask(world)
    real = counting.count

    def count_and_cancel(actor: object, number: int, **more: object) -> int:
        if number == 1:
            with world.acting("mei") as mei:
                assert counting.cancel(mei, job_id) is True
        return real(actor, number, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(counting, "count", count_and_cancel)
    assert worker.run(world.app, job_id) is True
    monkeypatch.undo()
    assert row(world.app, job_id).state is JobState.CANCELLED
    assert counted(world) == [0, 1]
    with world.acting("mei") as mei:
        assert counting.cancel(mei, job_id) is False
    assert ask(world) == job_id
    worker.run_all(world.app)
    assert counted(world) == [0, 1, 2, 3, 4]


def test_a_job_that_fails_is_tried_three_times_and_then_given_up(world: World) -> None:
    job_id = ask(world, trouble="raise")
    assert worker.run_all(world.app) == 3
    failed = row(world.app, job_id)
    assert (failed.state, failed.attempts, failed.error) == (JobState.FAILED, 3, "ValueError: no good")
    assert counted(world) == [0, 1]
    with world.acting("mei"):
        assert [fact.actor for fact in counting.facts("gave up")] == ["clock"]
    assert worker.run_all(world.app) == 0


def test_who_lost_the_right_can_not_work_on(world: World) -> None:
    job_id = ask(world, "dana", work="dana's")
    with world.app.app_context():
        membership = session().query(Membership).filter_by(person_id=world.people["dana"]).one()
        session().info.update(command="test", wrote=False)
        membership.disabled = True
        session().commit()
    assert worker.run_all(world.app) == 3
    assert row(world.app, job_id).state is JobState.FAILED
    assert counted(world) == []


def test_a_job_of_a_dealer_runs_in_the_dealer_s_scope(world: World) -> None:
    ask(world, "dana", work="dana's")
    worker.run_all(world.app)
    with world.acting("mei"):
        assert {fact.dealer_id for fact in counting.facts("count")} == {world.dealers["D01"]}
    with world.acting("rival"):
        assert counting.facts("count") == []


# -- kill -9 ---------------------------------------------------------------------------------------------------


def kill(world: World, url: str, directory: Path, job_id: int, at: dt.datetime, *, after: int) -> int:
    """Start a worker of its own and kill it when it has counted so far. The last number that it told."""
    hearer, teller = processes.CONTEXT.Pipe(duplex=False)
    process = processes.begun(counting.main, teller, url, directory, job_id, at)
    teller.close()
    told = -1
    while told < after:
        told = hearer.recv()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    hearer.close()
    assert process.exitcode == -signal.SIGKILL
    return told


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    world: World, database_url: str, tmp_path: Path
) -> None:
    job_id = ask(world, total=4000)
    told = kill(world, database_url, tmp_path, job_id, NOON, after=3)
    told = kill(world, database_url, tmp_path, job_id, LATER, after=told + 3)
    so_far = counted(world)
    assert so_far[: told + 1] == list(range(told + 1)), "what was acknowledged is there, once"
    assert so_far == list(range(len(so_far)))
    with clock.fixed(NOON + 3 * worker.LEASE), world.app.app_context():
        session().info["command"] = "test"
        session().get_one(Job, job_id).arguments = {"total": len(so_far) + 2}
        session().commit()
    with clock.fixed(NOON + 3 * worker.LEASE):
        assert worker.waiting(world.app) == [job_id]
        assert worker.run(world.app, job_id) is True
    assert counted(world) == list(range(len(so_far) + 2))
    assert row(world.app, job_id).state is JobState.DONE
    with world.acting("mei"):
        assert audit.first_break() is None


def test_a_job_that_takes_every_worker_down_is_given_up(
    world: World, database_url: str, tmp_path: Path
) -> None:
    job_id = ask(world, total=4000)
    told = -1
    for attempt in range(worker.ATTEMPTS):
        at = NOON + attempt * 2 * worker.LEASE
        told = kill(world, database_url, tmp_path, job_id, at, after=told + 1)
    with clock.fixed(NOON + worker.ATTEMPTS * 2 * worker.LEASE):
        assert worker.run(world.app, job_id) is True
    given_up = row(world.app, job_id)
    assert (given_up.state, given_up.attempts) == (JobState.FAILED, worker.ATTEMPTS + 1)
    with world.acting("mei"):
        assert len(counting.facts("gave up")) == 1

"""A worker is killed again and again at its work: nothing is lost, nothing is doubled (ST-7)."""

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.audit import queries as audit
from portal.documents.models import PrintFile, StoredDocument, Verification
from portal.jobs.models import Job, JobState
from portal.kernel.db import session
from portal.ledger.models import Entry
from portal.settlement import commands, queries
from portal.settlement.models import Statement, StatementRevision
from portal.settlement.rules import RunState, StatementState
from tests.people import World
from tests.settlement import killed, story
from tests.settlement.story import Q1, day

DEALERS = 4
MORNING = dt.datetime(2026, 4, 3, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 4, 3, 5, tzinfo=dt.UTC)
TERMS = {"bases": [{"kind": "remittance_share", "rate": "2.5%"}], "forms": False}


def many_dealers(world: World) -> None:
    """Dealers that owe no forms, each with a remittance."""
    for place in range(DEALERS):
        story.engage(world, f"K{place:02d}", TERMS)
        story.remit(world, f"{place + 1}000.00", f"K-{place}", on="01-06", dealer=f"K{place:02d}")


def survive(
    world: World, tmp_path: Path, *, since: dt.datetime, first: int, grow: int, revive: Callable[[], bool]
) -> int:
    """Kill the worker at a later and later statement until one comes through; how often it was killed.

    A job whose worker dies three times over it is given up; `revive` lets somebody take it up again.
    """
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    kills = 0
    for round_ in itertools.count():
        # Each worker begins when the lease of the one before has run out.
        at = since + dt.timedelta(minutes=5 * round_)
        alive = killed.run(url, tmp_path, at, kill_at=first + grow * kills)
        kills += not alive
        if not revive() and alive:
            return kills
    raise AssertionError("unreachable")


def resumed(world: World, number: str) -> bool:
    """Resume a run that was given up; whether it was."""
    with world.acting("fay", on=day("04-03")) as fay:
        if queries.run(number).state is not RunState.FAILED:
            return False
        commands.resume_run(fay, number)
        return True


def closed_again(world: World) -> bool:
    """Ask again for a closing that was given up; whether it was."""
    with world.acting("fay", on=day("04-14")) as fay:
        if (
            session().scalar(sa.select(Job.state).where(Job.kind == "settlement.close"))
            is not JobState.FAILED
        ):
            return False
        commands.close_quarter(fay, Q1)
        return True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One engine for each by default, both in the long size."""
    default = (
        ["sqlite"]
        if metafunc.function is test_closing_that_is_killed_posts_each_result_once
        else ["postgresql"]
    )
    engines = ["sqlite", "postgresql"] if metafunc.config.getoption("--long") else default
    metafunc.parametrize("engine_name", engines)


def test_a_worker_that_is_killed_at_any_point_loses_and_doubles_nothing(world: World, tmp_path: Path) -> None:
    many_dealers(world)
    with world.acting("fei", on=day("04-03")) as fei:
        number = commands.start_run(fei, Q1)
    kills = survive(world, tmp_path, since=MORNING, first=15, grow=20, revive=lambda: resumed(world, number))
    with world.acting("fei", on=day("04-03")) as fei:
        assert queries.run(number).state is RunState.TO_REVIEW
        commands.issue_run(fei, number)
    kills += survive(world, tmp_path, since=NOON, first=60, grow=60, revive=lambda: resumed(world, number))
    assert kills >= 6
    with world.acting("lin"):
        assert queries.run(number).state is RunState.DONE
        statements = session().scalars(sa.select(Statement).order_by(Statement.number)).all()
        assert [s.number for s in statements] == [f"JS-2026-{n:06d}" for n in range(1, DEALERS + 1)]
        assert [s.figures["result"] for s in statements] == ["25.00", "50.00", "75.00", "100.00"]
        assert {s.state for s in statements} == {StatementState.ISSUED}
        for table, expected in ((StatementRevision, DEALERS), (StoredDocument, DEALERS), (PrintFile, 1)):
            assert session().scalar(sa.select(sa.func.count()).select_from(table)) == expected
        assert session().scalar(sa.select(sa.func.count()).select_from(Verification)) == DEALERS
        assert audit.first_break() is None


def test_closing_that_is_killed_posts_each_result_once(world: World, tmp_path: Path) -> None:
    many_dealers(world)
    number = story.start(world, on="04-03")
    story.issue(world, number, on="04-03")
    story.begin(world, "04-14")
    with world.acting("fay", on=day("04-14")) as fay:
        commands.close_quarter(fay, Q1)
    kills = survive(
        world,
        tmp_path,
        since=NOON + dt.timedelta(days=11),
        first=14,
        grow=23,
        revive=lambda: closed_again(world),
    )
    assert kills >= 2
    with world.acting("lin"):
        states = session().scalars(sa.select(Statement.state)).all()
        assert list(states) == [StatementState.CLOSED] * DEALERS
        sources = session().scalars(sa.select(Entry.source).where(Entry.source.like("JS-%"))).all()
        assert len(sources) == 2 * DEALERS
        assert audit.first_break() is None

"""Several at once: two workers of a run, two starts, two answers; nothing is doubled, on both engines (ST-7, OL-1)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa

from portal.audit import queries as audit
from portal.kernel.db import db, session
from portal.kernel.errors import Conflict, PortalError, RuleBroken
from portal.ledger.models import Entry
from portal.settlement import commands, queries
from portal.settlement.models import SettlementRun, Statement, StatementRevision
from portal.settlement.rules import RunState, StatementState
from tests.people import World
from tests.settlement import story
from tests.settlement.story import Q1, Q2, day, first_quarter, settle, start, statement

DEALERS = 5


def at_once(world: World, *acts: Callable[[], object]) -> list[str]:
    """Run these at the same moment, each in a thread; what became of each."""
    barrier = Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        barrier.wait()
        try:
            act()
        except RuleBroken as error:
            return error.rule
        except PortalError as error:
            return type(error).__name__
        else:
            return "ok"
        finally:
            with world.app.app_context():
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def ready(world: World) -> tuple[str, list[int]]:
    """A computed run of dealers that nothing holds, and its lines."""
    for place in range(DEALERS):
        code = f"R{place:02d}"
        story.engage(world, code, {"bases": [{"kind": "remittance_share", "rate": "2.5%"}], "forms": False})
        story.remit(world, "1000.00", f"R-{place}", on="01-06", dealer=code)
    number = start(world, on="04-03")
    with world.acting("lin"):
        return number, [line.id for line in queries.lines(queries.run(number).id) if not line.holds]


def test_two_workers_of_one_run_issue_each_statement_once(world: World) -> None:
    _number, lines = ready(world)

    def work() -> None:
        for line in lines:
            with world.acting("fei", on=day("04-03")) as fei:
                try:
                    commands.issue_line(fei, line)
                except Conflict:
                    continue

    assert at_once(world, work, work, work) == ["ok"] * 3
    with world.acting("lin"):
        numbers = session().scalars(sa.select(Statement.number).order_by(Statement.number)).all()
        assert list(numbers) == [f"JS-2026-{n:06d}" for n in range(1, DEALERS + 1)]
        assert session().scalar(sa.select(sa.func.count()).select_from(StatementRevision)) == DEALERS
        assert audit.first_break() is None


def test_of_many_who_start_a_quarter_one_does(world: World) -> None:
    first_quarter(world)

    def begin() -> None:
        with world.acting("fei", on=day("04-03")) as fei:
            commands.start_run(fei, Q1)

    outcomes = at_once(world, *[begin] * 6)
    assert outcomes.count("ok") == 1
    assert set(outcomes) <= {"ok", "ST-7", "Conflict"}
    with world.acting("lin"):
        (run,) = session().scalars(sa.select(SettlementRun)).all()
        assert (run.number, run.state) == ("JR-2026-000001", RunState.QUEUED)


def test_of_a_confirmation_and_an_objection_one_counts(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")

    def confirm() -> None:
        with world.acting("dana", on=day("04-04")) as dana:
            commands.confirm(dana, "JS-2026-000001")

    def dispute() -> None:
        with world.acting("dana", on=day("04-04")) as dana:
            commands.dispute(dana, "JS-2026-000001", reason="不对")

    outcomes = at_once(world, *[confirm, dispute] * 4)
    assert outcomes.count("ok") == 1
    assert set(outcomes) <= {"ok", "ST-5", "Conflict"}
    expected = StatementState.CONFIRMED if outcomes.index("ok") % 2 == 0 else StatementState.DISPUTED
    assert statement(world).state is expected


def test_a_statement_is_closed_once(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    story.begin(world, "04-14")

    def close() -> None:
        with world.acting("fay", on=day("04-14")) as fay:
            commands.close(fay, "JS-2026-000001")

    outcomes = at_once(world, *[close] * 6)
    assert outcomes.count("ok") == 1
    with world.acting("lin"):
        sources = session().scalars(sa.select(Entry.source).where(Entry.source.like("JS-%"))).all()
    assert sorted(sources) == ["JS-2026-000001:carry", "JS-2026-000001:open"]
    assert str(story.figures(world, Q2)["opening"]) == "935.00"


def test_money_that_comes_in_while_the_quarter_is_issued_counts_once(world: World) -> None:
    number, lines = ready(world)
    assert number == "JR-2026-000001"

    def issue() -> None:
        for line in lines:
            with world.acting("fei", on=day("04-03")) as fei:
                commands.issue_line(fei, line)

    def remit() -> None:
        for place in range(DEALERS):
            story.remit(world, "400.00", f"LATE-{place}", on="03-31", dealer=f"R{place:02d}")

    assert at_once(world, issue, remit) == ["ok", "ok"]
    for place in range(DEALERS):
        code = f"R{place:02d}"
        here, there = story.figures(world, Q1, code)["granted"], story.figures(world, Q2, code)["granted"]
        assert str(here + there) == "35.00"
        assert statement(world, code).figures["granted"] == str(here)

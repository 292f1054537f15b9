"""The tests bite: each guard is weakened in turn, and the same attacks that find nothing otherwise find it."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.kernel import actor, db, rowsecurity
from portal.kernel.db import guards, platform_tables
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Quarter
from portal.kernel.rowsecurity import VISIBLE
from portal.settlement import commands as settlement
from portal.tenants import queries as tenants
from portal.tenants import rules as roles
from portal.tenants.queries import acting
from portal.web import routing
from tests import databases
from tests.people import TODAY
from tests.security.arena import SCOPES, Arena
from tests.security.conftest import OpenArena
from tests.security.matrix import ROWS
from tests.security.reading import READS
from tests.security.stage import Stage
from tests.security.targets import Attack, found
from tests.security.test_access import Caller, cells
from tests.security.writing import WRITES

SHAPES: dict[str, Attack] = {**READS, **WRITES}
#: What the session alone lets through, and only the database stops: loads by key of what is in the identity map
#: already, Core inside ORM statements, connections that go past the session, and values of an update.
ONLY_THE_DATABASE = {
    "refresh",
    "attribute of an expired row",
    "column property over a Core subquery",
    "entity joined to the Core table",
    "entity filtered by a Core subquery",
    "old-style query without metadata",
    "a connection of the engine",
    "a raw connection of the engine",
    "the driver itself under the portal's role",
    "own rows updated with a foreign value",
    "own row given to another party by the ORM",
}
#: Enough to find a weakened condition of the database.
FEW = (
    "raw SQL",
    "Core select of the table",
    "update by the ORM",
    "Core update",
    "Core insert",
    "delete by the ORM",
)


@pytest.fixture
def arena_with(arena_on: OpenArena, tmp_path: Path) -> OpenArena:
    """An arena whose guards are what the patches have made of them."""

    @contextmanager
    def opened(engine_name: str, *, guarded: bool = True) -> Iterator[Arena]:
        with arena_on(engine_name, tmp_path, guarded=guarded) as arena:
            if arena.postgresql:
                with arena.owner.begin() as connection:
                    rowsecurity.install(connection, guards(), platform_tables())
            yield arena

    return opened


def leaking(arena: Arena, shapes: Any, *, filtered: bool) -> set[str]:
    return {name for name in shapes if found(arena, SHAPES[name], filtered=filtered)}


def leaks_somewhere(arena: Arena, shapes: Any, *, filtered: bool) -> bool:
    return any(found(arena, SHAPES[name], filtered=filtered) for name in sorted(shapes))


# -- the session's own filter ----------------------------------------------------------------------------------


def test_the_session_alone_stops_all_but_what_is_listed(arena_with: OpenArena) -> None:
    with arena_with("sqlite", guarded=False) as arena:
        assert leaking(arena, SHAPES, filtered=True) == ONLY_THE_DATABASE


def _criteria_without(*left_out: int) -> Callable[[Session], Any]:
    real = db._criteria

    def weakened(made: Session) -> Any:
        options = list(real(made))
        made.info.pop("criteria", None)
        return [option for place, option in enumerate(options) if place not in left_out]

    return weakened


def _leave(_self: Any, *args: Any, **kwargs: Any) -> Any:
    return Session.connection(_self, *args, **kwargs)


SESSION_MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no filter at all": lambda patch: patch.setattr(db, "_criteria", lambda _: ()),
    "no filter by manufacturer": lambda patch: patch.setattr(db, "_criteria", _criteria_without(0)),
    "no filter by owner": lambda patch: patch.setattr(db, "_criteria", _criteria_without(1)),
    "no filter by dealer, two-party rows": lambda patch: patch.setattr(db, "_criteria", _criteria_without(2)),
    "no filter by dealer, shared rows": lambda patch: patch.setattr(db, "_criteria", _criteria_without(3)),
    "no filter by dealer, rows at points": lambda patch: patch.setattr(db, "_criteria", _criteria_without(4)),
    "no filter of the dealers": lambda patch: patch.setattr(db, "_criteria", _criteria_without(5)),
    "no filter by point": lambda patch: patch.setattr(db, "_criteria", _criteria_without(6)),
    "two-party rows for points": lambda patch: patch.setattr(db, "_criteria", _criteria_without(7)),
    "rows not compared before they are written": lambda patch: patch.setattr(
        db, "_check_row", lambda *_: None
    ),
    "raw SQL let through": lambda patch: patch.setattr(db, "_is_raw", lambda _: False),
    "Core let through": lambda patch: patch.setattr(db, "_owned_tables", lambda _: set()),
    "connections given out": lambda patch: patch.setattr(db.ScopedSession, "connection", _leave),
    "bulk inserts let through": lambda patch: patch.setattr(
        db.ScopedSession, "bulk_insert_mappings", Session.bulk_insert_mappings
    ),
}


@pytest.mark.parametrize("name", SESSION_MUTANTS)
def test_a_weaker_session_is_noticed(
    arena_with: OpenArena, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    SESSION_MUTANTS[name](monkeypatch)
    with arena_with("sqlite", guarded=False) as arena:
        assert leaks_somewhere(arena, SHAPES.keys() - ONLY_THE_DATABASE, filtered=True)


# -- the database's own guard ----------------------------------------------------------------------------------

_NO_POINT = "(select app_point()) is null"
_DEALER = "((select app_dealer()) is null or dealer_id = (select app_dealer()))"
_MAKER = "manufacturer_id = (select app_manufacturer())"
CONDITIONS = {
    "two-party rows of every dealer": ("two_party", f"{_MAKER} and {_NO_POINT}"),
    "two-party rows for points": ("two_party", f"{_MAKER} and {_DEALER}"),
    "two-party rows of every manufacturer": ("two_party", f"{_DEALER} and {_NO_POINT}"),
    "shared rows of every dealer": ("shared", _MAKER),
    "shared rows of every manufacturer": ("shared", _DEALER),
    "rows of every point": ("at_point", f"{_MAKER} and {_DEALER}"),
    "rows at points of every dealer": ("at_point", _MAKER),
    "rows of every manufacturer": ("manufacturers", "1 = 1"),
    "private rows of every party": ("private", _MAKER),
    "private rows of the holder for its points": (
        "private",
        f"{_MAKER} and owner_id = (select coalesce(app_dealer(), 0))",
    ),
    "every dealer": ("dealers", _MAKER),
    "dealers for points": (
        "dealers",
        f"{_MAKER} and ((select app_dealer()) is null or coalesce(parent_id, id) > 0)",
    ),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each weaker condition on one engine or the other, since both read the same text; on both in the long size."""
    if metafunc.function is test_a_weaker_condition_is_noticed:
        engines = ("sqlite", "postgresql")
        both = [(name, engine) for name in CONDITIONS for engine in engines]
        one = [(name, engines[place % 2]) for place, name in enumerate(CONDITIONS)]
        metafunc.parametrize(("name", "engine_name"), both if metafunc.config.getoption("--long") else one)


def test_a_weaker_condition_is_noticed(
    arena_with: OpenArena,
    monkeypatch: pytest.MonkeyPatch,
    engine_name: str,
    name: str,
) -> None:
    kind, condition = CONDITIONS[name]
    assert VISIBLE[kind] != condition
    monkeypatch.setitem(rowsecurity.VISIBLE, kind, condition)
    with arena_with(engine_name) as arena:
        assert leaks_somewhere(arena, FEW, filtered=False)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_table_without_its_guard_is_noticed(
    arena_with: OpenArena, monkeypatch: pytest.MonkeyPatch, engine_name: str
) -> None:
    """The planted leak: one table that somebody forgot."""
    real = rowsecurity.protect

    def all_but_one(engine: Any, rules: Any) -> None:
        real(engine, {name: rule for name, rule in rules.items() if name != "parts_request"})

    monkeypatch.setattr(rowsecurity, "protect", all_but_one)
    with arena_with(engine_name) as arena:
        if arena.postgresql:
            with arena.owner.begin() as connection:
                connection.exec_driver_sql("alter table parts_request disable row level security")
        # On PostgreSQL a foreign key may keep a row that row security would have let go.
        assert leaking(arena, FEW, filtered=False) >= set(FEW) - {"delete by the ORM"}
        assert leaking(arena, ("raw SQL", "entity joined to the Core table"), filtered=True) == {
            "entity joined to the Core table"
        }


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_table_that_both_sides_may_write_is_noticed(
    arena_with: OpenArena, monkeypatch: pytest.MonkeyPatch, engine_name: str
) -> None:
    monkeypatch.setattr(rowsecurity, "_SIDE", dict.fromkeys(rowsecurity._SIDE, ""))
    with arena_with(engine_name) as arena:
        table = db.Base.metadata.tables["parts_decision"]
        values = arena.spares["parts_decision"][0]
        with arena.bare(SCOPES["dealer"]) as made:
            made.execute(sa.insert(table).values(id=900_000, **values))


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_log_that_can_be_changed_is_noticed(
    arena_with: OpenArena, monkeypatch: pytest.MonkeyPatch, engine_name: str
) -> None:
    rules = {
        name: rowsecurity.Rule(rule.kind, rule.writers, append_only=False) for name, rule in guards().items()
    }
    monkeypatch.setattr("portal.app.guards", lambda: rules)
    with arena_with(engine_name) as arena:
        if arena.postgresql:
            with arena.owner.begin() as connection:
                rowsecurity.install(connection, rules, platform_tables())
        with arena.bare(SCOPES["manufacturer"]) as made:
            changed = made.execute(sa.text("update fact set actor = 'x' where manufacturer_id = 1"))
            assert changed.rowcount  # type: ignore[attr-defined]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_scope_that_outlives_its_transaction_is_noticed(
    arena_with: OpenArena, monkeypatch: pytest.MonkeyPatch, engine_name: str
) -> None:
    real = rowsecurity.announce

    def for_ever(connection: sa.Connection, scope: Any) -> None:
        real(connection, scope)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                f"select set_config('app.manufacturer', '{scope.manufacturer_id}', false)"
            )

    class _Deaf:
        """Events without the one that forgets the scope when a connection goes back."""

        @staticmethod
        def listens_for(target: Any, name: str, **more: Any) -> Any:
            return (lambda fn: fn) if name == "reset" else event.listens_for(target, name, **more)

    monkeypatch.setattr(rowsecurity, "announce", for_ever)
    monkeypatch.setattr(rowsecurity, "event", _Deaf)
    with arena_with(engine_name) as arena:
        with arena.bare(SCOPES["manufacturer"]) as made:
            made.execute(sa.text("select 1"))
            made.commit()
        with arena.bare(None) as made:
            assert made.execute(sa.text("select count(*) from entry")).scalar()


def test_sqlite_s_replace_is_noticed_when_its_deletes_fire_no_trigger(arena_with: OpenArena) -> None:
    with arena_with("sqlite") as arena:
        assert leaking(arena, ["insert or replace"], filtered=False) == set()
        event.listen(arena.engine, "connect", lambda c, _: c.execute("pragma recursive_triggers=off"))
        arena.engine.dispose()
        assert leaking(arena, ["insert or replace"], filtered=False) == {"insert or replace"}


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_key_without_the_parties_is_noticed(arena_with: OpenArena, engine_name: str) -> None:
    """Row security lets a manufacturer name itself on another's parent; only the composite key does not."""
    with arena_with(engine_name) as arena:
        table = db.Base.metadata.tables["parts_decision"]
        mine = next(v for v in arena.spares["parts_decision"] if v["manufacturer_id"] == 2)
        foreign = next(row for row in arena.rows["parts_line"] if row.manufacturer_id == 1)
        statement = sa.insert(table).values({**mine, "id": 900_000, "line_id": foreign.id})
        with arena.bare(SCOPES["other manufacturer"]) as made, pytest.raises(IntegrityError):
            made.execute(statement)
        _simple_key(arena)
        with arena.owner.connect() as connection:
            taken = connection.execute(sa.select(table.c.id).where(table.c.line_id == foreign.id)).all()
        for row in taken:
            with arena.owner.begin() as connection:
                connection.execute(sa.delete(table).where(table.c.id == row.id))
        with arena.bare(SCOPES["other manufacturer"]) as made:
            made.execute(statement)


def _simple_key(arena: Arena) -> None:
    """Let children point at their parents by id alone."""
    if not arena.postgresql:
        event.listen(arena.engine, "connect", lambda c, _: c.execute("pragma foreign_keys=off"))
        arena.engine.dispose()
        return
    with arena.owner.begin() as connection:
        name = connection.exec_driver_sql(
            "select conname from pg_constraint where conrelid = 'parts_decision'::regclass and contype = 'f'"
            " and confrelid = 'parts_line'::regclass"
        ).scalar_one()
        connection.exec_driver_sql(f"alter table parts_decision drop constraint {name}")
        connection.exec_driver_sql(
            "alter table parts_decision add foreign key (line_id) references parts_line (id)"
        )


def test_the_owner_s_rights_are_noticed(arena_with: OpenArena) -> None:
    """A portal that forgets to lower its rights sees everything on PostgreSQL."""
    with arena_with("postgresql", guarded=False) as arena:
        assert leaking(arena, FEW, filtered=False) == set(FEW)
        with arena.bare(SCOPES["dealer"]) as made, pytest.raises(DBAPIError):
            made.execute(sa.text("select * from no_such_table"))


# -- the routes ------------------------------------------------------------------------------------------------

#: Routes that stand for the others.
SAMPLE = (
    "agreements.new",
    "audit.index",
    "card_review.decide",
    "parts.decide",
    "parts.show",
    "people.show",
    "remittances.index",
    "reports.hub",
    "reports.review",
    "statements.confirm",
    "warranty.show",
    "operator.index",
)


def deviations(stage: Stage) -> Iterator[str]:
    """What the table of routes says about the sample, cell by cell."""
    for endpoint in SAMPLE:
        caller = Caller(stage, ROWS[endpoint])
        for name, what, values, tenant in cells(stage, ROWS[endpoint]):
            caller.cell(name, what, values, tenant)
            yield from caller.problems
            caller.problems.clear()


def _everybody_acts(choices: Any, tenant: str) -> list[Any]:
    """Membership forgotten: whoever names a manufacturer acts for it."""
    code = tenant.partition("~")[0]
    named = tenants.manufacturer_by_code(code)
    if not choices or named is None:
        return []
    return [dataclasses.replace(choices[0], manufacturer_id=named.id, manufacturer_code=code)]


def _roles_of_both_sides(patch: pytest.MonkeyPatch) -> None:
    def all_of_them(names: Any, *, dealer: bool, point: bool) -> frozenset[Any]:
        return frozenset().union(*(roles.GRANTS[roles.Role(name)] for name in names))

    def every_role(names: Any, *, dealer: bool) -> tuple[str, ...]:
        return tuple(names)

    patch.setattr(acting, "side_roles", every_role)
    patch.setattr(acting, "permissions_of", all_of_them)


ROUTE_MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "permissions not asked": lambda patch: patch.setattr(
        routing, "permitted", lambda who, _allow, side: side in (None, who.side)
    ),
    "side not asked": lambda patch: patch.setattr(
        routing, "permitted", lambda who, allow, _side: who.may(allow)
    ),
    "everybody may everything": lambda patch: patch.setattr(actor.Actor, "may", lambda *_: True),
    "membership forgotten": lambda patch: patch.setattr(tenants, "meant", _everybody_acts),
    "points may what dealers may": lambda patch: patch.setattr(
        acting,
        "permissions_of",
        lambda names, *, dealer, point: roles.permissions_of(names, dealer=dealer, point=False),
    ),
    "roles of both sides count": _roles_of_both_sides,
}


def test_the_sample_of_routes_is_in_order(stage: Stage) -> None:
    assert list(deviations(stage)) == []


@pytest.mark.parametrize("name", ROUTE_MUTANTS)
def test_a_weaker_door_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ROUTE_MUTANTS[name](monkeypatch)
    assert any(deviations(stage))


def test_a_filter_and_a_guard_that_are_both_gone_are_noticed(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With neither layer foreign objects are shown, and their marks with them."""
    monkeypatch.setattr(db, "_criteria", lambda _: ())
    monkeypatch.setattr(rowsecurity, "protect", lambda *_: None)
    app = databases.make_app(f"sqlite:///{stage.file}", stage.file.parent)
    naked = dataclasses.replace(
        stage,
        world=dataclasses.replace(stage.world, app=app),
        clients={name: app.test_client() for name in stage.clients},
    )
    caller = Caller(naked, ROWS["warranty.show"])
    caller.cell("dana", "sibling", stage.objects["card"]["D02"])
    databases.dispose(app)
    assert any("200, expected [404]" in problem for problem in caller.problems)
    assert any("shows the mark of ['D02']" in problem for problem in caller.problems)


def test_four_eyes_that_are_closed_are_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage.world.acting("rival", "OM~X01", on=TODAY) as rival:
        settlement.confirm(rival, stage.objects["statement"]["X01"]["number"])

    def close() -> int:
        with stage.world.acting("otto", "OM", on=TODAY) as otto:
            return settlement.close_quarter(otto, Quarter(2026, 1))

    with pytest.raises(RuleBroken) as refusal:
        close()
    assert refusal.value.rule == "FE-1"
    monkeypatch.setattr("portal.settlement.commands.answers.check_four_eyes", lambda *_: None)
    assert close()
    stage.restore()

"""Every owned table, whatever feature it belongs to: who sees it, who writes it, and what the keys hold together."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.app import import_all
from portal.kernel import rowsecurity
from portal.kernel.db import guards, platform_tables
from portal.kernel.rowsecurity import APP_ROLE
from tests.security.arena import SCOPES, Arena, everything, may_write, owned_tables, visible

import_all()
TABLES = {table.name: table for table in owned_tables()}
APPEND_ONLY = [name for name, rule in guards().items() if rule.append_only]
FREE = 900_000
#: Children that may hang on another dealer's row of the same manufacturer: a dealer repairs every unit (RP-12).
ACROSS = {("repair", "unit")}


class _Row:
    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update({"id": FREE, "parent_id": None, **values})


@pytest.mark.parametrize("name", TABLES)
def test_a_scope_sees_its_own_rows_all_of_them_and_no_other(arena: Arena, name: str) -> None:
    for scope in SCOPES.values():
        own, foreign = arena.split(name, scope)
        with arena.bare(scope) as made:
            seen = {row[0] for row in made.execute(sa.text(f"select id from {name}"))}
        assert seen == {row.id for row in own}, scope
        assert foreign, f"{name} has no row that is foreign to {scope}: nothing was tested"


@pytest.mark.parametrize("name", TABLES)
def test_without_a_scope_there_is_nothing_to_see_and_nothing_to_change(arena: Arena, name: str) -> None:
    table = TABLES[name]
    with arena.bare(None) as made:
        assert made.execute(sa.select(table)).all() == []
    with arena.bare(None) as made:
        try:
            made.execute(sa.update(table).values(manufacturer_id=table.c.manufacturer_id))
            changed = made.execute(sa.delete(table)).rowcount  # type: ignore[attr-defined]
        except DBAPIError:
            changed = 0
    assert changed == 0


def added(made: Session, table: sa.Table, values: dict[str, Any]) -> bool:
    """Whether the database takes the row; it is taken back."""
    try:
        with made.begin_nested() as nested:
            made.execute(sa.insert(table).values(id=FREE, **values))
            nested.rollback()
    except DBAPIError as error:
        # A key that is taken is found only after row security has let the row pass.
        return isinstance(error, IntegrityError) and "row security" not in str(error)
    return True


@pytest.mark.parametrize("name", [name for name in TABLES if name != "dealer"])
def test_a_side_adds_rows_of_its_own_party_where_it_may_and_never_others(arena: Arena, name: str) -> None:
    for scope in SCOPES.values():
        for values in arena.spares[name]:
            own = visible(guards()[name].kind, scope, _Row(values))
            with arena.bare(scope) as made:
                assert added(made, TABLES[name], values) == (own and may_write(name, scope)), (scope, values)


@pytest.mark.parametrize("name", TABLES)
def test_a_side_changes_and_removes_only_what_it_may_write(arena: Arena, name: str) -> None:
    table, rule = TABLES[name], guards()[name]
    for scope in SCOPES.values():
        own, foreign = arena.split(name, scope)
        for row in own + foreign:
            allowed = row in own and may_write(name, scope) and not rule.append_only
            for statement in (
                sa.update(table).values(manufacturer_id=table.c.manufacturer_id),
                sa.delete(table),
            ):
                assert _touched(arena, scope, statement.where(table.c.id == row.id)) <= allowed, (scope, row)
            change = (
                sa.update(table).values(manufacturer_id=table.c.manufacturer_id).where(table.c.id == row.id)
            )
            assert _touched(arena, scope, change) == allowed, (scope, row)


def _touched(arena: Arena, scope: Any, statement: Any) -> int:
    with arena.bare(scope) as made:
        try:
            return int(made.execute(statement).rowcount)  # type: ignore[attr-defined]
        except DBAPIError:
            return 0


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_what_is_written_once_stays(arena: Arena, name: str) -> None:
    table = TABLES[name]
    for scope in SCOPES.values():
        for statement in (f"update {name} set manufacturer_id = manufacturer_id", f"delete from {name}"):
            with arena.bare(scope) as made:
                refused = arena.split(name, scope)[0] == []
                try:
                    made.execute(sa.text(statement))
                except DBAPIError as error:
                    refused = "row security" in str(error) or "permission denied" in str(error)
                made.rollback()
                assert refused, (scope, statement)
                assert everything(Session.connection(made), table) == _stored(arena, table)


def _stored(arena: Arena, table: sa.Table) -> list[Any]:
    with arena.owner.connect() as connection:
        return everything(connection, table)


def keys() -> Iterator[Any]:
    """Every foreign key from an owned table to another owned one."""
    for table in TABLES.values():
        for key in sorted(table.foreign_key_constraints, key=lambda key: sorted(c.name for c in key.columns)):
            if (
                key.referred_table.name in guards()
                and key.referred_table is not table
                and table.name != "dealer"
            ):
                column = next(e.parent.name for e in key.elements if e.column.name == "id")
                yield pytest.param(table, key.referred_table, column, id=f"{table.name}.{column}")


@pytest.mark.parametrize(("table", "parent", "column"), list(keys()))
def test_no_row_hangs_on_another_party_s_parent(
    arena: Arena, table: sa.Table, parent: sa.Table, column: str
) -> None:
    """A row policy is not enough: naming oneself on a foreign parent satisfies it. The composite key does not."""
    tried = 0
    for scope in SCOPES.values():
        kind = guards()[table.name].kind
        mine = [
            v
            for v in arena.spares[table.name]
            if visible(kind, scope, _Row(v)) and may_write(table.name, scope)
        ]
        for values in mine:
            for row in arena.rows[parent.name]:
                if _related(row, values, table, parent):
                    continue
                tried += 1
                with arena.bare(scope) as made, pytest.raises(DBAPIError) as refusal:
                    made.execute(sa.insert(table).values({"id": FREE, **values, column: row.id}))
                # Columns that say whose a row is are refused by row security already.
                assert isinstance(refusal.value, IntegrityError) or column in ("dealer_id", "point_id")
    assert tried


def _related(row: Any, values: dict[str, Any], table: sa.Table, parent: sa.Table) -> bool:
    """Whether `row` may be the parent of a child with `values`: the same parties, as far as both name them."""
    if row.manufacturer_id != values["manufacturer_id"]:
        return False
    if (table.name, parent.name) in ACROSS:
        return True
    dealer = values.get("dealer_id") or None
    if parent.name == "dealer":
        return True
    return dealer is None or not hasattr(row, "dealer_id") or row.dealer_id in (None, dealer)


# -- PostgreSQL's own catalogue --------------------------------------------------------------------------------


@pytest.fixture
def catalogue(arena: Arena) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(arena.url.replace("+psycopg", "")) as connection:
        yield connection


@pytest.mark.parametrize("arena", ["postgresql"], indirect=True, scope="module")
def test_every_owned_table_has_forced_row_security_and_its_policies(
    catalogue: psycopg.Connection[Any],
) -> None:
    flags = catalogue.execute(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class where relkind = 'r'"
        " and relnamespace = 'public'::regnamespace"
    ).fetchall()
    forced = {name for name, enabled, force in flags if enabled and force}
    assert forced == set(guards())
    assert {name for name, *_ in flags} - forced - {"alembic_version"} == platform_tables()
    policies: dict[str, dict[str, str]] = {}
    rows = catalogue.execute("select tablename, policyname, cmd, roles::text from pg_policies")
    for table, policy, verb, roles in rows:
        policies.setdefault(table, {})[policy] = verb
        assert roles == f"{{{APP_ROLE}}}"
    for name, rule in guards().items():
        expected = {"see": "SELECT", "add": "INSERT"}
        if not rule.append_only:
            expected |= {"change": "UPDATE", "remove": "DELETE"}
        assert policies[name] == expected, name
    assert policies.keys() == guards().keys()


@pytest.mark.parametrize("arena", ["postgresql"], indirect=True, scope="module")
def test_the_policies_say_what_the_rules_say(catalogue: psycopg.Connection[Any]) -> None:
    """What stands in the database is what the models declare: reinstalling changes nothing."""

    def state() -> list[Any]:
        return catalogue.execute(
            "select tablename, policyname, cmd, qual, with_check from pg_policies order by 1, 2"
        ).fetchall()

    before = state()
    for statement in rowsecurity._installation(guards(), platform_tables()):
        catalogue.execute(statement)  # type: ignore[call-overload]
    assert state() == before
    for name, _policy, verb, condition, check in before:
        writers = guards()[name].writers
        if writers != "both" and verb != "SELECT":
            side = "IS NULL" if writers == "manufacturer" else "IS NOT NULL"
            assert f"app_dealer) {side}" in (check or condition), (name, verb)


@pytest.mark.parametrize("arena", ["postgresql"], indirect=True, scope="module")
def test_the_role_of_the_portal_can_not_bypass_anything(catalogue: psycopg.Connection[Any]) -> None:
    role = catalogue.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin from pg_roles where rolname = %s",
        [APP_ROLE],
    ).fetchone()
    assert role == (False,) * 5
    assert catalogue.execute(
        "select count(*) from pg_class where relowner = %s::regrole", [APP_ROLE]
    ).fetchone() == (0,)
    assert catalogue.execute(
        "select count(*) from pg_auth_members where member = %s::regrole", [APP_ROLE]
    ).fetchone() == (0,)
    catalogue.execute(f"set role {APP_ROLE}")  # type: ignore[call-overload]
    for statement in (
        "alter table entry disable row level security",
        "alter table entry no force row level security",
        "drop policy see on entry",
        "create policy all_of_it on entry using (true)",
        "truncate draft",
        "create table public.mine (id int)",
        "create function public.app_dealer() returns bigint language sql as 'select null::bigint'",
        "select pg_read_file('/etc/passwd')",
        "copy entry to program 'cat'",
        "create role more superuser",
    ):
        with pytest.raises(psycopg.Error, match=r"denied|must be|permission"), catalogue.transaction():
            catalogue.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("arena", ["postgresql"], indirect=True, scope="module")
def test_row_security_can_not_be_switched_off_by_a_setting(arena: Arena) -> None:
    with arena.bare(SCOPES["dealer"]) as made:
        made.execute(sa.text("set local row_security = off"))
        with pytest.raises(DBAPIError, match="row-level security"):
            made.execute(sa.text("select id from entry"))


def test_the_scope_ends_with_the_transaction(arena: Arena) -> None:
    """A pooled connection never carries a scope into the next request."""
    for ending in ("commit", "rollback"):
        with arena.bare(SCOPES["dealer"]) as made:
            assert made.execute(sa.text("select count(*) from entry")).scalar()
            getattr(made, ending)()
            made.info.clear()
            assert made.execute(sa.text("select count(*) from entry")).scalar() == 0

"""Row security in the database itself: the second layer behind the session's filters (TN-1, TN-2).

Both engines keep the same promise with the same conditions. On PostgreSQL they are policies, forced, under the
role `portal_app` that can't bypass them. On SQLite each connection shadows the owned tables with TEMP views and
guards them with TEMP triggers; an unqualified name resolves to the view, and writes are sent to `main`.

Conditions speak of three settings of the transaction: app_manufacturer(), app_dealer() (null: the manufacturer's
own people) and app_point() (a sub-dealer's people only). No setting means no rows. app_every_dealer() and
app_every_point() are true for those who are not limited to one, else null. That is roundabout for a reason: to
PostgreSQL's planner a value it can't know is hardly ever null. A condition that mostly holds because something
`is null` lets it expect one row of each table, and join tables by nested scans of the whole.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import ConnectionPoolEntry

from portal.kernel.scope import Scope

APP_ROLE = "portal_app"

_MANUFACTURER = "manufacturer_id = (select app_manufacturer())"
_EVERY_DEALER = "(select app_every_dealer()) is not null"
_EVERY_POINT = "(select app_every_point()) is not null"
_DEALER = f"({_EVERY_DEALER} or dealer_id = (select app_dealer()))"

#: Which rows of a table are visible, by the kind of its owner.
VISIBLE = {
    "two_party": f"{_MANUFACTURER} and {_DEALER} and {_EVERY_POINT}",
    "shared": f"{_MANUFACTURER} and {_DEALER}",
    "at_point": f"{_MANUFACTURER} and {_DEALER} and ({_EVERY_POINT} or point_id = (select app_point()))",
    "manufacturers": _MANUFACTURER,
    "private": f"{_MANUFACTURER} and owner_id = (select coalesce(app_point(), app_dealer(), 0))",
    "dealers": f"{_MANUFACTURER}"
    f" and ({_EVERY_DEALER} or coalesce(parent_id, id) = (select app_dealer()))"
    f" and ({_EVERY_POINT} or id in ((select app_point()), (select app_dealer())))",
}
_SIDE = {
    "both": "",
    "manufacturer": " and (select app_dealer()) is null",
    "dealer": " and (select app_dealer()) is not null",
}
_COLUMNS = re.compile(r"(?<![\w.])(manufacturer_id|dealer_id|point_id|owner_id|parent_id|id)(?=\W)")
_SETTINGS = ("manufacturer", "dealer", "point")
_LIMITS = ("dealer", "point")


@dataclass(frozen=True)
class Rule:
    """How one table is guarded."""

    kind: str
    writers: str
    append_only: bool

    @property
    def visible(self) -> str:
        return VISIBLE[self.kind]

    @property
    def writable(self) -> str:
        return self.visible + _SIDE[self.writers]


def announce(connection: sa.Connection, scope: Scope) -> None:
    """Tell the database whose transaction this is, until it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text(
                "select set_config('app.manufacturer', :manufacturer, true),"
                " set_config('app.dealer', :dealer, true), set_config('app.point', :point, true)"
            ),
            {
                "manufacturer": str(scope.manufacturer_id),
                "dealer": str(scope.dealer_id or ""),
                "point": str(scope.point_id or ""),
            },
        )
    else:
        connection.info["scope"] = scope


def protect(engine: Engine, rules: Mapping[str, Rule]) -> None:
    """Make every connection of `engine` obey `rules`."""
    if engine.dialect.name == "postgresql":
        _protect_postgresql(engine)
    else:
        _protect_sqlite(engine, rules)


def _protect_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def lower_rights(connection: Any, _record: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"set role {APP_ROLE}")
        connection.commit()


def _protect_sqlite(engine: Engine, rules: Mapping[str, Rule]) -> None:
    shadows = [statement for table, rule in rules.items() for statement in _shadow(table, rule)]
    owned = "|".join(map(re.escape, rules))
    verb = r"INSERT(?:\s+OR\s+\w+)?\s+INTO|UPDATE|DELETE\s+FROM"
    write = re.compile(rf'^\s*({verb})\s+"?({owned})"?(?!\w)', re.IGNORECASE)

    @event.listens_for(engine, "connect")
    def shadow(connection: Any, record: ConnectionPoolEntry) -> None:
        # Without this a REPLACE deletes a foreign row and no trigger fires.
        connection.execute("pragma recursive_triggers=on")
        for setting in _SETTINGS:
            connection.create_function(f"app_{setting}", 0, _reader(record, f"{setting}_id"))
        for limit in _LIMITS:
            connection.create_function(f"app_every_{limit}", 0, _unlimited(record, f"{limit}_id"))
        for statement in shadows:
            connection.execute(statement)

    @event.listens_for(engine, "reset")
    def forget(_connection: Any, record: ConnectionPoolEntry, _state: Any) -> None:
        record.info.pop("scope", None)

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def send_writes_to_main(
        _c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return write.sub(r"\1 main.\2", statement), parameters


def _reader(record: ConnectionPoolEntry, attribute: str) -> Any:
    return lambda: getattr(record.info.get("scope"), attribute, None)


def _unlimited(record: ConnectionPoolEntry, attribute: str) -> Any:
    return lambda: None if getattr(record.info.get("scope"), attribute, None) else True


def _shadow(table: str, rule: Rule) -> list[str]:
    # Names of tables and conditions of ours; nothing here comes from a request.
    statements = [f"create temp view {table} as select * from main.{table} where {rule.visible}"]  # noqa: S608
    for operation, rows in (("insert", ("new",)), ("update", ("old", "new")), ("delete", ("old",))):
        conditions = (_COLUMNS.sub(rf"{row}.\1", rule.writable) for row in rows)
        allowed = " and ".join(f"coalesce(({condition}), 0)" for condition in conditions)
        if rule.append_only and operation != "insert":
            allowed = "0"
        statements.append(
            f"create temp trigger guard_{table}_{operation} before {operation} on main.{table}"
            f" when not ({allowed}) begin select raise(abort, 'row security: {operation} on {table}'); end"
        )
    return statements


def install(connection: sa.Connection, rules: Mapping[str, Rule], platform_tables: set[str]) -> None:
    """Install role, settings, grants and policies on PostgreSQL; run by the owner after each migration.

    Policies are derived from the models, like views: they are dropped and made anew each time. On SQLite there
    is nothing to install, connections carry their guard themselves.
    """
    if connection.dialect.name != "postgresql":
        return
    for statement in _installation(rules, platform_tables):
        connection.exec_driver_sql(statement)


def _unless_there(statement: str) -> str:
    return f"do $$ begin {statement}; exception when duplicate_object or unique_violation then null; end $$"


def _installation(rules: Mapping[str, Rule], platform_tables: set[str]) -> list[str]:
    statements = [
        _unless_there(f"create role {APP_ROLE} nologin nosuperuser nobypassrls"),
        f"grant {APP_ROLE} to current_user",
        f"grant usage on schema public to {APP_ROLE}",
        f"grant usage, select on all sequences in schema public to {APP_ROLE}",
        # Each process looks whether the schema is the one that it was written for.
        f"grant select on alembic_version to {APP_ROLE}",
    ]
    statements += [
        f"create or replace function app_{setting}() returns bigint language sql stable parallel safe as"
        f" $$ select nullif(current_setting('app.{setting}', true), '')::bigint $$"
        for setting in _SETTINGS
    ]
    statements += [
        f"create or replace function app_every_{limit}() returns boolean language sql stable parallel safe as"
        f" $$ select case when nullif(current_setting('app.{limit}', true), '') is null then true end $$"
        for limit in _LIMITS
    ]
    statements += [
        f"grant select, insert, update, delete on {table} to {APP_ROLE}" for table in sorted(platform_tables)
    ]
    for table, rule in sorted(rules.items()):
        verbs = "select, insert" if rule.append_only else "select, insert, update, delete"
        statements += [
            f"revoke all on {table} from {APP_ROLE}",
            f"grant {verbs} on {table} to {APP_ROLE}",
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
        ]
        policies = {"see": f"for select to {APP_ROLE} using ({rule.visible})"}
        policies["add"] = f"for insert to {APP_ROLE} with check ({rule.writable})"
        policies["change"] = f"for update to {APP_ROLE} using ({rule.writable}) with check ({rule.writable})"
        policies["remove"] = f"for delete to {APP_ROLE} using ({rule.writable})"
        for name, policy in policies.items():
            statements.append(f"drop policy if exists {name} on {table}")
            if not (rule.append_only and name in ("change", "remove")):
                statements.append(f"create policy {name} on {table} {policy}")
    return statements

"""A database full of foreign rows: every owned table holds rows of every party, made from the table's own columns.

Parties are two manufacturers (1, 2), the first one's dealers D01 (with the sub-dealer D01S) and D02, and a dealer of
the second. What each may see is worked out here in plain Python, from the words of `portal.kernel.db`, not its SQL.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.app import import_all, owner_engine
from portal.kernel import rowsecurity
from portal.kernel.db import Base, ScopedSession, db, guards, session
from portal.kernel.period import Month, Quarter
from portal.kernel.scope import Scope
from tests import databases

import_all()

#: Organisations and dealers by hand; every other row is generated.
ORGANISATIONS = {1: "MF", 2: "OM", 3: None, 4: None, 5: None, 6: None}
D01, D01S, D02, X01 = 11, 12, 13, 21
DEALERS = ((D01, 1, None, 3), (D01S, 1, D01, 4), (D02, 1, None, 5), (X01, 2, None, 6))
HOLDER = {D01: D01, D01S: D01, D02: D02, X01: X01}
#: Who attacks, in which scope.
SCOPES = {
    "dealer": Scope(1, D01),
    "sibling": Scope(1, D02),
    "point": Scope(1, D01, D01S),
    "manufacturer": Scope(1),
    "other manufacturer": Scope(2),
    "other dealer": Scope(2, X01),
}
#: Whose rows each kind of table holds: (manufacturer, dealer, point, owner).
PARTIES: dict[str, tuple[dict[str, int], ...]] = {
    "two_party": tuple({"manufacturer_id": m, "dealer_id": d} for m, d in ((1, D01), (1, D02), (2, X01))),
    "at_point": tuple(
        {"manufacturer_id": m, "dealer_id": HOLDER[p], "point_id": p}
        for m, p in ((1, D01), (1, D01S), (1, D02), (2, X01))
    ),
    "manufacturers": ({"manufacturer_id": 1}, {"manufacturer_id": 2}),
    "private": tuple(
        {"manufacturer_id": m, "owner_id": o}
        for m, o in ((1, 0), (1, D01), (1, D01S), (1, D02), (2, 0), (2, X01))
    ),
}
PARTIES["shared"] = PARTIES["two_party"]
PARTY = {"manufacturer_id", "dealer_id", "point_id", "owner_id"}
INSTANT = dt.datetime(2026, 5, 20, 2, tzinfo=dt.UTC)
_serial = itertools.count(1)


def owned_tables() -> list[sa.Table]:
    """Every owned table, parents before children."""
    return [table for table in Base.metadata.sorted_tables if table.name in guards()]


def visible(kind: str, scope: Scope, row: Any) -> bool:
    """Whether the words of the kinds let `scope` see `row`."""
    if row.manufacturer_id != scope.manufacturer_id:
        return False
    if kind == "manufacturers":
        return True
    if kind == "private":
        return bool(row.owner_id == (scope.point_id or scope.dealer_id or 0))
    if scope.dealer_id is None:
        return True
    if kind == "dealers":
        if scope.point_id is not None:
            return row.id in (scope.point_id, scope.dealer_id)
        return scope.dealer_id in (row.id, row.parent_id)
    if row.dealer_id != scope.dealer_id:
        return False
    if kind == "at_point" and scope.point_id is not None:
        return bool(row.point_id == scope.point_id)
    return kind != "two_party" or scope.point_id is None


def may_write(table: str, scope: Scope) -> bool:
    """Whether the side of `scope` writes this table at all."""
    rule = guards()[table]
    if rule.writers == "both":
        return True
    return (rule.writers == "manufacturer") == (scope.dealer_id is None)


class Seeder:
    """Rows that a table takes, for any party."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def everything(self) -> None:
        """Organisations, dealers, then one row of each party in every owned table."""
        base = Base.metadata.tables
        for id_, code in ORGANISATIONS.items():
            self._insert(base["organisation"], {"id": id_, "code": code, "name": f"company {id_}"})
        for id_, manufacturer, parent, organisation in DEALERS:
            party = {
                "manufacturer_id": manufacturer,
                "parent_id": parent,
                "organisation_id": organisation,
                "id": id_,
            }
            self._insert(base["dealer"], party)
        if self.connection.dialect.name == "postgresql":
            for name in ("organisation", "dealer"):
                self.connection.exec_driver_sql(f"select setval('{name}_id_seq', 1000)")
        for table in owned_tables():
            if table.name != "dealer":
                for party in PARTIES[guards()[table.name].kind]:
                    self._insert(table, party)

    def spares(self) -> dict[str, list[dict[str, Any]]]:
        """For each table one more row of every party that the table would take, not inserted."""
        return {
            table.name: [self.row(table, party) for party in PARTIES[guards()[table.name].kind]]
            for table in reversed(owned_tables())
            if table.name != "dealer"
        }

    def row(self, table: sa.Table, party: dict[str, Any]) -> dict[str, Any]:
        """Values for a new row of `party`, its parents looked up among that party's rows."""
        values = dict(party)
        for key in sorted(table.foreign_key_constraints, key=lambda key: -len(key.columns)):
            self._point_at_parent(table, key, values)
        for column in table.columns:
            if column.name not in values and not column.primary_key and not column.nullable:
                values[column.name] = _value(column)
        return values

    def _insert(self, table: sa.Table, party: dict[str, Any]) -> None:
        self.connection.execute(sa.insert(table).values(self.row(table, party)))

    def _point_at_parent(self, table: sa.Table, key: sa.ForeignKeyConstraint, values: dict[str, Any]) -> None:
        pairs = [(element.parent.name, element.column) for element in key.elements]
        if key.referred_table is table or all(name in values for name, _ in pairs):
            return
        parent = key.referred_table
        known = {column.name: values[name] for name, column in pairs if name in values}
        if "dealer_id" in values and "dealer_id" in parent.c:
            known["dealer_id"] = values["dealer_id"]
        taken = [
            sa.exists().where(*(table.c[name] == column for name, column in pairs))
            for unique in _unique(table)
            if unique & {name for name, _ in pairs if name not in PARTY}
        ]
        choose = sa.select(parent).where(*(parent.c[name] == value for name, value in known.items()))
        choose = choose.where(*(~used for used in taken)).order_by(*parent.primary_key).limit(1)
        found = self.connection.execute(choose).first()
        if found is None:
            parties = PARTIES[guards()[parent.name].kind]
            self._insert(parent, next(p for p in parties if _agree(p, known)))
            found = self.connection.execute(choose).one()
        values.update({name: getattr(found, column.name) for name, column in pairs})


def _unique(table: sa.Table) -> Iterator[set[str]]:
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            yield {column.name for column in constraint.columns} - PARTY - {"id"}


def _agree(party: dict[str, int], known: dict[str, Any]) -> bool:
    return all(party[name] == known[name] for name in party.keys() & known.keys())


def _value(column: sa.Column[Any]) -> Any:
    """Some value of the column's type, another one each time."""
    number = next(_serial)
    kind = column.type
    if isinstance(kind, sa.Enum):
        members = list(kind.enum_class) if kind.enum_class else kind.enums
        return members[number % len(members)]
    decorated = type(kind).__name__
    by_type: dict[str, Any] = {
        "MoneyType": Decimal(number),
        "RateType": Decimal(0),
        "UtcDateTime": INSTANT + dt.timedelta(seconds=number),
        "QuarterType": Quarter(1950 + number // 4 % 8000, number % 4 + 1),
        "MonthType": Month(1950 + number // 12 % 8000, number % 12 + 1),
    }
    if decorated in by_type:
        return by_type[decorated]
    if isinstance(kind, sa.String):
        return f"~{number}"[: kind.length or 40]
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Date):
        return dt.date(2000, 1, 1) + dt.timedelta(days=number)
    if isinstance(kind, sa.JSON):
        return {"secret": number}
    if isinstance(kind, sa.LargeBinary):
        return f"secret {number}".encode()
    assert isinstance(kind, sa.Integer), f"{column} has a type that nobody knows here"
    return number


class BareSession(Session):
    """A session without any filter: what stands when the first layer has failed altogether."""


@event.listens_for(BareSession, "after_begin")
def _announce(made: Session, _transaction: Any, connection: sa.Connection) -> None:
    if "scope" in made.info:
        rowsecurity.announce(connection, made.info["scope"])


@dataclass
class Arena:
    """A seeded database with three ways in: guarded, with the owner's rights, and through the portal's own session."""

    app: Flask
    url: str
    owner: sa.Engine
    #: Values of one more row of each party that the table would take.
    spares: dict[str, list[dict[str, Any]]]
    rows: dict[str, list[Any]]
    #: The same as the driver gives them, to compare against after an attack.
    stored: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def engine(self) -> sa.Engine:
        """The portal's engine: the database guards itself."""
        with self.app.app_context():
            return db.engine

    @property
    def postgresql(self) -> bool:
        return self.owner.dialect.name == "postgresql"

    def split(self, table: str, scope: Scope) -> tuple[list[Any], list[Any]]:
        """(own rows, foreign rows) of a table for a scope."""
        kind = guards()[table].kind
        own = [row for row in self.rows[table] if visible(kind, scope, row)]
        return own, [row for row in self.rows[table] if row not in own]

    @contextmanager
    def bare(self, scope: Scope | None, *, unguarded: bool = False) -> Iterator[Session]:
        """A session without filter; `unguarded`: on a database that doesn't guard itself either. Never committed."""
        with BareSession(self.owner if unguarded else self.engine) as made:
            if scope is not None:
                made.info["scope"] = scope
            yield made
            made.rollback()

    @contextmanager
    def scoped(self, scope: Scope) -> Iterator[ScopedSession]:
        """The portal's own session, inside a command. Never committed."""
        with self.app.app_context():
            made = session()
            made.enter(scope)
            made.info.update(command="attack", wrote=False, facts=0, after_commit=[])
            yield made
            made.rollback()
            db.session.remove()


def everything(connection: sa.Connection, table: sa.Table) -> list[Any]:
    """What a table holds inside this very transaction, whoever asks: the guard is stepped round to look."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    if connection.dialect.name != "postgresql":
        return list(connection.exec_driver_sql(f"select {columns} from main.{table.name} order by id"))
    connection.exec_driver_sql("reset role")
    return list(connection.exec_driver_sql(f"select {columns} from {table.name} order by id"))


@dataclass(frozen=True)
class Seed:
    """What a seeded database holds; its copies hold the same."""

    #: Values of one more row of each party that the table would take.
    spares: dict[str, list[dict[str, Any]]]
    rows: dict[str, list[Any]]


def sow(url: str) -> Seed:
    """Seed the database at `url`."""
    owner = owner_engine(url)
    with owner.begin() as connection:
        seeder = Seeder(connection)
        seeder.everything()
        spares = seeder.spares()
    with owner.connect() as connection:
        rows = {
            table.name: list(connection.execute(sa.select(table).order_by(table.c.id)))
            for table in owned_tables()
        }
    owner.dispose()
    return Seed(spares, rows)


@contextmanager
def open_arena(url: str, directory: Path, seed: Seed, *, guarded: bool = True) -> Iterator[Arena]:
    """The seeded database at `url`. `guarded=False`: an app whose connections carry no guard, to plant a leak."""
    with pytest.MonkeyPatch.context() as patch:
        if not guarded:
            patch.setattr(rowsecurity, "protect", lambda *_: None)
        app = databases.make_app(url, directory)
    owner = owner_engine(url)
    try:
        yield Arena(app, url, owner, seed.spares, seed.rows)
    finally:
        databases.dispose(app)
        owner.dispose()

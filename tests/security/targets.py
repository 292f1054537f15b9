"""What is attacked, and how an attack is judged."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session, column_property, foreign, registry, relationship, remote
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError

from portal.kernel.db import (
    AtPoint,
    Base,
    Dealers,
    Manufacturers,
    Private,
    SharedWithPoints,
    TwoParty,
    guards,
)
from portal.kernel.scope import NoScope, OutOfScope, Scope
from tests.security.arena import SCOPES, Arena, everything, visible

#: What counts as "no". Anything else that is raised is a fault of the attack.
REFUSALS = (
    sa.exc.DBAPIError,
    sa.exc.InvalidRequestError,
    sa.exc.SAWarning,  # the unit of work says so when a delete found nothing
    NoScope,
    OutOfScope,
    StaleDataError,
    ObjectDeletedError,
    psycopg.Error,
    sqlite3.Error,
)
KINDS = {
    kind.__kind__: kind for kind in (Dealers, TwoParty, SharedWithPoints, AtPoint, Manufacturers, Private)
}
#: Tables that stand for their kind; one of them is append-only.
TABLES = ("parts_request", "card", "agreement", "product", "draft", "dealer", "entry")
#: Who attacks in the long lists of shapes; the others in the tests of whole tables.
ATTACKERS = ("dealer", "point", "manufacturer", "other manufacturer")
STOLEN = "stolen"
#: The evidence of an attack that could not even be said.
UNSPEAKABLE = object()


class Unspeakable(Exception):
    """This engine, or this attacker, has no words for the attack."""


@cache
def model_of(table: str) -> type[Any]:
    """The portal's own class of a table."""
    return next(m.class_ for m in Base.registry.mappers if m.local_table.name == table)  # type: ignore[attr-defined]


@cache
def probe_of(table: str) -> type[Any]:
    """A class over the same table that can do what the portal's own avoid: lazy loads, properties over Core."""
    core = Base.metadata.tables[table]
    probe = type(f"Probe_{table}", (KINDS[guards()[table].kind],), {})
    other = core.alias()
    registry(metadata=Base.metadata).map_imperatively(
        probe,
        core,
        properties={
            "peers": relationship(
                probe,
                primaryjoin=foreign(remote(core.c.id)) != core.c.id,
                viewonly=True,
                uselist=True,
                lazy="select",
            ),
            "crowd": column_property(sa.select(sa.func.count(other.c.id)).scalar_subquery(), deferred=True),
        },
    )
    return probe


@dataclass
class Target:
    """One foreign row as one attacker sees the world."""

    arena: Arena
    scope: Scope
    table: sa.Table
    own: list[Any]
    foreign: list[Any]
    #: The row that single-row attacks aim at.
    victim: Any
    #: Values of one more row of the victim's party.
    spare: dict[str, Any]
    #: The same for the attacker's own party; None where it has no rows of its own.
    mine: dict[str, Any] | None
    unguarded: bool

    @property
    def model(self) -> type[Any]:
        return model_of(self.table.name)

    @property
    def probe(self) -> type[Any]:
        return probe_of(self.table.name)

    @property
    def engine(self) -> sa.Engine:
        return self.arena.owner if self.unguarded else self.arena.engine

    @property
    def own_ids(self) -> set[int]:
        return {row.id for row in self.own}

    @property
    def column(self) -> str:
        """A text of the table that anything may be written into."""
        texts = [c.name for c in self.table.columns if type(c.type) is sa.String and not c.nullable]
        return next((name for name in texts if name not in self._keys()), texts[0])

    @property
    def column_is_key(self) -> bool:
        """Whether two rows can't have the same text there."""
        return self.column in self._keys()

    def _keys(self) -> set[str]:
        keys = [key for key in self.table.constraints if isinstance(key, sa.UniqueConstraint)]
        unique = [index for index in self.table.indexes if index.unique]
        return {column.name for key in (*keys, *unique) for column in key.columns}

    @property
    def party(self) -> dict[str, Any]:
        """The columns that say whose the victim is."""
        names = ("manufacturer_id", "dealer_id", "point_id", "owner_id", "agreement_id", "parent_id")
        return {name: getattr(self.victim, name) for name in names if name in self.table.c}

    def foreign_among(self, ids: Any) -> set[int]:
        """Ids that the attacker must never read."""
        return set(ids) - self.own_ids

    def harm(self, connection: sa.Connection) -> list[str]:
        """What this transaction has done to rows that aren't the attacker's, seen by the owner."""
        after = {row.id: row for row in everything(connection, self.table)}
        before = {row.id: row for row in self.as_stored()}
        kind = guards()[self.table.name].kind
        found = [f"foreign {row.id} changed" for row in self.foreign if after.get(row.id) != before[row.id]]
        for row in after.values():
            if row.id in self.own_ids and not visible(kind, self.scope, row):
                found.append(f"own {row.id} given away")
            if row.id not in before and not visible(kind, self.scope, row):
                found.append(f"foreign {row.id} added")
        return found

    def as_stored(self) -> list[Any]:
        """The rows as `everything` reads them, before the attack."""
        if self.table.name not in self.arena.stored:
            with self.arena.owner.connect() as connection:
                self.arena.stored[self.table.name] = everything(connection, self.table)
        return self.arena.stored[self.table.name]


def targets(arena: Arena, *, unguarded: bool = False) -> Iterator[Target]:
    """Every attacker against every kind of table, one victim of each foreign party."""
    for who in ATTACKERS:
        scope = SCOPES[who]
        for name in TABLES:
            table = Base.metadata.tables[name]
            own, foreigners = arena.split(name, scope)
            spares = arena.spares.get(name) or [dict(row._mapping) | {"id": None} for row in foreigners]
            strangers = [spare for spare in spares if not visible(guards()[name].kind, scope, _Row(spare))]
            mine = next((spare for spare in spares if spare not in strangers), None)
            for spare in strangers[:1] if unguarded else strangers:
                victim = next(row for row in foreigners if _same_party(row, spare))
                yield Target(arena, scope, table, own, foreigners, victim, spare, mine, unguarded)


class _Row:
    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _same_party(row: Any, spare: dict[str, Any]) -> bool:
    names = ("manufacturer_id", "dealer_id", "point_id", "owner_id")
    return all(getattr(row, name) == spare[name] for name in names if name in spare)


Attack = Callable[[Session, Target], Any]


def leaks(attack: Attack, made: Session, target: Target) -> Any:
    """Run one attack. What it got or did that it must not, or something false; the transaction is undone."""
    try:
        evidence = attack(made, target)
        made.flush()
    except Unspeakable:
        return UNSPEAKABLE
    except REFUSALS:
        evidence = None
    # When the database has given up the transaction, nothing of it stays.
    with suppress(*REFUSALS):
        # The method of the base class: the portal's own session refuses to hand out its connection.
        evidence = evidence or target.harm(Session.connection(made))
    made.rollback()
    return evidence


def found(arena: Arena, attack: Attack, *, filtered: bool) -> list[str]:
    """Every leak of one shape. `filtered`: through the portal's own session; else the database stands alone."""
    leaking = []
    for target in targets(arena):
        way = arena.scoped(target.scope) if filtered else arena.bare(target.scope)
        with way as made:
            evidence = leaks(attack, made, target)
        if evidence and evidence is not UNSPEAKABLE:
            leaking.append(f"{target.scope} → {target.table.name} {target.victim.id}: {evidence}")
    return leaking

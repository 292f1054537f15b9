"""The database session: one scope for life, reads filtered by it, writes only inside a command.

Two independent layers keep tenants apart. This module is the first: it filters what goes through the ORM and
refuses what it can't filter. `rowsecurity` is the second: the database itself, on SQLite as on PostgreSQL.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event
from sqlalchemy.orm import (
    DeclarativeBase,
    FromStatement,
    Mapped,
    ORMExecuteState,
    Session,
    UOWTransaction,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors

from portal.kernel import rowsecurity
from portal.kernel.period import Month, Quarter
from portal.kernel.scope import NoScope, OutOfScope, Scope
from portal.kernel.types import MoneyType, MonthType, QuarterType, UtcDateTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table. A class that mixes in none of the owners below is a platform table."""

    metadata = sa.MetaData(naming_convention=NAMES)


# Not as an attribute of the class: Flask-SQLAlchemy derives a class of its own from it.
Base.registry.update_type_annotation_map(
    {
        Decimal: MoneyType,
        dt.datetime: UtcDateTime,
        Quarter: QuarterType,
        Month: MonthType,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
        Enum: sa.Enum(Enum, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e]),
        StrEnum: sa.Enum(
            StrEnum, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e]
        ),
    }
)


class Writers(StrEnum):
    """Which side writes the rows of a table; the database enforces it."""

    BOTH = "both"
    MANUFACTURER = "manufacturer"
    DEALER = "dealer"


class Owned:
    """A row that belongs to a manufacturer; never mixed in by itself."""

    #: Rows are only ever inserted: postings, facts, decisions.
    __append_only__: ClassVar[bool] = False
    __writers__: ClassVar[Writers] = Writers.BOTH

    #: Which condition of `rowsecurity.VISIBLE` guards it.
    __kind__: ClassVar[str]

    manufacturer_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), comment="the manufacturer")


class Dealers(Owned):
    """The dealers themselves: a dealer sees itself and its sub-dealers, a sub-dealer itself and its holder."""

    __kind__ = "dealers"
    __writers__ = Writers.MANUFACTURER

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(comment="the dealer above; null: holds an agreement itself")


class TwoParty(Owned):
    """Seen by the manufacturer and the dealer that holds the agreement, not by its sub-dealers' people."""

    __kind__ = "two_party"

    dealer_id: Mapped[int] = mapped_column(comment="the dealer that holds the agreement")


class SharedWithPoints(Owned):
    """Two-party rows that a sub-dealer's people read as well: the agreement and its terms."""

    __kind__ = "shared"
    dealer_id: Mapped[int] = mapped_column(comment="the dealer that holds the agreement")


class AtPoint(Owned):
    """Two-party rows that name a selling point; a sub-dealer's people see those of their own point."""

    __kind__ = "at_point"
    dealer_id: Mapped[int] = mapped_column(comment="the dealer that holds the agreement")
    point_id: Mapped[int] = mapped_column(comment="the selling point: the dealer itself or a sub-dealer")


class Manufacturers(Owned):
    """The manufacturer's own rows that its dealers read: products, parts, published documents."""

    __kind__ = "manufacturers"
    __writers__ = Writers.MANUFACTURER


class Private(Owned):
    """Rows that one party alone sees: internal notes, risk signals, drafts."""

    __kind__ = "private"
    owner_id: Mapped[int] = mapped_column(comment="0: the manufacturer; else the dealer row of the owner")


class Versioned:
    """Optimistic locking (OL-1): a write over a row that changed meanwhile raises StaleDataError."""

    version: Mapped[int] = mapped_column(default=1, comment="grows with each change")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a class is what SQLAlchemy passes
        return {"version_id_col": cls.version}


def party_key() -> sa.UniqueConstraint:
    """What children point at, so that they can't name another party than their parent."""
    return sa.UniqueConstraint("id", "manufacturer_id", "dealer_id")


def child_of(table: str, column: str) -> sa.ForeignKeyConstraint:
    """The composite key of a two-party child to its two-party parent."""
    return sa.ForeignKeyConstraint(
        [column, "manufacturer_id", "dealer_id"],
        [f"{table}.id", f"{table}.manufacturer_id", f"{table}.dealer_id"],
    )


def owned_child_of(table: str, column: str) -> sa.ForeignKeyConstraint:
    """The composite key to a row of the same manufacturer (products, parts); the parent has `owner_key()`."""
    return sa.ForeignKeyConstraint([column, "manufacturer_id"], [f"{table}.id", f"{table}.manufacturer_id"])


def owner_key() -> sa.UniqueConstraint:
    """What rows of the same manufacturer point at with `owned_child_of`."""
    return sa.UniqueConstraint("id", "manufacturer_id")


class ScopedSession(FlaskSession):
    """A session that is entered into one scope once, and refuses what can't be scoped."""

    @property
    def scope(self) -> Scope:
        """The scope of this session. Raises NoScope before `enter`."""
        if "scope" not in self.info:
            raise NoScope("this session has not been entered into a scope")
        return cast(Scope, self.info["scope"])

    def enter(self, scope: Scope) -> None:
        """Enter the scope for good. Raises OutOfScope if the session has another one already."""
        if self.info.setdefault("scope", scope) != scope:
            raise OutOfScope("a session never changes scope; open a new app context")
        if self.in_transaction():
            rowsecurity.announce(Session.connection(self), scope)

    def connection(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused: a bare connection knows no scope."""
        raise NoScope("a bare connection has no scope; use the ORM")

    def bulk_save_objects(self, *_args: Any, **_kwargs: Any) -> None:
        raise NoScope("bulk operations go round the scope")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects


db = SQLAlchemy(model_class=Base, session_options={"class_": ScopedSession})


def session() -> ScopedSession:
    """The session of this app context."""
    return cast(ScopedSession, db.session())


@event.listens_for(ScopedSession, "after_begin")
def _announce_scope(session: Session, _transaction: Any, connection: sa.Connection) -> None:
    scope = session.info.get("scope")
    if scope is not None:
        rowsecurity.announce(connection, scope)


@event.listens_for(ScopedSession, "do_orm_execute")
def _filter_by_scope(state: ORMExecuteState) -> None:
    if state.is_column_load:
        return
    statement = state.statement
    if _is_raw(statement):
        raise NoScope("raw SQL has no scope")
    goes_round = state.execution_options.get("goes_round")
    scope = state.session.info.get("scope")
    writes = state.is_insert or state.is_update or state.is_delete
    if writes:
        if not state.session.info.get("command"):
            raise RuntimeError("write outside a command")
        state.session.info["wrote"] = True
    if scope is None or not state.is_orm_statement or state.is_insert:
        owned = _owned_tables(statement)
        if owned and scope is None:
            raise NoScope(f"{sorted(owned)} touched without a scope")
        if owned and not goes_round:
            raise NoScope(f"only ORM reads, updates and deletes may touch {sorted(owned)}")
        if not state.is_orm_statement or state.is_insert:
            return
    if (state.is_update or state.is_delete) and not isinstance(state.parameters, dict | None):
        raise NoScope("an update by a list of primary keys goes round the scope")
    if scope is not None:
        state.statement = statement.options(*_criteria(state.session))


def _is_raw(statement: Any) -> bool:
    written = statement.element if isinstance(statement, FromStatement) else statement
    return isinstance(written, sa.TextClause | sa.TextualSelect)


def _owned_tables(statement: Any) -> set[str]:
    """Names of owned tables in a statement that isn't filtered. Raises NoScope for SQL that can't be read."""
    names = set()
    for element in visitors.iterate(statement):
        if isinstance(element, sa.TextClause):
            raise NoScope("raw SQL has no scope")
        if isinstance(element, sa.TableClause):
            names.add(element.name)
    return names & guards().keys()


@cache
def guards() -> dict[str, rowsecurity.Rule]:
    """How each owned table is guarded, by its name. Called only when every model is imported."""
    return {
        cast(sa.Table, mapper.local_table).name: rowsecurity.Rule(
            mapper.class_.__kind__, mapper.class_.__writers__.value, mapper.class_.__append_only__
        )
        for mapper in sorted(
            Base.registry.mappers, key=lambda mapper: cast(sa.Table, mapper.local_table).name
        )
        if issubclass(mapper.class_, Owned)
    }


def platform_tables() -> set[str]:
    """Tables that belong to no tenant: people, sign-ins, jobs' wake-ups."""
    return set(Base.metadata.tables) - guards().keys()


def _criteria(session: Session) -> Sequence[Any]:
    """The filters of this session's scope, one for each kind of owned row."""
    known: Sequence[Any] | None = session.info.get("criteria")
    if known is None:
        scope: Scope = session.info["scope"]
        manufacturer, dealer, point, party = (
            scope.manufacturer_id,
            scope.dealer_id,
            scope.point_id,
            scope.party,
        )
        options = [
            with_loader_criteria(Owned, lambda c: c.manufacturer_id == manufacturer, include_aliases=True)
        ]
        options += [with_loader_criteria(Private, lambda c: c.owner_id == party, include_aliases=True)]
        if dealer is not None:
            for kind in (TwoParty, SharedWithPoints, AtPoint):
                options.append(
                    with_loader_criteria(kind, lambda c: c.dealer_id == dealer, include_aliases=True)
                )
            options.append(
                with_loader_criteria(
                    Dealers, lambda c: sa.func.coalesce(c.parent_id, c.id) == dealer, include_aliases=True
                )
            )
        if point is not None:
            options.append(with_loader_criteria(AtPoint, lambda c: c.point_id == point, include_aliases=True))
            options.append(with_loader_criteria(TwoParty, lambda c: sa.false(), include_aliases=True))
        known = session.info["criteria"] = tuple(options)
    return known


@event.listens_for(ScopedSession, "before_flush")
def _check_writes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    changed = [*session.new, *(row for row in session.dirty if session.is_modified(row)), *session.deleted]
    if changed and not session.info.get("command"):
        raise RuntimeError(f"write outside a command: {changed!r}")
    session.info["wrote"] = bool(changed) or session.info.get("wrote", False)
    for row in changed:
        if isinstance(row, Owned):
            _check_row(session, row)


def _check_row(session: Session, row: Any) -> None:
    scope = cast(ScopedSession, session).scope
    new = row in session.new
    if row.__append_only__ and not new:
        raise OutOfScope(f"{type(row).__name__} rows are never changed or deleted")
    allowed = (Writers.BOTH, Writers.MANUFACTURER if scope.dealer_id is None else Writers.DEALER)
    if row.__writers__ not in allowed or (isinstance(row, TwoParty) and scope.point_id is not None):
        raise OutOfScope(f"{type(row).__name__} rows are not written by this side")
    expected = {"manufacturer_id": scope.manufacturer_id}
    if isinstance(row, Private):
        expected["owner_id"] = scope.party
    elif isinstance(row, TwoParty | SharedWithPoints | AtPoint) and scope.dealer_id is not None:
        expected["dealer_id"] = scope.dealer_id
    if isinstance(row, AtPoint) and scope.point_id is not None:
        expected["point_id"] = scope.point_id
    for column, value in expected.items():
        if new and getattr(row, column) is None:
            setattr(row, column, value)
        if getattr(row, column) != value or (not new and sa.inspect(row).attrs[column].history.has_changes()):
            raise OutOfScope(f"{type(row).__name__}.{column} names another party")

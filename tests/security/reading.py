"""Ways to read a foreign row. Each returns what it got that isn't the attacker's, or something false."""

from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import (
    Bundle,
    Session,
    aliased,
    contains_eager,
    joinedload,
    make_transient_to_detached,
    selectinload,
    subqueryload,
    undefer,
)

from portal.kernel.rowsecurity import APP_ROLE
from tests.security.targets import Attack, Target, Unspeakable

READS: dict[str, Attack] = {}


def shape(name: str) -> Any:
    def add(attack: Attack) -> Attack:
        READS[name] = attack
        return attack

    return add


def ids(rows: Any) -> list[int]:
    return [row.id if hasattr(row, "id") else row[0] for row in rows]


@shape("select of the entity")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.scalars(sa.select(t.model))))


@shape("select of columns")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.execute(sa.select(t.model.id, getattr(t.model, t.column)))))


@shape("count")
def _(s: Session, t: Target) -> Any:
    return max(0, s.scalar(sa.select(sa.func.count()).select_from(t.model)) - len(t.own))


@shape("sum")
def _(s: Session, t: Target) -> Any:
    return (s.scalar(sa.select(sa.func.sum(t.model.id))) or 0) - sum(t.own_ids)


@shape("min and max")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(
        set(s.execute(sa.select(sa.func.min(t.model.id), sa.func.max(t.model.id))).one()) - {None}
    )


@shape("aggregate of a column as one text")
def _(s: Session, t: Target) -> Any:
    together = sa.func.string_agg if t.arena.postgresql else sa.func.group_concat
    text = s.scalar(sa.select(together(sa.cast(t.model.id, sa.String), ","))) or ""
    return t.foreign_among(int(part) for part in text.split(",") if part)


@shape("group by with having")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(
        ids(s.execute(sa.select(t.model.id).group_by(t.model.id).having(sa.func.count() > 0)))
    )


@shape("window function")
def _(s: Session, t: Target) -> Any:
    number = sa.func.row_number().over(order_by=t.model.id)
    return max(0, max((row[0] for row in s.execute(sa.select(number, t.model.id))), default=0) - len(t.own))


@shape("distinct, order, limit, offset")
def _(s: Session, t: Target) -> Any:
    statement = sa.select(t.model.id).distinct().order_by(t.model.id.desc()).limit(1000).offset(len(t.own))
    return ids(s.execute(statement))


@shape("aliased entity")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.scalars(sa.select(aliased(t.model)))))


@shape("join to an alias of itself")
def _(s: Session, t: Target) -> Any:
    other = aliased(t.model)
    return t.foreign_among(ids(s.execute(sa.select(other.id).join_from(t.model, other, sa.true()))))


@shape("outer join to an alias of itself")
def _(s: Session, t: Target) -> Any:
    other = aliased(t.model)
    statement = sa.select(other.id).outerjoin_from(t.model, other, other.id == t.victim.id)
    return t.foreign_among(set(ids(s.execute(statement))) - {None})


@shape("cartesian product in the from clause")
def _(s: Session, t: Target) -> Any:
    a, b = aliased(t.model), aliased(t.model)
    return t.foreign_among(ids(s.execute(sa.select(b.id).where(a.id != b.id).select_from(a))))


@shape("common table expression")
def _(s: Session, t: Target) -> Any:
    part = sa.select(t.model.id).cte()
    return t.foreign_among(ids(s.execute(sa.select(part.c.id))))


@shape("recursive common table expression")
def _(s: Session, t: Target) -> Any:
    walk = sa.select(sa.func.min(t.model.id).label("id")).cte("walk", recursive=True)
    other = aliased(t.model)
    walk = walk.union(sa.select(other.id).join(walk, other.id > walk.c.id))
    return t.foreign_among(set(ids(s.execute(sa.select(walk.c.id)))) - {None})


@shape("subquery in from")
def _(s: Session, t: Target) -> Any:
    part = sa.select(t.model.id, t.model.manufacturer_id).subquery()
    return t.foreign_among(ids(s.execute(sa.select(part.c.id))))


@shape("entity over a subquery")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.scalars(sa.select(aliased(t.model, sa.select(t.model).subquery())))))


@shape("union all")
def _(s: Session, t: Target) -> Any:
    whole = sa.union_all(
        sa.select(t.model.id).where(t.model.id > 0), sa.select(t.model.id).where(t.model.id <= 0)
    )
    return t.foreign_among(ids(s.execute(whole)))


@shape("except")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.execute(sa.except_(sa.select(t.model.id), sa.select(sa.literal(0))))))


@shape("entity from a union")
def _(s: Session, t: Target) -> Any:
    whole = sa.union_all(sa.select(t.model), sa.select(t.model))
    return t.foreign_among(ids(s.scalars(sa.select(t.model).from_statement(whole))))


@shape("exists over the entity")
def _(s: Session, t: Target) -> Any:
    return s.scalar(sa.select(sa.exists().where(t.model.id == t.victim.id)))


@shape("exists over a select")
def _(s: Session, t: Target) -> Any:
    return s.scalar(sa.select(sa.select(t.model.id).where(t.model.id == t.victim.id).exists()))


@shape("a filter that asks for a foreign column's value")
def _(s: Session, t: Target) -> Any:
    value = getattr(t.victim, t.column)
    return t.foreign_among(ids(s.execute(sa.select(t.model.id).where(getattr(t.model, t.column) == value))))


@shape("scalar subquery")
def _(s: Session, t: Target) -> Any:
    part = sa.select(t.model.id).where(t.model.id == t.victim.id).scalar_subquery()
    return s.scalar(sa.select(part))


@shape("in a subquery")
def _(s: Session, t: Target) -> Any:
    other = aliased(t.model)
    return t.foreign_among(ids(s.execute(sa.select(t.model.id).where(t.model.id.in_(sa.select(other.id))))))


@shape("bundle")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(
        row[0].id for row in s.execute(sa.select(Bundle("both", t.model.id, t.model.manufacturer_id)))
    )


@shape("locking select")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.scalars(sa.select(t.model).with_for_update())))


@shape("streamed in pieces")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.scalars(sa.select(t.model).execution_options(yield_per=2))))


@shape("get by primary key")
def _(s: Session, t: Target) -> Any:
    return s.get(t.model, t.victim.id)


@shape("get with populate existing")
def _(s: Session, t: Target) -> Any:
    return s.get(t.model, t.victim.id, populate_existing=True)


@shape("get, locking")
def _(s: Session, t: Target) -> Any:
    return s.get(t.model, t.victim.id, with_for_update=True)


def known(s: Session, t: Target) -> Any:
    """An object of the victim in the identity map, as a careless cache would leave it there."""
    ghost = t.model(id=t.victim.id)
    make_transient_to_detached(ghost)
    s.add(ghost)
    return ghost


@shape("get of a row in the identity map")
def _(s: Session, t: Target) -> Any:
    known(s, t)
    return s.get(t.model, t.victim.id)


@shape("refresh")
def _(s: Session, t: Target) -> Any:
    ghost = known(s, t)
    s.refresh(ghost)
    return getattr(ghost, t.column)


@shape("attribute of an expired row")
def _(s: Session, t: Target) -> Any:
    return getattr(known(s, t), t.column)


@shape("old-style query")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.query(t.model).all()))


@shape("old-style query, first by key")
def _(s: Session, t: Target) -> Any:
    return s.query(t.model).filter_by(id=t.victim.id).first()


@shape("old-style query, count")
def _(s: Session, t: Target) -> Any:
    return max(0, s.query(t.model).count() - len(t.own))


def peers(s: Session, t: Target, *options: Any) -> Any:
    rows = s.scalars(sa.select(t.probe).options(*options)).unique().all()
    return t.foreign_among(peer.id for row in rows for peer in row.peers)


@shape("lazy load of a relationship")
def _(s: Session, t: Target) -> Any:
    return peers(s, t)


@shape("joined load")
def _(s: Session, t: Target) -> Any:
    return peers(s, t, joinedload(t.probe.peers))


@shape("select-in load")
def _(s: Session, t: Target) -> Any:
    return peers(s, t, selectinload(t.probe.peers))


@shape("subquery load")
def _(s: Session, t: Target) -> Any:
    return peers(s, t, subqueryload(t.probe.peers))


@shape("eager load from a join of our own")
def _(s: Session, t: Target) -> Any:
    other = aliased(t.probe)
    statement = (
        sa.select(t.probe)
        .outerjoin(other, t.probe.peers)
        .options(contains_eager(t.probe.peers.of_type(other)))
    )
    return t.foreign_among(peer.id for row in s.scalars(statement).unique() for peer in row.peers)


@shape("column property over a Core subquery")
def _(s: Session, t: Target) -> Any:
    seen = [row.crowd for row in s.scalars(sa.select(t.probe).options(undefer(t.probe.crowd)))]
    return max(0, max(seen, default=0) - len(t.own))


@shape("Core select of the table")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.execute(sa.select(t.table))))


@shape("Core select without metadata")
def _(s: Session, t: Target) -> Any:
    light = sa.table(t.table.name, sa.column("id"))
    return t.foreign_among(ids(s.execute(sa.select(light.c.id))))


@shape("entity joined to the Core table")
def _(s: Session, t: Target) -> Any:
    other = t.table.alias()
    return t.foreign_among(ids(s.execute(sa.select(other.c.id).select_from(t.model).join(other, sa.true()))))


@shape("entity filtered by a Core subquery")
def _(s: Session, t: Target) -> Any:
    other = t.table.alias()
    part = sa.select(other.c.id).where(other.c.id == t.victim.id)
    return s.scalars(sa.select(t.model.id).where(part.exists())).all()


@shape("raw SQL")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.execute(sa.text(f"select id from {t.table.name}"))))


@shape("raw SQL with typed columns")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.execute(sa.text(f"select id from {t.table.name}").columns(id=sa.Integer))))


@shape("entity from raw SQL")
def _(s: Session, t: Target) -> Any:
    statement = sa.select(t.model).from_statement(sa.text(f"select * from {t.table.name}"))
    return t.foreign_among(ids(s.scalars(statement)))


@shape("select of raw pieces")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.execute(sa.select(sa.text("id")).select_from(sa.text(t.table.name)))))


@shape("old-style query without metadata")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.query(sa.literal_column("id")).select_from(sa.table(t.table.name)).all()))


@shape("the session's connection, Core")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.connection().execute(sa.select(t.table.c.id))))


@shape("the session's connection, driver SQL")
def _(s: Session, t: Target) -> Any:
    return t.foreign_among(ids(s.connection().exec_driver_sql(f"select id from {t.table.name}")))


@shape("a connection of the engine")
def _(_s: Session, t: Target) -> Any:
    with t.engine.connect() as connection:
        return ids(connection.execute(sa.select(t.table.c.id)))


@shape("a raw connection of the engine")
def _(_s: Session, t: Target) -> Any:
    raw = t.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"select id from {t.table.name}")
        return ids(cursor.fetchall())
    finally:
        raw.close()


@shape("the driver itself under the portal's role")
def _(_s: Session, t: Target) -> Any:
    if not t.arena.postgresql:  # there the guard is the connection's, a fresh one of the engine stands for it
        with t.engine.connect() as connection:
            return ids(connection.connection.driver_connection.execute(f"select id from {t.table.name}"))  # type: ignore[union-attr]
    with psycopg.connect(t.arena.url.replace("+psycopg", "")) as connection:
        if not t.unguarded:
            connection.execute(f"set role {APP_ROLE}")  # type: ignore[call-overload]
            manufacturer, dealer, point = (
                t.scope.manufacturer_id,
                t.scope.dealer_id or "",
                t.scope.point_id or "",
            )
            for name, value in (("manufacturer", manufacturer), ("dealer", dealer), ("point", point)):
                connection.execute("select set_config(%s, %s, true)", [f"app.{name}", str(value)])
        return t.foreign_among(ids(connection.execute(f"select id from {t.table.name}").fetchall()))  # type: ignore[call-overload]


@shape("a view made on the way")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.text(f"create temp view peek as select id from {t.table.name}"))
    found = t.foreign_among(ids(s.execute(sa.text("select id from peek"))))
    s.execute(sa.text("drop view peek"))
    return found


@shape("a copy made on the way")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.text(f"create temp table peek as select id from {t.table.name}"))
    found = t.foreign_among(ids(s.execute(sa.text("select id from peek"))))
    s.execute(sa.text("drop table peek"))
    return found


@shape("own rows updated with a foreign value")
def _(s: Session, t: Target) -> Any:
    other = t.table.alias()
    value = sa.select(other.c[t.column]).where(other.c.id == t.victim.id).scalar_subquery()
    if not t.own or t.column_is_key:
        raise Unspeakable
    mine = t.own[0].id
    returned = s.execute(
        sa.update(t.model)
        .where(t.model.id == mine)
        .values({t.column: value})
        .returning(getattr(t.model, t.column))
    )
    return returned.scalar_one_or_none()

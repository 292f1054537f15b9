"""Ways to change a foreign row, to add one, or to give an own one away; the table is looked at afterwards."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, make_transient_to_detached

from tests.security.targets import STOLEN, Attack, Target, Unspeakable

WRITES: dict[str, Attack] = {}
#: Ids that no row has.
FREE = 900_000


def shape(name: str) -> Any:
    def add(attack: Attack) -> Attack:
        WRITES[name] = attack
        return attack

    return add


def stolen(t: Target) -> dict[str, Any]:
    return {t.column: STOLEN}


def new(t: Target) -> dict[str, Any]:
    """Another row of the victim's party."""
    if t.table.name == "dealer":  # a company is a dealer only once: take one that isn't yet
        return {
            **t.spare,
            "id": FREE,
            "code": "NEW",
            "organisation_id": 1 if t.victim.manufacturer_id == 2 else 2,
        }
    return {"id": FREE, **t.spare}


def by_id(t: Target) -> Any:
    return t.model.id == t.victim.id


def _text(t: Target, head: str, tail: str) -> Any:
    return sa.text(f"{head} {t.table.name} {tail}").bindparams(id=t.victim.id)


@shape("update by the ORM")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.update(t.model).where(by_id(t)).values(stolen(t)))


@shape("update by the ORM of everything")
def _(s: Session, t: Target) -> Any:
    if t.column_is_key:
        raise Unspeakable
    s.execute(sa.update(t.model).values(stolen(t)))


@shape("update by the ORM, returning")
def _(s: Session, t: Target) -> Any:
    return s.scalars(sa.update(t.model).where(by_id(t)).values(stolen(t)).returning(t.model.id)).all()


@shape("update by the ORM, chosen by a Core subquery")
def _(s: Session, t: Target) -> Any:
    other = t.table.alias()
    chosen = sa.select(other.c.id).where(other.c.id == t.victim.id)
    s.execute(
        sa.update(t.model).where(t.model.id.in_(chosen)).values(stolen(t)),
        execution_options={"synchronize_session": False},
    )


@shape("delete by the ORM")
def _(s: Session, t: Target) -> Any:
    _alone(s, t)
    s.execute(sa.delete(t.model).where(by_id(t)))


@shape("old-style query, update")
def _(s: Session, t: Target) -> Any:
    s.query(t.model).filter_by(id=t.victim.id).update(stolen(t))


@shape("old-style query, delete")
def _(s: Session, t: Target) -> Any:
    _alone(s, t)
    s.query(t.model).filter_by(id=t.victim.id).delete()


@shape("update by a list of primary keys")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.update(t.probe), [{"id": t.victim.id, **stolen(t)}])


@shape("bulk update mappings")
def _(s: Session, t: Target) -> Any:
    s.bulk_update_mappings(t.probe, [{"id": t.victim.id, **stolen(t)}])


@shape("bulk insert mappings")
def _(s: Session, t: Target) -> Any:
    s.bulk_insert_mappings(t.probe, [new(t)])


@shape("bulk save objects")
def _(s: Session, t: Target) -> Any:
    s.bulk_save_objects([t.model(**new(t))])


@shape("Core update")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.update(t.table).where(t.table.c.id == t.victim.id).values(stolen(t)))


@shape("Core update of everything")
def _(s: Session, t: Target) -> Any:
    if t.column_is_key:
        raise Unspeakable
    s.execute(sa.update(t.table).values(stolen(t)))


@shape("Core update without metadata")
def _(s: Session, t: Target) -> Any:
    light = sa.table(t.table.name, sa.column("id"), sa.column(t.column))
    s.execute(sa.update(light).where(light.c.id == t.victim.id).values(stolen(t)))


@shape("Core update, chosen by a common table expression")
def _(s: Session, t: Target) -> Any:
    other = t.table.alias()
    chosen = sa.select(other.c.id).where(other.c.id == t.victim.id).cte()
    s.execute(sa.update(t.table).where(t.table.c.id.in_(sa.select(chosen.c.id))).values(stolen(t)))


@shape("Core delete")
def _(s: Session, t: Target) -> Any:
    _alone(s, t)
    s.execute(sa.delete(t.table).where(t.table.c.id == t.victim.id))


@shape("raw update")
def _(s: Session, t: Target) -> Any:
    s.execute(_text(t, "update", f"set {t.column} = '{STOLEN}' where id = :id"))


@shape("raw delete")
def _(s: Session, t: Target) -> Any:
    _alone(s, t)
    s.execute(_text(t, "delete from", "where id = :id"))


@shape("update over the session's connection")
def _(s: Session, t: Target) -> Any:
    s.connection().execute(sa.update(t.table).where(t.table.c.id == t.victim.id).values(stolen(t)))


@shape("driver SQL over the session's connection")
def _(s: Session, t: Target) -> Any:
    s.connection().exec_driver_sql(
        f"update {t.table.name} set {t.column} = '{STOLEN}' where id = {t.victim.id}"
    )


def ghost(s: Session, t: Target) -> Any:
    """An object of the victim that was never read, as if it came from a cache or another session."""
    values = dict(t.victim._mapping)
    made = t.model(**values)
    make_transient_to_detached(made)
    s.add(made)
    for name, value in values.items():
        sa.orm.attributes.set_committed_value(made, name, value)
    return made


@shape("unit of work, update")
def _(s: Session, t: Target) -> Any:
    setattr(ghost(s, t), t.column, STOLEN)
    s.flush()


@shape("unit of work, delete")
def _(s: Session, t: Target) -> Any:
    _alone(s, t)
    s.delete(ghost(s, t))
    s.flush()


@shape("unit of work, take over a foreign row")
def _(s: Session, t: Target) -> Any:
    if t.mine is None:
        raise Unspeakable
    _alone(s, t)
    made = ghost(s, t)
    for name, value in t.mine.items():
        setattr(made, name, value)
    s.flush()


@shape("add a row of another party")
def _(s: Session, t: Target) -> Any:
    s.add(t.model(**new(t)))
    s.flush()


@shape("add a row of another party, its id left to the database")
def _(s: Session, t: Target) -> Any:
    s.add(t.model(**{**new(t), "id": None}))
    s.flush()


@shape("merge onto a foreign id")
def _(s: Session, t: Target) -> Any:
    s.merge(t.model(**{**t.victim._mapping, **stolen(t)}))
    s.flush()


@shape("insert by the ORM")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.insert(t.model).values(new(t)))


@shape("insert by the ORM, many at once")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.insert(t.model), [new(t)])


@shape("Core insert")
def _(s: Session, t: Target) -> Any:
    s.execute(sa.insert(t.table).values(new(t)))


@shape("insert from select")
def _(s: Session, t: Target) -> Any:
    values = {name: sa.cast(value, t.table.c[name].type) for name, value in new(t).items()}
    s.execute(sa.insert(t.table).from_select(list(values), sa.select(*values.values())))


def _upsert(t: Target) -> Any:
    return (postgresql if t.arena.postgresql else sqlite).insert


@shape("insert that updates on conflict")
def _(s: Session, t: Target) -> Any:
    insert = _upsert(t)(t.table).values(dict(t.victim._mapping))
    s.execute(insert.on_conflict_do_update(index_elements=["id"], set_=stolen(t)))


@shape("insert that updates on conflict, as one's own row")
def _(s: Session, t: Target) -> Any:
    if t.mine is None:
        raise Unspeakable
    insert = _upsert(t)(t.table).values({**t.mine, "id": t.victim.id})
    s.execute(insert.on_conflict_do_update(index_elements=["id"], set_=stolen(t)))


@shape("insert or replace")
def _(s: Session, t: Target) -> Any:
    if t.arena.postgresql or t.mine is None:
        raise Unspeakable
    _alone(s, t)
    s.execute(sa.insert(t.table).prefix_with("or replace").values({**t.mine, "id": t.victim.id}))


@shape("merge statement")
def _(s: Session, t: Target) -> Any:
    if not t.arena.postgresql:
        raise Unspeakable
    s.execute(
        sa.text(
            f"merge into {t.table.name} x using (select cast(:id as bigint) as id) y on x.id = y.id"
            f" when matched then update set {t.column} = '{STOLEN}'"
        ).bindparams(id=t.victim.id)
    )


@shape("update that joins")
def _(s: Session, t: Target) -> Any:
    other = t.table.alias()
    s.execute(
        sa.update(t.table).where(t.table.c.id == other.c.id, other.c.id == t.victim.id).values(stolen(t))
    )


@shape("update or replace")
def _(s: Session, t: Target) -> Any:
    if t.arena.postgresql:
        raise Unspeakable
    s.execute(_text(t, "update or replace", f"set {t.column} = '{STOLEN}' where id = :id"))


@shape("truncate")
def _(s: Session, t: Target) -> Any:
    if not t.arena.postgresql:
        raise Unspeakable
    s.execute(sa.text(f"truncate {t.table.name} cascade"))


def _alone(s: Session, t: Target) -> None:
    """Let go of what hangs on the victim, so that no foreign key stops a delete in the guard's stead."""
    connection = Session.connection(s)
    if connection.dialect.name == "postgresql":
        if t.unguarded:
            connection.exec_driver_sql("set session_replication_role = replica")
    else:
        connection.exec_driver_sql("pragma defer_foreign_keys = on")


def _to_give(t: Target) -> Any:
    """An own row that isn't the victim's party's in any column yet."""
    if t.table.name == "dealer" and t.victim.manufacturer_id == t.scope.manufacturer_id:
        return None  # a dealer is no other dealer's property
    ours = [row for row in t.own if any(getattr(row, name) != value for name, value in t.party.items())]
    return next(
        (row for row in ours if row.manufacturer_id == t.victim.manufacturer_id), next(iter(ours), None)
    )


@shape("own row given to another party by the ORM")
def _(s: Session, t: Target) -> Any:
    mine = _to_give(t)
    if mine is None:
        raise Unspeakable
    _alone(s, t)
    s.execute(sa.update(t.model).where(t.model.id == mine.id).values(t.party))


@shape("own row given to another party by Core")
def _(s: Session, t: Target) -> Any:
    mine = _to_give(t)
    if mine is None:
        raise Unspeakable
    _alone(s, t)
    s.execute(sa.update(t.table).where(t.table.c.id == mine.id).values(t.party))


@shape("own row given to another party by the unit of work")
def _(s: Session, t: Target) -> Any:
    mine = _to_give(t)
    row = s.get(t.model, mine.id) if mine is not None else None
    if row is None:
        raise Unspeakable
    _alone(s, t)
    for name, value in t.party.items():
        setattr(row, name, value)
    s.flush()

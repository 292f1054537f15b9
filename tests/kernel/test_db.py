"""The session: one scope for life, filtered reads, writes inside commands only, transactions as SQLite needs them."""

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit.models import Fact
from portal.catalogue.models import Product
from portal.drafts.models import Draft
from portal.kernel import engine
from portal.kernel.db import db, session
from portal.kernel.scope import NoScope, OutOfScope, Scope
from portal.ledger.models import Entry
from portal.tenants.models import Dealer, Organisation
from tests.people import World
from tests.security.arena import INSTANT


def write(world: World, who: str, *rows: object) -> None:
    """Flush rows in a persona's scope as a command would; nothing is kept."""
    with world.acting(who):
        here = session()
        here.info.update(command="test", wrote=False)
        try:
            here.add_all(rows)
            here.flush()
        finally:
            here.rollback()


def test_owned_rows_are_not_read_without_a_scope(world: World) -> None:
    with world.app.app_context():
        for statement in (
            sa.select(Dealer),
            sa.select(sa.func.count()).select_from(Dealer),
            sa.select(Dealer.__table__),
            sa.select(Organisation).join(Dealer, Dealer.organisation_id == Organisation.id),
            sa.select(Organisation).where(sa.exists().where(Dealer.organisation_id == Organisation.id)),
        ):
            with pytest.raises(NoScope):
                session().execute(statement)
        assert session().scalars(sa.select(Organisation)).all()


def test_a_session_never_changes_its_scope(world: World) -> None:
    with world.acting("dana") as dana:
        assert dana.scope is not None
        session().enter(dana.scope)
        with pytest.raises(OutOfScope):
            session().enter(Scope(dana.scope.manufacturer_id))
        assert session().scope == dana.scope


def test_a_scope_entered_late_holds_from_then_on(world: World) -> None:
    """A request reads the person first, in the same transaction in which it then enters the tenant."""
    scope = world.actor("dana").scope
    assert scope is not None
    with world.app.app_context():
        assert session().scalars(sa.select(Organisation.id)).all()
        session().enter(scope)
        assert {dealer.code for dealer in session().scalars(sa.select(Dealer))} == {"D01", "D01S"}


def test_raw_sql_and_bare_connections_are_refused(world: World) -> None:
    with world.acting("dana"):
        here = session()
        for statement in (
            sa.text("select 1"),
            sa.text("select 1 as one").columns(one=sa.Integer),
            sa.select(sa.text("1")),
            sa.select(Dealer).from_statement(sa.text("select * from dealer")),
            sa.select(sa.table("dealer", sa.column("id")).c.id),
        ):
            with pytest.raises(NoScope):
                here.execute(statement)
        with pytest.raises(NoScope):
            here.connection()
        with pytest.raises(NoScope):
            here.bulk_save_objects([])


def test_nothing_is_written_outside_a_command(world: World) -> None:
    with world.acting("mei"):
        here = session()
        here.add(Draft(kind="test", data={}, person_id=0, person="x", updated_at=INSTANT))
        with pytest.raises(RuntimeError, match="write outside a command"):
            here.flush()
        here.rollback()
        with pytest.raises(RuntimeError, match="write outside a command"):
            here.execute(sa.delete(Draft))
        here.rollback()
        here.scalars(sa.select(Dealer)).first().name = "changed by a page"  # type: ignore[union-attr]
        with pytest.raises(RuntimeError, match="write outside a command"):
            here.flush()


def test_a_row_is_stamped_with_the_party_that_writes_it(world: World) -> None:
    for who, owner in (("mei", 0), ("dana", world.dealers["D01"]), ("sub", world.dealers["D01S"])):
        row = Draft(kind="test", data={}, person_id=0, person="x", updated_at=INSTANT)
        write(world, who, row)
        assert (row.manufacturer_id, row.owner_id) == (world.manufacturers["MF"], owner)


def test_a_row_that_names_another_party_is_refused_before_it_is_sent(world: World) -> None:
    other = world.manufacturers["OM"]
    with pytest.raises(OutOfScope):
        write(world, "mei", Product(manufacturer_id=other, model="X", name="x", months=12))
    with pytest.raises(OutOfScope, match="not written by this side"):
        write(world, "dana", Product(model="X", name="x", months=12))
    with pytest.raises(OutOfScope):
        write(world, "dana", Entry(dealer_id=world.dealers["D02"]))
    with pytest.raises(OutOfScope, match="not written by this side"):
        write(world, "sub", Entry())


def test_what_is_written_once_is_neither_changed_nor_deleted(world: World) -> None:
    with world.acting("mei"):
        here = session()
        here.info.update(command="test", wrote=False)
        fact = here.scalars(sa.select(Fact).limit(1)).one()
        fact.subject = "another"
        with pytest.raises(OutOfScope, match="never changed or deleted"):
            here.flush()
        here.rollback()
        here.delete(here.scalars(sa.select(Fact).limit(1)).one())
        with pytest.raises(OutOfScope, match="never changed or deleted"):
            here.flush()


def test_sqlite_is_durable_and_keeps_foreign_keys(sqlite_app: Flask) -> None:
    with sqlite_app.app_context(), db.engine.connect() as connection:
        expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
        for pragma, value in expected.items():
            assert connection.exec_driver_sql(f"pragma {pragma}").scalar() == value


def test_a_writing_transaction_takes_the_lock_at_its_beginning(sqlite_app: Flask) -> None:
    """One that reads first and writes later could lose an update, or fail half-way."""
    with sqlite_app.app_context(), db.engine.connect() as writer, db.engine.connect() as other:
        with engine.writing():
            writer.begin()
        assert other.execute(sa.select(sa.func.count()).select_from(Organisation)).scalar() == 0
        other.rollback()
        other.exec_driver_sql("pragma busy_timeout = 1")
        other.rollback()
        with engine.writing(), pytest.raises(sa.exc.OperationalError, match="locked"):
            other.begin()


@pytest.mark.parametrize(
    ("sqlstate", "again"), [("40001", True), ("40P01", True), ("23505", False), (None, False)]
)
def test_what_the_database_wants_again(sqlstate: str | None, again: bool) -> None:
    class Original(Exception):
        pass

    original = Original()
    original.sqlstate = sqlstate  # type: ignore[attr-defined]
    assert engine.is_serialization_failure(sa.exc.OperationalError("x", {}, original)) is again
    assert engine.is_serialization_failure(ValueError()) is False

"""What the databases' planners make of the portal's statements; a wrong guess costs a thousand times the work."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from portal.audit.models import Fact
from portal.kernel.db import db, session
from portal.kernel.scope import Scope
from tests.people import World

MANY = 2000


def expected_rows(app: Flask, scope: Scope) -> int:
    """How many facts PostgreSQL expects to see in a scope."""
    with app.app_context():
        session().enter(scope)
        session().scalar(sa.select(Fact.id).limit(1))
        connection = Session.connection(session())
        statement = f"explain select * from fact where manufacturer_id = {scope.manufacturer_id}"
        plan = connection.exec_driver_sql(statement).scalars().all()
    found = re.search(r"rows=(\d+)", plan[0])
    assert found is not None, plan
    return int(found[1])


def copy_facts(app: Flask) -> None:
    """Two thousand facts more about D02, for the statistics; as the database's owner."""
    with app.app_context():
        owner = sa.create_engine(db.engine.url)
    with owner.begin() as connection:
        names = [column.name for column in Fact.__table__.columns if column.name not in ("id", "seq")]
        columns = ", ".join(names)
        connection.exec_driver_sql(
            f"insert into fact (seq, {columns}) select 100000 + n, {columns} from generate_series(1, {MANY}) as n,"
            " (select * from fact where dealer_id is not null order by id limit 1) as one"
        )
        connection.exec_driver_sql("analyze fact")
    owner.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_the_planner_knows_that_the_manufacturer_sees_whole_tables(world: World) -> None:
    copy_facts(world.app)
    assert expected_rows(world.app, Scope(world.manufacturers["MF"])) > MANY * 0.9

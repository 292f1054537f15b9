"""The ledger's check looks at old parts and stock too (MN-3)."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.app import owner_engine
from portal.kernel.db import Base
from portal.ledger import checks
from portal.parts import commands
from tests.parts.returning import DUE, dawn, owe, parts, take_in
from tests.people import World


def story(world: World) -> None:
    """Five owed, one back, the rest charged; three in stock."""
    parts(world)
    owe(world, {"P-VALVE": 5})
    with world.acting("mei", on=DUE) as mei:
        commands.receive_old_parts(mei, world.dealers["D01"], {"P-VALVE": 1})
    dawn(world, DUE + dt.timedelta(days=1))
    with world.acting("dana") as dana:
        take_in(dana, {"P-VALVE": 3})


def found(world: World) -> list[str]:
    with world.acting("lin"):
        return [str(one.text) for one in checks.check()]


def test_all_is_well_after_a_story(sqlite_world: World) -> None:
    story(sqlite_world)
    assert found(sqlite_world) == []


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        ("old_part_debt", {"left_open": 1}, "1 are said to be open, 0 are"),
        ("old_part_clearing", {"amount": 24400}, "245.00 is posted for old parts, 488.00 was charged"),
        ("stock", {"pieces": 4}, "4 are said to be there, 3 are"),
    ],
)
def test_what_does_not_add_up_is_found(
    sqlite_world: World, table: str, values: dict[str, int], words: str
) -> None:
    story(sqlite_world)
    owner = owner_engine(sqlite_world.app.config["SQLALCHEMY_DATABASE_URI"])
    with owner.begin() as connection:
        target = sa.table(table, *(sa.column(name) for name in values))
        connection.execute(sa.update(target).values(**values))
    owner.dispose()
    assert table in Base.metadata.tables
    assert any(words in text for text in found(sqlite_world))

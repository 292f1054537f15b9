"""Many dealers out of one: its rows are copied under new ids and numbers, by the database's owner.

This goes round the commands on purpose, and only here: three thousand dealers lived through the commands would take
an hour, and what they are for is reading and adding up. The log of facts is not copied; its chain stays whole.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.bench.scratch import Scratch
from portal.kernel.db import Base

#: The ids of a copy lie so far from those of the one before, its numbers so far.
IDS, NUMBERS = 10_000, 100
#: Written by the platform about what happened, or kept for one person: nothing that a dealer's business consists of.
_LEFT_OUT = {"fact", "fact_chain", "idempotency_key", "job", "number_counter", "draft", "upload"}
_NUMBER = re.compile(r"\b([A-Z]{1,3}-\d{4}-)(\d{6})\b")
_AT_ONCE = 20_000

Row = dict[str, Any]


def multiply(scratch: Scratch, dealer_id: int, copies: int) -> None:
    """Make so many copies of a dealer with everything that it has."""
    with scratch.owner() as connection:
        copied: set[str] = set()
        for table in Base.metadata.sorted_tables:
            if table.name in _LEFT_OUT:
                continue
            rows = [dict(row) for row in connection.execute(_of(table, dealer_id, copied)).mappings()]
            if not rows:
                continue
            assert max(row["id"] for row in rows) < IDS, table.name
            copied.add(table.name)
            shifted = {column.name for column in table.columns if _is_shifted(column, copied)}
            _insert(connection, table, _copies(rows, shifted, copies))
            _move_sequence(connection, table, IDS * (copies + 1))
        counter = Base.metadata.tables["number_counter"]
        connection.execute(sa.update(counter).values(last=counter.c.last + NUMBERS * copies))
    with scratch.owner() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("analyze"))


def _of(table: sa.Table, dealer_id: int, copied: set[str]) -> sa.Select[Any]:
    """The rows of a table that belong to the dealer."""
    dealer = Base.metadata.tables["dealer"]
    if table.name == "organisation":
        own = sa.select(dealer.c.organisation_id).where(dealer.c.id == dealer_id)
        return sa.select(table).where(table.c.id.in_(own))
    if table.name == "dealer":
        return sa.select(table).where(table.c.id == dealer_id)
    if "dealer_id" in table.columns:
        return sa.select(table).where(table.c.dealer_id == dealer_id)
    parents = [
        key.column.table
        for column in table.columns
        for key in column.foreign_keys
        if key.column.name == "id"
        and "dealer_id" in key.column.table.columns
        and key.column.table.name in copied
    ]
    if not parents:
        return sa.select(table).where(sa.false())
    parent = parents[0]
    column = next(c for c in table.columns for key in c.foreign_keys if key.column is parent.c.id)
    return sa.select(table).where(column.in_(sa.select(parent.c.id).where(parent.c.dealer_id == dealer_id)))


def _is_shifted(column: sa.Column[Any], copied: set[str]) -> bool:
    """Whether a copy has another value here: its own id, or the id of something that is copied with it."""
    if column.name in ("manufacturer_id", "owner_id"):
        return False
    return column.primary_key or any(
        key.column.name in ("id", "dealer_id") and key.column.table.name in copied
        for key in column.foreign_keys
    )


def _copies(rows: list[Row], shifted: set[str], copies: int) -> Iterator[Row]:
    for place in range(1, copies + 1):
        for row in rows:
            yield {
                name: value + place * IDS
                if name in shifted and value is not None
                else _own(name, value, place)
                for name, value in row.items()
            }


def _own(name: str, value: Any, place: int) -> Any:
    if name == "phone_hash":
        # Other customers: the signals of falsification look for many cards of one phone.
        return f"{place:08x}{value[8:]}"
    if not isinstance(value, str) or "-" not in value:
        return value
    return _NUMBER.sub(lambda found: f"{found[1]}{int(found[2]) + place * NUMBERS:06d}", value)


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterator[Row]) -> None:
    while chunk := list(islice(rows, _AT_ONCE)):
        connection.execute(table.insert(), chunk)


def _move_sequence(connection: sa.Connection, table: sa.Table, beyond: int) -> None:
    if connection.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        connection.execute(sa.select(sa.func.setval(sequence, beyond)))

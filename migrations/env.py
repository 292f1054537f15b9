"""Alembic's frame: migrations run as the owner of the tables, and speak of plain column types only."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from portal.app import import_all, owner_engine
from portal.kernel.db import Base

import_all()


def plain_type(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """Write our own types as what they are in the database: a migration must not change when the code does."""
    if kind != "type":
        return False
    if isinstance(item, sa.types.TypeDecorator):
        return f"sa.{item.impl!r}"
    if isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return False


def run(connection: sa.Connection) -> None:
    """Run the migrations that are missing, all in one transaction.

    SQLite changes a table by building it anew, which its children's keys would forbid: they are looked at once, at the
    end.
    """
    lite = connection.dialect.name == "sqlite"
    if lite:
        # Not through SQLAlchemy: it would begin a transaction, inside which SQLite ignores this.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain_type,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if lite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("a row points at nothing after the migration; nothing was changed")
    connection.commit()


owner = owner_engine(context.config.attributes["url"])
with owner.connect() as opened:
    run(opened)
owner.dispose()

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
    """Run the migrations that are missing, all in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain_type,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


owner = owner_engine(context.config.attributes["url"])
with owner.connect() as opened:
    run(opened)
owner.dispose()

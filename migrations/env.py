"""Alembic's frame: migrations run as the owner of the tables, on SQLite in batches."""

from alembic import context

from portal.app import import_all, owner_engine
from portal.kernel.db import Base

import_all()

with owner_engine(context.config.attributes["url"]).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()

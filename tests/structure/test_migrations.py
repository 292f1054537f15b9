"""Migrations: one line of them, named in order, and they build exactly what the models say on both engines."""

import re

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal import migrate
from portal.app import owner_engine
from portal.kernel.db import Base
from tests.structure import code

VERSIONS = code.ROOT / "migrations" / "versions"


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrate.configuration("sqlite://"))


def test_there_is_one_head_and_the_names_read_in_order() -> None:
    assert len(scripts().get_heads()) == 1
    line = [script.revision for script in scripts().walk_revisions()][::-1]
    assert line == [f"{place:04d}" for place in range(1, len(line) + 1)]
    for path in VERSIONS.glob("*.py"):
        assert re.fullmatch(r"[0-9]{4}_[a-z0-9_]+\.py", path.name), path.name


def test_a_migration_knows_nothing_of_the_portal_s_code() -> None:
    for path in VERSIONS.glob("*.py"):
        assert "portal" not in path.read_text(), path.name


def test_the_migrations_build_what_the_models_say(database_url: str) -> None:
    engine = owner_engine(database_url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
            assert migrate.is_current(connection)
            tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
            assert tables == set(Base.metadata.tables)
    finally:
        engine.dispose()

"""Bringing a database to the newest schema, and asking whether it is there."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal.config import ROOT


def configuration(url: str) -> Config:
    """Alembic's settings for the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Run the migrations that are missing."""
    command.upgrade(configuration(url), "head")


def is_current(connection: sa.Connection) -> bool:
    """Whether the schema is the one that this code was written for."""
    heads = set(ScriptDirectory.from_config(configuration("")).get_heads())
    return set(MigrationContext.configure(connection).get_current_heads()) == heads

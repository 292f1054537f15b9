"""How the portal talks to its database: one transaction discipline on SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

#: How long a writer waits for another one on SQLite, in seconds.
BUSY_SECONDS = 15

_writing: ContextVar[bool] = ContextVar("portal_writing", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions that begin inside take SQLite's write lock at once; a later upgrade could lose an update."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


def is_serialization_failure(error: BaseException) -> bool:
    """Whether the database asks to run the transaction again (PostgreSQL: serialization failure, deadlock)."""
    original = getattr(error, "orig", None)
    return getattr(original, "sqlstate", None) in ("40001", "40P01")


def engine_options(url: str) -> dict[str, Any]:
    """Options for `create_engine` that fit the engine of `url`."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    return {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8}


def discipline(engine: Engine) -> None:
    """Durable SQLite: WAL, full sync, foreign keys, transactions that begin when we say so."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=wal",
            "synchronous=full",
            "foreign_keys=on",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "cache_size=-65536",
        ):
            connection.execute(f"pragma {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("begin immediate" if _writing.get() else "begin")

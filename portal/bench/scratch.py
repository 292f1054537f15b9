"""The scratch database: the portal's way to it, the bare driver's, and the owner's for preparing data in bulk."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
import sqlalchemy as sa
from flask import Flask

from portal.app import owner_engine
from portal.jobs import worker
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.db import Base, session
from portal.kernel.engine import BUSY_SECONDS

P = ParamSpec("P")
R = TypeVar("R")
#: The day on which everything is measured.
TODAY = dt.date(2026, 5, 20)
_ZONE = dt.timezone(dt.timedelta(hours=8))


class Driver:
    """The bare database driver, with the portal's own promises of durability and without its protection."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self._connection: Any
        if self.is_sqlite:
            path = url.removeprefix("sqlite:///")
            self._connection = sqlite3.connect(
                path, BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "cache_size=-65536"):
                self._connection.execute(f"pragma {pragma}")
        else:
            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read; `?` stands for a value."""
        found: list[tuple[Any, ...]] = self._connection.execute(self._own(statement), values).fetchall()
        return found

    def write(self, statement: str, *values: Any) -> None:
        """Write one row and commit."""
        self._connection.execute(self._own(statement), values)

    def write_many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """Write many rows by one prepared statement, with one commit."""
        self.write("begin immediate" if self.is_sqlite else "begin")
        self._connection.cursor().executemany(self._own(statement), rows)
        self.write("commit")

    def close(self) -> None:
        self._connection.close()

    def _own(self, statement: str) -> str:
        return statement if self.is_sqlite else statement.replace("?", "%s")


@dataclass
class Scratch:
    """A database that nobody will miss, and the application on it."""

    app: Flask
    url: str

    @contextmanager
    def at(self, day: dt.date = TODAY) -> Iterator[None]:
        """Let the clock stand at ten o'clock of a day."""
        with clock.fixed(dt.datetime.combine(day, dt.time(10), _ZONE)):
            yield

    def give(
        self, actor: Actor, command: Callable[Concatenate[Actor, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a command as `actor`, in a session of its own."""
        with self.app.app_context():
            return command(actor, *args, **kwargs)

    def look(self, actor: Actor, query: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Read as `actor`, in a session of its own."""
        with self.app.app_context():
            assert actor.scope is not None
            session().enter(actor.scope)
            return query(*args, **kwargs)

    def work(self, kind: str) -> None:
        """Do the background work of a kind that waits. Raises RuntimeError when it does not succeed."""
        for job_id in worker.waiting(self.app, kind):
            worker.run(self.app, job_id)
        if worker.waiting(self.app, kind):
            raise RuntimeError(f"the background work {kind} did not succeed")

    @contextmanager
    def owner(self) -> Iterator[sa.Connection]:
        """One transaction of the database's owner, for preparing data in bulk.

        Row security is no longer forced upon the owner: a connection of the application, whose role it isn't, obeys
        it as before. On SQLite each connection carries its own guards, and this one has none.
        """
        engine = owner_engine(self.url)
        try:
            with engine.begin() as connection:
                if engine.dialect.name == "postgresql":
                    for table in Base.metadata.tables:
                        connection.execute(sa.text(f"alter table {table} no force row level security"))
                yield connection
        finally:
            engine.dispose()

"""Connections are shared, scopes are not: many requests of many tenants over a small pool, ending in every way."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from portal.drafts.models import Draft
from portal.kernel import engine
from portal.kernel.db import db, session
from portal.kernel.scope import Scope
from tests import databases
from tests.races import together
from tests.security.arena import INSTANT, SCOPES, Arena

THREADS = 16
POOL = 4
#: One table of each kind.
TABLES = ("parts_request", "card", "agreement", "product", "draft", "dealer")


class Crash(Exception):
    """Something that no request expects."""


@pytest.fixture
def small_pool(arena: Arena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The portal on the arena's database with four connections."""
    real = engine.engine_options
    pool = {"pool_size": POOL, "max_overflow": 0, "pool_timeout": 120}
    monkeypatch.setattr(engine, "engine_options", lambda url: {**real(url), **pool})
    app = databases.make_app(arena.url, tmp_path)
    yield app
    databases.dispose(app)


class Visitor:
    """Requests of one thread, and what went wrong in them."""

    def __init__(self, app: Flask, arena: Arena, seed: int) -> None:
        self.app, self.arena = app, arena
        self.random = random.Random(seed)
        self.found: Counter[str] = Counter()
        self.saved: Counter[Scope] = Counter()

    def request(self) -> None:
        """One request; its scope, its questions and its end are drawn by lot."""
        scope = self.random.choice([None, *SCOPES.values()])
        self.found["requests"] += 1
        with self.app.app_context(), suppress(Crash):
            self._work(scope)

    def _work(self, scope: Scope | None) -> None:
        here = session()
        if scope is not None:
            here.enter(scope)
        for table in self.random.sample(TABLES, 2):
            self._ask(here, scope, table)
        wrote = scope is not None and self.random.random() < 0.5
        if wrote:
            here.rollback()
            here.info.update(command="save", wrote=False)
            here.add(Draft(kind="pool", data={}, person_id=0, person="pool", updated_at=INSTANT))
            with engine.writing():
                here.flush()
        ending = self.random.choice(["commit", "rollback", "leave", "crash", "crash in SQL"])
        if ending.startswith("crash"):
            self.found["crashes"] += 1
            if ending == "crash in SQL":
                with suppress(sa.exc.DBAPIError):
                    Session.execute(here, sa.select(sa.func.no_such_function()))
            raise Crash
        if ending != "leave":
            getattr(here, ending)()
            # What comes after a commit or a rollback in the same request still has its scope.
            self._ask(here, scope, self.random.choice(TABLES))
        if wrote and ending == "commit":
            assert scope is not None
            self.saved[scope] += 1

    def _ask(self, here: Session, scope: Scope | None, table: str) -> None:
        """Every row of a table, asked for without any filter, past the session's own."""
        connection = Session.connection(here)
        seen = {row[0] for row in connection.exec_driver_sql(f"select id from {table}")}
        if scope is None:
            self.found["rows without a scope"] += len(seen)
            return
        own, foreign = self.arena.split(table, scope)
        self.found["answers"] += 1
        self.found["foreign rows"] += len(seen & {row.id for row in foreign})
        self.found["missing rows"] += len({row.id for row in own} - seen)
        self.found["empty answers"] += bool(own) and not seen


def test_a_pool_of_four_keeps_sixteen_threads_apart(arena: Arena, small_pool: Flask, long: bool) -> None:
    total = 4000 if long else 800
    visitors = [Visitor(small_pool, arena, seed) for seed in range(THREADS)]

    def client(number: int) -> None:
        for _ in range(total // THREADS):
            visitors[number].request()

    assert [result for result in together(client, THREADS) if result is not None] == []
    found = sum((visitor.found for visitor in visitors), Counter())
    assert found["requests"] == total
    assert found["crashes"] > total / 4
    assert found["answers"] > total
    bad = ("foreign rows", "missing rows", "empty answers", "rows without a scope")
    assert {name: found[name] for name in bad} == dict.fromkeys(bad, 0)
    saved = sum((visitor.saved for visitor in visitors), Counter())
    with arena.owner.connect() as connection:
        kept = connection.execute(
            sa.select(Draft.manufacturer_id, Draft.owner_id, sa.func.count())
            .where(Draft.kind == "pool")
            .group_by(Draft.manufacturer_id, Draft.owner_id)
        ).all()
    by_owner = {(scope.manufacturer_id, scope.party): count for scope, count in saved.items()}
    assert {(manufacturer, owner): count for manufacturer, owner, count in kept} == by_owner
    with small_pool.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]

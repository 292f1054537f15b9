"""Fixtures that every test may use: a database on either engine, the app, the personas."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from portal.kernel import crypto
from tests import databases
from tests.people import World, make_world

crypto.use_hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the long sizes: before a release, not on each change")


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether the long sizes were asked for."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[databases.Postgres]:
    """One throw-away PostgreSQL per test process, started when the first test asks for it."""
    with databases.Postgres.started() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Both engines, one after the other; override with `@pytest.mark.parametrize("engine_name", […])`."""
    return str(request.param)


@pytest.fixture
def database_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, migrated, empty database."""
    if engine_name == "sqlite":
        yield databases.sqlite_copy(tmp_path / "portal.sqlite3")
    else:
        server: databases.Postgres = request.getfixturevalue("postgres")
        url = server.copy()
        yield url
        server.drop(url)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database; jobs wait until a test runs them."""
    application = databases.make_app(database_url, tmp_path)
    yield application
    databases.dispose(application)


@pytest.fixture
def world(app: Flask) -> World:
    """Two manufacturers, dealers, agreements and the personas, made through the commands; see `tests.people`."""
    return make_world(app)


@pytest.fixture
def sqlite_app(tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite only, for pages that no engine can change."""
    application = databases.make_app(databases.sqlite_copy(tmp_path / "portal.sqlite3"), tmp_path)
    yield application
    databases.dispose(application)


@pytest.fixture
def sqlite_world(sqlite_app: Flask) -> World:
    """The same world as `world`, on SQLite only."""
    return make_world(sqlite_app)


Client = Callable[..., object]

"""Fixtures that every test may use: a database on either engine, the app, the personas."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from portal.kernel import crypto
from tests import databases
from tests.people import World, make_world

#: Name of the database that copies of the world are made from.
WORLD = "template_world"

#: Where Linux keeps files in memory, and how much room must be there before the tests make their databases in it.
MEMORY, ENOUGH = Path("/dev/shm"), 4 << 30


def _has_room() -> bool:
    """Whether that place is there, with room, and the machine has the memory that stands behind it."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ENOUGH:
        return False
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > ENOUGH


if "TMPDIR" not in os.environ and _has_room():
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

crypto.use_hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="the long sizes: before a release, not on each change"
    )


def pytest_collection_finish() -> None:
    """Let the collector of garbage rest: what is loaded stays, and walking all of it took a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether the long sizes were asked for."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[databases.Postgres]:
    """One throw-away PostgreSQL per test process, started when the first test asks for it."""
    with databases.Postgres.started() as server:
        yield server


@cache
def _sqlite_world() -> tuple[Path, World]:
    """The world, made once in this process; tests get copies of its file."""
    directory = Path(tempfile.mkdtemp(prefix="portal-world-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    path = directory / "world.sqlite3"
    application = databases.make_app(databases.sqlite_copy(path), directory)
    world = make_world(application)
    databases.dispose(application)
    return path, world


@pytest.fixture(scope="session")
def postgres_world(postgres: databases.Postgres, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world, made once on this process's server; tests get copies of its database."""
    url = postgres.copy(name=WORLD)
    application = databases.make_app(url, tmp_path_factory.mktemp("world"))
    world = make_world(application)
    databases.dispose(application)
    return world


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Both engines, one after the other; override with `@pytest.mark.parametrize("engine_name", […])`."""
    return str(request.param)


@pytest.fixture
def made_world(engine_name: str, request: pytest.FixtureRequest) -> World | None:
    """The world that the test's database is a copy of; None for a test that wants an empty one."""
    if "world" not in request.fixturenames:
        return None
    world: World = (
        _sqlite_world()[1] if engine_name == "sqlite" else request.getfixturevalue("postgres_world")
    )
    return world


@pytest.fixture
def database_url(
    engine_name: str, made_world: World | None, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of a fresh, migrated database; empty unless the test asks for the world."""
    if engine_name == "sqlite":
        yield databases.sqlite_copy(tmp_path / "portal.sqlite3", _sqlite_world()[0] if made_world else None)
    else:
        server: databases.Postgres = request.getfixturevalue("postgres")
        url = server.copy(WORLD) if made_world else server.copy()
        yield url
        server.drop(url)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database; jobs wait until a test runs them."""
    application = databases.make_app(database_url, tmp_path)
    yield application
    databases.dispose(application)


@pytest.fixture
def world(app: Flask, made_world: World | None) -> World:
    """Two manufacturers, dealers, agreements and the personas, made through the commands; see `tests.people`."""
    return made_world.moved(app) if made_world else make_world(app)


@pytest.fixture
def sqlite_app(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on SQLite only, for pages that no engine can change."""
    template = _sqlite_world()[0] if "sqlite_world" in request.fixturenames else None
    url = databases.sqlite_copy(tmp_path / "portal.sqlite3", template)
    application = databases.make_app(url, tmp_path)
    application.extensions["has_world"] = template is not None
    yield application
    databases.dispose(application)


@pytest.fixture
def sqlite_world(sqlite_app: Flask) -> World:
    """The same world as `world`, on SQLite only."""
    if sqlite_app.extensions["has_world"]:
        return _sqlite_world()[1].moved(sqlite_app)
    return make_world(sqlite_app)

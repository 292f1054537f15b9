"""What the isolation tests share."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests import databases
from tests.security.arena import Arena, Seed, open_arena, sow
from tests.security.stage import Stage, open_stage

#: A copy of the seeded database on an engine, in a directory.
OpenArena = Callable[..., AbstractContextManager[Arena]]
#: Name of the database that copies of the arena are made from.
ARENA = "template_arena"


@cache
def _sqlite_seed() -> tuple[Path, Seed]:
    """Foreign rows in every table, sown once in this process."""
    directory = Path(tempfile.mkdtemp(prefix="portal-arena-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    path = directory / "arena.sqlite3"
    return path, sow(databases.sqlite_copy(path))


@pytest.fixture(scope="session")
def postgres_seed(postgres: databases.Postgres) -> Seed:
    """The same on this process's server."""
    return sow(postgres.copy(name=ARENA))


@pytest.fixture(scope="session")
def arena_on(request: pytest.FixtureRequest) -> OpenArena:
    """`with arena_on("sqlite", tmp_path) as arena`; what is patched then is what guards it."""

    @contextmanager
    def opened(engine_name: str, directory: Path, *, guarded: bool = True) -> Iterator[Arena]:
        if engine_name == "sqlite":
            path, seed = _sqlite_seed()
            url = databases.sqlite_copy(directory / "portal.sqlite3", path)
            with open_arena(url, directory, seed, guarded=guarded) as made:
                yield made
            return
        seed, server = request.getfixturevalue("postgres_seed"), request.getfixturevalue("postgres")
        url = server.copy(ARENA)
        with open_arena(url, directory, seed, guarded=guarded) as made:
            yield made
        server.drop(url)

    return opened


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def arena(
    request: pytest.FixtureRequest, arena_on: OpenArena, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Arena]:
    """Foreign rows in every table, on either engine. Attacks on it are undone, so a module shares one."""
    with arena_on(request.param, tmp_path_factory.mktemp("arena")) as made:
        yield made


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage on SQLite; who leaves it changed takes it back with `restore`."""
    made = open_stage(tmp_path_factory.mktemp("stage"))
    yield made
    made.close()

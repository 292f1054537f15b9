"""What the isolation tests share."""

from collections.abc import Iterator

import pytest

from tests import databases
from tests.security.arena import Arena, open_arena


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def arena(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """Foreign rows in every table, on either engine. Attacks on it are undone, so a module shares one."""
    directory = tmp_path_factory.mktemp("arena")
    if request.param == "sqlite":
        with open_arena(databases.sqlite_copy(directory / "portal.sqlite3"), directory) as made:
            yield made
        return
    server: databases.Postgres = request.getfixturevalue("postgres")
    url = server.copy()
    with open_arena(url, directory) as made:
        yield made
    server.drop(url)

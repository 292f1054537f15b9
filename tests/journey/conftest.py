"""What every journey needs: one Chromium, and after the run the list of its pictures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journey import live as servers
from tests.journey.chromium import ARTEFACTS, chromium
from tests.journey.live import Live
from tests.journey.people import MARCH, world_of
from tests.people import World


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests; each visitor has a context of its own."""
    with chromium() as running:
        yield running


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A portal on 10 March."""
    with servers.portal(tmp_path, MARCH) as portal:
        yield portal


@pytest.fixture
def world(live: Live) -> World:
    """Its people and goods, see `tests.journey.people`."""
    return world_of(live)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of this run are."""
    pictures = sorted(ARTEFACTS.glob("*.png"))
    if pictures:
        terminalreporter.write_line(
            f"{len(pictures)} pictures in {ARTEFACTS.name}/, {pictures[0].name} and so on"
        )

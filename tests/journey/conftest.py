"""What every journey needs: one Chromium, and after the run the list of its pictures."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journey.chromium import ARTEFACTS, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests; each visitor has a context of its own."""
    with chromium() as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of this run are."""
    pictures = sorted(ARTEFACTS.glob("*.png"))
    if pictures:
        terminalreporter.write_line(
            f"{len(pictures)} pictures in {ARTEFACTS.name}/, {pictures[0].name} and so on"
        )

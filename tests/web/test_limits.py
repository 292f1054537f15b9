"""Limits hold across threads, processes and machines: they are counted in the database."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from portal.kernel import clock
from portal.web import limits
from portal.web.limits import TooMany
from tests.races import together

ROOT = Path(__file__).resolve().parents[2]
WINDOW = dt.timedelta(minutes=5)
NOON = dt.datetime(2026, 5, 20, 4, tzinfo=dt.UTC)
#: What another process does: take once, say how it went.
ANOTHER = """
import datetime as dt, sys
from pathlib import Path
from portal.kernel import clock
from portal.web import limits
from tests import databases
app = databases.make_app(sys.argv[1], Path(sys.argv[2]))
with clock.fixed(dt.datetime.fromisoformat(sys.argv[3])), app.app_context():
    try:
        limits.take("sign-in", "dana", limit=5, window=dt.timedelta(minutes=5))
        sys.stdout.write("ok")
    except limits.TooMany:
        sys.stdout.write("too many")
"""


def tries(app: Flask, count: int, whom: str = "dana", *, at: dt.datetime = NOON) -> int:
    """How many of so many tries went through."""
    good = 0
    with clock.fixed(at):
        for _ in range(count):
            with app.app_context():
                try:
                    limits.take("sign-in", whom, limit=5, window=WINDOW)
                    good += 1
                except TooMany:
                    pass
    return good


def test_the_limit_is_the_limit_for_each_and_ends_with_its_window(app: Flask) -> None:
    assert tries(app, 8) == 5
    assert tries(app, 8, "tom") == 5
    assert tries(app, 1, at=NOON + WINDOW) == 0
    assert tries(app, 8, at=NOON + WINDOW + dt.timedelta(seconds=1)) == 5


def test_a_refused_try_does_not_prolong_the_window(app: Flask) -> None:
    assert tries(app, 5) == 5
    assert tries(app, 50, at=NOON + WINDOW - dt.timedelta(seconds=1)) == 0
    assert tries(app, 1, at=NOON + WINDOW + dt.timedelta(seconds=1)) == 1


def test_many_at_once_get_no_more_than_the_limit(app: Flask) -> None:
    assert sum(together(lambda _: tries(app, 1), 24)) == 5


def test_other_processes_count_together(app: Flask, database_url: str, tmp_path: Path) -> None:
    assert tries(app, 4) == 4
    said = [
        subprocess.run(
            [sys.executable, "-c", ANOTHER, database_url, str(tmp_path), NOON.isoformat()],
            capture_output=True, text=True, check=True, cwd=ROOT,
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    assert said == ["ok", "too many"]
    assert tries(app, 1) == 0


@pytest.mark.parametrize("whom", ["", "x" * 5000, "人" * 300, "a'b\"; drop table attempt; --"])
def test_whoever_it_is_the_key_fits(app: Flask, whom: str) -> None:
    assert tries(app, 6, whom) == 5

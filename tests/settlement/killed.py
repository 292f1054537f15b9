"""A worker in a process of its own that kills itself, as the power would, at its n-th statement to the database."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

from portal.jobs import worker
from portal.kernel import clock
from portal.kernel.db import db
from tests.databases import dispose, make_app

ROOT = Path(__file__).parents[2]


def run(url: str, directory: Path, at: dt.datetime, *, kill_at: int) -> bool:
    """Let such a worker do everything that waits at an instant; whether it came to its end alive.

    Killed or alive, what it wrote on its standard error is only shown when it died of something else.
    """
    process = subprocess.run(
        [sys.executable, "-m", "tests.settlement.killed", url, str(directory), at.isoformat(), str(kill_at)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if process.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(process.stderr)
    return process.returncode == 0


def main(url: str, directory: str, at: str, kill_at: str) -> None:
    app = make_app(url, Path(directory))
    left = int(kill_at)

    def count(*_args: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
        event.listen(db.engine, "commit", count)
    with clock.fixed(dt.datetime.fromisoformat(at)):
        worker.run_all(app)
    dispose(app)


if __name__ == "__main__":
    main(*sys.argv[1:])

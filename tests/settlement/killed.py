"""A worker in a process of its own that kills itself, as the power would, at its n-th statement to the database."""

import datetime as dt
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import event

from portal.jobs import worker
from portal.kernel import clock
from portal.kernel.db import db
from tests.databases import dispose, make_app
from tests.processes import begun


def run(url: str, directory: Path, at: dt.datetime, *, kill_at: int) -> bool:
    """Let such a worker do everything that waits at an instant; whether it came to its end alive."""
    process = begun(main, url, directory, at, kill_at)
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), "the worker says why on its standard error"
    return process.exitcode == 0


def main(url: str, directory: Path, at: dt.datetime, kill_at: int) -> None:
    """The worker's whole life."""
    tempfile.tempdir = str(directory)  # who is killed clears nothing up
    app = make_app(url, directory)
    left = kill_at

    def count(*_args: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
        event.listen(db.engine, "commit", count)
    with clock.fixed(at):
        worker.run_all(app)
    dispose(app)

"""A portal that really listens, with its worker, under a clock that the test sets."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import waitress
from flask import Flask

from portal.app import create_app
from portal.config import local
from portal.jobs import consumer
from portal.kernel import clock
from tests import databases

ZONE = ZoneInfo("Asia/Shanghai")


class Live:
    """The running portal. `present` may be set; every thread sees it."""

    def __init__(self, app: Flask, address: str, present: dt.datetime) -> None:
        self.app = app
        self.address = address
        self.present = present

    def go_to(self, day: dt.date, hour: int = 10) -> None:
        """Let the clock stand at a day."""
        self.present = dt.datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(dt.UTC)


@contextmanager
def portal(
    directory: Path, day: dt.date, *, database: Path | None = None, works: bool = True
) -> Iterator[Live]:
    """A portal on a database of its own, or on `database`, until the block ends; `works`: with a worker."""
    url = f"sqlite:///{database}" if database else databases.sqlite_copy(directory / "portal.sqlite3")
    door = _Later()
    server = waitress.create_server(door, host="127.0.0.1", port=0, threads=8, ident=None)
    # Links in documents and mails begin with the address, which is known from here on.
    address = f"http://127.0.0.1:{server.effective_port}"
    app = create_app(
        local(
            directory,
            database_url=url,
            queue_url=f"sqlite:///{directory / 'queue.sqlite3'}" if works else "",
            public_url=address,
        )
    )
    door.app = app
    live = Live(app, address, dt.datetime.now(dt.UTC))
    live.go_to(day)
    with pytest.MonkeyPatch.context() as patch:
        # Not `clock.fixed` alone: that holds for one thread, and a browser is served by many.
        patch.setattr(clock, "now", lambda: clock._fixed.get() or live.present)
        stop = consumer.start_embedded(app) if works else threading.Event()
        serving = threading.Thread(target=_serve, args=(server, stop), name="live")
        serving.start()
        try:
            yield live
        finally:
            stop.set()
            serving.join()
            databases.dispose(app)


def _serve(server: Any, stop: threading.Event) -> None:
    """Serve until `stop`; waitress's own loop goes on as long as a browser keeps a connection."""
    while not stop.is_set():
        server.asyncore.loop(timeout=0.1, map=server._map, count=1)
    server.task_dispatcher.shutdown()
    for channel in [*server.active_channels.values()]:
        channel.close()
    server.close()


class _Later:
    """An application that is not there yet when its server takes a port."""

    app: Flask

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        return self.app(environ, start)

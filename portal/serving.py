"""The web processes of a deployment: gunicorn with threads; they refuse a schema that is not this code's."""

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from portal.app import create_app, owner_engine
from portal.config import BadSettings, Settings
from portal.migrate import is_current

THREADS = 4


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self._settings)


def check(settings: Settings) -> None:
    """Raise BadSettings unless the database can be reached and has the schema of this code."""
    engine = owner_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            if not is_current(connection):
                raise BadSettings("the database has another schema: run `python3 -m portal migrate` first")
    finally:
        engine.dispose()


def serve(settings: Settings, host: str, port: int, workers: int) -> int:
    """Serve until the process is told to end."""
    check(settings)
    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 60,
        "accesslog": "-",
        "max_requests": 20000,
        "max_requests_jitter": 2000,
    }
    _Gunicorn(settings, options).run()
    return 0

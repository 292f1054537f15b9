"""Opening the demo: its database is made once, whole or not at all; then it is an ordinary portal on this machine."""

import json
import os
import socket
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from portal import config
from portal.demo.build import Size, build
from portal.demo.founding import Account
from portal.kernel import clock
from portal.kernel.db import db

DATABASE, BUILDING, QUEUE = "portal.sqlite3", "building.sqlite3", "queue.sqlite3"
ACCOUNTS = "demo-accounts.json"

Say = Callable[[str], None]


def prepare(
    *,
    host: str,
    port: int,
    reset: bool,
    migrate: Callable[[str], None],
    create: Callable[[config.Settings], Flask],
    say: Say,
    directory: Path = config.INSTANCE,
    size: Size | None = None,
) -> Flask:
    """The demo's app, its database made first if it isn't there, or anew with `reset`.

    `migrate` brings a database to the newest schema, `create` makes the app. Raises BadSettings when somebody
    else listens on the port.
    """
    _check_port(host, port)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 -- compared with, not listened on
    settings = config.local(directory, public_url=f"http://{name}:{port}")
    if reset or not is_made(directory):
        make(directory, settings, migrate=migrate, create=create, say=say, size=size)
    migrate(settings.database_url)
    return create(settings)


def is_made(directory: Path) -> bool:
    """Whether the demo's data is there, whole: the database gets its name last."""
    return (directory / DATABASE).exists() and (directory / ACCOUNTS).exists()


def make(
    directory: Path,
    settings: config.Settings,
    *,
    migrate: Callable[[str], None],
    create: Callable[[config.Settings], Flask],
    say: Say,
    size: Size | None = None,
) -> None:
    """Make the demo's data in `directory`; what was there before goes when the new data is complete."""
    started = time.monotonic()
    say("正在生成一年的演示数据，约一分钟 / making a year of made-up records, about a minute")
    building = directory / BUILDING
    _remove(building)
    url = f"sqlite:///{building}"
    migrate(url)
    app = create(replace(settings, database_url=url, queue_url=""))
    try:
        with app.app_context():
            event.listen(db.engine, "connect", _hurry)
        accounts = build(app, clock.now(), size=size, say=_progress(say, started))
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    _settle(building)
    write_accounts(directory / ACCOUNTS, accounts)
    _remove(directory / QUEUE)
    _remove(directory / DATABASE)
    building.rename(directory / DATABASE)
    say(f"完成 / done ({time.monotonic() - started:.0f} s)")


def write_accounts(path: Path, accounts: Sequence[Account]) -> None:
    """Write who can sign in, for the owner of the file only; in one stroke."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(accounts, file, ensure_ascii=False, indent=1)
    fresh.replace(path)


def announcement(address: str, directory: Path = config.INSTANCE) -> str:
    """Where the portal is and who can sign in, as a table for a terminal."""
    path = directory / ACCOUNTS
    accounts: list[Account] = json.loads(path.read_text(encoding="utf-8"))
    rows = [("e-mail", "password", "organisation", "roles")]
    rows += [
        (a["email"], a["password"], a["organisation"], f"{a['side']}: {', '.join(a['roles'])}")
        for a in accounts
    ]
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(_padded(cell, width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return "\n".join(["", *lines, "", f"账号另存于 / also in {path}", f"打开 / open  {address}", ""])


def _progress(say: Say, started: float) -> Say:
    return lambda month: say(f"  {month}  {time.monotonic() - started:5.1f} s")


def _hurry(connection: Any, _record: Any) -> None:
    """While the database is made nothing of it is worth waiting for the disk."""
    connection.execute("pragma synchronous=off")


def _settle(path: Path) -> None:
    """Bring everything into the one file, and that onto the disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise config.BadSettings(
                f"{host}:{port}: {error.strerror}\n请用 --port 另选端口 / choose another port with --port"
            ) from None


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))

"""The demo's files: made once, whole or not at all."""

import json
import secrets
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import BadSettings
from portal.demo import opening
from tests import databases


@pytest.fixture(autouse=True)
def _quick_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the records are is tested elsewhere."""
    monkeypatch.setattr(
        opening, "build", lambda *_, **__: [{"persona": "dana", "password": secrets.token_hex()}]
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(directory: Path, said: list[str], **changes: Any) -> Flask:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": free_port(),
        "reset": False,
        "migrate": databases.prepare,
        "create": create_app,
        "say": said.append,
        "directory": directory,
    }
    app = opening.prepare(**{**values, **changes})
    databases.dispose(app)
    return app


def test_data_is_made_once_and_anew_only_on_demand(tmp_path: Path) -> None:
    said: list[str] = []
    prepare(tmp_path, said)
    accounts = (tmp_path / "demo-accounts.json").read_text()
    database = (tmp_path / "portal.sqlite3").stat()
    assert said

    said.clear()
    prepare(tmp_path, said)
    assert said == []
    assert (tmp_path / "demo-accounts.json").read_text() == accounts
    assert (tmp_path / "portal.sqlite3").stat().st_ino == database.st_ino

    prepare(tmp_path, said, reset=True)
    assert said
    assert (tmp_path / "demo-accounts.json").read_text() != accounts


def test_the_accounts_are_for_the_owner_of_the_file_only(tmp_path: Path) -> None:
    path = tmp_path / "demo-accounts.json"
    opening.write_accounts(path, [{"persona": "dana"}])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == [{"persona": "dana"}]


def test_what_was_only_begun_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the lights went out")

    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(opening, "build", die)
        with pytest.raises(RuntimeError):
            prepare(tmp_path, said)
    assert not opening.is_made(tmp_path)

    prepare(tmp_path, said)
    assert opening.is_made(tmp_path)
    assert not (tmp_path / "building.sqlite3").exists()


def test_a_failed_reset_leaves_the_old_demo_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the lights went out")

    prepare(tmp_path, [])
    before = (tmp_path / "portal.sqlite3").read_bytes(), (tmp_path / "demo-accounts.json").read_text()
    monkeypatch.setattr(opening, "build", die)
    with pytest.raises(RuntimeError):
        prepare(tmp_path, [], reset=True)
    assert (
        (tmp_path / "portal.sqlite3").read_bytes(),
        (tmp_path / "demo-accounts.json").read_text(),
    ) == before


def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(BadSettings, match="--port"):
            prepare(tmp_path, [], port=other.getsockname()[1], reset=True)
    assert not (tmp_path / "portal.sqlite3").exists()


def test_the_announcement_names_the_address_and_everybody(tmp_path: Path) -> None:
    accounts = [
        {"persona": "dana", "email": "dana@example.test", "password": "p1", "organisation": "示例城东车行",
         "side": "dealer", "roles": ["owner"]},
        {"persona": "op", "email": "op@example.test", "password": "p2", "organisation": "", "side": "operator",
         "roles": ["operator"]},
    ]  # fmt: skip
    opening.write_accounts(tmp_path / "demo-accounts.json", accounts)
    text = opening.announcement("http://127.0.0.1:8000", tmp_path)
    assert "http://127.0.0.1:8000" in text
    assert "dana@example.test  p1        示例城东车行  dealer: owner" in text
    assert "op@example.test    p2                      operator: operator" in text

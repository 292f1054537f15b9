"""Mails leave once, in the receiver's language, and leave nothing behind that opens an account."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.jobs import worker
from portal.jobs.models import Job, JobState
from portal.kernel import i18n
from portal.kernel.actor import PUBLIC, Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.mail import steps
from portal.mail.models import Mail, MailState
from tests.tenants.mails import delivered

VALUES = {
    "name": "Dana <b>",
    "until": "2026-05-20 11:00",
    "link": "https://portal.test/password-reset/secret",
}


@command(allow=Permission.PUBLIC, silent=True)
def write(_actor: Actor, language: str, refuse: bool = False) -> None:
    steps.send("dana@example.test", "reset", language=language, **VALUES)
    if refuse:
        raise RuleBroken("X-1", T("No."))


def written(app: Flask) -> list[Mail]:
    with app.app_context():
        return list(session().scalars(sa.select(Mail)))


def test_a_mail_speaks_the_receivers_language(app: Flask) -> None:
    for language in ("en", "zh_Hans", "zh_Hant"):
        with app.app_context():
            write(PUBLIC, language)
    subjects = [str(mail["Subject"]) for mail in delivered(app)]
    assert subjects == [
        "New password for After-sales portal",
        "售后服务平台：重设密码",
        "售後服務平台：重設密碼",
    ]


def test_a_mail_without_a_language_speaks_the_present_one(app: Flask) -> None:
    with app.app_context(), i18n.use_language("en"):
        write(PUBLIC, "")
    assert str(delivered(app)[0]["Subject"]).startswith("New password")


def test_a_mail_has_text_and_html_and_html_is_escaped(app: Flask) -> None:
    with app.app_context():
        write(PUBLIC, "en")
    (mail,) = delivered(app)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Hello Dana <b>," in text.get_content()
    assert "Hello Dana &lt;b&gt;," in html.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    for part in (text, html):
        assert VALUES["link"] in part.get_content()


def test_a_refused_command_sends_no_mail(app: Flask) -> None:
    with app.app_context(), pytest.raises(RuleBroken):
        write(PUBLIC, "en", refuse=True)
    assert written(app) == []
    assert delivered(app) == []


def test_a_mail_that_has_left_leaves_nothing_behind_and_does_not_leave_twice(app: Flask) -> None:
    with app.app_context():
        write(PUBLIC, "en")
    assert len(delivered(app)) == 1
    (mail,) = written(app)
    assert (mail.state, mail.text, mail.html) == (MailState.SENT, "", "")
    with app.app_context():
        job_id = session().scalars(sa.select(Job.id)).one()
    assert worker.run(app, job_id) is False
    assert len(delivered(app)) == 1


class Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as one message needs."""

    received: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        data = None
        for line in self.rfile:
            if data is not None:
                if line == b".\r\n":
                    type(self).received.append(b"".join(data))
                    data = None
                    self.wfile.write(b"250 ok\r\n")
                else:
                    data.append(line)
            elif line.upper().startswith(b"DATA"):
                data = []
                self.wfile.write(b"354 go\r\n")
            elif line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes]]]:
    """A mail server on this machine: its address, and what it got."""
    handler = type("Handler", (Smtp,), {"received": []})
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"smtp://127.0.0.1:{running.server_address[1]}", handler.received  # type: ignore[attr-defined]
        running.shutdown()


def test_with_a_server_mails_leave_by_smtp(sqlite_app: Flask, server: tuple[str, list[bytes]]) -> None:
    address, received = server
    sqlite_app.extensions["settings"] = replace(sqlite_app.extensions["settings"], mail_url=address)
    with sqlite_app.app_context():
        write(PUBLIC, "en")
    worker.run_all(sqlite_app)
    assert len(received) == 1
    assert b"To: dana@example.test" in received[0]


def test_a_server_that_is_away_is_tried_again_and_the_mail_stays(sqlite_app: Flask) -> None:
    settings = sqlite_app.extensions["settings"]
    sqlite_app.extensions["settings"] = replace(settings, mail_url="smtp://127.0.0.1:1")
    with sqlite_app.app_context():
        write(PUBLIC, "en")
    worker.run_all(sqlite_app)
    (mail,) = written(sqlite_app)
    assert mail.state is MailState.QUEUED
    assert VALUES["link"] in mail.text
    with sqlite_app.app_context():
        job = session().scalars(sa.select(Job)).one()
        assert (job.state, job.attempts) == (JobState.FAILED, 3)

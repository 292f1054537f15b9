"""Reading the mails that the application wrote."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Flask

from portal.jobs import worker


def delivered(app: Flask) -> list[EmailMessage]:
    """Every mail that has left, oldest first; waiting ones are delivered first."""
    worker.run_all(app)
    files = sorted(Path(app.extensions["settings"].mail_dir).glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


def last_link(app: Flask) -> str:
    """The path of the link in the newest mail."""
    body = delivered(app)[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"https?://[^/\s]+(/\S+)", body.get_content())
    assert found is not None
    return found[1]

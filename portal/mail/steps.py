"""Writing a mail inside a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import current_app

from portal.config import Settings
from portal.jobs import steps as jobs
from portal.kernel import clock, i18n
from portal.kernel.actor import PUBLIC
from portal.kernel.command import step
from portal.kernel.db import session
from portal.mail.models import Mail, MailState
from portal.web.brand import product_name

#: The job that delivers one mail.
KIND = "mail"
_closed = ContextVar("closed", default=False)


@contextmanager
def closed() -> Iterator[None]:
    """Write no mails for the block: days that are played (demonstration, replay) tell nobody what was due then."""
    token = _closed.set(True)
    try:
        yield
    finally:
        _closed.reset(token)


@step
def send(recipient: str, template: str, *, language: str, **values: Any) -> None:
    """Write a mail from `templates/email/<template>/` in the receiver's language; it leaves after the commit.

    `values` are what the templates print. Whoever loses their rights before the worker comes has sent it all the
    same: the job belongs to nobody.
    """
    if _closed.get():
        return
    known = language if language in i18n.LANGUAGES else i18n.language()
    with i18n.use_language(known):
        subject, text, html = (
            _render(f"email/{template}/{part}", **values) for part in ("subject.txt", "body.txt", "body.html")
        )
    mail = Mail(
        recipient=recipient,
        language=known,
        subject=" ".join(subject.split())[:200],
        text=text.strip() + "\n",
        html=html,
        state=MailState.QUEUED,
        written_at=clock.now(),
    )
    session().add(mail)
    session().flush()
    jobs.ask(PUBLIC, KIND, key=f"mail:{mail.id}", mail_id=mail.id)


def address(endpoint: str, **values: Any) -> str:
    """The full address of a page for a link in a mail, on the web or not."""
    settings: Settings = current_app.extensions["settings"]
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return settings.public_url.rstrip("/") + path


def _render(template: str, **values: Any) -> str:
    settings: Settings = current_app.extensions["settings"]
    return current_app.jinja_env.get_template(template).render(product_name=product_name(settings), **values)

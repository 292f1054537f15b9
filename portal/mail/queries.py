"""A mail as it goes out."""

from email.message import EmailMessage
from email.utils import format_datetime

import sqlalchemy as sa
from flask import current_app

from portal.config import Settings
from portal.kernel.db import session
from portal.mail.models import Mail, MailState


def waiting_mail(mail_id: int) -> EmailMessage | None:
    """The message of a mail that has not left; None when it has."""
    mail = (
        session()
        .scalars(sa.select(Mail).where(Mail.id == mail_id, Mail.state == MailState.QUEUED))
        .one_or_none()
    )
    if mail is None:
        return None
    settings: Settings = current_app.extensions["settings"]
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    # The same mail has the same id: a second delivery after a crash shows as the same one.
    message["Message-ID"] = (
        f"<mail-{mail.id}.{int(mail.written_at.timestamp())}@{settings.mail_from.rpartition('@')[2]}>"
    )
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.language.replace("_", "-")
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message

"""How a mail leaves: through an SMTP server, or as a file where there is none (the demo)."""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import unquote, urlsplit

from portal.config import Settings

_SECONDS = 20


def deliver(settings: Settings, message: EmailMessage, name: str) -> None:
    """Hand `message` over. `name` is the file's name where mails are kept as files. Raises OSError."""
    if settings.mail_url:
        _by_smtp(settings.mail_url, message)
    else:
        _as_file(Path(settings.mail_dir), message, name)


def _as_file(directory: Path, message: EmailMessage, name: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    half = directory / f".{name}.part"
    half.write_bytes(message.as_bytes(policy=SMTP))
    half.replace(directory / f"{name}.eml")


def _by_smtp(url: str, message: EmailMessage) -> None:
    """`smtp://user:password@host:587` speaks TLS when the server can, and must with a password; `smtps://` always."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("the mail address must be smtp://host:port or smtps://host:port")
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            parts.hostname, parts.port or 465, timeout=_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(parts.hostname, parts.port or 25, timeout=_SECONDS)
    with server:
        server.ehlo()
        if parts.scheme == "smtp" and (server.has_extn("starttls") or parts.username):
            server.starttls(context=context)
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)

"""The outbox: mails are written in the transaction of the command that sends them, and leave by a job."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base


class MailState(StrEnum):
    """Where a mail is."""

    QUEUED = "queued"
    SENT = "sent"


class Mail(Base):
    """One mail to one person; a platform table, because a reset of a password belongs to no tenant."""

    __tablename__ = "mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(sa.String(120), comment="e-mail address")
    language: Mapped[str] = mapped_column(sa.String(8), comment="of the receiver")
    subject: Mapped[str] = mapped_column(sa.String(200), comment="one line")
    #: Both bodies are emptied when the mail has left: they may hold a link that opens an account.
    text: Mapped[str] = mapped_column(sa.Text, comment="plain text; empty once sent")
    html: Mapped[str] = mapped_column(sa.Text, comment="the same as HTML; empty once sent")
    state: Mapped[MailState] = mapped_column(comment="where it is")
    written_at: Mapped[dt.datetime] = mapped_column(comment="when")
    sent_at: Mapped[dt.datetime | None] = mapped_column(comment="when it left")

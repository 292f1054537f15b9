"""Drafts of forms and photos that wait for the form they belong to; the party that began them sees them alone."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Private


class Draft(Private, Base):
    """A form as far as it was filled in; gone when it is submitted, or DRAFT_DAYS after the last change."""

    __tablename__ = "draft"
    # An id is never given twice: a late second click must not meet somebody else's draft.
    __table_args__ = (
        sa.Index(None, "manufacturer_id", "owner_id", "kind", "updated_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40), comment="which form: warranty.card, parts.request …")
    data: Mapped[dict[str, Any]] = mapped_column(comment="the fields as typed")
    person_id: Mapped[int] = mapped_column(comment="who changed it last; 0: no person")
    person: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    updated_at: Mapped[dt.datetime] = mapped_column(comment="when it was changed last")


class Upload(Private, Base):
    """A photo that was sent before its form; submitting the form moves it into the document."""

    __tablename__ = "upload"
    __table_args__ = (sa.Index(None, "manufacturer_id", "owner_id", "at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True, comment="re-encoded JPEG")
    fingerprint: Mapped[str] = mapped_column(sa.String(16), comment="perceptual hash, hexadecimal")
    person_id: Mapped[int] = mapped_column(comment="who sent it; 0: no person")
    at: Mapped[dt.datetime] = mapped_column(comment="when it was sent")

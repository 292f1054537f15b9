"""Issued documents as they were printed, and the public register behind their verification codes."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Private, TwoParty, owned_child_of


class StoredDocument(TwoParty, Base):
    """A printed document of both parties. Once stored it is never changed nor rendered again (ST-6)."""

    __tablename__ = "stored_document"
    __append_only__ = True
    __table_args__ = (
        owned_child_of("dealer", "dealer_id"),
        sa.UniqueConstraint("manufacturer_id", "kind", "number", "revision"),
        sa.Index(None, "manufacturer_id", "render_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(30), comment="which sheet it is: statement …")
    number: Mapped[str] = mapped_column(sa.String(30), comment="JS-2026-000057")
    revision: Mapped[int] = mapped_column(comment="1, 2 …")
    media_type: Mapped[str] = mapped_column(sa.String(60), comment="application/pdf")
    size: Mapped[int] = mapped_column(comment="bytes")
    sha256: Mapped[str] = mapped_column(sa.String(64), comment="of the bytes")
    render_key: Mapped[str] = mapped_column(
        sa.String(64), comment="names the rendering, see documents.render"
    )
    issued_at: Mapped[dt.datetime] = mapped_column(comment="when it was stored")
    #: In the database, so that every machine has it and a backup is whole; loaded only when asked for.
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True, comment="the bytes")

    @property
    def file_name(self) -> str:
        """`JS-2026-000057-1.pdf`."""
        return f"{self.number}-{self.revision}.pdf"


class PrintFile(Private, Base):
    """Many documents joined for the printer: a run's statements in dealer order. One party's alone."""

    __tablename__ = "print_file"
    __append_only__ = True
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "owner_id", "subject", "sha256", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(40), comment="what was printed: the run's number")
    part: Mapped[int] = mapped_column(comment="1, 2 …: a large run is several files")
    parts: Mapped[int] = mapped_column(comment="how many files it is")
    documents: Mapped[int] = mapped_column(comment="documents in this file")
    size: Mapped[int] = mapped_column(comment="bytes")
    sha256: Mapped[str] = mapped_column(sa.String(64), comment="of the bytes")
    made_at: Mapped[dt.datetime] = mapped_column(comment="when")
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True, comment="the bytes")

    @property
    def file_name(self) -> str:
        """`RUN-2026-000003-1.pdf`."""
        return f"{self.subject}-{self.part}.pdf"


class Verification(Base):
    """What the public page behind a QR may say about a document: a platform table, read by code only."""

    __tablename__ = "verification"
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "number", "revision"),)

    code: Mapped[str] = mapped_column(sa.String(20), primary_key=True, comment="unguessable, on the paper")
    manufacturer_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), comment="who issued it")
    number: Mapped[str] = mapped_column(sa.String(30), comment="of the document")
    revision: Mapped[int] = mapped_column(comment="of the document")
    manufacturer: Mapped[str] = mapped_column(sa.String(120), comment="name as printed")
    dealer: Mapped[str] = mapped_column(sa.String(120), comment="name as printed")
    currency: Mapped[str] = mapped_column(sa.String(3), comment="of the amounts")
    amounts: Mapped[list[Any]] = mapped_column(comment="pairs of outcome and amount, as signed for")
    sha256: Mapped[str] = mapped_column(sa.String(64), comment="of the PDF")
    issued_on: Mapped[dt.date] = mapped_column(comment="date printed on it")
    superseded: Mapped[bool] = mapped_column(default=False, comment="a later revision was issued")

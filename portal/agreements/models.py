"""Agreements and the versions of their terms; both parties read them, a sub-dealer's people too."""

import datetime as dt
import json
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.agreements.rules import AgreementState, Span, Terms
from portal.agreements.rules import TermsVersion as Version
from portal.kernel.db import Base, SharedWithPoints, Versioned, Writers, child_of, owned_child_of, party_key


class Agreement(SharedWithPoints, Versioned, Base):
    """The contract between one manufacturer and one dealer; every business record belongs to exactly one."""

    __tablename__ = "agreement"
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        party_key(),
        owned_child_of("dealer", "dealer_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), comment="XY-2026-000001")
    state: Mapped[AgreementState] = mapped_column(comment="AG-1")
    starts: Mapped[dt.date] = mapped_column(comment="first day")
    ends: Mapped[dt.date | None] = mapped_column(comment="last day; null: open")
    state_reason: Mapped[str] = mapped_column(
        sa.String(300), default="", server_default="", comment="why it is suspended or ends"
    )
    state_on: Mapped[dt.date | None] = mapped_column(comment="business date of the last change of state")

    @property
    def span(self) -> Span:
        """The days of the agreement."""
        return Span(self.starts, self.ends)


class TermsVersion(SharedWithPoints, Base):
    """One version of an agreement's terms (AG-2); never changed, a new one takes its place."""

    __tablename__ = "terms_version"
    __writers__ = Writers.MANUFACTURER
    __append_only__ = True
    __table_args__ = (child_of("agreement", "agreement_id"), sa.UniqueConstraint("agreement_id", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="of which agreement")
    number: Mapped[int] = mapped_column(comment="1, 2, 3 …")
    starts: Mapped[dt.date] = mapped_column(comment="rules from this day on")
    terms: Mapped[dict[str, Any]] = mapped_column(comment="every key with its value")
    reason: Mapped[str] = mapped_column(sa.String(300), default="", comment="why it was changed")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who wrote it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def version(self) -> Version:
        """The version as a value of the rules."""
        return Version(self.number, self.starts, parsed(json.dumps(self.terms)))


@lru_cache(maxsize=1024)
def parsed(text: str) -> Terms:
    """The terms in a stored text. Terms are read again and again, and many agreements have the same."""
    return Terms.parse(json.loads(text))

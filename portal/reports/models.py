"""The forms of a month: what a dealer submitted, frozen with its hash, and what the manufacturer said (MF-2, MF-4)."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, TwoParty, Versioned, child_of, party_key
from portal.kernel.period import Month
from portal.reports.rules import FormState


class MonthlyForm(TwoParty, Versioned, Base):
    """The forms of one month of one agreement; it exists from the first submission on."""

    __tablename__ = "monthly_form"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("agreement_id", "month"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="of which agreement")
    number: Mapped[str] = mapped_column(sa.String(20), comment="YB-2026-000001")
    month: Mapped[Month] = mapped_column(comment="which month")
    state: Mapped[FormState] = mapped_column(comment="where it is")
    revision: Mapped[int] = mapped_column(default=1, comment="how often it was submitted")
    submitted_on: Mapped[dt.date] = mapped_column(comment="business date of the last submission")
    first_submitted_on: Mapped[dt.date] = mapped_column(comment="decides whether it was late (MF-3)")
    submitted_by: Mapped[int | None] = mapped_column(comment="person, for four eyes")
    prepared_by: Mapped[str] = mapped_column(sa.String(60), comment="name as printed")
    decided_on: Mapped[dt.date | None] = mapped_column(comment="accepted or returned")
    decided_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="name as printed")
    return_reason: Mapped[str] = mapped_column(sa.String(500), default="", comment="why it was returned")


class FormRevision(TwoParty, Base):
    """What was submitted, frozen (MF-2)."""

    __tablename__ = "form_revision"
    __append_only__ = True
    __table_args__ = (child_of("monthly_form", "form_id"), sa.UniqueConstraint("form_id", "revision"))

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(comment="of which month")
    revision: Mapped[int] = mapped_column(comment="1, 2, 3 …")
    figures: Mapped[dict[str, Any]] = mapped_column(comment="the compiled figures as they were")
    remarks: Mapped[str] = mapped_column(sa.String(1000), default="", comment="the dealer's explanation")
    hash: Mapped[str] = mapped_column(sa.String(64), comment="SHA-256 of figures and remarks")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who submitted it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

"""The forms of a month: what a dealer prepared and submitted, frozen with its hash, and what the manufacturer said."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.agreements.rules import FormKind
from portal.kernel.db import (
    Base,
    Private,
    TwoParty,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    owner_key,
    party_key,
)
from portal.kernel.period import Month
from portal.reports.rules import FormState, ReminderStage, Verdict


class MonthlyForm(TwoParty, Versioned, Base):
    """One form of one month of one agreement; it exists as soon as somebody prepares or submits it."""

    __tablename__ = "monthly_form"
    __table_args__ = (
        party_key(),
        owner_key(),
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("agreement_id", "month", "kind"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="of which agreement")
    #: Taken with the first submission (DN-1).
    number: Mapped[str | None] = mapped_column(sa.String(20), comment="YB-2026-000001")
    month: Mapped[Month] = mapped_column(comment="which month")
    kind: Mapped[FormKind] = mapped_column(server_default=FormKind.SUMMARY.value, comment="which form")
    state: Mapped[FormState] = mapped_column(comment="where it is")
    revision: Mapped[int] = mapped_column(default=0, comment="how often it was submitted")
    remarks: Mapped[str] = mapped_column(
        sa.String(1000),
        default="",
        server_default="",
        comment="the dealer's explanation, as far as it is written",
    )
    due_on: Mapped[dt.date | None] = mapped_column(comment="its due day as it was at the first submission")
    days_late: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="days from the due day to the first submission (MF-3)"
    )
    findings: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="warnings of the last submission, as it was made (FD-1)"
    )
    submitted_on: Mapped[dt.date | None] = mapped_column(comment="business date of the last submission")
    first_submitted_on: Mapped[dt.date | None] = mapped_column(comment="decides whether it was late (MF-3)")
    submitted_by: Mapped[int | None] = mapped_column(comment="person, for four eyes")
    prepared_on: Mapped[dt.date | None] = mapped_column(comment="when it was said to be complete")
    prepared_by: Mapped[str] = mapped_column(sa.String(60), comment="name as printed")
    reviewed_by: Mapped[str] = mapped_column(
        sa.String(60), default="", server_default="", comment="who submitted it, as printed"
    )
    decided_on: Mapped[dt.date | None] = mapped_column(comment="accepted or returned")
    decided_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="name as printed")
    return_reason: Mapped[str] = mapped_column(sa.String(500), default="", comment="why it was returned")


class FormEntry(TwoParty, Base):
    """What the dealer put into one cell of a form: what no record holds, or a corrected figure (MF-1)."""

    __tablename__ = "form_entry"
    __writers__ = Writers.DEALER
    __table_args__ = (child_of("monthly_form", "form_id"), sa.UniqueConstraint("form_id", "row", "column"))

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(comment="of which form")
    row: Mapped[str] = mapped_column(sa.String(90), comment="key of the line")
    column: Mapped[str] = mapped_column(sa.String(40), comment="key of the column")
    value: Mapped[str] = mapped_column(sa.String(200), comment="what the dealer says")
    was: Mapped[str] = mapped_column(
        sa.String(40), default="", comment="the compiled figure that it replaces"
    )
    reason: Mapped[str] = mapped_column(sa.String(300), default="", comment="why, for a corrected figure")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who put it in")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class FormRevision(TwoParty, Base):
    """What was submitted, frozen (MF-2)."""

    __tablename__ = "form_revision"
    __append_only__ = True
    __table_args__ = (child_of("monthly_form", "form_id"), sa.UniqueConstraint("form_id", "revision"))

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(comment="of which month")
    revision: Mapped[int] = mapped_column(comment="1, 2, 3 …")
    #: `Sheet.as_json`: the form with the records behind its figures.
    figures: Mapped[dict[str, Any]] = mapped_column(comment="the compiled figures as they were")
    remarks: Mapped[str] = mapped_column(sa.String(1000), default="", comment="the dealer's explanation")
    hash: Mapped[str] = mapped_column(sa.String(64), comment="SHA-256 of figures and remarks")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who submitted it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class FormReminder(TwoParty, Base):
    """That a dealer was reminded on a day of the forms of a month that were missing (MF-3); both sides read it."""

    __tablename__ = "form_reminder"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("agreement_id", "month", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="of which agreement")
    month: Mapped[Month] = mapped_column(comment="of which month's forms")
    day: Mapped[dt.date] = mapped_column(comment="business date of the reminder; one a day")
    stage: Mapped[ReminderStage] = mapped_column(comment="before, on or after the due day")
    due_on: Mapped[dt.date] = mapped_column(comment="the due day as it was then")
    kinds: Mapped[list[Any]] = mapped_column(comment="the forms that were missing")
    mails: Mapped[int] = mapped_column(comment="how many people were written to")


class FormRemark(TwoParty, Base):
    """What the auditor says about one line or figure of a submission (MF-4); the dealer reads it."""

    __tablename__ = "form_remark"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (child_of("monthly_form", "form_id"), sa.Index(None, "form_id", "revision"))

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(comment="of which form")
    revision: Mapped[int] = mapped_column(comment="of which submission")
    row: Mapped[str] = mapped_column(sa.String(90), default="", comment="key of the line; empty: the form")
    column: Mapped[str] = mapped_column(
        sa.String(40), default="", comment="key of the column; empty: the line"
    )
    text: Mapped[str] = mapped_column(sa.String(500), comment="what is to be explained or corrected")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who says so")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class SampleCheck(Private, Base):
    """What the auditor found on one record of a submission's sample (MF-4); the manufacturer's own note."""

    __tablename__ = "form_sample_check"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        owned_child_of("monthly_form", "form_id"),
        sa.Index(None, "form_id", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(comment="of which form")
    revision: Mapped[int] = mapped_column(comment="of which submission")
    number: Mapped[str] = mapped_column(
        sa.String(40), comment="the record; of several checks the last one holds"
    )
    verdict: Mapped[Verdict] = mapped_column(comment="in order or not")
    note: Mapped[str] = mapped_column(sa.String(300), default="", comment="what was found")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who looked")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

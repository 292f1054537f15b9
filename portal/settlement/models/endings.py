"""Fees cancelled (ST-9), claims written off (ST-10), residual duties handed over (AG-3)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Private, TwoParty, Versioned, Writers, child_of, owner_key, party_key
from portal.kernel.period import Quarter
from portal.settlement.rules import CancellationState, HandoverState, WriteOffState

_LIVE = sa.text("state in ('offered', 'agreed')")


class FeeCancellation(Private, Versioned, Base):
    """The proposal to cancel a quarter's fees, the manufacturer's own until another person confirms it (ST-9)."""

    __tablename__ = "fee_cancellation"
    __table_args__ = (
        owner_key(),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "id"),
        # One proposal of a quarter at a time, whoever races.
        sa.Index(
            "uq_fee_cancellation_open",
            "manufacturer_id",
            "agreement_id",
            "quarter",
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), comment="QX-2026-000001")
    agreement_id: Mapped[int] = mapped_column(comment="whose fees")
    dealer: Mapped[int] = mapped_column(comment="id of the dealer that holds the agreement")
    quarter: Mapped[Quarter] = mapped_column(comment="which quarter")
    state: Mapped[CancellationState] = mapped_column(comment="ST-9")
    reason: Mapped[str] = mapped_column(sa.String(300), comment="as both parties read it")
    evidence: Mapped[list[Any]] = mapped_column(comment="numbers of the falsified cards")
    proposed_by: Mapped[int | None] = mapped_column(comment="person, for four eyes")
    proposer: Mapped[str] = mapped_column(sa.String(60), comment="the name")
    proposed_at: Mapped[dt.datetime] = mapped_column(comment="when")
    decider: Mapped[str] = mapped_column(sa.String(60), default="", comment="who confirmed or withdrew it")
    decided_at: Mapped[dt.datetime | None] = mapped_column(comment="when")
    note: Mapped[str] = mapped_column(sa.String(300), default="", comment="why it was withdrawn")


class WriteOff(TwoParty, Versioned, Base):
    """A notice by which approved claims are paid: deducted from what the dealer owes for goods (ST-10)."""

    __tablename__ = "write_off"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose claims")
    number: Mapped[str] = mapped_column(sa.String(20), comment="HX-2026-000001")
    state: Mapped[WriteOffState] = mapped_column(comment="ST-10")
    amount: Mapped[Decimal] = mapped_column(comment="what is deducted")
    note: Mapped[str] = mapped_column(sa.String(300), default="", comment="as both parties read it")
    prepared_by: Mapped[int | None] = mapped_column(comment="person, for four eyes")
    preparer: Mapped[str] = mapped_column(sa.String(60), comment="the name")
    prepared_on: Mapped[dt.date] = mapped_column(comment="business date")
    issuer: Mapped[str] = mapped_column(sa.String(60), default="", comment="who issued it")
    issued_on: Mapped[dt.date | None] = mapped_column(comment="business date")
    answerer: Mapped[str] = mapped_column(sa.String(60), default="", comment="who confirmed or objected")
    answered_on: Mapped[dt.date | None] = mapped_column(comment="business date")
    objection: Mapped[str] = mapped_column(sa.String(500), default="", comment="the dealer's reason")


class WriteOffLine(TwoParty, Base):
    """One claim on a notice; a claim stands on one notice that is not withdrawn."""

    __tablename__ = "write_off_line"
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("write_off", "write_off_id"),
        child_of("entry", "entry_id"),
        sa.Index(
            "uq_write_off_line_entry",
            "entry_id",
            unique=True,
            sqlite_where=sa.text("released = 0"),
            postgresql_where=sa.text("not released"),
        ),
        sa.Index(None, "write_off_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    write_off_id: Mapped[int] = mapped_column(comment="on which notice")
    entry_id: Mapped[int] = mapped_column(comment="the posting that granted the claim")
    document: Mapped[str] = mapped_column(sa.String(40), comment="number of the repair record")
    date: Mapped[dt.date] = mapped_column(comment="when it was approved")
    quarter: Mapped[Quarter] = mapped_column(comment="the quarter that it counts in")
    amount: Mapped[Decimal] = mapped_column(comment="as approved")
    released: Mapped[bool] = mapped_column(default=False, comment="the notice was withdrawn")


class DutyHandover(TwoParty, Versioned, Base):
    """The manufacturer takes over a dealer's residual duties against a settled amount, agreed by both (AG-3)."""

    __tablename__ = "duty_handover"
    __table_args__ = (
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        # One that waits or holds at a time, whoever races.
        sa.Index(
            "uq_duty_handover_live",
            "agreement_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose duties")
    number: Mapped[str] = mapped_column(sa.String(20), comment="YJ-2026-000001")
    state: Mapped[HandoverState] = mapped_column(comment="AG-3")
    amount: Mapped[Decimal] = mapped_column(comment="what it costs the dealer")
    reason: Mapped[str] = mapped_column(sa.String(300), comment="what is taken over, as both read it")
    on: Mapped[dt.date] = mapped_column(comment="the day of the count")
    units: Mapped[int] = mapped_column(comment="units still in warranty on that day")
    months: Mapped[list[Any]] = mapped_column(comment="of these, how many expire in each month")
    offerer: Mapped[str] = mapped_column(sa.String(60), comment="who offered it")
    offered_at: Mapped[dt.datetime] = mapped_column(comment="when")
    answerer: Mapped[str] = mapped_column(sa.String(60), default="", comment="who agreed, declined, withdrew")
    answered_at: Mapped[dt.datetime | None] = mapped_column(comment="when")
    answer: Mapped[str] = mapped_column(sa.String(300), default="", comment="why it was declined")

"""The ledger: balanced, append-only entries per agreement, cached balances, remittances (MN-1 … MN-4, ST-11)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, TwoParty, Versioned, Writers, child_of, party_key
from portal.kernel.period import Month, Quarter
from portal.ledger.rules import Account, EntryKind, FigureKind, month_in


class Fund(TwoParty, Base):
    """One per agreement: what every command that moves or holds its money locks first, and how far it is settled."""

    __tablename__ = "fund"
    __table_args__ = (child_of("agreement", "agreement_id"), sa.UniqueConstraint("agreement_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund")
    frozen_until: Mapped[Quarter | None] = mapped_column(comment="the last quarter with an issued statement")
    disputed: Mapped[Quarter | None] = mapped_column(comment="the quarter whose statement is disputed now")
    closed_until: Mapped[Quarter | None] = mapped_column(comment="the last closed quarter")
    version: Mapped[int] = mapped_column(default=1, comment="grows with each lock")


class Entry(TwoParty, Base):
    """One movement. Never changed; a correction is a reversal (MN-3)."""

    __tablename__ = "entry"
    __append_only__ = True
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        # The same fact can't post twice, whoever races.
        sa.UniqueConstraint("manufacturer_id", "source"),
        sa.Index(None, "agreement_id", "quarter", "date", "id"),
        sa.Index(None, "manufacturer_id", "document", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund")
    source: Mapped[str] = mapped_column(
        sa.String(80), comment="the fact behind it, once: BL-2026-000001:1:draw"
    )
    kind: Mapped[EntryKind] = mapped_column(comment="what it is for")
    basis: Mapped[str | None] = mapped_column(sa.String(40), comment="which base of the terms granted it")
    date: Mapped[dt.date] = mapped_column(comment="the business date that it belongs to")
    posted_on: Mapped[dt.date] = mapped_column(comment="the business date of the posting")
    quarter: Mapped[Quarter] = mapped_column(comment="the quarter that it counts in")
    belongs_to: Mapped[Quarter | None] = mapped_column(comment="the earlier quarter of a late item (MN-4)")
    document: Mapped[str] = mapped_column(sa.String(40), comment="number of the document behind it")
    memo: Mapped[str] = mapped_column(sa.String(200), default="", comment="in words")
    actor: Mapped[str] = mapped_column(sa.String(60), comment="who posted it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def month(self) -> Month:
        """The month of the statement that it stands under, see `rules.month_in`."""
        return month_in(self.date, self.quarter)


class Line(TwoParty, Base):
    """One side of an entry; the lines of an entry sum to zero."""

    __tablename__ = "line"
    __append_only__ = True
    __table_args__ = (child_of("entry", "entry_id"), sa.UniqueConstraint("entry_id", "account"))

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(comment="of which entry")
    account: Mapped[Account] = mapped_column(comment="which account")
    amount: Mapped[Decimal] = mapped_column(comment="signed")


class Balance(TwoParty, Base):
    """Sum of an account's lines in a quarter: a cache that `check` rebuilds (MN-3)."""

    __tablename__ = "balance"
    __table_args__ = (
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("agreement_id", "quarter", "account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund")
    quarter: Mapped[Quarter] = mapped_column(comment="the quarter that the lines count in")
    account: Mapped[Account] = mapped_column(comment="which account")
    amount: Mapped[Decimal] = mapped_column(comment="signed")


class Remittance(TwoParty, Versioned, Base):
    """Money that a dealer paid the manufacturer for goods (ST-11), or the reversal of one."""

    __tablename__ = "remittance"
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        child_of("remittance", "reverses_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.UniqueConstraint("manufacturer_id", "bank_ref", "is_reversal"),
        sa.Index(None, "agreement_id", "quarter", "date"),
        sa.Index(None, "manufacturer_id", "date", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund it feeds")
    number: Mapped[str] = mapped_column(sa.String(20), comment="HK-2026-000001")
    date: Mapped[dt.date] = mapped_column(comment="value date at the bank")
    amount: Mapped[Decimal] = mapped_column(comment="negative for a reversal")
    bank_ref: Mapped[str] = mapped_column(sa.String(60), comment="reference at the bank")
    is_reversal: Mapped[bool] = mapped_column(default=False, comment="takes another one back")
    reverses_id: Mapped[int | None] = mapped_column(comment="which one it takes back")
    reason: Mapped[str] = mapped_column(sa.String(200), default="", comment="of a reversal")
    quarter: Mapped[Quarter] = mapped_column(comment="the quarter that it counts in")
    actor: Mapped[str] = mapped_column(sa.String(60), comment="who recorded it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class RecordedFigure(TwoParty, Versioned, Base):
    """Settled sales of a dealer, or the result of a service point's period, or the negative record of one (ST-1)."""

    __tablename__ = "recorded_figure"
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        child_of("recorded_figure", "reverses_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        # It is taken back once, whoever races.
        sa.UniqueConstraint("reverses_id"),
        sa.Index(None, "agreement_id", "year", "quarter"),
        sa.Index(None, "manufacturer_id", "date", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund it feeds")
    number: Mapped[str] = mapped_column(
        sa.String(20), comment="XS-2026-000001 sales, SY-2026-000001 a result"
    )
    kind: Mapped[FigureKind] = mapped_column(comment="sales or a result")
    date: Mapped[dt.date] = mapped_column(comment="the business date that it belongs to")
    year: Mapped[int] = mapped_column(comment="whose sales they are; a reversal has its original's")
    income: Mapped[Decimal] = mapped_column(
        comment="the sales, or what a period took in; negative: a reversal"
    )
    cost: Mapped[Decimal] = mapped_column(comment="what the period cost; 0 for sales")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="what it is about, its evidence")
    is_reversal: Mapped[bool] = mapped_column(default=False, comment="takes another one back")
    reverses_id: Mapped[int | None] = mapped_column(comment="which one it takes back")
    reason: Mapped[str] = mapped_column(sa.String(200), default="", comment="of a reversal")
    quarter: Mapped[Quarter | None] = mapped_column(comment="that it counts in; null: its time has not come")
    actor: Mapped[str] = mapped_column(sa.String(60), comment="who recorded it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def amount(self) -> Decimal:
        """What its share is taken of: income less cost."""
        return self.income - self.cost


class CancelledFee(TwoParty, Base):
    """A quarter that lost its fees for good, and why; what it grants later is cancelled as it is posted (ST-9)."""

    __tablename__ = "cancelled_fee"
    __writers__ = Writers.MANUFACTURER
    __append_only__ = True
    __table_args__ = (
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.UniqueConstraint("agreement_id", "quarter"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fees")
    number: Mapped[str] = mapped_column(sa.String(20), comment="QX-2026-000001")
    quarter: Mapped[Quarter] = mapped_column(comment="which quarter")
    reason: Mapped[str] = mapped_column(sa.String(300), comment="as both parties read it")
    evidence: Mapped[list[Any]] = mapped_column(comment="numbers of the falsified cards")
    date: Mapped[dt.date] = mapped_column(comment="business date of the confirmation")
    actor: Mapped[str] = mapped_column(sa.String(60), comment="who confirmed it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

"""Warranty claims with what was asked, what was granted, and what was said (RP-7, FD-3)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.agreements.rules import Bearer, CostClass
from portal.kernel.db import AtPoint, Base, Versioned, Writers, child_of, owned_child_of, party_key
from portal.repairs.rules.claim_checks import Check
from portal.repairs.rules.claims import AskedLine, ClaimAction, ClaimReason, ClaimState, LineKind


class Claim(AtPoint, Versioned, Base):
    """What a dealer claims for a repair; it carries the record's number, and there is one for a record."""

    __tablename__ = "claim"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        child_of("repair", "repair_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("repair_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "waiting_since"),
        sa.Index(None, "manufacturer_id", "dealer_id", "state"),
        sa.Index(None, "manufacturer_id", "filed_at", "id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "filed_at", "id"),
        sa.Index(None, "manufacturer_id", "decided_at"),
        sa.Index(None, "agreement_id", "filed_on", "state"),
        sa.Index(None, "manufacturer_id", "serial", "fault"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund it moves: the repairing dealer's")
    repair_id: Mapped[int] = mapped_column(comment="the record that raised it")
    number: Mapped[str] = mapped_column(sa.String(20), comment="of the record: WX-2026-000001")
    revision: Mapped[int] = mapped_column(comment="the version of the record that it asks for")
    serial: Mapped[str] = mapped_column(sa.String(40), comment="of the unit, as it is kept")
    model: Mapped[str] = mapped_column(sa.String(40), comment="of the unit")
    fault: Mapped[str] = mapped_column(
        sa.String(60), comment="symptom and location; empty: none is named, nothing can be compared"
    )
    cost_class: Mapped[CostClass] = mapped_column(comment="who is covered, as it was judged at filing")
    state: Mapped[ClaimState] = mapped_column(comment="RP-7")
    asked: Mapped[Decimal] = mapped_column(comment="sum of its lines")
    granted: Mapped[Decimal | None] = mapped_column(comment="sum of what was granted; null: not decided")
    concerns: Mapped[list[Any]] = mapped_column(comment="checks that are not clean, the gravest first")
    clean: Mapped[bool] = mapped_column(comment="every check is clean")
    grave: Mapped[bool] = mapped_column(comment="a check needs a person")
    filed_on: Mapped[dt.date] = mapped_column(comment="the business day of the filing; holds its quarter")
    filed_at: Mapped[dt.datetime] = mapped_column(comment="the instant of the filing")
    filed_by_id: Mapped[int | None] = mapped_column(comment="who filed the record (FE-1)")
    filed_by: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    waiting_since: Mapped[dt.datetime] = mapped_column(comment="since when the reviewer has it")
    decided_on: Mapped[dt.date | None] = mapped_column(comment="the business day of the last decision")
    decided_at: Mapped[dt.datetime | None] = mapped_column(comment="the instant of the last decision")
    decided_by_id: Mapped[int | None] = mapped_column(comment="who decided last (FE-1)")
    decided_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="the name at that time")
    reason: Mapped[ClaimReason | None] = mapped_column(
        comment="coded reason of the last decision, if it has one"
    )
    reason_text: Mapped[str] = mapped_column(
        sa.String(500), default="", comment="the same in words, for the dealer"
    )
    objected_at: Mapped[dt.datetime | None] = mapped_column(comment="when the dealer objected; once")

    @property
    def objected(self) -> bool:
        """Whether the dealer objected to a decision."""
        return self.objected_at is not None


class ClaimLine(AtPoint, Base):
    """One line as it was asked in one version of the record."""

    __tablename__ = "claim_line"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        child_of("claim", "claim_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("claim_id", "revision", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(comment="of which claim")
    revision: Mapped[int] = mapped_column(comment="of which version of the record; those of the newest hold")
    key: Mapped[str] = mapped_column(sa.String(40), comment="labour, onsite, or the code of a part")
    kind: Mapped[LineKind] = mapped_column(comment="labour, on site, part")
    name: Mapped[str] = mapped_column(sa.String(120), default="", comment="of a part, that day")
    pieces: Mapped[int] = mapped_column(comment="how many; 1 for work")
    asked: Mapped[Decimal] = mapped_column(comment="what is asked")
    bearer: Mapped[Bearer] = mapped_column(comment="who bears it, by the cost matrix (EN-12)")

    @property
    def rule(self) -> AskedLine:
        """The line as a value of the rules."""
        return AskedLine(self.key, self.kind, self.asked, self.bearer, self.pieces)


class ClaimDecision(AtPoint, Base):
    """One decision of the manufacturer, as both parties read it."""

    __tablename__ = "claim_decision"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        party_key(),
        child_of("claim", "claim_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("claim_id", "round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(comment="about which claim")
    round: Mapped[int] = mapped_column(comment="1, 2, 3 …")
    decision: Mapped[ClaimAction] = mapped_column(comment="what was decided")
    state: Mapped[ClaimState] = mapped_column(comment="what the claim was then")
    granted: Mapped[Decimal] = mapped_column(comment="sum of what it granted; 0.00 for a return")
    reason: Mapped[ClaimReason | None] = mapped_column(comment="coded reason, if it has one")
    text: Mapped[str] = mapped_column(sa.String(500), default="", comment="in words, for the dealer")
    person_id: Mapped[int | None] = mapped_column(comment="who")
    person: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ClaimGrant(AtPoint, Base):
    """What a decision granted on one line, and why it is less than asked (FD-3)."""

    __tablename__ = "claim_grant"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("claim_decision", "decision_id"),
        child_of("claim_line", "line_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("decision_id", "line_id"),
        sa.Index(None, "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(comment="of which decision")
    line_id: Mapped[int] = mapped_column(comment="on which line")
    granted: Mapped[Decimal] = mapped_column(comment="what is granted")
    reason: Mapped[ClaimReason | None] = mapped_column(comment="coded reason for granting less than asked")


class ClaimOverride(AtPoint, Base):
    """A check that an approval went over; counted by rule (FD-2)."""

    __tablename__ = "claim_override"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("claim_decision", "decision_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("decision_id", "topic"),
        sa.Index(None, "manufacturer_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(comment="by which decision")
    topic: Mapped[Check] = mapped_column(comment="which check was not clean")
    rule: Mapped[str] = mapped_column(sa.String(10), comment="id of the rule behind it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ClaimAnswer(AtPoint, Base):
    """What the dealer answered to a finding or a return, or its objection."""

    __tablename__ = "claim_answer"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("claim", "claim_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "claim_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(comment="about which claim")
    action: Mapped[ClaimAction] = mapped_column(comment="an answer, or the objection")
    text: Mapped[str] = mapped_column(sa.String(500), comment="in words")
    person: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

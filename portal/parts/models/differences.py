"""Differences at receipt and how the manufacturer answered them (PT-7)."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, TwoParty, Writers, child_of, party_key
from portal.kernel.money import ZERO
from portal.parts.rules.differences import DifferenceKind, DifferenceOutcome


class DifferenceCase(TwoParty, Base):
    """Pieces of one line of a shipment that were short, wrong or damaged."""

    __tablename__ = "parts_difference"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        child_of("parts_shipment_line", "shipment_line_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "shipment_line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund a credit goes to")
    shipment_line_id: Mapped[int] = mapped_column(comment="of which line of which shipment")
    number: Mapped[str] = mapped_column(sa.String(20), comment="CY-2026-000001")
    kind: Mapped[DifferenceKind] = mapped_column(comment="what is wrong")
    pieces: Mapped[int] = mapped_column(comment="how many")
    note: Mapped[str] = mapped_column(sa.String(200), comment="the same in words")
    filed_on: Mapped[dt.date] = mapped_column(comment="business date")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who reported it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class DifferencePhoto(TwoParty, Base):
    """A photo of a difference: never changed or taken away."""

    __tablename__ = "parts_difference_photo"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (child_of("parts_difference", "difference_id"), sa.Index(None, "difference_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    difference_id: Mapped[int] = mapped_column(comment="of which case")
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, comment="re-encoded JPEG, no metadata"
    )
    person: Mapped[str] = mapped_column(sa.String(120), comment="who sent it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class DifferenceAnswer(TwoParty, Base):
    """What the manufacturer answered to a difference; final."""

    __tablename__ = "parts_difference_answer"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (child_of("parts_difference", "difference_id"), sa.UniqueConstraint("difference_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    difference_id: Mapped[int] = mapped_column(comment="of which case")
    outcome: Mapped[DifferenceOutcome] = mapped_column(comment="credited, sent again or refused")
    reason: Mapped[str] = mapped_column(sa.String(200), default="", comment="in words; the dealer reads it")
    credit: Mapped[Decimal] = mapped_column(
        default=ZERO, comment="of the draw, given back to the fund; what was paid for is paid back instead"
    )
    answered_on: Mapped[dt.date] = mapped_column(comment="business date of the credit")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who answered")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class Reshipment(TwoParty, Base):
    """That a shipment makes good a difference: its pieces were drawn, owed and paid for before."""

    __tablename__ = "parts_reshipment"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("parts_difference", "difference_id"),
        child_of("parts_shipment", "shipment_id"),
        sa.UniqueConstraint("difference_id"),
        sa.UniqueConstraint("shipment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    difference_id: Mapped[int] = mapped_column(comment="of which case")
    shipment_id: Mapped[int] = mapped_column(comment="the shipment that carries the pieces")

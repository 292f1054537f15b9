"""What was shipped of a request and what the dealer counted of it (PT-6, PT-7)."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, TwoParty, Writers, child_of, party_key
from portal.kernel.money import ZERO


class Shipment(TwoParty, Base):
    """Parts of one request on their way (PT-6)."""

    __tablename__ = "parts_shipment"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        party_key(),
        child_of("parts_request", "request_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "agreement_id", "shipped_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund it drew on")
    request_id: Mapped[int] = mapped_column(comment="of which request")
    number: Mapped[str] = mapped_column(sa.String(20), comment="FH-2026-000001")
    carrier: Mapped[str] = mapped_column(sa.String(60), default="", comment="who carries it")
    waybill: Mapped[str] = mapped_column(sa.String(60), default="", comment="the carrier's number")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="what the dealer should know")
    late_reason: Mapped[str] = mapped_column(
        sa.String(200), default="", server_default="", comment="why it left after its last day (PT-6)"
    )
    cost: Mapped[Decimal] = mapped_column(comment="what it drew on the fund")
    express: Mapped[Decimal] = mapped_column(default=ZERO, comment="what it charged directly (PT-4)")
    shipped_on: Mapped[dt.date] = mapped_column(comment="business date of the draw")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who shipped")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ShipmentLine(TwoParty, Base):
    """How many pieces of one line a shipment carries."""

    __tablename__ = "parts_shipment_line"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        party_key(),
        child_of("parts_shipment", "shipment_id"),
        child_of("parts_line", "line_id"),
        sa.UniqueConstraint("shipment_id", "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(comment="of which shipment")
    line_id: Mapped[int] = mapped_column(index=True, comment="of which line of the request")
    pieces: Mapped[int] = mapped_column(comment="sent")


class Receipt(TwoParty, Base):
    """What the dealer counted of one line of a shipment (PT-7)."""

    __tablename__ = "parts_receipt"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("parts_shipment_line", "shipment_line_id"),
        sa.UniqueConstraint("shipment_line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_line_id: Mapped[int] = mapped_column(comment="of which line of which shipment")
    pieces: Mapped[int] = mapped_column(comment="counted in good order, none to all that were sent")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="what was short, wrong or damaged")
    received_on: Mapped[dt.date] = mapped_column(comment="business date")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who counted")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

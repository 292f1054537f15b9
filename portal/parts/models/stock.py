"""A dealer's own stock of parts: balances, movements, counts (PT-8). Each selling point keeps its own."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import AtPoint, Base, Versioned, Writers, child_of, owned_child_of, party_key
from portal.parts.rules.stock import MovementKind


class Stock(AtPoint, Versioned, Base):
    """How many pieces of a part a selling point has by its books, and how many it wants to have at least."""

    __tablename__ = "stock"
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        owned_child_of("dealer", "dealer_id"),
        owned_child_of("dealer", "point_id"),
        owned_child_of("part", "part_id"),
        sa.UniqueConstraint("point_id", "part_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(comment="which part")
    pieces: Mapped[int] = mapped_column(
        comment="a cache of the movements; below zero: fitted, never booked in"
    )
    minimum: Mapped[int] = mapped_column(comment="0: none set")


class StockMovement(AtPoint, Base):
    """One change of a stock, with the document behind it; never changed."""

    __tablename__ = "stock_movement"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("stock", "stock_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "stock_id", "moved_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stock_id: Mapped[int] = mapped_column(comment="of which stock")
    kind: Mapped[MovementKind] = mapped_column(comment="why")
    pieces: Mapped[int] = mapped_column(comment="in, negative: out")
    after: Mapped[int] = mapped_column(comment="in stock after it")
    moved_on: Mapped[dt.date] = mapped_column(comment="business date")
    document: Mapped[str] = mapped_column(sa.String(20), comment="whose page shows the act: BL-2026-000001")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="in words")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class Stocktake(AtPoint, Base):
    """A count of the stock: what the books said, what was there."""

    __tablename__ = "stocktake"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        owned_child_of("dealer", "dealer_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "dealer_id", "counted_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), comment="PD-2026-000001")
    counted_on: Mapped[dt.date] = mapped_column(comment="business date")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="in words")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who entered it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class StocktakeLine(AtPoint, Base):
    """One part of a count."""

    __tablename__ = "stocktake_line"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("stocktake", "stocktake_id"),
        owned_child_of("dealer", "point_id"),
        owned_child_of("part", "part_id"),
        sa.UniqueConstraint("stocktake_id", "part_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(comment="of which count")
    part_id: Mapped[int] = mapped_column(comment="which part")
    book: Mapped[int] = mapped_column(comment="in stock by the books")
    counted: Mapped[int] = mapped_column(comment="in stock in truth")
    reason: Mapped[str] = mapped_column(sa.String(200), default="", comment="why they differ")

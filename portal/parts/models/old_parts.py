"""Old parts that dealers owe, the batches that bring them, and what became of each (PT-9)."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import AtPoint, Base, TwoParty, Versioned, Writers, child_of, owned_child_of, party_key
from portal.parts.rules.old_parts import BatchState, ClearingKind, OldPartOrigin


class OldPartDebt(AtPoint, Versioned, Base):
    """Pieces of one part that a shipment or a repair makes a dealer owe, and how many are open still."""

    __tablename__ = "old_part_debt"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        owned_child_of("part", "part_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "source", "code"),
        sa.Index(None, "dealer_id", "due", "id"),
        sa.Index(
            None,
            "manufacturer_id",
            "due",
            sqlite_where=sa.text("left_open > 0"),
            postgresql_where=sa.text("left_open > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose dealer is charged for what does not come back")
    part_id: Mapped[int] = mapped_column(comment="which part")
    code: Mapped[str] = mapped_column(sa.String(40), comment="its code")
    name: Mapped[str] = mapped_column(sa.String(120), comment="its name that day")
    unit: Mapped[str] = mapped_column(sa.String(20), default="", comment="what one piece is called")
    origin: Mapped[OldPartOrigin] = mapped_column(comment="why it is owed")
    source: Mapped[str] = mapped_column(sa.String(40), comment="the act that made it: FH-2026-000001")
    document: Mapped[str] = mapped_column(sa.String(20), comment="whose page shows the act: BL-2026-000001")
    since: Mapped[dt.date] = mapped_column(comment="business date of the act; the cost of this day holds")
    due: Mapped[dt.date] = mapped_column(comment="the last day to be back")
    pieces: Mapped[int] = mapped_column(comment="owed in the beginning")
    left_open: Mapped[int] = mapped_column(comment="not cleared in any way; a cache of the clearings")


class OldPartBatch(TwoParty, Versioned, Base):
    """Old parts that a dealer sends back together, or that the warehouse counted without a list."""

    __tablename__ = "old_part_batch"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "id"),
        sa.Index(None, "dealer_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="the agreement that was in force")
    number: Mapped[str] = mapped_column(sa.String(20), comment="OP-2026-000001")
    state: Mapped[BatchState] = mapped_column(comment="where it is (PT-9)")
    boxes: Mapped[int] = mapped_column(default=1, comment="how many boxes")
    carrier: Mapped[str] = mapped_column(sa.String(60), default="", comment="who carries it")
    waybill: Mapped[str] = mapped_column(sa.String(60), default="", comment="the carrier's number")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="what the other side should know")
    packed_on: Mapped[dt.date | None] = mapped_column(comment="listed by the dealer; null: without a list")
    packer: Mapped[str] = mapped_column(sa.String(120), default="", comment="who listed it")
    shipped_on: Mapped[dt.date | None] = mapped_column(comment="when it left")
    arrived_on: Mapped[dt.date | None] = mapped_column(comment="when it came; this day counts")
    counted_on: Mapped[dt.date | None] = mapped_column(comment="when it was counted")
    counter: Mapped[str] = mapped_column(sa.String(120), default="", comment="who counted it")


class OldPartItem(TwoParty, Base):
    """One line of a batch's list: which debt, how many pieces the dealer says it sends."""

    __tablename__ = "old_part_item"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        child_of("old_part_batch", "batch_id"),
        child_of("old_part_debt", "debt_id"),
        sa.UniqueConstraint("batch_id", "place"),
        sa.UniqueConstraint("batch_id", "debt_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(comment="of which batch")
    place: Mapped[int] = mapped_column(comment="line number, from 1; on the tags")
    debt_id: Mapped[int] = mapped_column(index=True, comment="which debt it is to clear")
    pieces: Mapped[int] = mapped_column(comment="sent, as listed")


class OldPartCount(TwoParty, Base):
    """What the warehouse found of one line of a batch, or of a part that no line names."""

    __tablename__ = "old_part_count"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("old_part_batch", "batch_id"),
        child_of("old_part_item", "item_id"),
        owned_child_of("part", "part_id"),
        sa.UniqueConstraint("batch_id", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(comment="of which batch")
    place: Mapped[int] = mapped_column(comment="line number; those that are not listed follow the others")
    item_id: Mapped[int | None] = mapped_column(comment="the line of the list; null: not listed")
    part_id: Mapped[int] = mapped_column(comment="which part")
    code: Mapped[str] = mapped_column(sa.String(40), comment="its code")
    name: Mapped[str] = mapped_column(sa.String(120), comment="its name then")
    came: Mapped[int] = mapped_column(comment="pieces in the box")
    matching: Mapped[int] = mapped_column(comment="of these, the part that it should be")
    reusable: Mapped[int] = mapped_column(comment="of these, worth repairing; the rest is scrap")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="the difference in words")


class OldPartClearing(TwoParty, Base):
    """Pieces of a debt that came back, were charged, or are not owed after all; never changed."""

    __tablename__ = "old_part_clearing"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("old_part_debt", "debt_id"),
        child_of("old_part_batch", "batch_id"),
        sa.UniqueConstraint("debt_id", "place"),
        sa.Index(None, "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    debt_id: Mapped[int] = mapped_column(comment="of which debt")
    place: Mapped[int] = mapped_column(comment="1, 2, 3 … of this debt")
    kind: Mapped[ClearingKind] = mapped_column(comment="back, charged, or not owed after all")
    pieces: Mapped[int] = mapped_column(comment="how many; negative: a charge taken back")
    cleared_on: Mapped[dt.date] = mapped_column(comment="day of arrival, or business date")
    batch_id: Mapped[int | None] = mapped_column(comment="the batch that brought them; null: charged")
    cost: Mapped[Decimal | None] = mapped_column(comment="of one piece on the debt's day; null: not charged")
    amount: Mapped[Decimal | None] = mapped_column(comment="charged to the dealer; null: not charged")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

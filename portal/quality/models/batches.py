"""What the manufacturer's quality department declares."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogue.rules import LONGEST
from portal.kernel.db import Base, Manufacturers, Versioned, owned_child_of
from portal.quality.rules import LONGEST_REASON, DefectState


class DefectiveBatch(Manufacturers, Versioned, Base):
    """A production batch of a product that is declared defective (RT-6)."""

    __tablename__ = "defective_batch"
    __table_args__ = (
        owned_child_of("product", "product_id"),
        sa.UniqueConstraint("manufacturer_id", "product_id", "batch"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(comment="of which product")
    batch: Mapped[str] = mapped_column(sa.String(LONGEST), comment="as its units were shipped")
    state: Mapped[DefectState] = mapped_column(comment="declared, or taken back")
    reason: Mapped[str] = mapped_column(
        sa.String(LONGEST_REASON), default="", comment="what is wrong with it"
    )
    declared_on: Mapped[dt.date] = mapped_column(comment="the business day of the declaration")
    declared_by: Mapped[str] = mapped_column(sa.String(60), comment="who declared it")
    lifted_on: Mapped[dt.date | None] = mapped_column(comment="the business day on which it was taken back")
    lifted_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="who took it back")
    lifted_reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON), default="", comment="why")

"""The monthly reconciliation of parts (PT-11)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.actor import Side
from portal.kernel.db import Base, TwoParty, child_of
from portal.kernel.period import Month


class Reconciliation(TwoParty, Base):
    """That one party confirmed the list of a month's parts, with the list as it read it."""

    __tablename__ = "parts_reconciliation"
    __append_only__ = True
    __table_args__ = (
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("agreement_id", "month", "side", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="of which agreement")
    month: Mapped[Month] = mapped_column(comment="which month's shipments and credits")
    side: Mapped[Side] = mapped_column(comment="who confirms")
    place: Mapped[int] = mapped_column(comment="1, 2, 3 … of this side: a changed list is confirmed anew")
    content: Mapped[list[Any]] = mapped_column(comment="the lines as confirmed; amounts are text")
    digest: Mapped[str] = mapped_column(sa.String(64), comment="SHA-256 of them; equal ones agree")
    amount: Mapped[Decimal] = mapped_column(comment="drawn on the fund, credits taken off")
    confirmed_on: Mapped[dt.date] = mapped_column(comment="business date")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who confirmed")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

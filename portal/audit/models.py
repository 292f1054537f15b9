"""The append-only log of facts, hash-chained per tenant (AU-1)."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit.tags import Tag
from portal.kernel.actor import Side
from portal.kernel.db import AtPoint, Base, Manufacturers, Writers


class Fact(AtPoint, Base):
    """Who did what, when, from where; `data` holds before and after."""

    __tablename__ = "fact"
    __append_only__ = True
    __table_args__ = (
        sa.UniqueConstraint("manufacturer_id", "seq"),
        sa.Index(None, "manufacturer_id", "subject", "seq"),
        sa.Index(None, "manufacturer_id", "dealer_id", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # A fact may concern no dealer at all.
    dealer_id: Mapped[int | None] = mapped_column(comment="the dealer that it concerns")  # type: ignore[assignment]
    point_id: Mapped[int | None] = mapped_column(comment="the selling point that it concerns")  # type: ignore[assignment]
    seq: Mapped[int] = mapped_column(comment="counts the tenant's facts without gaps")
    at: Mapped[dt.datetime] = mapped_column(comment="when")
    person_id: Mapped[int | None] = mapped_column(comment="who; null: time itself (a deadline)")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="the name at that time")
    side: Mapped[Side] = mapped_column(comment="for which side")
    address: Mapped[str] = mapped_column(sa.String(60), comment="from where")
    tag: Mapped[Tag] = mapped_column(comment="what happened")
    subject: Mapped[str] = mapped_column(sa.String(120), comment="the document's number")
    data: Mapped[dict[str, Any]] = mapped_column(comment="values of the sentence, before and after")
    previous_hash: Mapped[str] = mapped_column(sa.String(64), comment="hash of the fact before")
    hash: Mapped[str] = mapped_column(sa.String(64), comment="SHA-256 over this fact and the hash before")


class FactChain(Manufacturers, Base):
    """The end of a tenant's chain. Its lock puts the tenant's facts in one order."""

    __tablename__ = "fact_chain"
    __writers__ = Writers.BOTH
    __table_args__ = (sa.UniqueConstraint("manufacturer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(comment="of the last fact")
    hash: Mapped[str] = mapped_column(sa.String(64), comment="of the last fact")

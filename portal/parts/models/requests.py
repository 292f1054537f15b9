"""Parts requests: what was asked and what was decided (PT-1 … PT-6).

Asked, decided, shipped and received are rows of their own, each written once by the side that says it (FD-3): what
one side wrote, the other can't change, in the database neither.
"""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogue.rules import Supply
from portal.kernel.db import Base, TwoParty, Versioned, Writers, child_of, owned_child_of, party_key
from portal.kernel.money import ZERO
from portal.parts.rules import Purpose, RequestState, Shipping


class PartsRequest(TwoParty, Versioned, Base):
    """A dealer's order of parts against its quota, and how far it has come."""

    __tablename__ = "parts_request"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "id"),
        sa.Index(None, "dealer_id", "state", "id"),
        sa.Index(None, "agreement_id", "filed_on"),
        sa.Index(
            None,
            "manufacturer_id",
            "id",
            sqlite_where=sa.text("bought is not null"),
            postgresql_where=sa.text("bought is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund it draws on")
    number: Mapped[str] = mapped_column(sa.String(20), comment="BL-2026-000001")
    state: Mapped[RequestState] = mapped_column(comment="PT-3; follows from the lines")
    purpose: Mapped[Purpose] = mapped_column(comment="what the parts are for (PT-1)")
    purpose_note: Mapped[str] = mapped_column(sa.String(200), default="", comment="the same in words")
    needed_by: Mapped[dt.date | None] = mapped_column(comment="when the dealer needs them")
    shipping: Mapped[Shipping] = mapped_column(comment="how they travel")
    express: Mapped[Decimal] = mapped_column(
        default=ZERO, comment="surcharge, charged on the first shipment (PT-4)"
    )
    express_granted: Mapped[Decimal | None] = mapped_column(
        comment="what the decision lowered it to; null: as agreed to (FD-3)"
    )
    decided_on: Mapped[dt.date | None] = mapped_column(
        comment="business date of the decision; null: none yet"
    )
    ship_due: Mapped[dt.date | None] = mapped_column(
        comment="last day to ship what is approved (PT-6); null: not decided"
    )
    total: Mapped[Decimal] = mapped_column(comment="what the request costs the fund as asked")
    available: Mapped[Decimal] = mapped_column(comment="the quota when it was filed, not below zero")
    covered: Mapped[Decimal] = mapped_column(comment="what the quota covered")
    excess: Mapped[Decimal] = mapped_column(comment="what the dealer consented to beyond the quota (PT-2)")
    bought: Mapped[Decimal | None] = mapped_column(
        comment="what its bought parts are paid for (PT-5), a cache of its lines; null: nothing is bought"
    )
    paid: Mapped[Decimal | None] = mapped_column(
        comment="what was paid for them, a cache of the payments; null: nothing confirmed yet"
    )
    filed_on: Mapped[dt.date] = mapped_column(comment="business date; its prices hold (PT-10)")
    filed_at: Mapped[dt.datetime] = mapped_column(comment="when; also when the dealer consented")
    filed_by: Mapped[int | None] = mapped_column(comment="person; may not decide it (FE-1)")
    filer: Mapped[str] = mapped_column(sa.String(120), comment="the person's name then")

    @property
    def surcharge(self) -> Decimal:
        """The express surcharge that the first shipment charges: as agreed to, or as the decision lowered it."""
        return self.express if self.express_granted is None else self.express_granted


class PartsLine(TwoParty, Base):
    """One part as asked for; a copy of what the catalogue said that day."""

    __tablename__ = "parts_line"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        child_of("parts_request", "request_id"),
        owned_child_of("part", "part_id"),
        sa.UniqueConstraint("request_id", "place"),
        sa.UniqueConstraint("request_id", "code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="of which request")
    place: Mapped[int] = mapped_column(comment="line number, from 1")
    part_id: Mapped[int] = mapped_column(comment="which part")
    code: Mapped[str] = mapped_column(sa.String(40), comment="its code")
    name: Mapped[str] = mapped_column(sa.String(120), comment="its name that day")
    unit: Mapped[str] = mapped_column(sa.String(20), default="", comment="what one piece is called")
    supply: Mapped[Supply] = mapped_column(comment="how it is supplied (PT-5)")
    price: Mapped[Decimal] = mapped_column(comment="of one piece on the request's day (PT-10)")
    asked: Mapped[int] = mapped_column(comment="pieces")
    refills: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="of these, for floor stock that repairs used up (PT-5)"
    )


class PartsDecision(TwoParty, Base):
    """What the manufacturer decided on one line (PT-6)."""

    __tablename__ = "parts_decision"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (child_of("parts_line", "line_id"), sa.UniqueConstraint("line_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(comment="of which line")
    approved: Mapped[int] = mapped_column(comment="pieces, none to all that were asked for")
    reason: Mapped[str] = mapped_column(sa.String(200), default="", comment="why fewer; the dealer reads it")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who decided")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class PartsSubstitute(TwoParty, Base):
    """The part that the manufacturer supplies in place of the one that a line asked for (PT-6)."""

    __tablename__ = "parts_substitute"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("parts_line", "line_id"),
        owned_child_of("part", "part_id"),
        sa.UniqueConstraint("line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(comment="of which line")
    part_id: Mapped[int] = mapped_column(comment="which part")
    code: Mapped[str] = mapped_column(sa.String(40), comment="its code")
    name: Mapped[str] = mapped_column(sa.String(120), comment="its name that day")
    unit: Mapped[str] = mapped_column(sa.String(20), default="", comment="what one piece is called")
    supply: Mapped[Supply] = mapped_column(comment="how it is supplied, like the part it stands for (PT-5)")
    price: Mapped[Decimal] = mapped_column(comment="of one piece on the request's day (PT-10)")


class PartsPayment(TwoParty, Base):
    """Money that finance confirmed for parts that are bought: paid in, or paid back (PT-5).

    It stays outside the fund and the statement.
    """

    __tablename__ = "parts_payment"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (child_of("parts_request", "request_id"), sa.UniqueConstraint("request_id", "place"))

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="of which request")
    place: Mapped[int] = mapped_column(comment="1, 2, 3 … of this request")
    amount: Mapped[Decimal] = mapped_column(comment="paid by the dealer; negative: paid back to it")
    reference: Mapped[str] = mapped_column(sa.String(60), default="", comment="the bank's reference")
    paid_on: Mapped[dt.date] = mapped_column(comment="day of the payment")
    confirmed_on: Mapped[dt.date] = mapped_column(comment="business date of the confirmation")
    actor: Mapped[str] = mapped_column(sa.String(120), comment="who confirmed it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

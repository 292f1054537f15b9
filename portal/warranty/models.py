"""Warranty cards with their photos and decisions; what the manufacturer alone thinks of them (WC-1 … WC-6)."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import (
    AtPoint,
    Base,
    Private,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    owner_key,
    party_key,
)
from portal.warranty.rules import (
    REGISTERED,
    CardAction,
    CardState,
    Event,
    EventKind,
    ExtensionState,
    PhotoKind,
    RejectReason,
)

_LIVE = sa.text(
    "state in ({})".format(", ".join(f"'{state.value}'" for state in CardState if state in REGISTERED))
)


class Card(AtPoint, Versioned, Base):
    """A dealer's registration of a sale (WC-1)."""

    __tablename__ = "card"
    __table_args__ = (
        party_key(),
        owner_key(),
        child_of("agreement", "agreement_id"),
        child_of("unit", "unit_id"),
        child_of("card", "inherited_from_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        # WC-1 whoever races: one card of a serial is in force or waits for a decision.
        sa.Index(
            "uq_card_live_serial",
            "manufacturer_id",
            "serial",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        sa.Index(None, "manufacturer_id", "state", "waiting_since"),
        sa.Index(None, "manufacturer_id", "filed_at", "id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "filed_at", "id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "state", "filed_on"),
        sa.Index(None, "agreement_id", "filed_on", "state"),
        sa.Index(None, "manufacturer_id", "phone_hash"),
        sa.Index(None, "manufacturer_id", "serial"),
        sa.Index(None, "unit_id"),
        sa.Index(None, "draft_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="under which agreement it is filed")
    unit_id: Mapped[int] = mapped_column(comment="the unit that was sold")
    draft_id: Mapped[int | None] = mapped_column(
        comment="the draft that it was filed from; a second click finds the card by it"
    )
    number: Mapped[str] = mapped_column(sa.String(20), comment="BXK-2026-000001")
    serial: Mapped[str] = mapped_column(sa.String(40), comment="of the unit, as it is kept")
    model: Mapped[str] = mapped_column(sa.String(40), comment="of the unit when the card was filed")
    sale_date: Mapped[dt.date] = mapped_column(comment="the day of the sale; the warranty begins")
    filed_on: Mapped[dt.date] = mapped_column(
        comment="the business day of the first filing; decides lateness"
    )
    filed_at: Mapped[dt.datetime] = mapped_column(comment="the instant of the first filing")
    filed_by_id: Mapped[int | None] = mapped_column(comment="who filed it (FE-1)")
    filed_by: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    waiting_since: Mapped[dt.datetime] = mapped_column(
        comment="the instant of the last filing; the reviewer's clock"
    )
    customer: Mapped[str] = mapped_column(sa.String(60), comment="the customer's name")
    phone: Mapped[str] = mapped_column(
        sa.String(20), comment="in international form; masked wherever it is shown"
    )
    phone_hash: Mapped[str] = mapped_column(
        sa.String(64), comment="keyed hash of the phone, for exact search"
    )
    phone_last4: Mapped[str] = mapped_column(sa.String(4), comment="its last four digits, for search")
    address: Mapped[str] = mapped_column(sa.String(200), default="", comment="of the customer; masked")
    invoice: Mapped[str] = mapped_column(sa.String(60), comment="number of the invoice")
    state: Mapped[CardState] = mapped_column(comment="WC-6")
    late: Mapped[bool] = mapped_column(comment="filed after it was due (WC-2)")
    waived: Mapped[bool] = mapped_column(
        default=False, comment="its lateness is forgiven: the warranty is recognised"
    )
    waiver_reason: Mapped[str] = mapped_column(sa.String(300), default="", comment="why")
    decided_on: Mapped[dt.date | None] = mapped_column(comment="the business day of the last decision")
    decided_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="who decided last")
    reason: Mapped[RejectReason | None] = mapped_column(
        comment="coded reason of the last decision, if it has one"
    )
    reason_text: Mapped[str] = mapped_column(
        sa.String(500), default="", comment="the same in words, for the dealer"
    )
    inherited_from_id: Mapped[int | None] = mapped_column(
        comment="the card of the exchanged unit that this one continues; null: it was filed"
    )
    ended_on: Mapped[dt.date | None] = mapped_column(
        comment="its unit was credited: it stops counting and earns nothing (RT-8)"
    )


class CardPhoto(AtPoint, Base):
    """A photo that belongs to a card: never changed or taken away."""

    __tablename__ = "card_photo"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("card", "card_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "card_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(comment="of which card")
    kind: Mapped[PhotoKind] = mapped_column(comment="what it shows")
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, comment="re-encoded JPEG, no metadata"
    )
    fingerprint: Mapped[str] = mapped_column(sa.String(16), comment="perceptual hash, hexadecimal (WC-4)")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who sent it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class CardDecision(AtPoint, Base):
    """One decision of the manufacturer about a card, as both parties read it."""

    __tablename__ = "card_decision"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("card", "card_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "card_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(comment="about which card")
    decision: Mapped[CardAction] = mapped_column(comment="what was decided")
    reason: Mapped[RejectReason | None] = mapped_column(comment="coded reason, if it has one")
    text: Mapped[str] = mapped_column(sa.String(500), default="", comment="in words, for the dealer")
    waived: Mapped[bool] = mapped_column(default=False, comment="the card's lateness was forgiven with it")
    person_id: Mapped[int | None] = mapped_column(comment="who")
    person: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class CardRisk(Private, Base):
    """What the signals say about a card (WC-4): the manufacturer's own, no dealer ever sees it (TN-2)."""

    __tablename__ = "card_risk"
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (owned_child_of("card", "card_id"), sa.UniqueConstraint("card_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(comment="of which card")
    score: Mapped[int] = mapped_column(comment="0 to 100")
    signals: Mapped[list[Any]] = mapped_column(comment="which signals, the heaviest first")
    at: Mapped[dt.datetime] = mapped_column(comment="when it was assessed")


_ASKED = sa.text(f"state = '{ExtensionState.ASKED.value}'")


class WarrantyExtension(AtPoint, Versioned, Base):
    """A longer warranty for one unit, by the manufacturer's approval (EN-3)."""

    __tablename__ = "warranty_extension"
    __table_args__ = (
        child_of("agreement", "agreement_id"),
        child_of("unit", "unit_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        # Whoever races: one request for a unit waits for its decision.
        sa.Index(
            "uq_warranty_extension_asked",
            "manufacturer_id",
            "serial",
            unique=True,
            sqlite_where=_ASKED,
            postgresql_where=_ASKED,
        ),
        sa.Index(None, "manufacturer_id", "serial"),
        sa.Index(None, "manufacturer_id", "state", "asked_at"),
        sa.Index(None, "unit_id"),
        sa.Index(None, "agreement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="that the unit was shipped under")
    unit_id: Mapped[int] = mapped_column(comment="for which unit")
    number: Mapped[str] = mapped_column(sa.String(20), comment="YC-2026-000001")
    serial: Mapped[str] = mapped_column(sa.String(40), comment="of the unit, as it is kept")
    state: Mapped[ExtensionState] = mapped_column(comment="EN-3")
    months: Mapped[int] = mapped_column(comment="months beside what the terms give")
    reason: Mapped[str] = mapped_column(sa.String(300), comment="why it is asked for, or was granted unasked")
    asked_by_id: Mapped[int | None] = mapped_column(comment="who asked (FE-1)")
    asked_by: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    asked_at: Mapped[dt.datetime] = mapped_column(comment="when")
    decided_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="who decided, or withdrew it")
    decided_at: Mapped[dt.datetime | None] = mapped_column(comment="when")
    answer: Mapped[str] = mapped_column(sa.String(300), default="", comment="the decision in words, for both")


class WarrantyEvent(AtPoint, Base):
    """One entry of a unit's clock under three guarantees (EN-13); of the dealer whose document it comes from.

    The unit may have been shipped to another dealer (RP-12), so that it is named by its serial alone.
    """

    __tablename__ = "warranty_event"
    __append_only__ = True
    __table_args__ = (
        owned_child_of("dealer", "dealer_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "manufacturer_id", "serial"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(sa.String(40), comment="of the unit, as it is kept")
    kind: Mapped[EventKind] = mapped_column(comment="what happened to its clock")
    date: Mapped[dt.date] = mapped_column(comment="on which day")
    days: Mapped[int] = mapped_column(
        default=0, comment="days out of use up to it, where the kind counts them"
    )
    document: Mapped[str] = mapped_column(sa.String(20), comment="the repair, request or return behind it")
    withdrawn: Mapped[bool] = mapped_column(default=False, comment="it did not happen after all")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who wrote it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def event(self) -> Event:
        """The entry as a value of the rules."""
        return Event(self.kind, self.date, self.document, self.days, self.withdrawn)

"""Service plans, the cards sold under them (EN-11), and planned visits (RP-11)."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import (
    AtPoint,
    Base,
    Manufacturers,
    SharedWithPoints,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    owner_key,
    party_key,
)
from portal.repairs.rules.plans import VisitState


class Offer:
    """What a plan says; the manufacturer's and the dealers' plans have it alike."""

    code: Mapped[str] = mapped_column(sa.String(20), comment="short name, such as GOLD")
    name: Mapped[str] = mapped_column(sa.String(60), comment="as customers read it")
    respond_hours: Mapped[int] = mapped_column(comment="hours to the first answer to a request")
    visits: Mapped[int] = mapped_column(comment="visits that a card holds")
    price: Mapped[Decimal] = mapped_column(comment="of a card")
    months: Mapped[int] = mapped_column(comment="that a card is valid")
    planned: Mapped[int] = mapped_column(comment="visits that are scheduled when a card is sold")
    note: Mapped[str] = mapped_column(sa.String(300), default="", comment="what else it holds, in words")
    offered: Mapped[bool] = mapped_column(default=True, comment="no: no more cards are sold under it")


class ServicePlan(Offer, Manufacturers, Versioned, Base):
    """A plan of the manufacturer, which every dealer sells."""

    __tablename__ = "service_plan"
    __table_args__ = (owner_key(), sa.UniqueConstraint("manufacturer_id", "code"))

    id: Mapped[int] = mapped_column(primary_key=True)


class DealerPlan(Offer, SharedWithPoints, Versioned, Base):
    """A plan of a dealer's own; no other dealer sees it (TN-2)."""

    __tablename__ = "dealer_plan"
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("manufacturer_id", "dealer_id", "code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="under which agreement the dealer offers it")


class ServiceCard(AtPoint, Versioned, Base):
    """A card that a customer holds; it keeps the terms under which it was sold."""

    __tablename__ = "service_card"
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        owner_key(),
        child_of("agreement", "agreement_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.CheckConstraint("used between 0 and visits", name="visits"),
        sa.Index(None, "manufacturer_id", "phone_hash"),
        sa.Index(None, "manufacturer_id", "serial"),
        sa.Index(None, "manufacturer_id", "dealer_id", "ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="under which agreement it was sold")
    number: Mapped[str] = mapped_column(sa.String(20), comment="FW-2026-000001")
    plan: Mapped[str] = mapped_column(sa.String(20), comment="code of the plan")
    plan_name: Mapped[str] = mapped_column(sa.String(60), comment="its name at the sale")
    respond_hours: Mapped[int] = mapped_column(comment="hours to the first answer to a request")
    used: Mapped[int] = mapped_column(default=0, comment="visits that are used up")
    visits: Mapped[int] = mapped_column(comment="visits that it holds")
    price: Mapped[Decimal] = mapped_column(comment="paid for it")
    starts: Mapped[dt.date] = mapped_column(comment="first valid day")
    ends: Mapped[dt.date] = mapped_column(comment="last valid day")
    serial: Mapped[str] = mapped_column(
        sa.String(40), default="", comment="of the unit; empty: any of the holder's"
    )
    customer: Mapped[str] = mapped_column(sa.String(60), comment="the holder's name")
    phone: Mapped[str] = mapped_column(
        sa.String(20), comment="in international form; masked wherever it is shown"
    )
    phone_hash: Mapped[str] = mapped_column(
        sa.String(64), comment="keyed hash of the phone, for exact search"
    )
    phone_last4: Mapped[str] = mapped_column(sa.String(4), comment="its last four digits, for search")
    sold_by: Mapped[str] = mapped_column(sa.String(60), comment="who sold it")
    cancelled_on: Mapped[dt.date | None] = mapped_column(comment="given back on; null: in force")
    reason: Mapped[str] = mapped_column(sa.String(300), default="", comment="why it was cancelled")


class CardVisit(AtPoint, Base):
    """One visit of a card, used up by one request: never twice (EN-11)."""

    __tablename__ = "service_card_visit"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("service_card", "card_id"),
        child_of("service_request", "request_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("request_id"),
        sa.Index(None, "card_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(comment="of which card")
    request_id: Mapped[int] = mapped_column(comment="by which request")
    used_on: Mapped[dt.date] = mapped_column(comment="the business day")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who began the work")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class PlannedVisit(AtPoint, Versioned, Base):
    """A visit that a unit under contract is due (RP-11)."""

    __tablename__ = "planned_visit"
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        child_of("service_card", "card_id"),
        child_of("service_request", "request_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "state", "due_on"),
        sa.Index(None, "card_id"),
        sa.Index(None, "request_id"),
        sa.Index(None, "manufacturer_id", "serial"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="under which agreement")
    card_id: Mapped[int | None] = mapped_column(comment="of which service card; null: agreed without one")
    request_id: Mapped[int | None] = mapped_column(comment="the request that it was arranged with")
    serial: Mapped[str] = mapped_column(sa.String(40), default="", comment="of the unit")
    customer: Mapped[str] = mapped_column(sa.String(60), comment="whom it is for")
    phone: Mapped[str] = mapped_column(
        sa.String(20), comment="in international form; masked wherever it is shown"
    )
    address: Mapped[str] = mapped_column(sa.String(200), default="", comment="of the customer; masked")
    what: Mapped[str] = mapped_column(sa.String(200), default="", comment="what is to be done")
    due_on: Mapped[dt.date] = mapped_column(comment="the day that it is due")
    state: Mapped[VisitState] = mapped_column(comment="what became of it")
    done_on: Mapped[dt.date | None] = mapped_column(comment="the day that it was made")
    record: Mapped[str] = mapped_column(
        sa.String(20), default="", comment="number of the repair record or request that did it"
    )
    note: Mapped[str] = mapped_column(sa.String(300), default="", comment="why it was left out")

"""Repair records with their versions, parts, photos and signatures; the lists of fault codes (RP-3 … RP-6).

A correction never overwrites what it corrects: each version keeps its content and its lines of parts.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.agreements.rules import CostClass
from portal.catalogue.models import Named
from portal.kernel.db import (
    AtPoint,
    Base,
    Manufacturers,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    owner_key,
    party_key,
)
from portal.kernel.money import ZERO
from portal.repairs.rules.faults import FaultKind
from portal.repairs.rules.records import (
    Category,
    ConsentWay,
    OldPart,
    RepairPhotoKind,
    RepairState,
    SignatureKind,
    Way,
)
from portal.warranty.rules import Cause


class Repair(AtPoint, Versioned, Base):
    """What was done on a unit, by any dealer of its manufacturer (RP-12): the newest version."""

    __tablename__ = "repair"
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        owner_key(),
        child_of("agreement", "agreement_id"),
        # The unit may be another dealer's.
        owned_child_of("unit", "unit_id"),
        owned_child_of("product", "product_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "filed_at", "id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "filed_at", "id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "state", "filed_on"),
        sa.Index(None, "agreement_id", "filed_on", "state"),
        sa.Index(None, "manufacturer_id", "dealer_id", "finished_on", "filed_on"),
        sa.Index(
            None,
            "manufacturer_id",
            "request_number",
            sqlite_where=sa.text("request_number <> ''"),
            postgresql_where=sa.text("request_number <> ''"),
        ),
        sa.Index(None, "manufacturer_id", "serial", "incident"),
        sa.Index(None, "manufacturer_id", "phone_hash"),
        sa.Index(None, "unit_id"),
        sa.Index(None, "draft_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="of the dealer that repaired; its claim counts there")
    unit_id: Mapped[int] = mapped_column(comment="which unit, whoever it was shipped to")
    product_id: Mapped[int] = mapped_column(comment="its model")
    draft_id: Mapped[int | None] = mapped_column(
        comment="the draft that it was filed from; a second click finds the record by it"
    )
    number: Mapped[str] = mapped_column(sa.String(20), comment="WX-2026-000001")
    revision: Mapped[int] = mapped_column(default=1, comment="1, and one more with each correction (RP-6)")
    state: Mapped[RepairState] = mapped_column(comment="RP-5, RP-6")
    serial: Mapped[str] = mapped_column(sa.String(40), comment="of the unit, as it is kept")
    model: Mapped[str] = mapped_column(sa.String(40), comment="of the unit when the record was filed")
    request_number: Mapped[str] = mapped_column(
        sa.String(20), default="", comment="the service request that it answers; empty: a walk-in"
    )
    category: Mapped[Category] = mapped_column(comment="A paid, B contract, C warranty, D internal")
    way: Mapped[Way] = mapped_column(comment="how the unit came to the repair")
    incident: Mapped[dt.date] = mapped_column(comment="the day on which the fault showed")
    received_on: Mapped[dt.date | None] = mapped_column(comment="the day on which the work was asked for")
    finished_on: Mapped[dt.date | None] = mapped_column(comment="the day on which it worked again")
    handed_over_on: Mapped[dt.date | None] = mapped_column(
        comment="the day on which the customer got it back"
    )
    cause: Mapped[Cause] = mapped_column(comment="who or what caused the fault")
    component: Mapped[str] = mapped_column(
        sa.String(40), default="", comment="component with a warranty of its own, if it is the faulty one"
    )
    symptom: Mapped[str] = mapped_column(sa.String(20), default="", comment="fault code")
    reason: Mapped[str] = mapped_column(sa.String(20), default="", comment="fault code of the cause")
    location: Mapped[str] = mapped_column(sa.String(20), default="", comment="fault code of the place")
    symptom_text: Mapped[str] = mapped_column(sa.String(300), default="", comment="symptom in words")
    cause_text: Mapped[str] = mapped_column(sa.String(300), default="", comment="cause in words")
    action_text: Mapped[str] = mapped_column(sa.String(300), default="", comment="what was done")
    resolved: Mapped[bool] = mapped_column(comment="no: it could not be repaired on the spot (RP-10)")
    technician: Mapped[str] = mapped_column(sa.String(60), default="", comment="who repaired")
    customer: Mapped[str] = mapped_column(sa.String(60), default="", comment="whose unit it is")
    phone: Mapped[str] = mapped_column(
        sa.String(20), default="", comment="in international form; masked wherever it is shown"
    )
    phone_hash: Mapped[str] = mapped_column(
        sa.String(64), default="", comment="keyed hash of the phone, for exact search"
    )
    phone_last4: Mapped[str] = mapped_column(sa.String(4), default="", comment="its last four digits")
    address: Mapped[str] = mapped_column(sa.String(200), default="", comment="of the customer; masked")
    operations: Mapped[list[Any]] = mapped_column(
        comment="lines of the fee standard with their fee of the filing day: [code, name, fee]"
    )
    standard: Mapped[Decimal | None] = mapped_column(comment="labour by the fee standard; null: none applies")
    labour: Mapped[Decimal] = mapped_column(comment="labour asked for")
    onsite: Mapped[Decimal] = mapped_column(comment="on-site fee asked for")
    parts_total: Mapped[Decimal] = mapped_column(comment="parts by the price list of the filing day")
    price: Mapped[Decimal] = mapped_column(comment="what the customer pays; 0.00 unless category A")
    consented: Mapped[Decimal | None] = mapped_column(comment="price that the customer agreed to (RP-4)")
    consent_way: Mapped[ConsentWay | None] = mapped_column(comment="how the customer agreed")
    consented_at: Mapped[dt.datetime | None] = mapped_column(comment="when it was noted")
    cost_class: Mapped[CostClass] = mapped_column(comment="who is covered, as it was judged at filing")
    reasons: Mapped[list[Any]] = mapped_column(comment="why, in the words of that day (EN-14)")
    period_first: Mapped[dt.date | None] = mapped_column(comment="first day of the period that decided")
    period_last: Mapped[dt.date | None] = mapped_column(comment="its last day")
    period_day: Mapped[int | None] = mapped_column(comment="which day of it the incident is")
    period_days: Mapped[int | None] = mapped_column(comment="how many days it has")
    filed_on: Mapped[dt.date] = mapped_column(comment="business day of the first filing; its prices hold")
    filed_at: Mapped[dt.datetime] = mapped_column(comment="instant of the first filing")
    filed_by_id: Mapped[int | None] = mapped_column(comment="who filed it (FE-1)")
    filed_by: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    signed_at: Mapped[dt.datetime | None] = mapped_column(comment="when the customer signed last")
    void_reason: Mapped[str] = mapped_column(sa.String(300), default="", comment="why it was taken back")


class RepairVersion(AtPoint, Base):
    """The content of one version of a record; the customer's data masked, so that it can be forgotten."""

    __tablename__ = "repair_version"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("repair", "repair_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("repair_id", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    repair_id: Mapped[int] = mapped_column(comment="of which record")
    revision: Mapped[int] = mapped_column(comment="1, 2, 3 …")
    content: Mapped[dict[str, Any]] = mapped_column(comment="field → value as it was written")
    why: Mapped[str] = mapped_column(sa.String(300), default="", comment="why it was corrected")
    findings: Mapped[list[Any]] = mapped_column(comment="what the rules said when it was written (FD-2)")
    person_id: Mapped[int | None] = mapped_column(comment="who wrote it")
    person: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class RepairPart(AtPoint, Base):
    """One part fitted, and the old one taken out, in one version of a record."""

    __tablename__ = "repair_part"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        child_of("repair", "repair_id"),
        owned_child_of("part", "part_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("repair_id", "revision", "line"),
        sa.Index(None, "manufacturer_id", "part_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    repair_id: Mapped[int] = mapped_column(comment="of which record")
    revision: Mapped[int] = mapped_column(comment="of which version; those of the newest one hold")
    line: Mapped[int] = mapped_column(comment="line number, from 1")
    part_id: Mapped[int] = mapped_column(comment="which part")
    code: Mapped[str] = mapped_column(sa.String(40), comment="its code")
    name: Mapped[str] = mapped_column(sa.String(120), comment="its name that day")
    pieces: Mapped[int] = mapped_column(comment="how many were fitted")
    serial_in: Mapped[str] = mapped_column(
        sa.String(40), default="", comment="of the new part, if it has one"
    )
    serial_out: Mapped[str] = mapped_column(sa.String(40), default="", comment="of the old part")
    lot: Mapped[str] = mapped_column(sa.String(40), default="", comment="production lot of the new part")
    old: Mapped[OldPart] = mapped_column(comment="what becomes of the old part")
    price: Mapped[Decimal] = mapped_column(default=ZERO, comment="of one piece on the filing day; 0.00: none")

    @property
    def amount(self) -> Decimal:
        """What the line costs by the price list."""
        return self.price * self.pieces


class RepairPhoto(AtPoint, Base):
    """A photo that belongs to a record: never changed or taken away."""

    __tablename__ = "repair_photo"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("repair", "repair_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "repair_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    repair_id: Mapped[int] = mapped_column(comment="of which record")
    kind: Mapped[RepairPhotoKind] = mapped_column(comment="what it shows")
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, comment="re-encoded JPEG, no metadata"
    )
    fingerprint: Mapped[str] = mapped_column(sa.String(16), comment="perceptual hash, hexadecimal")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who sent it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class RepairSignature(AtPoint, Base):
    """A customer's signature under one version: drawn on the screen, or the scan of a signed sheet (RP-5)."""

    __tablename__ = "repair_signature"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("repair", "repair_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "repair_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    repair_id: Mapped[int] = mapped_column(comment="of which record")
    revision: Mapped[int] = mapped_column(comment="the version that was signed")
    kind: Mapped[SignatureKind] = mapped_column(comment="drawn, or a scan")
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, comment="re-encoded JPEG, no metadata"
    )
    person: Mapped[str] = mapped_column(sa.String(60), comment="who attached it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class FaultCode(Named, Manufacturers, Versioned, Base):
    """One line of the manufacturer's lists of symptoms, causes and locations."""

    __tablename__ = "fault_code"
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "kind", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FaultKind] = mapped_column(comment="which list it stands in")
    code: Mapped[str] = mapped_column(sa.String(20), comment="upper case")
    active: Mapped[bool] = mapped_column(default=True, comment="no: is not offered any more")

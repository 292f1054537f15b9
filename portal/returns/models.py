"""Return requests and what became of them (RT-1 … RT-9).

Asked, decided, sent, counted and dealt with are rows of their own, each written once by the side that says it (FD-3).
A line belongs to the selling point that its unit was shipped to; the request to the one that files.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.agreements.rules import Bearer, CostClass, CostColumn
from portal.kernel.db import (
    AtPoint,
    Base,
    Private,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    party_key,
)
from portal.returns.rules import (
    Condition,
    Disposition,
    Packing,
    Release,
    ReturnReason,
    ReturnState,
    Stray,
    Verdict,
)
from portal.warranty.rules import Cause

_PERSON, _SERIAL, _NUMBER = sa.String(60), sa.String(40), sa.String(20)


class ReturnRequest(AtPoint, Versioned, Base):
    """A dealer's written application to send units back, and how far it has come."""

    __tablename__ = "return_request"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "state", "id"),
        sa.Index(None, "agreement_id", "filed_on", "state"),
        sa.Index(None, "draft_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose fund its costs are charged to")
    draft_id: Mapped[int | None] = mapped_column(
        comment="the draft that it was filed from; a second click finds the request by it"
    )
    number: Mapped[str] = mapped_column(_NUMBER, comment="RMA-2026-000001")
    state: Mapped[ReturnState] = mapped_column(comment="RT-3; follows from the lines")
    note: Mapped[str] = mapped_column(sa.String(500), default="", comment="the dealer's words")
    filed_on: Mapped[dt.date] = mapped_column(comment="business date; its lines are classified by it")
    filed_at: Mapped[dt.datetime] = mapped_column(comment="when")
    filed_by_id: Mapped[int | None] = mapped_column(comment="who filed it; may not decide it (FE-1)")
    filed_by: Mapped[str] = mapped_column(_PERSON, comment="the name at that time")
    waiting_since: Mapped[dt.datetime] = mapped_column(
        comment="the reviewer's clock: filed, or answered last"
    )
    decided_on: Mapped[dt.date | None] = mapped_column(comment="the day of the decision")
    expires_on: Mapped[dt.date | None] = mapped_column(comment="the last day of its approval (RT-3)")
    counted_on: Mapped[dt.date | None] = mapped_column(comment="the warehouse's count was finished (RT-4)")
    listed: Mapped[bool | None] = mapped_column(
        comment="whether a proper list came with the units; without one the count stands"
    )


class ReturnedUnit(AtPoint, Base):
    """One unit of a request as the dealer filed it, classified on that day for good."""

    __tablename__ = "return_line"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        child_of("return_request", "request_id"),
        child_of("unit", "unit_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("request_id", "serial"),
        sa.Index(None, "unit_id"),
        sa.Index(None, "manufacturer_id", "serial"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="of which request")
    place: Mapped[int] = mapped_column(comment="1, 2, 3 … as listed")
    unit_id: Mapped[int] = mapped_column(comment="the unit")
    serial: Mapped[str] = mapped_column(_SERIAL, comment="of the unit, as it is kept")
    model: Mapped[str] = mapped_column(_SERIAL, comment="of the unit")
    found: Mapped[dt.date] = mapped_column(comment="the day on which the fault was found")
    cause: Mapped[Cause] = mapped_column(comment="what caused it, as the dealer says")
    fault: Mapped[str] = mapped_column(sa.String(500), default="", comment="the fault in words")
    packing: Mapped[Packing] = mapped_column(comment="how it is packed")
    repair_number: Mapped[str] = mapped_column(
        _NUMBER,
        default="",
        comment="the repair record that shows the attempt (RT-2); an answer may name another",
    )
    cost_class: Mapped[CostClass] = mapped_column(comment="the class on the day of the request (EN-12)")
    inbound: Mapped[Bearer] = mapped_column(comment="who bears freight to the manufacturer")
    outbound: Mapped[Bearer] = mapped_column(comment="who bears freight back")
    parts: Mapped[Bearer] = mapped_column(comment="who bears parts")
    labour: Mapped[Bearer] = mapped_column(comment="who bears labour")
    explanation: Mapped[dict[str, Any]] = mapped_column(comment="why, in frozen words (EN-14)")

    @property
    def bearers(self) -> Mapping[CostColumn, Bearer]:
        """Who bears each cost."""
        return {column: getattr(self, column.value) for column in CostColumn}


class OpenReturn(AtPoint, Base):
    """A unit that is in an open return: there is one row of it, whoever races, until it is let go (RT-9)."""

    __tablename__ = "open_return"
    __table_args__ = (
        child_of("return_line", "line_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "serial"),
        sa.Index(None, "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(comment="the line that holds it")
    serial: Mapped[str] = mapped_column(_SERIAL, comment="of the unit")


class ReturnPhoto(AtPoint, Base):
    """A photo of a unit or its fault: never changed or taken away."""

    __tablename__ = "return_photo"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("return_line", "line_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(comment="of which unit")
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, comment="re-encoded JPEG, no metadata"
    )
    fingerprint: Mapped[str] = mapped_column(sa.String(16), comment="perceptual hash, hexadecimal")
    person: Mapped[str] = mapped_column(_PERSON, comment="who sent it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ReturnDecision(AtPoint, Base):
    """What the manufacturer said about a request or one of its units, as both parties read it."""

    __tablename__ = "return_decision"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("return_request", "request_id"),
        child_of("return_line", "line_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "request_id"),
        sa.Index(None, "line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="about which request")
    line_id: Mapped[int | None] = mapped_column(comment="about which unit; null: the request as a whole")
    verdict: Mapped[Verdict] = mapped_column(comment="what was said")
    reason: Mapped[ReturnReason | None] = mapped_column(comment="coded reason, if it has one")
    text: Mapped[str] = mapped_column(sa.String(500), default="", comment="in words")
    waived: Mapped[bool] = mapped_column(default=False, comment="the repair attempt was waived (RT-2)")
    person_id: Mapped[int | None] = mapped_column(comment="who")
    person: Mapped[str] = mapped_column(_PERSON, comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ReturnAnswer(AtPoint, Base):
    """What the dealer added when the manufacturer asked for more."""

    __tablename__ = "return_answer"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("return_request", "request_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="about which request")
    text: Mapped[str] = mapped_column(sa.String(500), comment="in words")
    repairs: Mapped[dict[str, Any]] = mapped_column(comment="serial → repair record that it names now")
    person: Mapped[str] = mapped_column(_PERSON, comment="who")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ReturnShipment(AtPoint, Base):
    """That the dealer sent what was approved."""

    __tablename__ = "return_shipment"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("return_request", "request_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="of which request")
    carrier: Mapped[str] = mapped_column(_PERSON, default="", comment="who carries it")
    waybill: Mapped[str] = mapped_column(_PERSON, default="", comment="number of the waybill")
    cartons: Mapped[int | None] = mapped_column(comment="how many cartons")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="the dealer's words")
    shipped_on: Mapped[dt.date] = mapped_column(comment="the day of shipment")
    person: Mapped[str] = mapped_column(_PERSON, comment="who said so")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ReturnReceipt(AtPoint, Base):
    """A unit that the warehouse scanned (RT-4): counted once, with what it looked like."""

    __tablename__ = "return_receipt"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("return_line", "line_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("line_id"),
        sa.Index(None, "manufacturer_id", "received_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(comment="which unit")
    condition: Mapped[Condition] = mapped_column(comment="how it looks")
    complete: Mapped[bool] = mapped_column(comment="whether everything that belongs to it came along")
    packing: Mapped[Packing] = mapped_column(comment="how it was packed")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="what is missing or broken")
    received_on: Mapped[dt.date] = mapped_column(comment="the day of the count")
    person: Mapped[str] = mapped_column(_PERSON, comment="who counted")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ReturnAdvance(AtPoint, Base):
    """A unit in exchange that was sent before the old one came (advance exchange, a term)."""

    __tablename__ = "return_advance"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("return_line", "line_id"),
        child_of("unit", "unit_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(comment="for which unit")
    unit_id: Mapped[int] = mapped_column(comment="the unit in exchange")
    new_serial: Mapped[str] = mapped_column(_SERIAL, comment="its serial")
    sent_on: Mapped[dt.date] = mapped_column(comment="the day of the exchange")
    person: Mapped[str] = mapped_column(_PERSON, comment="who recorded it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ReturnDisposition(AtPoint, Base):
    """What became of a unit, and what it cost (RT-5); who bears each cost stands on the line."""

    __tablename__ = "return_disposition"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("return_line", "line_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("line_id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "disposed_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(comment="of which unit")
    disposition: Mapped[Disposition] = mapped_column(comment="what became of it")
    new_serial: Mapped[str] = mapped_column(_SERIAL, default="", comment="of the unit in exchange")
    inbound: Mapped[Decimal] = mapped_column(comment="freight to the manufacturer")
    outbound: Mapped[Decimal] = mapped_column(comment="freight back")
    parts: Mapped[Decimal] = mapped_column(comment="parts used")
    labour: Mapped[Decimal] = mapped_column(comment="labour")
    note: Mapped[str] = mapped_column(sa.String(500), default="", comment="to the dealer, in words")
    disposed_on: Mapped[dt.date] = mapped_column(comment="the day; its charges are dated by it")
    person_id: Mapped[int | None] = mapped_column(comment="who")
    person: Mapped[str] = mapped_column(_PERSON, comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def costs(self) -> Mapping[CostColumn, Decimal]:
        """What it cost, by column."""
        return {column: getattr(self, column.value) for column in CostColumn}


class QuarantinedUnit(Private, Versioned, Base):
    """A unit that came without an approved return (RT-4): the manufacturer's own list."""

    __tablename__ = "quarantined_unit"
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        sa.Index(None, "manufacturer_id", "released_on", "id"),
        sa.Index(None, "manufacturer_id", "serial"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(_SERIAL, comment="as it was scanned")
    stray: Mapped[Stray] = mapped_column(comment="why it lies there")
    number: Mapped[str] = mapped_column(
        _NUMBER, default="", comment="a return that names it, if there is one"
    )
    dealer_id: Mapped[int | None] = mapped_column(comment="the dealer that it was shipped to, if it is known")
    note: Mapped[str] = mapped_column(
        sa.String(200), default="", comment="carrier, waybill, what it looks like"
    )
    arrived_on: Mapped[dt.date] = mapped_column(comment="the day of the scan")
    person: Mapped[str] = mapped_column(_PERSON, comment="who scanned it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")
    released_on: Mapped[dt.date | None] = mapped_column(
        comment="the day on which it left; null: it lies there"
    )
    release: Mapped[Release | None] = mapped_column(comment="how it left")
    release_note: Mapped[str] = mapped_column(sa.String(200), default="", comment="the same in words")

"""Service requests with what happens around a repair: fault reports, loaner units, calls, escalations."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import (
    AtPoint,
    Base,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    owner_key,
    party_key,
)
from portal.repairs.rules.follow_ups import CallResult, OpinionTopic
from portal.repairs.rules.records import Way
from portal.repairs.rules.service import (
    Area,
    Channel,
    Course,
    EscalationLevel,
    ServicePriority,
    ServiceState,
)


class ServiceRequest(AtPoint, Versioned, Base):
    """A customer's call for repair (RP-1). It names the unit by serial only: it may be another dealer's (RP-12)."""

    __tablename__ = "service_request"
    __writers__ = Writers.DEALER
    __table_args__ = (
        party_key(),
        owner_key(),
        child_of("agreement", "agreement_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "due_at"),
        sa.Index(None, "manufacturer_id", "dealer_id", "due_at"),
        sa.Index(None, "manufacturer_id", "dealer_id", "done_on"),
        sa.Index(None, "manufacturer_id", "state"),
        sa.Index(None, "manufacturer_id", "repair_record"),
        sa.Index(None, "manufacturer_id", "received_on", "id"),
        sa.Index(None, "agreement_id", "done_on"),
        sa.Index(None, "manufacturer_id", "serial"),
        sa.Index(None, "manufacturer_id", "phone_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="under which agreement it is handled")
    number: Mapped[str] = mapped_column(sa.String(20), comment="BX-2026-000001")
    state: Mapped[ServiceState] = mapped_column(comment="RP-2")
    due_at: Mapped[dt.datetime | None] = mapped_column(
        comment="until when it has to leave this state; null: it is over"
    )
    since: Mapped[dt.datetime] = mapped_column(comment="when it came into this state")
    received_at: Mapped[dt.datetime] = mapped_column(comment="the instant of its intake")
    received_on: Mapped[dt.date] = mapped_column(comment="the business day of its intake")
    received_by: Mapped[str] = mapped_column(sa.String(60), comment="who took it")
    channel: Mapped[Channel] = mapped_column(comment="how the call came")
    way: Mapped[Way] = mapped_column(comment="where the unit is to be repaired")
    area: Mapped[Area] = mapped_column(comment="urban or rural; decides the time to be on site")
    priority: Mapped[ServicePriority] = mapped_column(comment="how pressing it is")
    customer: Mapped[str] = mapped_column(sa.String(60), comment="the customer's name")
    phone: Mapped[str] = mapped_column(
        sa.String(20), comment="in international form; masked wherever it is shown"
    )
    phone_hash: Mapped[str] = mapped_column(
        sa.String(64), comment="keyed hash of the phone, for exact search"
    )
    phone_last4: Mapped[str] = mapped_column(sa.String(4), comment="its last four digits, for search")
    address: Mapped[str] = mapped_column(sa.String(200), default="", comment="of the customer; masked")
    serial: Mapped[str] = mapped_column(
        sa.String(40), default="", comment="of the unit; empty: not known yet"
    )
    model: Mapped[str] = mapped_column(sa.String(40), default="", comment="of the unit; empty: not known yet")
    symptom: Mapped[str] = mapped_column(
        sa.String(20), default="", comment="fault code of what the customer notices; empty: words only"
    )
    words: Mapped[str] = mapped_column(sa.String(500), default="", comment="the same in the customer's words")
    technician: Mapped[str] = mapped_column(sa.String(60), default="", comment="who goes or repairs")
    service_card: Mapped[str] = mapped_column(
        sa.String(20), default="", comment="number of the service card whose terms rule its clock (EN-11)"
    )
    respond_hours: Mapped[int] = mapped_column(comment="hours to the first answer, by terms or service card")
    answered_at: Mapped[dt.datetime | None] = mapped_column(comment="when the customer was first answered")
    started_at: Mapped[dt.datetime | None] = mapped_column(comment="when the work began")
    next_on: Mapped[dt.date | None] = mapped_column(comment="the day promised for going on (RP-10)")
    done_on: Mapped[dt.date | None] = mapped_column(comment="the business day on which the repair was over")
    signed_on: Mapped[dt.date | None] = mapped_column(comment="the business day of the customer's signature")
    first_call_on: Mapped[dt.date | None] = mapped_column(comment="the day of the first follow-up")
    second_call_on: Mapped[dt.date | None] = mapped_column(comment="the day of the second follow-up")
    repair_record: Mapped[str] = mapped_column(
        sa.String(20), default="", comment="number of the repair record that was filed for it"
    )
    note: Mapped[str] = mapped_column(
        sa.String(500), default="", comment="how it was solved, or why cancelled"
    )

    @property
    def course(self) -> Course:
        """What its clocks are counted from."""
        return Course(
            received_at=self.received_at,
            way=self.way,
            area=self.area,
            respond_hours=self.respond_hours,
            next_on=self.next_on,
            done_on=self.done_on,
            signed_on=self.signed_on,
            first_call_on=self.first_call_on,
            second_call_on=self.second_call_on,
        )


class FaultReport(AtPoint, Base):
    """Why a unit could not be repaired on the spot, in writing, and when the work goes on (RP-10)."""

    __tablename__ = "service_fault_report"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("service_request", "request_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="of which request")
    words: Mapped[str] = mapped_column(sa.String(500), comment="what was found and what is missing")
    next_on: Mapped[dt.date] = mapped_column(comment="the day promised for going on")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who wrote it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class Loaner(AtPoint, Versioned, Base):
    """A unit lent to the customer while theirs is repaired (RP-10)."""

    __tablename__ = "service_loaner"
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("service_request", "request_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="for which request")
    unit: Mapped[str] = mapped_column(
        sa.String(60), comment="which unit: its serial or the dealer's own mark"
    )
    out_on: Mapped[dt.date] = mapped_column(comment="handed over on")
    back_on: Mapped[dt.date | None] = mapped_column(comment="brought back on; null: still out")
    note: Mapped[str] = mapped_column(sa.String(200), default="", comment="its condition when it came back")


class FollowUp(AtPoint, Base):
    """One follow-up call, answered or not (RP-8); what a call said is never changed."""

    __tablename__ = "service_follow_up"
    __append_only__ = True
    __writers__ = Writers.DEALER
    __table_args__ = (
        child_of("service_request", "request_id"),
        child_of("agreement", "agreement_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "request_id"),
        sa.Index(None, "agreement_id", "called_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="about which request")
    agreement_id: Mapped[int] = mapped_column(comment="of the request; what the monthly forms count by")
    turn: Mapped[int] = mapped_column(comment="1: the first follow-up, 2: the second")
    called_on: Mapped[dt.date] = mapped_column(comment="the business day of the call")
    result: Mapped[CallResult] = mapped_column(comment="what came of it")
    grades: Mapped[dict[str, Any]] = mapped_column(comment="item → 1 to 5, as far as the customer graded")
    complaint: Mapped[bool] = mapped_column(default=False, comment="the customer complains")
    topic: Mapped[OpinionTopic | None] = mapped_column(comment="what the opinion is about")
    opinion: Mapped[str] = mapped_column(sa.String(500), default="", comment="the customer's words")
    note: Mapped[str] = mapped_column(sa.String(500), default="", comment="the caller's remark")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who called")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class ServiceEscalation(AtPoint, Base):
    """Somebody was told that a request is overdue: once for each clock and level (RP-2)."""

    __tablename__ = "service_escalation"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("service_request", "request_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("request_id", "state", "due_at", "level"),
        sa.Index(None, "manufacturer_id", "level", "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(comment="which request")
    state: Mapped[ServiceState] = mapped_column(comment="the state that it was overdue in")
    due_at: Mapped[dt.datetime] = mapped_column(comment="when it had been due")
    level: Mapped[EscalationLevel] = mapped_column(comment="who was told")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class RepairStatus(Base):
    """What the public look-up may say of a request (RP-9): a platform table, found by number and digits together."""

    __tablename__ = "repair_status"
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "number"),)

    secret: Mapped[str] = mapped_column(
        sa.String(64), primary_key=True, comment="keyed hash of manufacturer, number and the last four digits"
    )
    manufacturer_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), comment="whose request")
    number: Mapped[str] = mapped_column(sa.String(20), comment="of the request")
    state: Mapped[ServiceState] = mapped_column(comment="of the request")

"""Quality feedback, and what both sides say about it in rounds (QF-1).

A unit is named by its serial alone: it may be another dealer's (RP-12). What was said is written once and stays; an
answer to a major feedback is the manufacturer's own until it is released.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogue.rules import LONGEST
from portal.kernel.actor import Side
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
from portal.quality.rules.feedback import LENGTHS
from portal.quality.rules.words import (
    FeedbackGrade,
    FeedbackPhotoKind,
    FeedbackState,
    FeedbackSubject,
    TalkKind,
    UseUnit,
)

_PERSON, _NUMBER = sa.String(60), sa.String(20)


def _text(name: str) -> sa.String:
    return sa.String(LENGTHS[name])


class Feedback(AtPoint, Versioned, Base):
    """A problem that a dealer found, and how far the two sides have come with it."""

    __tablename__ = "feedback"
    __table_args__ = (
        party_key(),
        owner_key(),
        child_of("agreement", "agreement_id"),
        owned_child_of("dealer", "point_id"),
        owned_child_of("product", "product_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "state", "due_on"),
        sa.Index(None, "manufacturer_id", "dealer_id", "state", "due_on"),
        sa.Index(None, "agreement_id", "filed_on"),
        sa.Index(None, "manufacturer_id", "serial"),
        sa.Index(None, "product_id", "batch"),
        sa.Index(None, "draft_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose month it is listed in")
    draft_id: Mapped[int | None] = mapped_column(
        comment="the draft that it was filed from; a second click finds the feedback by it"
    )
    number: Mapped[str] = mapped_column(_NUMBER, comment="XF-2026-000001")
    state: Mapped[FeedbackState] = mapped_column(comment="whose turn it is")
    grade: Mapped[FeedbackGrade] = mapped_column(comment="how urgent, as it stands now")
    subject: Mapped[FeedbackSubject] = mapped_column(comment="a unit, a batch, or a model as a whole")
    product_id: Mapped[int] = mapped_column(comment="of which product")
    model: Mapped[str] = mapped_column(sa.String(LONGEST), comment="its model")
    serial: Mapped[str] = mapped_column(sa.String(LONGEST), default="", comment="of the unit; empty: of none")
    batch: Mapped[str] = mapped_column(sa.String(LONGEST), default="", comment="as its units were shipped")
    found_on: Mapped[dt.date] = mapped_column(comment="the day on which the problem was found")
    used: Mapped[int | None] = mapped_column(comment="time in use when it was found")
    use_unit: Mapped[UseUnit] = mapped_column(comment="what that time is counted in")
    units: Mapped[int] = mapped_column(comment="how many units have the problem")
    place: Mapped[str] = mapped_column(_text("place"), default="", comment="where it happened")
    conditions: Mapped[str] = mapped_column(_text("conditions"), default="", comment="under which conditions")
    phenomenon: Mapped[str] = mapped_column(_text("phenomenon"), comment="what is wrong")
    measures: Mapped[str] = mapped_column(_text("measures"), default="", comment="what was done already")
    judgement: Mapped[str] = mapped_column(
        _text("judgement"), default="", comment="the dealer's first judgement"
    )
    suggestion: Mapped[str] = mapped_column(
        _text("suggestion"), default="", comment="what the dealer suggests"
    )
    part: Mapped[str] = mapped_column(_text("part"), default="", comment="code of the part or component")
    repair_number: Mapped[str] = mapped_column(
        _NUMBER, default="", comment="a repair record that belongs to it"
    )
    filed_on: Mapped[dt.date] = mapped_column(comment="business date")
    filed_at: Mapped[dt.datetime] = mapped_column(comment="when")
    filed_by_id: Mapped[int | None] = mapped_column(comment="who filed it; never decides it (FE-1)")
    filed_by: Mapped[str] = mapped_column(_PERSON, comment="the name at that time")
    in_charge: Mapped[str] = mapped_column(
        _text("in_charge"), default="", comment="the manufacturer's person in charge"
    )
    round: Mapped[int] = mapped_column(default=1, comment="1, 2, 3 …")
    due_on: Mapped[dt.date] = mapped_column(comment="the last day of this round's answer")
    asked_on: Mapped[dt.date | None] = mapped_column(comment="the clock stands still since; null: it runs")
    escalated_round: Mapped[int] = mapped_column(default=0, comment="the last round that was escalated")
    answered_on: Mapped[dt.date | None] = mapped_column(comment="the day of the first answer")
    offered: Mapped[bool] = mapped_column(
        default=False, comment="the manufacturer proposed to close it in this round"
    )
    closed_on: Mapped[dt.date | None] = mapped_column(comment="the day on which both sides agreed")


class FeedbackEntry(AtPoint, Base):
    """What one side said or did in a round; of an answer with cause and measures."""

    __tablename__ = "feedback_entry"
    __append_only__ = True
    __table_args__ = (
        party_key(),
        child_of("feedback", "feedback_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "feedback_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(comment="about which feedback")
    round: Mapped[int] = mapped_column(comment="in which round")
    side: Mapped[Side] = mapped_column(comment="whose word it is")
    kind: Mapped[TalkKind] = mapped_column(comment="what it does")
    text: Mapped[str] = mapped_column(_text("text"), default="", comment="in words")
    cause: Mapped[str] = mapped_column(_text("cause"), default="", comment="of an answer: what caused it")
    corrective: Mapped[str] = mapped_column(
        _text("corrective"), default="", comment="of an answer: corrective measures"
    )
    department: Mapped[str] = mapped_column(
        _text("department"), default="", comment="of an answer: who is responsible"
    )
    complete_on: Mapped[dt.date | None] = mapped_column(
        comment="of an answer: when the measures are in place"
    )
    released_by: Mapped[str] = mapped_column(
        _PERSON, default="", comment="of an answer to a major one: the second person"
    )
    person_id: Mapped[int | None] = mapped_column(comment="who")
    person: Mapped[str] = mapped_column(_PERSON, comment="the name at that time")
    said_on: Mapped[dt.date] = mapped_column(comment="the business day")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class FeedbackPhoto(AtPoint, Base):
    """A photo that came with a contribution: never changed or taken away."""

    __tablename__ = "feedback_photo"
    __append_only__ = True
    __table_args__ = (
        child_of("feedback_entry", "entry_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "entry_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(comment="with which contribution")
    kind: Mapped[FeedbackPhotoKind] = mapped_column(comment="what it shows")
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, comment="re-encoded JPEG, no metadata"
    )
    fingerprint: Mapped[str] = mapped_column(sa.String(16), comment="perceptual hash, hexadecimal")
    person: Mapped[str] = mapped_column(_PERSON, comment="who sent it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class FeedbackProposal(Private, Versioned, Base):
    """An answer to a major feedback that a second person has to release; no dealer sees it before (TN-2)."""

    __tablename__ = "feedback_proposal"
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (owned_child_of("feedback", "feedback_id"), sa.Index(None, "feedback_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(comment="to which feedback")
    round: Mapped[int] = mapped_column(comment="in which round")
    cause: Mapped[str] = mapped_column(_text("cause"), comment="what caused it")
    corrective: Mapped[str] = mapped_column(_text("corrective"), comment="corrective measures")
    department: Mapped[str] = mapped_column(_text("department"), default="", comment="who is responsible")
    complete_on: Mapped[dt.date | None] = mapped_column(comment="when the measures are in place")
    offers: Mapped[bool] = mapped_column(comment="whether it proposes to close the feedback")
    photos: Mapped[list[Any]] = mapped_column(comment="waiting photos that go with it")
    person_id: Mapped[int | None] = mapped_column(comment="who wrote it; never releases it (FE-1)")
    person: Mapped[str] = mapped_column(_PERSON, comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")
    released: Mapped[bool | None] = mapped_column(comment="null: it waits; no: held back")
    judged_by: Mapped[str] = mapped_column(_PERSON, default="", comment="who released it or held it back")
    judged_text: Mapped[str] = mapped_column(_text("text"), default="", comment="why it was held back")


class FeedbackReport(AtPoint, Base):
    """The service report that ends a major feedback; a later one takes the place of an earlier one."""

    __tablename__ = "feedback_report"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("feedback", "feedback_id"),
        owned_child_of("dealer", "point_id"),
        sa.Index(None, "feedback_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(comment="about which feedback")
    found: Mapped[str] = mapped_column(_text("found"), comment="what was found")
    cause: Mapped[str] = mapped_column(_text("cause"), comment="what caused it")
    corrective: Mapped[str] = mapped_column(_text("corrective"), comment="what was done")
    units: Mapped[int] = mapped_column(comment="how many units were treated")
    verification: Mapped[str] = mapped_column(_text("verification"), comment="how it was verified")
    done_on: Mapped[dt.date] = mapped_column(comment="the day of the work")
    person: Mapped[str] = mapped_column(_PERSON, comment="who wrote it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

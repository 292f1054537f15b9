"""Settlement runs, which the manufacturer alone sees, and the statements that they issue to both parties."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.actor import Side
from portal.kernel.db import (
    Base,
    Private,
    TwoParty,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    owner_key,
    party_key,
)
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.settlement.rules import LineState, RunState, RunStep, StatementState

_AT_WORK = sa.text("state in ('queued', 'running') and step != 'print'")


class SettlementRun(Private, Versioned, Base):
    """One computation of a quarter for every dealer (ST-4, ST-7)."""

    __tablename__ = "settlement_run"
    __table_args__ = (
        owner_key(),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "quarter", "id"),
        # ST-7 whoever races: one run of a quarter is at work at a time; printing keeps no other waiting.
        sa.Index(
            "uq_settlement_run_at_work",
            "manufacturer_id",
            "quarter",
            unique=True,
            sqlite_where=_AT_WORK,
            postgresql_where=_AT_WORK,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), comment="JR-2026-000001")
    quarter: Mapped[Quarter] = mapped_column(comment="which quarter")
    trial: Mapped[bool] = mapped_column(comment="computes only; nothing can be issued from it")
    state: Mapped[RunState] = mapped_column(comment="ST-7")
    step: Mapped[RunStep] = mapped_column(comment="at which of its named steps")
    step_at: Mapped[dt.datetime] = mapped_column(comment="when that step was taken up")
    step_done: Mapped[int] = mapped_column(
        default=0, comment="how many dealers it had done by then, before a stop"
    )
    job_id: Mapped[int | None] = mapped_column(comment="the background work of the present step")
    person_id: Mapped[int | None] = mapped_column(comment="who started it")
    person: Mapped[str] = mapped_column(sa.String(60), comment="the name")
    started_at: Mapped[dt.datetime] = mapped_column(comment="when")
    finished_at: Mapped[dt.datetime | None] = mapped_column(comment="when it ended")


class RunLine(Private, Versioned, Base):
    """One dealer in a run: what holds it, or its figures, and the statement that it got."""

    __tablename__ = "run_line"
    __table_args__ = (
        owned_child_of("settlement_run", "run_id"),
        sa.UniqueConstraint("run_id", "agreement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(comment="of which run")
    agreement_id: Mapped[int] = mapped_column(comment="whose quarter")
    dealer: Mapped[int] = mapped_column(comment="id of the dealer that holds the agreement")
    override_reason: Mapped[str] = mapped_column(
        sa.String(300), default="", comment="why finance lifts the holds"
    )
    state: Mapped[LineState] = mapped_column(default=LineState.WAITING, comment="where it is in the run")
    checked: Mapped[bool] = mapped_column(default=False, comment="the check step has passed it")
    holds: Mapped[list[Any]] = mapped_column(comment="reasons that hold it, in their order")
    lifted: Mapped[list[Any]] = mapped_column(comment="reasons that the override lifted")
    figures: Mapped[dict[str, Any]] = mapped_column(comment="the figures by name, money as text")
    #: Of the figures, those that lists sum up and compare.
    result: Mapped[Decimal] = mapped_column(default=ZERO, comment="the quarter's result")
    due: Mapped[Decimal] = mapped_column(default=ZERO, comment="what the dealer owes")
    payable: Mapped[Decimal] = mapped_column(default=ZERO, comment="what the manufacturer owes")
    carried: Mapped[Decimal] = mapped_column(default=ZERO, comment="what the next quarter opens with")
    changed: Mapped[bool] = mapped_column(
        default=False, comment="issued with other figures than were reviewed"
    )
    statement: Mapped[str] = mapped_column(
        sa.String(20), default="", comment="number of the issued statement"
    )
    revision: Mapped[int] = mapped_column(default=0, comment="which revision of it")
    printed: Mapped[bool] = mapped_column(default=False, comment="its PDF is stored")


class Statement(TwoParty, Versioned, Base):
    """One dealer's result for one quarter, from its first issue on (ST-5)."""

    __tablename__ = "statement"
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.UniqueConstraint("agreement_id", "quarter"),
        sa.Index(None, "manufacturer_id", "quarter", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="whose quarter")
    number: Mapped[str] = mapped_column(sa.String(20), comment="JS-2026-000001")
    quarter: Mapped[Quarter] = mapped_column(comment="which quarter")
    revision: Mapped[int] = mapped_column(comment="the one in force")
    state: Mapped[StatementState] = mapped_column(comment="ST-5")
    figures: Mapped[dict[str, Any]] = mapped_column(
        comment="of the revision in force: by name, money as text"
    )
    #: Of the figures, those that lists sum up and compare.
    result: Mapped[Decimal] = mapped_column(comment="the quarter's result")
    due: Mapped[Decimal] = mapped_column(comment="what the dealer owes")
    payable: Mapped[Decimal] = mapped_column(comment="what the manufacturer owes")
    carried: Mapped[Decimal] = mapped_column(comment="what the next quarter opens with")
    issued_on: Mapped[dt.date] = mapped_column(comment="business date of the revision in force")
    issued_by: Mapped[int | None] = mapped_column(comment="person, for four eyes")
    answer_by: Mapped[dt.date | None] = mapped_column(comment="last day before silence confirms; null: never")
    confirmed_on: Mapped[dt.date | None] = mapped_column(comment="by the dealer or by its silence")
    confirmed_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="name; empty: by silence")
    dispute_reason: Mapped[str] = mapped_column(sa.String(1000), default="", comment="the dealer's objection")
    closed_on: Mapped[dt.date | None] = mapped_column(comment="posted, quarter closed")
    closed_by: Mapped[str] = mapped_column(sa.String(60), default="", comment="name")


class StatementRevision(TwoParty, Base):
    """What was issued, frozen: everything that is printed, with its hash (ST-6)."""

    __tablename__ = "statement_revision"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (
        child_of("statement", "statement_id"),
        sa.UniqueConstraint("statement_id", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(comment="of which statement")
    revision: Mapped[int] = mapped_column(comment="1, 2, 3 …")
    data: Mapped[dict[str, Any]] = mapped_column(
        comment="the complete view: strings, numbers, lines with documents"
    )
    data_hash: Mapped[str] = mapped_column(sa.String(64), comment="SHA-256 of the data")
    figures: Mapped[dict[str, Any]] = mapped_column(comment="the figures by name, money as text")
    changes: Mapped[list[Any]] = mapped_column(
        comment="against the revision before: figure, before, after, because"
    )
    reason: Mapped[str] = mapped_column(sa.String(1000), default="", comment="the objection that led to it")
    code: Mapped[str] = mapped_column(sa.String(40), comment="verification code of the printed copy")
    issued_on: Mapped[dt.date] = mapped_column(comment="business date")
    issued_by: Mapped[str] = mapped_column(sa.String(60), comment="name as printed")
    at: Mapped[dt.datetime] = mapped_column(comment="when")
    last_entry: Mapped[int] = mapped_column(comment="id of the last ledger entry that it saw")


class StatementMessage(TwoParty, Base):
    """What the parties write to each other about a disputed statement."""

    __tablename__ = "statement_message"
    __append_only__ = True
    __table_args__ = (child_of("statement", "statement_id"), sa.Index(None, "statement_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(comment="about which statement")
    revision: Mapped[int] = mapped_column(comment="about which revision")
    side: Mapped[Side] = mapped_column(comment="which party wrote it")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who")
    text: Mapped[str] = mapped_column(sa.String(1000), comment="the words")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

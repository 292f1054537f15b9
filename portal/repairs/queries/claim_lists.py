"""Lists of claims for both sides, the review queue, and how long decisions take (FD-2, FD-4)."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.repairs.models.claims import Claim, ClaimDecision, ClaimOverride
from portal.repairs.models.records import Repair
from portal.repairs.rules.claims import OPEN_CLAIMS, ClaimState
from portal.tenants.models import Dealer
from portal.warranty.queries import kept_serial

#: How far back the times of decisions are looked at.
LOOK_BACK = dt.timedelta(days=90)


class Clean(StrEnum):
    """What the review queue is narrowed to."""

    CLEAN = "clean"
    CONCERNS = "concerns"
    GRAVE = "grave"


@dataclass(frozen=True)
class ClaimFilter:
    """What a list is narrowed to; everything left out means all."""

    states: Collection[ClaimState] = ()
    point_id: int | None = None
    model: str = ""
    #: Number, or the beginning of a serial.
    text: str = ""
    checks: Clean | None = None
    #: Claims that waited at this instant already: what somebody saw who ticks "all".
    waiting_at: dt.datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.states:
            found.append(Claim.state.in_(self.states))
        if self.point_id is not None:
            found.append(sa.or_(Claim.point_id == self.point_id, Claim.dealer_id == self.point_id))
        if self.model:
            found.append(Claim.model == self.model)
        if self.text:
            serial = kept_serial(self.text)
            found.append(
                sa.or_(Claim.number == self.text.upper(), Claim.serial.startswith(serial, autoescape=True))
            )
        if self.checks is Clean.GRAVE:
            found.append(Claim.grave.is_(True))
        elif self.checks is not None:
            found.append(Claim.clean.is_(self.checks is Clean.CLEAN))
        if self.waiting_at is not None:
            found.append(Claim.waiting_since <= self.waiting_at)
        return found


Rows = sa.Select[Claim, Dealer, Repair]


def _joined(chosen: ClaimFilter) -> Rows:
    return (
        sa.select(Claim, Dealer, Repair)
        .join(Dealer, Dealer.id == Claim.point_id)
        .join(Repair, Repair.id == Claim.repair_id)
        .where(*chosen.conditions())
    )


def claim_listing(chosen: ClaimFilter) -> Rows:
    """Claims with selling point and record, the last filed first."""
    return _joined(chosen).order_by(Claim.filed_at.desc(), Claim.id.desc())


def claim_queue(chosen: ClaimFilter) -> Rows:
    """The same, the longest waiting first."""
    return _joined(chosen).order_by(Claim.waiting_since, Claim.id)


def first_claims(statement: Rows, limit: int) -> list[tuple[Claim, Dealer, Repair]]:
    """The first rows of a list, for an export."""
    return [(claim, point, repair) for claim, point, repair in session().execute(statement.limit(limit))]


def claim_numbers(chosen: ClaimFilter, *, limit: int) -> list[str]:
    """The numbers of the first `limit` claims of the queue."""
    return [row[0].number for row in session().execute(claim_queue(chosen).limit(limit))]


def claims_by_numbers(wanted: Iterable[str]) -> list[tuple[Claim, Dealer, Repair]]:
    """These claims of the scope, the longest waiting first; unknown numbers are left out."""
    statement = claim_queue(ClaimFilter()).where(Claim.number.in_(list(wanted)))
    return [(claim, point, repair) for claim, point, repair in session().execute(statement)]


def claim_counts(chosen: ClaimFilter | None = None) -> dict[ClaimState, int]:
    """How many claims there are in each state, within what `chosen` narrows to."""
    statement = sa.select(Claim.state, sa.func.count(Claim.id)).group_by(Claim.state)
    rows = session().execute(statement.where(*(chosen.conditions() if chosen else ())))
    return {row[0]: row[1] for row in rows}


def claim_count(*states: ClaimState) -> int:
    """How many claims are in one of these states."""
    return session().scalar(sa.select(sa.func.count(Claim.id)).where(Claim.state.in_(states))) or 0


def asked_total(chosen: ClaimFilter) -> Decimal:
    """What the undecided claims within `chosen` ask together."""
    statement = sa.select(sa.func.sum(Claim.asked)).where(Claim.state.in_(OPEN_CLAIMS), *chosen.conditions())
    return session().scalar(statement) or ZERO


def claims_waiting_before(instant: dt.datetime) -> int:
    """How many claims have waited for the reviewer since before an instant."""
    statement = sa.select(sa.func.count(Claim.id)).where(
        Claim.state == ClaimState.SUBMITTED, Claim.waiting_since < instant
    )
    return session().scalar(statement) or 0


def claims_waiting_since() -> dt.datetime | None:
    """Since when the claim waits that waits longest for the reviewer."""
    return session().scalar(
        sa.select(sa.func.min(Claim.waiting_since)).where(Claim.state == ClaimState.SUBMITTED)
    )


def oldest_claims(state: ClaimState) -> Sequence[Claim]:
    """Claims in a state, those decided longest ago first; at most ten, for the home page."""
    statement = sa.select(Claim).where(Claim.state == state).order_by(Claim.waiting_since, Claim.id).limit(10)
    return session().scalars(statement).all()


@dataclass(frozen=True)
class Promptness:
    """How the manufacturer kept its own clock lately (FD-4)."""

    decided: int
    #: Hours from filing to the last decision, on average; None: nothing was decided.
    hours: int | None
    objected: int
    #: Objections after which more was granted than before.
    reversed: int


def promptness(now: dt.datetime) -> Promptness:
    """The latest decisions that the reader may see: of the last 90 days, at most a thousand."""
    statement = (
        sa.select(Claim.id, Claim.state, Claim.filed_at, Claim.decided_at, Claim.objected_at)
        .where(Claim.decided_at >= now - LOOK_BACK, Claim.state != ClaimState.AUTO_APPROVED)
        .order_by(Claim.decided_at.desc())
        .limit(1000)
    )
    rows = session().execute(statement).all()
    hours = [(row.decided_at - row.filed_at).total_seconds() / 3600 for row in rows if row.decided_at]
    again = [row.id for row in rows if row.objected_at and row.state not in OPEN_CLAIMS]
    return Promptness(
        decided=len(rows),
        hours=round(sum(hours) / len(hours)) if hours else None,
        objected=sum(row.objected_at is not None for row in rows),
        reversed=_reversed(again),
    )


def _reversed(claim_ids: Sequence[int]) -> int:
    """How many of these claims were granted more in their last decision than in the one before."""
    if not claim_ids:
        return 0
    states: dict[int, list[ClaimState]] = {}
    granted: dict[int, list[Any]] = {}
    statement = (
        sa.select(ClaimDecision.claim_id, ClaimDecision.state, ClaimDecision.granted)
        .where(ClaimDecision.claim_id.in_(claim_ids), ClaimDecision.state.not_in(OPEN_CLAIMS))
        .order_by(ClaimDecision.round)
    )
    for claim_id, state, amount in session().execute(statement):
        states.setdefault(claim_id, []).append(state)
        granted.setdefault(claim_id, []).append(amount)
    return sum(
        amounts[-1] > amounts[-2] or states[claim_id][-1] is not states[claim_id][-2]
        for claim_id, amounts in granted.items()
        if len(amounts) > 1
    )


def overrides(*, since: dt.date) -> dict[str, int]:
    """Check → how often approvals went over it since a day (FD-2)."""
    start = dt.datetime.combine(since, dt.time(), dt.UTC)
    statement = (
        sa.select(ClaimOverride.topic, sa.func.count(ClaimOverride.id))
        .where(ClaimOverride.at >= start)
        .group_by(ClaimOverride.topic)
    )
    return {row[0].value: row[1] for row in session().execute(statement)}

"""Who pays for a repair, and why (EN-14), with the earlier repairs of the unit (RP-12)."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from portal.agreements.rules import Bearer, CostClass, CostColumn
from portal.documents.rules import Bilingual
from portal.kernel.across import look_across
from portal.kernel.db import session
from portal.repairs.models.records import Repair
from portal.repairs.queries.records import known_coverage
from portal.repairs.rules.checks import suggested
from portal.repairs.rules.claims import raises_claim
from portal.repairs.rules.records import Category, RepairState, thawed
from portal.warranty import queries as warranty
from portal.warranty.queries.coverage import coverage
from portal.warranty.queries.printed import printed_basis
from portal.warranty.rules import (
    Cause,
    Choices,
    Coverage,
    Entitlement,
    Reason,
    consumer_choices,
    entitlement,
)


@dataclass(frozen=True)
class Earlier:
    """An earlier repair of a unit, by whichever dealer: what the work needs, nothing of customer or money (RP-12)."""

    number: str
    incident: dt.date
    symptom: str
    reason: str
    location: str
    resolved: bool
    cost_class: CostClass
    #: Whether the reader may open it.
    own: bool


def earlier(serial: str, *, but: str = "") -> list[Earlier]:
    """The repairs of a unit, last first, those taken back left out; `but`: without this record.

    The numbers of other dealers' records are left out.
    """
    kept = warranty.kept_serial(serial)
    rows = look_across(
        "earlier faults",
        sa.select(
            Repair.number,
            Repair.incident,
            Repair.symptom,
            Repair.reason,
            Repair.location,
            Repair.resolved,
            Repair.cost_class,
        )
        .where(Repair.serial == kept, Repair.state != RepairState.VOID, Repair.number != but)
        .order_by(Repair.incident.desc(), Repair.id.desc()),
    )
    own = set(session().scalars(sa.select(Repair.number).where(Repair.serial == kept)))
    return [
        Earlier(
            number=row.number if row.number in own else "",
            incident=row.incident,
            symptom=row.symptom,
            reason=row.reason,
            location=row.location,
            resolved=row.resolved,
            cost_class=row.cost_class,
            own=row.number in own,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Answer:
    """Who pays for a repair of a unit, and why (EN-14), with what the work needs to know (RP-12)."""

    coverage: Coverage
    found: Entitlement
    #: Who bears parts and labour (EN-12).
    bearers: list[tuple[CostColumn, Bearer]]
    #: What the consumer may choose by the three guarantees; None: the terms have none.
    choices: Choices | None
    earlier: list[Earlier]
    #: The category that fits.
    category: Category


def answer(serial: str, day: dt.date, cause: Cause, component: str = "") -> Answer | None:
    """Who would pay for a repair of a fault that showed on a day; None for a unit that was never shipped."""
    covered = known_coverage(serial, day)
    if covered is None:
        return None
    found = entitlement(covered, day, cause, component or None)
    guaranteed = covered.terms.three_guarantees
    return Answer(
        coverage=covered,
        found=found,
        bearers=bearers(covered, found.cost_class),
        choices=consumer_choices(covered, day, cause, component=component or None) if guaranteed else None,
        earlier=earlier(serial),
        category=suggested(found.cost_class),
    )


def bearers(covered: Coverage, cost_class: CostClass) -> list[tuple[CostColumn, Bearer]]:
    """Who bears each cost of a repair of this class (EN-12)."""
    return [
        (column, covered.terms.bearer(cost_class, column)) for column in (CostColumn.PARTS, CostColumn.LABOUR)
    ]


def kept_answer(repair: Repair) -> Answer:
    """What was answered when a record was filed: the words of that day (EN-14)."""
    covered = coverage(repair.serial, repair.incident)
    reasons = tuple(Reason(*one) for one in thawed(repair.reasons))
    found = Entitlement(
        repair.cost_class,
        reasons,
        repair.incident,
        repair.period_first,
        repair.period_last,
        repair.period_day,
        repair.period_days,
    )
    return Answer(
        covered,
        found,
        bearers(covered, repair.cost_class),
        None,
        earlier(repair.serial, but=repair.number),
        repair.category,
    )


def kept_basis(repair: Repair) -> Bilingual:
    """Why, in one line for the receipt: the words and the count of the day of filing (EN-14)."""
    reasons = [(text, clause) for _rule, text, clause in thawed(repair.reasons)]
    return printed_basis(reasons, repair.period_day, repair.period_days)


def nth_covered(repair: Repair) -> int:
    """Which covered repair of its unit a record is, whoever repaired (三包期内第 n 次); the day of the fault counts."""
    before = [one for one in earlier(repair.serial, but=repair.number) if one.incident < repair.incident]
    return sum(raises_claim(one.cost_class) for one in before) + raises_claim(repair.cost_class)

"""What a request is judged by before it is filed: unit, coverage, class, bearers and words (RT-1, EN-6 … EN-12)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import Bearer, CostColumn
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.kernel.actor import Actor
from portal.kernel.canonical import content_hash
from portal.kernel.errors import Forbidden
from portal.kernel.findings import Finding, blocking
from portal.quality import queries as quality
from portal.repairs import queries as repairs
from portal.returns.queries.requests import open_in
from portal.returns.rules import ReturnLine, UnitFacts, attempt_finding, check_line
from portal.tenants import queries as tenants
from portal.warranty import queries as warranty
from portal.warranty.rules import Coverage, Entitlement, classify_return


@dataclass(frozen=True)
class Classified:
    """A line with its class and who bears which cost, as of the day of the request."""

    unit: Unit
    model: str
    coverage: Coverage
    outcome: Entitlement
    bearers: Mapping[CostColumn, Bearer]


@dataclass(frozen=True)
class Judged:
    """A line with everything that is found about it; `classified` is None where something blocks it."""

    line: ReturnLine
    findings: tuple[Finding, ...]
    classified: Classified | None


def shown_hash(judged: Sequence[Judged]) -> str:
    """Names what a page showed of classes and bearers: another hash by the time of submitting is another offer."""
    return content_hash(
        {
            one.line.serial: [one.classified.outcome.cost_class.value]
            + [bearer.value for bearer in one.classified.bearers.values()]
            for one in judged
            if one.classified is not None
        }
    )


def agreement_of(actor: Actor) -> Agreement:
    """The agreement that a dealer's requests belong to. RuleBroken AG-1 without an active one."""
    if actor.dealer_id is None:
        raise Forbidden
    return agreements.in_force(actor.dealer_id)


def judge(actor: Actor, lines: Sequence[ReturnLine], today: dt.date) -> list[Judged]:
    """Judge lines that a dealer's person is about to file; own units and own sub-dealers' only.

    The class is that of `today`: what a card says today decides, and the terms of the agreement that the unit was
    shipped under. Serials come back in the spelling that is kept.
    """
    kept = [replace(line, serial=warranty.kept_serial(line.serial)) for line in lines]
    units = catalogue.units_by_serial(line.serial for line in kept)
    held = open_in(line.serial for line in kept)
    own = [actor.point_id] if actor.point_id else [dealer.id for dealer in tenants.dealers()]
    judged = []
    for line in kept:
        unit = units.get(line.serial)
        facts = None
        if unit is not None:
            facts = UnitFacts(
                shipped_on=unit.shipped_on,
                own=unit.point_id in own,
                left_field=unit.left_field,
                open_in=held.get(line.serial, ""),
            )
        found = check_line(line, facts, today)
        if blocking(found) or unit is None:
            judged.append(Judged(line, tuple(found), None))
            continue
        classified = classify(unit, line, today)
        attempted = bool(line.repair_number) and repairs.attempt(line.serial, line.repair_number)
        attempt = attempt_finding(classified.outcome.cost_class, attempted=attempted)
        judged.append(Judged(line, tuple(filter(None, [*found, attempt])), classified))
    return judged


def classify(unit: Unit, line: ReturnLine, today: dt.date) -> Classified:
    """The class of a unit for a fault found and caused so, with the bearers of the matrix (EN-12, RT-6)."""
    coverage = warranty.coverage(unit.serial, today)
    outcome = classify_return(
        coverage,
        line.found,
        line.cause,
        batch_defective=quality.is_declared(coverage.product_id, coverage.batch),
    )
    bearers = {column: coverage.terms.bearer(outcome.cost_class, column) for column in CostColumn}
    return Classified(unit, coverage.model, coverage, outcome, bearers)

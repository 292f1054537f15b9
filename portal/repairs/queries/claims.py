"""Reading claims: one with its lines and decisions, what it is judged by, what holds a settlement (RP-7, ST-4)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.catalogue import queries as catalogue
from portal.kernel.across import look_across
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.findings import Finding
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.kernel.text import T
from portal.repairs.models.claims import (
    Claim,
    ClaimAnswer,
    ClaimDecision,
    ClaimGrant,
    ClaimLine,
)
from portal.repairs.models.records import Repair, RepairPart, RepairPhoto
from portal.repairs.rules.claim_checks import (
    SAID_OF_RECORD,
    Check,
    ClaimFacts,
    Earlier,
    Standard,
    check_claim,
    fault_key,
    is_duplicate,
)
from portal.repairs.rules.claims import LIVE_CLAIMS, OPEN_CLAIMS, ClaimState, paid, raises_claim
from portal.repairs.rules.records import Category, RepairState
from portal.warranty.queries.coverage import coverage
from portal.warranty.rules import Entitlement, entitlement


def claim(number: str) -> Claim:
    """The claim of a record. Raises NotFound, and RuleBroken RP-6 for a record that raised none."""
    found = find_claim(number)
    if found is not None:
        return found
    if session().scalar(sa.select(Repair.id).where(Repair.number == number)) is None:
        raise NotFound
    raise RuleBroken("RP-6", T("Record {number} raised no claim; there is nothing to decide.", number=number))


def find_claim(number: str) -> Claim | None:
    """The claim of a record of the scope, if it has one."""
    return session().scalars(sa.select(Claim).where(Claim.number == number)).one_or_none()


def is_decided(number: str) -> bool:
    """Whether the record's claim was decided, for good or once before an objection (RP-6)."""
    claim = find_claim(number)
    return claim is not None and claim.decided_on is not None


def claims_of(numbers: Iterable[str]) -> dict[str, Claim]:
    """The claims of several records, by number; for lists."""
    rows = session().scalars(sa.select(Claim).where(Claim.number.in_(list(numbers))))
    return {row.number: row for row in rows}


def claim_lines(claim: Claim) -> Sequence[ClaimLine]:
    """The lines of the version that is asked for."""
    statement = (
        sa.select(ClaimLine)
        .where(ClaimLine.claim_id == claim.id, ClaimLine.revision == claim.revision)
        .order_by(ClaimLine.id)
    )
    return session().scalars(statement).all()


#: What is granted on each line, by its key.
Amounts = Mapping[str, Decimal]
Lines = Sequence[ClaimLine]


@dataclass(frozen=True)
class Decided:
    """One decision with what it granted, by the key of the line."""

    row: ClaimDecision
    grants: Mapping[str, ClaimGrant]

    @property
    def granted(self) -> dict[str, Decimal]:
        return {key: grant.granted for key, grant in self.grants.items()}


def claim_decisions(claim: Claim) -> list[Decided]:
    """The decisions about a claim, oldest first."""
    rows = session().scalars(
        sa.select(ClaimDecision).where(ClaimDecision.claim_id == claim.id).order_by(ClaimDecision.round)
    )
    grants: dict[int, dict[str, ClaimGrant]] = defaultdict(dict)
    statement = (
        sa.select(ClaimLine.key, ClaimGrant)
        .join(ClaimLine, ClaimLine.id == ClaimGrant.line_id)
        .where(ClaimLine.claim_id == claim.id)
    )
    for key, grant in session().execute(statement):
        grants[grant.decision_id][key] = grant
    return [Decided(row, grants[row.id]) for row in rows]


def claim_answers(claim: Claim) -> Sequence[ClaimAnswer]:
    """What the dealer said, oldest first."""
    statement = sa.select(ClaimAnswer).where(ClaimAnswer.claim_id == claim.id).order_by(ClaimAnswer.id)
    return session().scalars(statement).all()


def granted_before(claim: Claim) -> dict[str, Decimal] | None:
    """What stood granted on each line when the dealer objected; None: it did not object, or nothing was decided."""
    if not claim.objected:
        return None
    final = [found for found in claim_decisions(claim) if found.row.state not in OPEN_CLAIMS]
    return final[-1].granted if final else None


def paid_before(claim: Claim, lines: Sequence[ClaimLine]) -> Decimal | None:
    """Labour and on-site as they were granted before an objection; None: the claim was never approved."""
    decided = [found for found in claim_decisions(claim) if found.row.state is ClaimState.PARTLY_APPROVED]
    if not decided:
        return None
    granted = decided[-1].granted
    return paid((line.kind, granted.get(line.key, ZERO)) for line in lines)


def last_day_to_object(claim: Claim) -> dt.date | None:
    """The last day of the dealer's objection (RP-7); None while nothing is decided."""
    if claim.decided_on is None:
        return None
    days = agreements.terms_on(claim.agreement_id, claim.decided_on).claim_objection_days
    return claim.decided_on + dt.timedelta(days=days)


def undecided_claims(agreement_ids: Iterable[int], quarter: Quarter) -> dict[int, int]:
    """Agreement → claims filed in the quarter that are not decided; they hold its settlement (ST-4)."""
    statement = (
        sa.select(Claim.agreement_id, sa.func.count(Claim.id))
        .where(
            Claim.agreement_id.in_(list(agreement_ids)),
            Claim.filed_on.between(quarter.first, quarter.last),
            Claim.state.in_(OPEN_CLAIMS),
        )
        .group_by(Claim.agreement_id)
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def claims_of_fault(serial: str, fault: str, *, but: str = "") -> list[Earlier]:
    """Live claims for a fault of a unit, of every dealer of the manufacturer, newest first (RP-7, RP-12).

    `but`: the number of the one that is judged. Another dealer's number is not told.
    """
    if not fault:
        return []
    rows = look_across(
        "claims of a fault",
        sa.select(Claim.number, Claim.dealer_id, Claim.filed_on)
        .where(
            Claim.serial == serial, Claim.fault == fault, Claim.number != but, Claim.state.in_(LIVE_CLAIMS)
        )
        .order_by(Claim.filed_at.desc()),
    )
    own = session().scope.dealer_id
    return [Earlier(row.filed_on, row.number if own in (None, row.dealer_id) else "") for row in rows]


@dataclass(frozen=True)
class Work:
    """What is judged: a record as it is written, or as it was filed."""

    serial: str
    model: str
    product_id: int
    symptom: str
    location: str
    labour: Decimal
    standard: Decimal | None
    onsite: Decimal
    parts: Sequence[str]
    photos: int
    signed: bool
    day: dt.date
    agreement_id: int
    number: str = ""

    @property
    def fault(self) -> str:
        return fault_key(self.symptom, self.location)


def check_work(work: Work, entitlement: Entitlement, *, filed: Claim | None = None) -> dict[Check, Finding]:
    """Every check of what is claimed, or of what will be (FD-2)."""
    facts = ClaimFacts(
        entitlement=entitlement,
        day=work.day,
        labour=Standard(work.labour, work.standard),
        onsite=Standard(work.onsite, _onsite_standard(work.product_id, work.day)),
        photos=work.photos,
        signed=work.signed,
        fault_named=bool(work.fault),
        strange_parts=catalogue.strange_parts(work.model, work.parts),
        earlier=claims_of_fault(work.serial, work.fault, but=work.number),
        filed_class=filed.cost_class if filed else None,
    )
    days = agreements.terms_on(work.agreement_id, work.day).claim_duplicate_days
    return check_claim(facts, duplicate_days=days)


def claim_findings(work: Work, entitlement: Entitlement) -> list[Finding]:
    """What the dealer reads about the claim before filing, beside the findings about the record (FD-2)."""
    found = check_work(work, entitlement)
    return [finding for check, finding in found.items() if check not in SAID_OF_RECORD]


def _onsite_standard(product_id: int, day: dt.date) -> Decimal | None:
    """The highest on-site fee of the fee standard for a model on a day; None when it names none."""
    wanted = [row.id for row in catalogue.operations() if row.onsite and row.active]
    fees = catalogue.fees_on(day, wanted) if wanted else {}
    found = [of.get(product_id, of.get(None)) for of in fees.values()]
    return max((fee for fee in found if fee is not None), default=None)


def work_of(repair: Repair) -> Work:
    """A filed record as what is claimed."""
    parts = session().scalars(
        sa.select(RepairPart.code).where(
            RepairPart.repair_id == repair.id, RepairPart.revision == repair.revision
        )
    )
    photos = session().scalar(
        sa.select(sa.func.count(RepairPhoto.id)).where(RepairPhoto.repair_id == repair.id)
    )
    return Work(
        serial=repair.serial,
        model=repair.model,
        product_id=repair.product_id,
        symptom=repair.symptom,
        location=repair.location,
        labour=repair.labour,
        standard=repair.standard,
        onsite=repair.onsite,
        parts=list(parts),
        photos=photos or 0,
        signed=repair.signed_at is not None,
        day=repair.filed_on,
        agreement_id=repair.agreement_id,
        number=repair.number,
    )


def checks_of(claim: Claim | None, repair: Repair) -> dict[Check, Finding]:
    """Every check of a filed record and its claim, if it has one, by what is known now."""
    found = entitlement(
        coverage(repair.serial, repair.incident), repair.incident, repair.cause, repair.component or None
    )
    return check_work(work_of(repair), found, filed=claim)


def why_no_claim(repair: Repair) -> Finding | None:
    """Why a covered record raised no claim, though others of its kind do: the same fault is claimed already (RP-7)."""
    if repair.state is RepairState.VOID or not raises_claim(
        repair.cost_class, paid=repair.category is Category.PAID
    ):
        return None
    found = checks_of(None, repair)
    return found[Check.DUPLICATE] if is_duplicate(found) else None

"""Reading repair records: one with what belongs to it, what a new one is judged by, earlier repairs of a unit."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.catalogue import queries as catalogue
from portal.kernel.across import look_across
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.findings import Finding
from portal.kernel.money import total
from portal.repairs.models.records import (
    FaultCode,
    Repair,
    RepairPart,
    RepairPhoto,
    RepairSignature,
    RepairVersion,
)
from portal.repairs.rules.checks import RepairFacts, check_repair
from portal.repairs.rules.faults import FaultKind
from portal.repairs.rules.records import (
    Consent,
    PartUse,
    PricedPart,
    RepairDraft,
    RepairState,
)
from portal.warranty import queries as warranty
from portal.warranty.queries.coverage import coverage
from portal.warranty.rules import (
    Coverage,
    Entitlement,
    entitlement,
    local_digits,
)


def get(number: str) -> Repair:
    """A record of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Repair).where(Repair.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def filed_from(draft_id: int) -> str:
    """The number of the record that was filed from a draft. Raises NotFound when there is none."""
    found = session().scalars(sa.select(Repair.number).where(Repair.draft_id == draft_id)).first()
    if found is None:
        raise NotFound
    return found


def attempt(serial: str, number: str) -> bool:
    """Whether record `number` is a repair of this serial by whichever dealer; one taken back is none (RT-2)."""
    statement = sa.select(Repair.id).where(
        Repair.number == number,
        Repair.serial == warranty.kept_serial(serial),
        Repair.state != RepairState.VOID,
    )
    return bool(look_across("repair attempts", statement))


def parts_of(repair: Repair, revision: int | None = None) -> Sequence[RepairPart]:
    """The lines of parts of a record, of its newest version or of another one."""
    statement = sa.select(RepairPart).where(
        RepairPart.repair_id == repair.id, RepairPart.revision == (revision or repair.revision)
    )
    return session().scalars(statement.order_by(RepairPart.line)).all()


def versions(repair_id: int) -> Sequence[RepairVersion]:
    """The versions of a record, oldest first (RP-6)."""
    statement = sa.select(RepairVersion).where(RepairVersion.repair_id == repair_id)
    return session().scalars(statement.order_by(RepairVersion.revision)).all()


def photos(repair_id: int) -> Sequence[RepairPhoto]:
    """A record's photos without their content."""
    statement = sa.select(RepairPhoto).where(RepairPhoto.repair_id == repair_id)
    return session().scalars(statement.order_by(RepairPhoto.id)).all()


def photo(number: str, photo_id: int) -> RepairPhoto:
    """One photo of a record with its content. Raises NotFound."""
    found = (
        session()
        .scalars(
            sa.select(RepairPhoto)
            .join(Repair, Repair.id == RepairPhoto.repair_id)
            .where(Repair.number == number, RepairPhoto.id == photo_id)
            .options(undefer(RepairPhoto.content))
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def signatures(repair_id: int) -> Sequence[RepairSignature]:
    """The signatures under a record without their content, oldest first (RP-5)."""
    statement = sa.select(RepairSignature).where(RepairSignature.repair_id == repair_id)
    return session().scalars(statement.order_by(RepairSignature.id)).all()


def signed_revision(repair_id: int) -> int | None:
    """The version of a record that the customer signed last; None: none (RP-5)."""
    statement = sa.select(sa.func.max(RepairSignature.revision)).where(RepairSignature.repair_id == repair_id)
    return session().scalar(statement)


def signature(number: str, signature_id: int) -> RepairSignature:
    """One signature of a record with its content. Raises NotFound."""
    found = (
        session()
        .scalars(
            sa.select(RepairSignature)
            .join(Repair, Repair.id == RepairSignature.repair_id)
            .where(Repair.number == number, RepairSignature.id == signature_id)
            .options(undefer(RepairSignature.content))
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def last_signature(repair_id: int) -> RepairSignature | None:
    """The last signature under a record with its content; None: nobody signed."""
    statement = sa.select(RepairSignature).where(RepairSignature.repair_id == repair_id)
    newest = statement.order_by(RepairSignature.id.desc()).limit(1).options(undefer(RepairSignature.content))
    return session().scalars(newest).first()


def fault_codes(*, active: bool = True) -> dict[FaultKind, list[FaultCode]]:
    """The manufacturer's lists by code; `active`: only what may be chosen."""
    statement = sa.select(FaultCode).order_by(FaultCode.code)
    if active:
        statement = statement.where(FaultCode.active)
    found: dict[FaultKind, list[FaultCode]] = {kind: [] for kind in FaultKind}
    for row in session().scalars(statement):
        found[row.kind].append(row)
    return found


def fault_code(kind: FaultKind, code: str) -> FaultCode:
    """One line of a list. Raises NotFound."""
    statement = sa.select(FaultCode).where(FaultCode.kind == kind, FaultCode.code == code)
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Labour:
    """What the fee standard says of some operations on a day."""

    #: [code, name, fee] of each.
    lines: list[list[str]]
    #: Of those that are labour; None: none was chosen.
    standard: Decimal | None
    unknown: tuple[str, ...]


def labour_of(operations: Sequence[str], product_id: int, day: dt.date) -> Labour:
    """The fees of operations of the standard at a product on a day (PT-10)."""
    lines: list[list[str]] = []
    unknown: list[str] = []
    work: list[Decimal] = []
    for code in dict.fromkeys(operations):
        try:
            found = catalogue.operation(code)
            fee = catalogue.fee_on(code, product_id, day)
        except (NotFound, RuleBroken):
            unknown.append(code)
            continue
        lines.append([found.code, found.name, str(fee)])
        if not found.onsite:
            work.append(fee)
    return Labour(lines, total(work) if work else None, tuple(unknown))


@dataclass(frozen=True)
class Judged:
    """A record as it would be filed: everything that the rules need and what they say."""

    draft: RepairDraft
    facts: RepairFacts
    labour: Labour
    findings: list[Finding]

    @property
    def coverage(self) -> Coverage:
        """Of a record that nothing blocks."""
        assert self.facts.coverage is not None, "a record that may be filed has a known unit"
        return self.facts.coverage

    @property
    def entitlement(self) -> Entitlement:
        """Of a record that nothing blocks."""
        assert self.facts.entitlement is not None, "a record that may be filed has a known unit"
        return self.facts.entitlement


def known_coverage(serial: str, day: dt.date) -> Coverage | None:
    """The coverage of a unit of the manufacturer, None when it was never shipped (RP-12)."""
    try:
        return coverage(serial, day)
    except NotFound:
        return None


def judge(
    draft: RepairDraft, *, today: dt.date, priced_on: dt.date, photos: int = 0, signed: bool = False
) -> Judged:
    """What the rules say of a record; prices and fees are those of `priced_on` (PT-10)."""
    written = replace(draft, parts=tuple(replace(use, code=use.code.strip().upper()) for use in draft.parts))
    found = known_coverage(draft.serial, draft.incident)
    labour = labour_of(draft.operations, found.product_id if found else 0, priced_on)
    facts = RepairFacts(
        today=today,
        coverage=found,
        entitlement=entitlement(found, draft.incident, draft.cause, draft.component or None)
        if found
        else None,
        codes={kind: {row.code for row in rows} for kind, rows in fault_codes().items()},
        parts=_priced(written.parts, priced_on),
        unknown_operations=labour.unknown,
        standard=labour.standard,
        photos=photos,
        signed=signed,
    )
    return Judged(written, facts, labour, check_repair(written, facts))


def _priced(uses: Sequence[PartUse], day: dt.date) -> dict[str, PricedPart]:
    if not uses:
        return {}
    rows = catalogue.parts_by_code([use.code for use in uses])
    prices = catalogue.prices_on(day, [row.id for row in rows.values()])
    return {
        use.code: PricedPart(use, rows[use.code].id, rows[use.code].name, prices.get(rows[use.code].id))
        for use in uses
        if use.code in rows
    }


def draft_of(repair: Repair) -> RepairDraft:
    """What the dealer wrote on a record, in its newest version."""
    consent = None
    if repair.consented is not None and repair.consent_way is not None:
        consent = Consent(repair.consented, repair.consent_way)
    return RepairDraft(
        serial=repair.serial,
        incident=repair.incident,
        cause=repair.cause,
        category=repair.category,
        component=repair.component,
        labour=repair.labour,
        onsite=repair.onsite,
        operations=tuple(line[0] for line in repair.operations),
        symptom=repair.symptom,
        reason=repair.reason,
        location=repair.location,
        symptom_text=repair.symptom_text,
        cause_text=repair.cause_text,
        action_text=repair.action_text,
        parts=tuple(
            PartUse(part.code, part.pieces, part.serial_in, part.serial_out, part.lot, part.old)
            for part in parts_of(repair)
        ),
        way=repair.way,
        received_on=repair.received_on,
        finished_on=repair.finished_on,
        handed_over_on=repair.handed_over_on,
        resolved=repair.resolved,
        technician=repair.technician,
        customer=repair.customer,
        phone=local_digits(repair.phone) if repair.phone else "",
        address=repair.address,
        request_number=repair.request_number,
        consent=consent,
    )

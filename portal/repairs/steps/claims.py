"""Raising a claim with its record, keeping it in line with it, posting what is approved (RP-7, ST-1)."""

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.money import ZERO, total
from portal.kernel.numbering import NumberCounter
from portal.ledger import steps as ledger
from portal.ledger.models import Fund
from portal.ledger.rules import EntryKind, counting_quarter
from portal.repairs.models.claims import Claim, ClaimLine
from portal.repairs.models.records import Repair, RepairPart
from portal.repairs.queries import claims as queries
from portal.repairs.queries import records
from portal.repairs.rules.claim_checks import concerns, fault_key, is_duplicate, needs_words
from portal.repairs.rules.claims import (
    ClaimState,
    LineKind,
    approves_itself,
    asked_lines,
    movements,
    paid,
    raises_claim,
)
from portal.repairs.rules.records import Category, RepairState
from portal.warranty.queries.coverage import coverage


@step
def raise_claim(actor: Actor, repair: Repair) -> Claim | None:
    """Bring the claim of a record in line with its newest version; None: it has none.

    To be called when a record is filed, corrected, signed, given a photo or taken back, after everything else and
    just before the fact is recorded; filing has taken its number first, which keeps every other filing of the
    manufacturer waiting, so that the same fault of the same unit is claimed once, whoever races: the record of a
    duplicate is kept, but raises no claim (RP-7). A claim that is decided stays as it is. One that needs no person
    by the terms is approved at once.
    """
    claim = queries.find_claim(repair.number)
    if claim is not None and claim.decided_on is not None:
        return claim
    hold_filings()
    if claim is not None:
        _copy(claim, repair)
    found = queries.checks_of(claim, repair)
    if not _is_claimed(repair) or is_duplicate(found):
        if claim is not None:
            claim.state = ClaimState.WITHDRAWN
        return claim
    if claim is None:
        claim = _open(repair)
    elif claim.state is ClaimState.WITHDRAWN:
        claim.state, claim.waiting_since = ClaimState.SUBMITTED, clock.now()
    _ask(claim, repair)
    claim.concerns = [check.value for check in concerns(found)]
    claim.clean = not claim.concerns
    claim.grave = needs_words(found.values())
    session().flush()
    if claim.state is ClaimState.SUBMITTED and not queries.claim_decisions(claim):
        _approve_itself(actor, claim)
    return claim


def _is_claimed(repair: Repair) -> bool:
    covered = raises_claim(repair.cost_class, paid=repair.category is Category.PAID)
    return covered and repair.state is not RepairState.VOID


def _open(repair: Repair) -> Claim:
    claim = Claim(
        agreement_id=repair.agreement_id,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        repair_id=repair.id,
        number=repair.number,
        revision=0,
        state=ClaimState.SUBMITTED,
        asked=ZERO,
        concerns=[],
        clean=False,
        grave=False,
        filed_on=repair.filed_on,
        filed_at=repair.filed_at,
        filed_by_id=repair.filed_by_id,
        filed_by=repair.filed_by,
        waiting_since=clock.now(),
    )
    _copy(claim, repair)
    session().add(claim)
    session().flush()
    return claim


def _copy(claim: Claim, repair: Repair) -> None:
    claim.serial, claim.model = repair.serial, repair.model
    claim.fault = fault_key(repair.symptom, repair.location)
    claim.cost_class = repair.cost_class


def _ask(claim: Claim, repair: Repair) -> None:
    """Write what the newest version of the record asks; earlier versions keep their lines (FD-3)."""
    if claim.revision == repair.revision:
        return
    fitted = session().scalars(
        sa.select(RepairPart)
        .where(RepairPart.repair_id == repair.id, RepairPart.revision == repair.revision)
        .order_by(RepairPart.line)
    )
    parts = {part.code: part for part in fitted}
    lines = asked_lines(
        repair.labour,
        repair.onsite,
        {code: (part.pieces, part.amount) for code, part in parts.items()},
        repair.cost_class,
        coverage(repair.serial, repair.incident).terms,
    )
    for line in lines:
        session().add(
            ClaimLine(
                claim_id=claim.id,
                dealer_id=claim.dealer_id,
                point_id=claim.point_id,
                revision=repair.revision,
                key=line.key,
                kind=line.kind,
                name=parts[line.key].name if line.kind is LineKind.PART else "",
                pieces=line.pieces,
                asked=line.asked,
                bearer=line.bearer,
            )
        )
    claim.revision, claim.asked = repair.revision, total(line.asked for line in lines)


@step
def hold_filings() -> None:
    """Let no other record of the manufacturer be filed until the command ends; a filing holds its counter anyway."""
    statement = sa.select(NumberCounter.id).where(NumberCounter.kind == "WX")
    statement = statement.order_by(NumberCounter.id).with_for_update()
    session().execute(statement).all()


def _approve_itself(actor: Actor, claim: Claim) -> None:
    """Approve what needs no person by the terms; a sub-dealer's people can't move the holder's fund: a person does."""
    if actor.point_id is not None:
        return
    terms = agreements.terms_on(claim.agreement_id, clock.today(actor.timezone))
    if not approves_itself(claim.asked, terms, clean=claim.clean):
        return
    claim.state, claim.granted = ClaimState.AUTO_APPROVED, claim.asked
    claim.decided_on, claim.decided_at = clock.today(actor.timezone), clock.now()
    fund = ledger.lock_fund(agreements.by_id(claim.agreement_id))
    post_claim(actor, fund, claim, {line.key: line.asked for line in queries.claim_lines(claim)}, act="claim")
    record(
        Tag.CLAIM_AUTO_APPROVED,
        actor,
        claim.number,
        dealer_id=claim.dealer_id,
        point_id=claim.point_id,
        amount=str(claim.granted),
    )


@step
def post_claim(actor: Actor, fund: Fund, claim: Claim, granted: queries.Amounts, *, act: str) -> None:
    """Post what an approval moves, today, by the terms of the quarter that it counts in (ST-1, MN-4).

    `act`: what the sources of these entries have in common; another one for a decision after an objection.
    """
    today = clock.today(actor.timezone)
    lines = queries.claim_lines(claim)
    terms = agreements.terms_for(claim.agreement_id, counting_quarter(today, fund.frozen_until))
    for movement in movements(
        terms,
        free=records.get(claim.number).category is Category.WARRANTY,
        onsite_asked=any(line.kind is LineKind.ONSITE for line in lines),
        granted=paid((line.kind, granted[line.key]) for line in lines),
        before=queries.paid_before(claim, lines),
    ):
        ledger.post(
            actor,
            fund,
            EntryKind.GRANT if movement.basis else EntryKind.CLAIM,
            movement.amount,
            source=f"{claim.number}:{act}:{movement.name}",
            date=today,
            document=claim.number,
            basis=movement.basis.value if movement.basis else None,
            memo=claim.serial,
        )

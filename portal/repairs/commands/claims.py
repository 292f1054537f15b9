"""Deciding claims; the dealer's answers and its one objection (RP-7, FD-2, FD-3, FE-1)."""

from collections.abc import Mapping
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.findings import Finding
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.money import ZERO, total
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.repairs import steps
from portal.repairs.models.claims import (
    Claim,
    ClaimAnswer,
    ClaimDecision,
    ClaimGrant,
    ClaimLine,
    ClaimOverride,
)
from portal.repairs.queries import claims as queries
from portal.repairs.queries import records
from portal.repairs.rules.claim_checks import Check, concerns, is_duplicate, needs_words
from portal.repairs.rules.claims import (
    CLAIM,
    ClaimAction,
    ClaimReason,
    ClaimState,
    Said,
    check_said,
    decide_lines,
    may_object,
    outcome,
)

#: The manufacturer's three verbs.
DECISIONS = frozenset({ClaimAction.APPROVE, ClaimAction.REJECT, ClaimAction.RETURN})
_TAGS = {
    ClaimState.APPROVED: Tag.CLAIM_APPROVED,
    ClaimState.PARTLY_APPROVED: Tag.CLAIM_REDUCED,
    ClaimState.REJECTED: Tag.CLAIM_REJECTED,
    ClaimState.NEEDS_INFO: Tag.CLAIM_RETURNED,
}


@command(allow=Permission.CLAIMS_DECIDE)
def decide_claim(
    actor: Actor,
    number: str,
    decision: ClaimAction,
    *,
    granted: Mapping[str, Decimal] | None = None,
    reason: ClaimReason | None = None,
    text: str = "",
    reasons: Mapping[str, ClaimReason] | None = None,
    seen_version: int | None = None,
) -> str:
    """Approve, reject or return the claim of a record. Returns the state that it is in then.

    `granted`: line (`labour`, `onsite`, a part's code) → amount; a line that is not named, and None, mean as asked.
    `reason` and `text` are for the whole claim, `reasons` for single lines: a rejection, a return and a line that is
    cut need one, a return needs words, and so does an approval that goes over a check that needs a person (FD-2).
    What is approved is posted today. Raises RuleBroken RP-6 for a claim that can't be decided so now, RP-7 for more
    than was asked, or less than stood granted before an objection, FE-1 for whoever filed it or, after an objection,
    decided it before; Conflict when it changed meanwhile.
    """
    claim = queries.claim(number)
    _check_seen(claim, seen_version)
    CLAIM.advance(claim.state, decision)
    if decision not in DECISIONS:
        raise RuleBroken("RP-6", T("Only the dealer does that."))
    _check_person(actor, claim)
    fund = ledger.lock_fund(agreements.by_id(claim.agreement_id))
    rows = queries.claim_lines(claim)
    lines = [row.rule for row in rows]
    amounts = decide_lines(
        lines,
        decision,
        granted if decision is ClaimAction.APPROVE else None,
        before=queries.granted_before(claim),
    )
    found = queries.checks_of(claim, records.get(number))
    said = Said(reason, text.strip()[:500], reasons or {})
    check_said(decision, said, lines, amounts, overrides=needs_words(found.values()))
    state = outcome(claim.state, decision, lines, amounts)
    if decision is ClaimAction.APPROVE:
        steps.post_claim(actor, fund, claim, amounts, act="claim-2" if claim.objected else "claim")
    row = _decide(actor, claim, decision, state, said, amounts)
    if decision is not ClaimAction.RETURN:
        _grant(actor, claim, row, rows, amounts, said)
    if decision is ClaimAction.APPROVE:
        _override(claim, row, found)
    record(
        _TAGS[state],
        actor,
        claim.number,
        dealer_id=claim.dealer_id,
        point_id=claim.point_id,
        asked=str(claim.asked),
        amount=str(total(amounts.values())),
        code=f"ClaimReason.{reason.name}" if reason else "",
        reason=said.text,
    )
    return state.value


@command(allow=Permission.REPAIRS_FILE)
def answer_claim(actor: Actor, number: str, *, text: str, seen_version: int | None = None) -> str:
    """The dealer's answer to a finding or to a return; a returned claim goes back to the reviewer. Returns its number.

    Raises RuleBroken FD-2 without words, RP-6 for a claim that is decided, Conflict when it changed meanwhile.
    """
    claim = queries.claim(number)
    _check_seen(claim, seen_version)
    state = CLAIM.advance(claim.state, ClaimAction.ANSWER)
    _say(actor, claim, ClaimAction.ANSWER, text, "FD-2")
    if claim.state is not state:
        claim.state, claim.waiting_since = state, clock.now()
    _record(Tag.CLAIM_ANSWERED, actor, claim, text)
    return claim.number


@command(allow=Permission.REPAIRS_FILE)
def object_to_claim(actor: Actor, number: str, *, text: str, seen_version: int | None = None) -> str:
    """The dealer's one objection; another person of the manufacturer decides anew. Returns the claim's number.

    Raises RuleBroken RP-7 when it is too late, the second one, without words, or when the same fault was claimed
    again since; Conflict when it changed meanwhile.
    """
    claim = queries.claim(number)
    _check_seen(claim, seen_version)
    if claim.decided_on is None:
        raise RuleBroken("RP-7", T("Only a claim that was cut or rejected can be objected to."))
    days = agreements.terms_on(claim.agreement_id, claim.decided_on).claim_objection_days
    today = clock.today(actor.timezone)
    refused = may_object(
        claim.state, decided_on=claim.decided_on, days=days, today=today, objected=claim.objected
    )
    if refused is not None:
        raise RuleBroken("RP-7", refused)
    steps.hold_filings()
    found = queries.checks_of(claim, records.get(number))
    if claim.state is ClaimState.REJECTED and is_duplicate(found):
        raise RuleBroken("RP-7", found[Check.DUPLICATE].text)
    _say(actor, claim, ClaimAction.OBJECT, text, "RP-7")
    claim.state = CLAIM.advance(claim.state, ClaimAction.OBJECT)
    claim.waiting_since = claim.objected_at = clock.now()
    _record(Tag.CLAIM_OBJECTED, actor, claim, text)
    return claim.number


def _check_seen(claim: Claim, seen_version: int | None) -> None:
    if seen_version is not None and claim.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


def _check_person(actor: Actor, claim: Claim) -> None:
    """FE-1: not who filed it; after an objection not who decided it."""
    if actor.person_id is None:
        return
    if claim.filed_by_id is not None:
        check_four_eyes(claim.filed_by_id, actor.person_id)
    if claim.objected and claim.decided_by_id is not None:
        check_four_eyes(claim.decided_by_id, actor.person_id)


def _decide(
    actor: Actor,
    claim: Claim,
    decision: ClaimAction,
    state: ClaimState,
    said: Said,
    amounts: Mapping[str, Decimal],
) -> ClaimDecision:
    """Note a decision on the claim and in its history."""
    claim.state, claim.reason, claim.reason_text = state, said.reason, said.text
    row = ClaimDecision(
        claim_id=claim.id,
        dealer_id=claim.dealer_id,
        point_id=claim.point_id,
        round=len(queries.claim_decisions(claim)) + 1,
        decision=decision,
        state=state,
        granted=ZERO if decision is ClaimAction.RETURN else total(amounts.values()),
        reason=said.reason,
        text=said.text,
        person_id=actor.person_id,
        person=actor.name,
        at=clock.now(),
    )
    session().add(row)
    session().flush()
    return row


def _grant(
    actor: Actor,
    claim: Claim,
    row: ClaimDecision,
    lines: queries.Lines,
    amounts: Mapping[str, Decimal],
    said: Said,
) -> None:
    claim.granted = total(amounts.values())
    claim.decided_on, claim.decided_at = clock.today(actor.timezone), clock.now()
    claim.decided_by_id, claim.decided_by = actor.person_id, actor.name
    for line in lines:
        session().add(_granted(claim, row, line, amounts[line.key], said))


def _granted(claim: Claim, row: ClaimDecision, line: ClaimLine, amount: Decimal, said: Said) -> ClaimGrant:
    return ClaimGrant(
        decision_id=row.id,
        line_id=line.id,
        dealer_id=claim.dealer_id,
        point_id=claim.point_id,
        granted=amount,
        reason=said.of(line.key) if amount < line.asked else None,
    )


def _override(claim: Claim, row: ClaimDecision, found: Mapping[Check, Finding]) -> None:
    """Count what an approval goes over (FD-2)."""
    for check in concerns(found):
        session().add(
            ClaimOverride(
                decision_id=row.id,
                dealer_id=claim.dealer_id,
                point_id=claim.point_id,
                topic=check,
                rule=found[check].rule,
                at=row.at,
            )
        )


def _say(actor: Actor, claim: Claim, action: ClaimAction, text: str, rule: str) -> None:
    words = text.strip()[:500]
    if not words:
        raise RuleBroken(rule, T("Say it in words; the other side reads it."), field="text")
    session().add(
        ClaimAnswer(
            claim_id=claim.id,
            dealer_id=claim.dealer_id,
            point_id=claim.point_id,
            action=action,
            text=words,
            person=actor.name,
            at=clock.now(),
        )
    )


def _record(tag: Tag, actor: Actor, claim: Claim, text: str) -> None:
    record(
        tag,
        actor,
        claim.number,
        dealer_id=claim.dealer_id,
        point_id=claim.point_id,
        amount=str(claim.asked),
        reason=text.strip()[:500],
    )

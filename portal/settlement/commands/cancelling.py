"""Cancelling the fees that a quarter granted: proposed by one person, confirmed by another (ST-9, FE-1)."""

from collections.abc import Sequence

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.ledger import steps as money
from portal.settlement import queries
from portal.settlement.models import FeeCancellation
from portal.settlement.rules import CANCELLATION, CancellationAction, CancellationState, check_cancellable


@command(allow=Permission.FEES_CANCEL)
def propose_cancellation(
    actor: Actor, dealer_id: int, quarter: Quarter, *, reason: str, evidence: Sequence[str] = ()
) -> str:
    """Propose to cancel the fees of a dealer's quarter. Returns the proposal's number.

    `evidence`: numbers of the cards that were found falsified; none for a breach of contract. Raises RuleBroken ST-9
    without a reason, for a card that is not void, when the quarter has lost its fees or a proposal waits already,
    ST-5 once its statement is issued and not disputed.
    """
    if not reason.strip():
        raise RuleBroken("ST-9", T("Say why the fees are cancelled; both parties read it."), field="reason")
    agreement = agreements.in_force(dealer_id, action=False)
    cards = sorted(set(evidence))
    void = {card.number for card in queries.falsified(agreement.id)}
    for number in cards:
        if number not in void:
            raise RuleBroken(
                "ST-9", T("Card {number} of this dealer is not void.", number=number), field="evidence"
            )
    number = numbering.take("QX", clock.today(actor.timezone).year)
    # The lock lets two proposals, and a proposal and an issue, wait for each other.
    money.lock_fund(agreement)
    _check(agreement, quarter)
    waiting = queries.waiting_cancellation(agreement.id, quarter)
    if waiting is not None:
        raise RuleBroken("ST-9", T("{number} proposes it already.", number=waiting.number), field="quarter")
    proposal = FeeCancellation(
        number=number,
        agreement_id=agreement.id,
        dealer=agreement.dealer_id,
        quarter=quarter,
        state=CancellationState.PROPOSED,
        reason=reason.strip(),
        evidence=cards,
        proposed_by=actor.person_id,
        proposer=actor.name,
        proposed_at=clock.now(),
    )
    session().add(proposal)
    session().flush()
    record(
        Tag.FEES_CANCELLATION_PROPOSED,
        actor,
        number,
        quarter=str(quarter),
        reason=proposal.reason,
        cards=cards,
    )
    return number


@command(allow=Permission.FEES_CANCEL)
def confirm_cancellation(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Cancel the fees as proposed; whatever the quarter grants later is cancelled as it is posted. Returns the number.

    Raises RuleBroken FE-1 for the person who proposed it, ST-9 when it does not wait any more, ST-5 once the quarter's
    statement is issued and not disputed, Conflict when it changed meanwhile.
    """
    proposal = _seen(number, seen_version)
    if proposal.proposed_by is not None and actor.person_id is not None:
        check_four_eyes(proposal.proposed_by, actor.person_id)
    agreement = agreements.by_id(proposal.agreement_id)
    fund = money.lock_fund(agreement)
    proposal.state = CANCELLATION.advance(proposal.state, CancellationAction.CONFIRM)
    _check(agreement, proposal.quarter)
    proposal.decider, proposal.decided_at = actor.name, clock.now()
    money.cancel_fees(
        actor,
        fund,
        proposal.quarter,
        number=proposal.number,
        reason=proposal.reason,
        evidence=[str(card) for card in proposal.evidence],
    )
    record(
        Tag.FEES_CANCELLED,
        actor,
        number,
        dealer_id=agreement.dealer_id,
        quarter=str(proposal.quarter),
        reason=proposal.reason,
        amount=str(ledger.figures(agreement, proposal.quarter).cancelled),
    )
    return number


@command(allow=Permission.FEES_CANCEL)
def withdraw_cancellation(
    actor: Actor, number: str, *, note: str = "", seen_version: int | None = None
) -> str:
    """Leave the fees as they are; the proposer's own or anybody's who may cancel. Returns the number.

    Raises RuleBroken ST-9 when it does not wait any more, Conflict when it changed meanwhile.
    """
    proposal = _seen(number, seen_version)
    proposal.state = CANCELLATION.advance(proposal.state, CancellationAction.WITHDRAW)
    proposal.decider, proposal.decided_at, proposal.note = actor.name, clock.now(), note.strip()[:300]
    record(
        Tag.FEES_CANCELLATION_WITHDRAWN, actor, number, quarter=str(proposal.quarter), reason=proposal.note
    )
    return number


def _seen(number: str, seen_version: int | None) -> FeeCancellation:
    proposal = queries.cancellation(number)
    if seen_version is not None and proposal.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    return proposal


def _check(agreement: Agreement, quarter: Quarter) -> None:
    """The quarter is the agreement's, still has its fees, and its statement does not stand. Raises RuleBroken."""
    if not agreement.span.touches(quarter.first, quarter.last):
        raise RuleBroken(
            "ST-9", T("Agreement {number} has no such quarter.", number=agreement.number), field="quarter"
        )
    statement = queries.of_quarter(agreement.id, quarter)
    check_cancellable(statement.state if statement else None, statement.number if statement else "")
    done = ledger.cancelled_fee(agreement.id, quarter)
    if done is not None:
        raise RuleBroken(
            "ST-9",
            T("The fees of {quarter} are cancelled by {number}.", quarter=quarter, number=done.number),
            field="quarter",
        )

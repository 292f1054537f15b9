"""Requesting parts, deciding and cancelling (PT-1 … PT-6, PT-10).

Each act that holds or moves money locks the agreement's fund first and reads the request after that, so that no two
of them judge the same balance (PT-3).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue.rules import Supply
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.money import ZERO, total
from portal.kernel.period import last_day_within
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.models import Fund
from portal.ledger.rules import EntryKind
from portal.parts import queries, rules
from portal.parts.commands.common import hold, locked, release, rules_of, spelled, spelled_codes
from portal.parts.models import PartsDecision, PartsLine, PartsRequest, PartsSubstitute
from portal.parts.rules import (
    REQUEST,
    Purpose,
    RequestAction,
    RequestLine,
    RequestState,
    Shipping,
    Substitute,
)

#: The longest reason.
REASON = 200


@command(allow=Permission.PARTS_FILE)
def request(
    actor: Actor,
    pieces: Mapping[str, int],
    *,
    purpose: Purpose = Purpose.STOCK,
    purpose_note: str = "",
    needed_by: dt.date | None = None,
    shipping: Shipping = Shipping.ORDINARY,
    express: Decimal = ZERO,
    consent: bool = False,
    shown_excess: Decimal | None = None,
) -> str:
    """File a parts request of the actor's dealer: `pieces` are part → pieces. Returns its number.

    Its whole fund amount is reserved (PT-3) at the prices of today (PT-10); bought parts are paid before they are
    shipped, floor stock has to fit what the terms consign (PT-5). `express` is the surcharge, as the manufacturer
    quoted it, to which the dealer agrees by submitting; the first shipment charges it (PT-4). `consent`: the dealer
    agrees to what the quota doesn't cover; `shown_excess`: the amount that it saw when it agreed. Raises RuleBroken
    PT-1, PT-2, PT-5, PT-10, AG-1.
    """
    if actor.dealer_id is None:
        raise Forbidden
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(actor.dealer_id)
    if today not in agreement.span:
        raise RuleBroken("AG-1", T("Agreement {number} does not cover today.", number=agreement.number))
    priced = queries.priced(pieces, today)
    lines = tuple(line for _, line in priced)
    rules.check_request(lines, express)
    if needed_by is not None and needed_by < today:
        raise RuleBroken("PT-1", T("The parts can't be needed before today."), field="needed_by")
    number = numbering.take("BL", today.year)
    fund = ledger.lock_fund(agreement)
    refills = _refills(agreement, lines, today)
    cover = queries.cover(agreement, rules.request_total(lines), today)
    rules.check_consent(cover.excess, consent=consent, shown=shown_excess)
    filed = PartsRequest(
        agreement_id=agreement.id,
        number=number,
        state=RequestState.SUBMITTED,
        purpose=purpose,
        purpose_note=purpose_note,
        needed_by=needed_by,
        shipping=shipping,
        express=express if shipping is Shipping.EXPRESS else ZERO,
        total=cover.total,
        available=cover.available,
        covered=cover.covered,
        excess=cover.excess,
        bought=_bought(RequestState.SUBMITTED, lines),
        filed_on=today,
        filed_at=clock.now(),
        filed_by=actor.person_id,
        filer=actor.name,
    )
    session().add(filed)
    session().flush()
    session().add_all(
        PartsLine(
            request_id=filed.id,
            place=place,
            part_id=part.id,
            code=part.code,
            name=part.name,
            unit=part.unit,
            supply=part.supply,
            price=line.price,
            asked=line.asked,
            refills=refills.get(part.code, 0),
        )
        for place, (part, line) in enumerate(priced, start=1)
    )
    session().flush()
    ledger.post(
        actor, fund, EntryKind.HOLD, cover.total, source=f"{number}:hold", date=today, document=number
    )
    record(
        Tag.PARTS_FILED,
        actor,
        number,
        dealer_id=agreement.dealer_id,
        total=str(cover.total),
        excess=str(cover.excess),
        lines=len(lines),
    )
    return number


@command(allow=Permission.PARTS_DECIDE)
def decide(
    actor: Actor,
    number: str,
    approved: Mapping[str, int],
    *,
    reasons: Mapping[str, str] | None = None,
    substitutes: Mapping[str, str] | None = None,
    express: Decimal | None = None,
    seen_version: int | None = None,
) -> str:
    """Decide a request line by line: part → pieces; a part that is not named gets none (PT-6). Returns the state.

    What is not approved is released at once. `reasons`: part → why it gets fewer, or another part. `substitutes`: part
    as asked → the part that is supplied in its place, at its price of the request's day; what they cost more is
    reserved as far as the quota covers it (PT-2). `express`: the surcharge, lower than the dealer agreed to (PT-4).
    Raises RuleBroken PT-2, PT-3, PT-4, PT-6, PT-10, FE-1.
    """
    found, fund, lines = locked(number, seen_version)
    if found.filed_by is not None and actor.person_id is not None:
        check_four_eyes(found.filed_by, actor.person_id)
    today, now = clock.today(actor.timezone), clock.now()
    before = rules_of(lines)
    others = queries.substitutes(spelled_codes(substitutes or {}), found.filed_on)
    state, after = rules.decide(
        found.state,
        before,
        spelled(approved),
        {code: Substitute(part.code, part.supply, price) for code, (part, price) in others.items()},
    )
    session().add_all(
        PartsDecision(
            line_id=line.row.id,
            dealer_id=found.dealer_id,
            approved=decided.decided,
            reason=(reasons or {}).get(line.row.code, ""),
            actor=actor.name,
            at=now,
        )
        for line, decided in zip(lines, after, strict=True)
    )
    session().add_all(
        PartsSubstitute(
            line_id=line.row.id,
            dealer_id=found.dealer_id,
            part_id=part.id,
            code=part.code,
            name=part.name,
            unit=part.unit,
            supply=part.supply,
            price=price,
        )
        for line, decided in zip(lines, after, strict=True)
        if decided.part != line.row.code
        for part, price in (others[line.row.code],)
    )
    released = rules.held(found.state, before) - rules.held(state, after)
    agreement = agreements.by_id(found.agreement_id)
    if released < 0:
        rules.check_rise(-released, queries.quota(agreement, today).left)
        hold(actor, fund, found, -released, f"{number}:decide")
    else:
        release(actor, fund, found, released, f"{number}:decide")
    granted = rules.granted_express(found.express, express)
    found.express_granted = granted if granted != found.express else None
    found.state, found.decided_on = state, today
    found.ship_due = last_day_within(today, agreements.terms_on(agreement.id, today).ship_days)
    found.bought = _bought(state, after)
    session().flush()
    record(
        Tag.PARTS_DECIDED,
        actor,
        number,
        dealer_id=found.dealer_id,
        state=state.value,
        approved=str(rules.approved_total(after)),
        total=str(found.total),
    )
    return state.value


@command(allow=Permission.PARTS_FILE)
def cancel(actor: Actor, number: str, *, reason: str = "", seen_version: int | None = None) -> str:
    """Cancel what was not shipped yet; it is released (PT-3). Returns the state. Raises RuleBroken PT-3."""
    found, fund, lines = locked(number, seen_version)
    released = _let_go(actor, found, fund, rules_of(lines), f"{number}:cancel")
    return _told(Tag.PARTS_CANCELLED, actor, found, released, reason)


@command(allow=Permission.PARTS_DECIDE)
def end_rest(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """The manufacturer ships no more of what it approved: discontinued, or never paid. Returns the state.

    What is still held is released (PT-3), bought parts that were not shipped are not due any more (PT-5). The dealer
    reads `reason`. Raises RuleBroken PT-3 for a request that waits for its decision or has nothing left to ship, FD-2
    without a reason.
    """
    found, fund, lines = locked(number, seen_version)
    if found.state is RequestState.SUBMITTED:
        raise RuleBroken("PT-3", T("This request is not decided yet; decide it instead."))
    if not reason.strip():
        raise RuleBroken("FD-2", T("Say why; the other side reads it."), field="text")
    released = _let_go(actor, found, fund, rules_of(lines), f"{number}:end")
    return _told(Tag.PARTS_ENDED, actor, found, released, reason.strip()[:REASON])


def _let_go(
    actor: Actor, found: PartsRequest, fund: Fund, lines: Sequence[RequestLine], fact: str
) -> Decimal:
    """Nothing more is shipped of a request: what it still holds is released; that amount."""
    state = REQUEST.advance(found.state, RequestAction.CANCEL)
    released = rules.held(found.state, lines) - rules.held(state, lines)
    release(actor, fund, found, released, fact)
    found.state, found.bought = state, _bought(state, lines)
    session().flush()
    return released


def _told(tag: Tag, actor: Actor, found: PartsRequest, released: Decimal, reason: str) -> str:
    record(
        tag,
        actor,
        found.number,
        dealer_id=found.dealer_id,
        state=found.state.value,
        released=str(released),
        reason=reason,
    )
    return found.state.value


def _bought(state: RequestState, lines: Sequence[RequestLine]) -> Decimal | None:
    """What the bought parts of a request are paid for in `state`; None when it has none."""
    if not any(line.supply is Supply.PURCHASE for line in lines):
        return None
    return total(line.bill(line.promised(state)) for line in lines)


def _refills(agreement: Agreement, lines: Sequence[RequestLine], today: dt.date) -> dict[str, int]:
    """Part → pieces asked for that refill what repairs used. Raises RuleBroken PT-5 for more than can be consigned."""
    asked = [(line.part, line.price, line.asked) for line in lines if line.supply is Supply.FLOOR_STOCK]
    return rules.check_floor(queries.floor_stock(agreement, today), asked) if asked else {}

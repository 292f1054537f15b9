"""The manufacturer's review: queue beside evidence, one decision or many (ux.md 3, conventions 6 to 10)."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.money import ZERO
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.warranty import commands, queries
from portal.warranty.forms import ReviewForm
from portal.warranty.models import Card
from portal.warranty.queries import CardFilter, Signals, Sort
from portal.warranty.rules import (
    REASONED,
    REVIEW_DAYS,
    CardAction,
    CardState,
    Signal,
    review_due,
)
from portal.warranty.views.cards import asked, options, products, sight, waits
from portal.web.filters import money
from portal.web.forms import seen
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import Page, paged

pages = Pages("card_review", __name__, prefix="/review/cards")
#: Cards whose fees are added up at once.
MOST = 200
#: Where the queue stands while nothing else is asked for.
_TABS = (CardState.SUBMITTED, CardState.SENT_BACK, CardState.ACCEPTED, CardState.ACCEPTED_LATE)
#: How decisions are called in addresses; None: forgiving the lateness of an accepted card.
VERBS: dict[str, CardAction | None] = {
    "accept": CardAction.ACCEPT,
    "send-back": CardAction.SEND_BACK,
    "reject": CardAction.REJECT,
    "void": CardAction.VOID,
    "waive": None,
}
_DONE = {
    "accept": T("Card {number} is accepted."),
    "send-back": T("Card {number} is sent back."),
    "reject": T("Card {number} is rejected."),
    "void": T("Card {number} is void."),
    "waive": T("The lateness of card {number} is forgiven."),
}
#: What stays in the address while one card after the other is decided.
FILTERS = ("state", "dealer", "model", "signals", "q", "sort", "page", "size")


@pages.get("", allow=Permission.CARDS_REVIEW, side=Side.MANUFACTURER)
def queue() -> Response:
    chosen, sort = narrowed()
    found = paged(queries.queue(chosen, sort))
    card, place = _current(found)
    now = clock.now()
    context: dict[str, Any] = {
        "found": found,
        "tabs": _tabs(chosen),
        "fees": queries.fees(row.Card for row in found.rows),
        "total_fee": queries.fee_total(chosen),
        "products": products(),
        **options(),
        "q": request.args.get("q", ""),
        "point_id": request.args.get("dealer", ""),
        "model": request.args.get("model", ""),
        "signals": request.args.get("signals", ""),
        "sort": sort,
        "now": now,
        "waits_of": waits,
        "overdue_card": _is_overdue,
        "late_count": _overdue_count(),
        "review_days": REVIEW_DAYS,
        "Signal": Signal,
        "Sort": Sort,
        "signal_options": [(member.value, label(member)) for member in Signals],
        "here": here,
        "ticked": set(request.args.getlist("sel")),
        "seen_at": now.isoformat(),
        "card": card,
        "position": place,
        "peek": "card" not in request.args,
        "state": request.args.get("state", ""),
        "kept": kept(),
    }
    if card is not None:
        context |= {**sight(card), **_neighbours(found, place)}
    return page("warranty/queue.html", fragment="queue", **context)


def narrowed() -> tuple[CardFilter, Sort]:
    """What the address asks for; without a state, the cards that wait for the reviewer."""
    plain = asked()
    signals, sort = request.args.get("signals", ""), request.args.get("sort", "")
    chosen = CardFilter(
        states=plain.states or (CardState.SUBMITTED,),
        point_id=plain.point_id,
        model=plain.model,
        text=plain.text,
        signals=Signals(signals) if signals in list(Signals) else None,
    )
    return chosen, Sort(sort) if sort in list(Sort) else Sort.RISK


def _tabs(chosen: CardFilter) -> list[dict[str, Any]]:
    counts = queries.counts()
    return [
        {
            "label": label(state),
            "url": here(state=None if state is CardState.SUBMITTED else state.value, card=None, sel=None),
            "count": counts.get(state, 0),
            "current": state in chosen.states,
        }
        for state in _TABS
    ] + [{"label": _("Decided"), "url": url_for("warranty.index"), "count": None, "current": False}]


def _current(found: Page[Any]) -> tuple[Card | None, int | None]:
    """The card beside the list and its place on the page; one that was decided meanwhile has no place."""
    wanted = request.args.get("card", "")
    for place, row in enumerate(found.rows):
        if wanted in ("", row.Card.number):
            return row.Card, place
    return (queries.get(wanted) if wanted else None), None


def _neighbours(found: Page[Any], place: int | None) -> dict[str, Any]:
    """Where J and K lead, also over the edge of the page, and what comes after a decision."""
    size = len(found.rows)
    number = [row.Card.number for row in found.rows]
    page_number = found.number if found.number > 1 else None
    before = after = None
    following = ""
    if place is not None:
        if place > 0:
            before = here(card=number[place - 1], page=page_number, sel=None)
        elif found.prev_url:
            before = here(card=None, page=found.number - 1, sel=None)
        if place + 1 < size:
            after, following = here(card=number[place + 1], page=page_number, sel=None), number[place + 1]
        elif found.next_url:
            after = here(card=None, page=found.number + 1, sel=None)
    return {"before": before, "after": after, "following": following}


def _is_overdue(card: Card) -> bool:
    zone = ZoneInfo(actor().timezone)
    today = clock.today(actor().timezone)
    return card.state is CardState.SUBMITTED and today > review_due(
        card.waiting_since.astimezone(zone).date(), tenants.calendar()
    )


def _overdue_count() -> int:
    """How many cards have waited longer than the manufacturer means them to (FD-4)."""
    zone, today = ZoneInfo(actor().timezone), clock.today(actor().timezone)
    day, calendar = today, tenants.calendar()
    while review_due(day, calendar) >= today:
        day -= dt.timedelta(days=1)
    next_day = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    return queries.waiting_before(next_day)


@pages.get("/sum", allow=Permission.CARDS_REVIEW, side=Side.MANUFACTURER)
def sum_up() -> Response:
    """What the ticked cards come to, as the bar says it."""
    rows = queries.by_numbers(request.args.getlist("sel")[:MOST])
    return Response(_summed([card for card, _point, _risk in rows]), mimetype="text/plain")


def _summed(cards: list[Card]) -> str:
    fees = queries.fees(cards)
    return _("%(count)s ticked · fees ¥ %(amount)s", count=len(cards), amount=money(sum(fees.values(), ZERO)))


@pages.get("/<number:number>/<verb>/preview", allow=Permission.CARDS_REVIEW, side=Side.MANUFACTURER)
def preview(number: str, verb: str) -> Response:
    """What the dealer will read of a decision."""
    card, decision = queries.get(number), decision_of(verb)
    form = ReviewForm(request.args, meta={"csrf": False})
    return page(
        "warranty/decide.html",
        fragment="preview",
        **_decide_context(card, verb, decision, form),
    )


@pages.get("/<number:number>/<verb>", allow=Permission.CARDS_REVIEW, side=Side.MANUFACTURER)
def ask(number: str, verb: str) -> Response:
    """The page of one decision: its reason in code and words, and what the dealer will read."""
    card, decision = queries.get(number), decision_of(verb)
    return page("warranty/decide.html", **_decide_context(card, verb, decision, ReviewForm(formdata=None)))


@pages.post("/<number:number>/<verb>", allow=Permission.CARDS_REVIEW, side=Side.MANUFACTURER)
def decide(number: str, verb: str) -> Response:
    """Accept, send back, reject, void or waive; from the queue on to the next card, else back to the card."""
    decision = decision_of(verb)
    form = ReviewForm()
    state = form.submit(lambda: _decide(number, decision, form))
    if state is None:
        card = queries.get(number)
        context = _decide_context(card, verb, decision, form)
        return page("warranty/decide.html", status=form.status, **context)
    said = T(_DONE[verb].msgid, number=number)
    if "queue" in request.args:
        following = request.args.get("next") or None
        return done(url_for(".queue", **kept(), card=following), said)
    return done(url_for("warranty.show", number=number), said)


def _decide(number: str, decision: CardAction | None, form: ReviewForm) -> str:
    words, version, key = form.text.data or "", seen(form), form.submit_key
    if decision is None:
        return commands.waive(actor(), number, text=words, seen_version=version, key=key)
    return commands.review(
        actor(),
        number,
        decision,
        reason=form.coded,
        text=words,
        waive_late=form.waive.data,
        seen_version=version,
        key=key,
    )


def decision_of(verb: str) -> CardAction | None:
    """The decision that stands in an address; None for waiving. Raises NotFound for anything else."""
    if verb not in VERBS:
        raise NotFound
    return VERBS[verb]


def words() -> dict[str, Any]:
    """Title, button and hint of each decision."""
    return {
        "titles": {
            "accept": _("Accept a late card"),
            "send-back": _("Send the card back"),
            "reject": _("Reject the card"),
            "void": _("Void a falsified card"),
            "waive": _("Forgive the lateness"),
        },
        "buttons": {
            "accept": _("Accept"),
            "send-back": _("Send back"),
            "reject": _("Reject"),
            "void": _("Void the card"),
            "waive": _("Forgive the lateness"),
        },
        "hints": {
            "accept": _("Why the lateness is forgiven; both parties read it."),
            "send-back": _("What exactly is missing; the dealer reads it."),
            "reject": _("In your words, if the reason needs them; the dealer reads it."),
            "void": _("The evidence. The fee of this card is taken back today, and the dealer reads why."),
            "waive": _("Why the lateness is forgiven; both parties read it."),
        },
    }


def _decide_context(card: Card, verb: str, decision: CardAction | None, form: ReviewForm) -> dict[str, Any]:
    reason = form.coded
    return {
        **sight(card),
        **words(),
        "card": card,
        "verb": verb,
        "form": form,
        "coded": decision in REASONED,
        "changed": form.status == Conflict.status,
        "preview_reason": reason,
        "preview_text": form.text.data or "",
        "from_queue": {
            name: value for name, value in request.args.items() if name in (*FILTERS, "queue", "next")
        },
    }


def kept() -> dict[str, Any]:
    """What the queue is narrowed to."""
    return {name: value for name, value in request.args.items() if name in FILTERS}

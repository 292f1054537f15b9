"""Deciding many cards at once: what it would touch is shown first, each card is a transaction of its own."""

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from portal.kernel.actor import Side
from portal.kernel.errors import NotFound, PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.money import ZERO
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.warranty import commands, queries
from portal.warranty.forms import ReviewForm
from portal.warranty.models import Card, CardRisk
from portal.warranty.queries import Sort
from portal.warranty.rules import REASONED, WORDED, CardAction, check_words, left_out
from portal.warranty.views.cards import products
from portal.warranty.views.review import VERBS, decision_of, kept, narrowed, pages, words
from portal.web.pages import done, page
from portal.web.routing import actor

#: Cards that one bulk decision takes; the rest waits for the next one.
MOST = 200
#: Decisions that can be taken for many at once.
_BULK = (CardAction.ACCEPT, CardAction.SEND_BACK, CardAction.REJECT, CardAction.VOID)


@pages.get("/bulk", allow=Permission.CARDS_REVIEW, side=Side.MANUFACTURER)
def bulk() -> Response:
    """What a decision about the ticked cards, or about all that match, would really touch; nothing is done yet."""
    decision = VERBS.get(request.args.get("act", ""))
    if decision not in _BULK:
        raise NotFound
    chosen, _sort = narrowed()
    if "all" in request.args:
        upto = replace(chosen, waiting_at=_instant(request.args.get("seen_at")))
        matching = queries.counts(upto)
        wanted = queries.numbers(upto, Sort.WAITING, limit=MOST)
        total = sum(matching.values())
    else:
        wanted = request.args.getlist("sel")[:MOST]
        total = len(wanted)
    return _bulk_page(decision, wanted, ReviewForm(formdata=None), total=total)


def _instant(text: str | None) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def _bulk_page(
    decision: CardAction, wanted: list[str], form: ReviewForm, *, total: int, status: int = 200
) -> Response:
    rows = [_judged(row, decision) for row in queries.by_numbers(wanted)]
    takes = [row["card"] for row in rows if row["why_not"] is None]
    fees = queries.fees(takes)
    return page(
        "warranty/bulk_review.html",
        status=status,
        verb=next(verb for verb, known in VERBS.items() if known is decision),
        coded=decision in REASONED,
        worded=decision in REASONED | WORDED,
        rows=rows,
        takes=takes,
        total=total,
        rest=max(0, total - len(rows)),
        fees=fees,
        fee=sum(fees.values(), ZERO),
        products=products(),
        form=form,
        kept=kept(),
        most=MOST,
        done_words=done_words(),
        many_titles=many_titles(),
        **words(),
    )


def _judged(row: tuple[Card, Any, CardRisk | None], decision: CardAction) -> dict[str, Any]:
    """One card of a bulk decision, with the reason for which it is left out (None: it is taken)."""
    card, point, risk = row
    own = card.filed_by_id is not None and card.filed_by_id == actor().person_id
    why_not = left_out(card.state, decision, score=risk.score if risk else 0, own=own)
    return {"card": card, "point": point, "why_not": why_not, "taken": why_not is None}


@pages.post("/bulk", allow=Permission.CARDS_REVIEW, side=Side.MANUFACTURER)
def decide_many() -> Response:
    """Decide the cards that were shown, each in its own transaction; what changed meanwhile is left and told."""
    form = ReviewForm()
    decision = decision_of(request.form.get("verb", ""))
    shown = dict(pair.partition(":")[::2] for pair in request.form.getlist("card")[:MOST])
    if decision not in _BULK:
        raise NotFound
    words = form.text.data or ""
    if form.submit(lambda: check_words(decision, form.coded, words)) is None:
        return _bulk_page(decision, list(shown), form, total=len(shown), status=form.status)
    count, left = 0, []
    for number, version in shown.items():
        try:
            commands.review(
                actor(),
                number,
                decision,
                reason=form.coded,
                text=words,
                seen_version=int(version) if _small(version) else None,
                key=f"{form.submit_key}:{number}" if form.submit_key else None,
            )
            count += 1
        except PortalError as error:
            left.append((number, error.text))
    if left:
        return page("warranty/bulk_done.html", count=count, left=left, kept=kept())
    return done(url_for(".queue", **kept()), T("Cards decided: {count}.", count=count))


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def done_words() -> dict[str, str]:
    """What will have happened to a card."""
    return {
        "accept": _("is accepted"),
        "send-back": _("is sent back"),
        "reject": _("is rejected"),
        "void": _("is voided"),
    }


def many_titles() -> dict[str, str]:
    """The title of the page before a bulk decision."""
    return {
        "accept": _("Accept many"),
        "send-back": _("Send many back"),
        "reject": _("Reject many"),
        "void": _("Void many"),
    }

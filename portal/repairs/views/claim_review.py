"""The manufacturer's review of claims: queue beside evidence, decided line by line (ux.md 3, 7.9)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from portal.drafts.photos import shown
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.money import total
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import commands, queries
from portal.repairs.forms.claims import ClaimForm
from portal.repairs.models.claims import Claim
from portal.repairs.queries.claim_lists import ClaimFilter, Clean
from portal.repairs.rules.claim_checks import Check
from portal.repairs.rules.claims import CLAIM_CURES, ClaimAction, ClaimState
from portal.repairs.views import claims
from portal.tenants import queries as tenants
from portal.warranty.rules import REVIEW_DAYS, review_due
from portal.web.filters import money
from portal.web.forms import seen
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import Page, paged

pages = Pages("claim_review", __name__, prefix="/review/claims")
#: Claims whose amounts are added up at once.
MOST = 200
#: How decisions are called in addresses.
VERBS = {"approve": ClaimAction.APPROVE, "return": ClaimAction.RETURN, "reject": ClaimAction.REJECT}
_DONE = {
    ClaimState.APPROVED.value: T("Claim {number} is approved."),
    ClaimState.PARTLY_APPROVED.value: T("Claim {number} is approved in part."),
    ClaimState.NEEDS_INFO.value: T("Claim {number} is returned."),
    ClaimState.REJECTED.value: T("Claim {number} is rejected."),
}
#: What stays in the address while one claim after the other is decided.
FILTERS = ("state", "dealer", "model", "checks", "q", "page", "size")
_TABS = (ClaimState.SUBMITTED, ClaimState.NEEDS_INFO)


@pages.get("", allow=Permission.CLAIMS_DECIDE, side=Side.MANUFACTURER)
def queue() -> Response:
    chosen = narrowed()
    found = paged(queries.claim_queue(chosen))
    claim, place = _current(found)
    now = clock.now()
    context: dict[str, Any] = {
        "found": found,
        "tabs": _tabs(chosen),
        "asked_total": queries.asked_total(chosen),
        **claims.frame(),
        "checks": request.args.get("checks", ""),
        "check_options": [("", _("All claims")), *((member.value, label(member)) for member in Clean)],
        "Check": Check,
        "faults": fault_titles(),
        "now": now,
        "waits_of": claims.waits,
        "is_overdue": claims.is_overdue,
        "late_count": _overdue_count(),
        "review_days": REVIEW_DAYS,
        "promptness": queries.promptness(now),
        "overrides": _overrides(now),
        "here": here,
        "ticked": set(request.args.getlist("sel")),
        "seen_at": now.isoformat(),
        "claim": claim,
        "position": place,
        "peek": "claim" not in request.args,
        "kept": kept(),
    }
    if claim is not None:
        context |= {**sight(claim), **_neighbours(found, place)}
    return page("repairs/claim_queue.html", fragment="queue", **context)


def narrowed() -> ClaimFilter:
    """What the address asks for; without a state, the claims that wait for the reviewer."""
    plain, checks = claims.asked(), request.args.get("checks", "")
    return replace(
        plain,
        states=plain.states or (ClaimState.SUBMITTED,),
        checks=Clean(checks) if checks in list(Clean) else None,
    )


def sight(claim: Claim) -> dict[str, Any]:
    """The claim with its record, for the panel beside the list and the page of a decision."""
    repair, faults = queries.get(claim.number), fault_titles()
    codes = (repair.symptom, repair.reason, repair.location)
    return {
        **claims.claim_sight(claim.number),
        "repair": repair,
        "faults": faults,
        "fault_names": [faults.get(code, code) for code in codes if code],
        "photos": shown("repairs.photo", repair.number, queries.photos(repair.id)),
        "earlier": queries.earlier(repair.serial, but=claim.number),
    }


def fault_titles() -> dict[str, str]:
    """Fault code → its name in the reader's language, for the codes that are no longer offered too."""
    return {row.code: row.title for rows in queries.fault_codes(active=False).values() for row in rows}


def _tabs(chosen: ClaimFilter) -> list[dict[str, Any]]:
    counts = queries.claim_counts()
    return [
        {
            "label": label(state),
            "url": here(state=None if state is ClaimState.SUBMITTED else state.value, claim=None, sel=None),
            "count": counts.get(state, 0),
            "current": state in chosen.states,
        }
        for state in _TABS
    ] + [{"label": _("Decided"), "url": url_for("claims.index"), "count": None, "current": False}]


def _current(found: Page[Any]) -> tuple[Claim | None, int | None]:
    """The claim beside the list and its place on the page; one that was decided meanwhile has no place."""
    wanted = request.args.get("claim", "")
    for place, row in enumerate(found.rows):
        if wanted in ("", row.Claim.number):
            return row.Claim, place
    if not wanted:
        return None, None
    gone = queries.find_claim(wanted)
    if gone is None:
        raise NotFound
    return gone, None


def _neighbours(found: Page[Any], place: int | None) -> dict[str, Any]:
    """Where J and K lead, also over the edge of the page, and what comes after a decision."""
    size = len(found.rows)
    number = [row.Claim.number for row in found.rows]
    page_number = found.number if found.number > 1 else None
    before = after = None
    following = ""
    if place is not None:
        if place > 0:
            before = here(claim=number[place - 1], page=page_number, sel=None)
        elif found.prev_url:
            before = here(claim=None, page=found.number - 1, sel=None)
        if place + 1 < size:
            after, following = here(claim=number[place + 1], page=page_number, sel=None), number[place + 1]
        elif found.next_url:
            after = here(claim=None, page=found.number + 1, sel=None)
    return {"before": before, "after": after, "following": following}


def _overdue_count() -> int:
    """How many claims have waited longer than the manufacturer means them to (FD-4)."""
    zone, today = ZoneInfo(actor().timezone), clock.today(actor().timezone)
    day, calendar = today, tenants.calendar()
    while review_due(day, calendar) >= today:
        day -= dt.timedelta(days=1)
    return queries.claims_waiting_before(dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone))


def _overrides(now: dt.datetime) -> list[tuple[str, int]]:
    """Checks that approvals of the last 90 days went over, the most frequent first (FD-2)."""
    counts = queries.overrides(since=(now - dt.timedelta(days=90)).date())
    return [(label(Check(name)), count) for name, count in sorted(counts.items(), key=lambda row: -row[1])]


@pages.get("/sum", allow=Permission.CLAIMS_DECIDE, side=Side.MANUFACTURER)
def sum_up() -> Response:
    """What the ticked claims come to, as the bar says it."""
    rows = queries.claims_by_numbers(request.args.getlist("sel")[:MOST])
    amount = money(total(claim.asked for claim, _point, _repair in rows))
    return Response(
        _("%(count)s ticked · asked ¥ %(amount)s", count=len(rows), amount=amount), mimetype="text/plain"
    )


@pages.get("/<number:number>/<verb>/preview", allow=Permission.CLAIMS_DECIDE, side=Side.MANUFACTURER)
def preview(number: str, verb: str) -> Response:
    """What the dealer will read of a decision."""
    decision, form = decision_of(verb), ClaimForm(request.args, meta={"csrf": False})
    return page(
        "repairs/claim_decide.html", fragment="preview", **_decide_context(number, verb, decision, form)
    )


@pages.get("/<number:number>/<verb>", allow=Permission.CLAIMS_DECIDE, side=Side.MANUFACTURER)
def ask(number: str, verb: str) -> Response:
    """The page of one decision: its lines, its reason in code and words, and what the dealer will read."""
    decision, claim = decision_of(verb), _claim(number)
    lines = queries.claim_lines(claim) if decision is ClaimAction.APPROVE else ()
    form = ClaimForm(formdata=None, usual=lines, before=_usual(claim))
    return page("repairs/claim_decide.html", **_decide_context(number, verb, decision, form))


@pages.post("/<number:number>/<verb>", allow=Permission.CLAIMS_DECIDE, side=Side.MANUFACTURER)
def decide(number: str, verb: str) -> Response:
    """Approve, return or reject; from the queue on to the next claim, else back to the record."""
    decision, form = decision_of(verb), ClaimForm()
    state = form.submit(
        lambda: commands.decide_claim(
            actor(),
            number,
            decision,
            granted=form.granted,
            reason=form.coded,
            text=form.text.data or "",
            reasons=form.reasons,
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if state is None:
        if decision is ClaimAction.APPROVE and not form.by_key:
            form = _with_lines(form, _claim(number))
        context = _decide_context(number, verb, decision, form)
        return page("repairs/claim_decide.html", status=form.status, **context)
    said = T(_DONE[state].msgid, number=number)
    if "queue" in request.args:
        following = request.args.get("next") or None
        return done(url_for(".queue", **kept(), claim=following), said)
    return done(url_for("repairs.show", number=number, _anchor="claim"), said)


def _with_lines(refused: ClaimForm, claim: Claim) -> ClaimForm:
    """A refused approval that was sent without lines, as the page with its lines."""
    form = ClaimForm(formdata=None, usual=queries.claim_lines(claim), before=_usual(claim))
    form.refusals, form.status = [text for _id, text in refused.problems], refused.status
    return form


def _usual(claim: Claim) -> dict[str, Decimal] | None:
    """What stands in the fields of a new decision: what stood granted, if anything did; else what is asked."""
    before = queries.granted_before(claim)
    return before if before and any(before.values()) else None


def decision_of(verb: str) -> ClaimAction:
    """The decision that stands in an address. Raises NotFound for anything else."""
    if verb not in VERBS:
        raise NotFound
    return VERBS[verb]


def _claim(number: str) -> Claim:
    claim = queries.find_claim(number)
    if claim is None:
        raise NotFound
    return claim


def words() -> dict[str, Any]:
    """Title, button and hint of each decision."""
    return {
        "titles": {
            "approve": _("Approve the claim"),
            "return": _("Return the claim"),
            "reject": _("Reject the claim"),
        },
        "buttons": {"approve": _("Approve"), "return": _("Return"), "reject": _("Reject")},
        "hints": {
            "approve": _("Needed where a check is not in order; the dealer reads it."),
            "return": _("What exactly is missing; the dealer reads it."),
            "reject": _("In your words, if the reason needs them; the dealer reads it."),
        },
    }


def _decide_context(number: str, verb: str, decision: ClaimAction, form: ClaimForm) -> dict[str, Any]:
    claim = _claim(number)
    return {
        **sight(claim),
        **words(),
        "verb": verb,
        "form": form,
        "approves": decision is ClaimAction.APPROVE,
        "changed": form.status == Conflict.status,
        "cures": CLAIM_CURES,
        "preview_reason": form.coded,
        "preview_text": form.text.data or "",
        "from_queue": {
            name: value for name, value in request.args.items() if name in (*FILTERS, "queue", "next")
        },
    }


def kept() -> dict[str, Any]:
    """What the queue is narrowed to."""
    return {name: value for name, value in request.args.items() if name in FILTERS}

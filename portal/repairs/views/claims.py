"""The list of claims, what a claim's panel shows, and the dealer's answer or objection, for both sides."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from portal.catalogue import queries as catalogue
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import commands, queries
from portal.repairs.forms.claims import ClaimForm, SayForm
from portal.repairs.models.claims import Claim
from portal.repairs.queries.claim_lists import ClaimFilter
from portal.repairs.rules.claim_checks import Check, gravest_first
from portal.repairs.rules.claims import (
    CLAIM,
    CLAIM_CURES,
    OPEN_CLAIMS,
    ClaimAction,
    ClaimState,
    may_object,
)
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.warranty.rules import review_due
from portal.web.forms import seen, sent_number
from portal.web.pages import done, download, page
from portal.web.routing import Pages, actor, here, tenant_url
from portal.web.tables import paged

pages = Pages("claims", __name__, prefix="/claims")
#: Rows of one export.
MOST = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: How the dealer's acts are called in addresses.
SAYS = {"answer": ClaimAction.ANSWER, "objection": ClaimAction.OBJECT}


@pages.get("", allow=Permission.REPAIRS_READ)
def index() -> Response:
    chosen = asked()
    return page(
        "repairs/claims.html",
        fragment="listing",
        found=paged(queries.claim_listing(chosen)),
        tabs=_tabs(),
        narrowed=bool(request.args.get("dealer") or request.args.get("model")),
        promptness=queries.promptness(clock.now()),
        Check=Check,
        **frame(),
    )


def asked() -> ClaimFilter:
    """What the address narrows the list to; nonsense narrows to nothing."""
    state, point = request.args.get("state", ""), request.args.get("dealer", "")
    return ClaimFilter(
        states=(ClaimState(state),) if state in list(ClaimState) else (),
        point_id=sent_number(point),
        model=request.args.get("model", "")[:40],
        text=request.args.get("q", "").strip()[:60],
    )


def frame() -> dict[str, Any]:
    """What the query form of a list of claims offers, and what it is set to."""
    points = tenants.dealers()
    products = {row.model: row.title for row in catalogue.products()}
    everywhere = _("All dealers") if actor().side is Side.MANUFACTURER else _("All selling points")
    return {
        "point_options": [("", everywhere), *((str(point.id), point.name) for point in points)],
        "model_options": [("", _("All models")), *((model, model) for model in products)],
        "products": products,
        "q": request.args.get("q", ""),
        "state": request.args.get("state", ""),
        "point_id": request.args.get("dealer", ""),
        "model": request.args.get("model", ""),
    }


def _tabs() -> list[dict[str, Any]]:
    counts, state = queries.claim_counts(), request.args.get("state", "")
    everything = {
        "label": _("All"),
        "url": here(state=None),
        "count": sum(counts.values()),
        "current": not state,
    }
    return [everything] + [
        {
            "label": label(member),
            "url": here(state=member.value),
            "count": counts.get(member, 0),
            "current": state == member.value,
        }
        for member in ClaimState
        if counts.get(member) or member in OPEN_CLAIMS or member.value == state
    ]


@pages.get("/export.xlsx", allow=Permission.REPAIRS_READ)
def export() -> Response:
    """The list as it is narrowed, with the same columns."""
    columns = [
        OutColumn(_("Number"), width=18),
        OutColumn(_("State"), width=14),
        OutColumn(_("Dealer"), width=24),
        OutColumn(_("Model"), width=12),
        OutColumn(_("Serial"), width=20),
        OutColumn(_("Filed on"), Kind.DAY, 12),
        OutColumn(_("Asked (CNY)"), Kind.MONEY, 14),
        OutColumn(_("Granted (CNY)"), Kind.MONEY, 14),
        OutColumn(_("Reason"), width=18),
        OutColumn(_("Decided on"), Kind.DAY, 12),
    ]
    rows = [
        (
            claim.number,
            label(claim.state),
            point.name,
            claim.model,
            claim.serial,
            claim.filed_on,
            claim.asked,
            claim.granted,
            label(claim.reason) if claim.reason else "",
            claim.decided_on,
        )
        for claim, point, _repair in queries.first_claims(queries.claim_listing(asked()), MOST)
    ]
    today = clock.today(actor().timezone)
    content = write_xlsx(
        columns,
        rows,
        title=_("Warranty claims"),
        filters=request.query_string.decode()[:200],
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"claims-{today}.xlsx", media_type=XLSX)


def claim_sight(number: str) -> dict[str, Any]:
    """What the panel of a claim shows, on the page of its record and in the review; `claim` is None without one."""
    claim, repair = queries.find_claim(number), queries.get(number)
    if claim is None:
        return {"claim": None, "no_claim": queries.why_no_claim(repair)}
    who, today = actor(), clock.today(actor().timezone)
    decisions = queries.claim_decisions(claim)
    last_day = queries.last_day_to_object(claim)
    objection = _objection(claim, last_day, today)
    final = [found for found in decisions if found.row.state not in OPEN_CLAIMS]
    return {
        "claim": claim,
        "claim_lines": queries.claim_lines(claim),
        "claim_findings": gravest_first(queries.checks_of(claim, repair)),
        "claim_decisions": decisions,
        "claim_granted": final[-1] if final else None,
        "claim_answers": queries.claim_answers(claim),
        "claim_actions": {action.value for action in CLAIM.actions(claim.state)},
        "claim_cures": CLAIM_CURES,
        "claim_due": due_of(claim),
        "claim_overdue": is_overdue(claim),
        "claim_waits": waits(claim, clock.now()),
        "object_until": last_day if objection is None else None,
        "decides": who.may(Permission.CLAIMS_DECIDE),
        "answers": who.may(Permission.REPAIRS_FILE),
        "mine": who.person_id is not None and claim.filed_by_id == who.person_id,
        "decided_by_me": claim.objected
        and who.person_id is not None
        and claim.decided_by_id == who.person_id,
        "tenant_base": tenant_url("").rstrip("/"),
        "approve_form": ClaimForm(formdata=None) if who.may(Permission.CLAIMS_DECIDE) else None,
    }


def _objection(claim: Claim, last_day: dt.date | None, today: dt.date) -> T | None:
    if claim.decided_on is None or last_day is None:
        return T("Only a claim that was cut or rejected can be objected to.")
    days = (last_day - claim.decided_on).days
    return may_object(
        claim.state, decided_on=claim.decided_on, days=days, today=today, objected=claim.objected
    )


def due_of(claim: Claim) -> dt.date | None:
    """The last day on which the manufacturer means to decide a waiting claim (FD-4)."""
    if claim.state is not ClaimState.SUBMITTED:
        return None
    return review_due(claim.waiting_since.astimezone(ZoneInfo(actor().timezone)).date(), tenants.calendar())


def is_overdue(claim: Claim) -> bool:
    """Whether a claim has waited longer than the manufacturer means it to (FD-4)."""
    due = due_of(claim)
    return due is not None and clock.today(actor().timezone) > due


def waits(claim: Claim, now: dt.datetime) -> T | None:
    """How long a claim has waited for the reviewer; None when it doesn't."""
    if claim.state is not ClaimState.SUBMITTED:
        return None
    hours = max(0, int((now - claim.waiting_since).total_seconds() // 3600))
    if hours < 24:
        return T("{hours} h", hours=hours)
    return T("{days} d {hours} h", days=hours // 24, hours=hours % 24)


@pages.get("/<number:number>/<says>", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def say(number: str, says: str) -> Response:
    """The page on which the dealer answers, or objects."""
    return _say_page(number, says, SayForm(formdata=None))


@pages.post("/<number:number>/<says>", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def send(number: str, says: str) -> Response:
    """Answer a finding or a return, or object to the decision (RP-7, FD-2)."""
    action, form = _action(says), SayForm()
    run = commands.answer_claim if action is ClaimAction.ANSWER else commands.object_to_claim
    sent = form.submit(
        lambda: run(actor(), number, text=form.text.data or "", seen_version=seen(form), key=form.submit_key)
    )
    if sent is None:
        return _say_page(number, says, form, status=form.status)
    said = {
        ClaimAction.ANSWER: T("The answer to claim {number} is sent.", number=number),
        ClaimAction.OBJECT: T(
            "The objection to claim {number} is sent; another person decides.", number=number
        ),
    }
    return done(url_for("repairs.show", number=number, _anchor="claim"), said[action])


def _action(says: str) -> ClaimAction:
    if says not in SAYS:
        raise NotFound
    return SAYS[says]


def _say_page(number: str, says: str, form: SayForm, status: int = 200) -> Response:
    action, sight = _action(says), claim_sight(number)
    if sight["claim"] is None:
        raise NotFound
    open_now = action.value in sight["claim_actions"]
    return page(
        "repairs/claim_say.html",
        status=status,
        form=form,
        says=says,
        objects=action is ClaimAction.OBJECT,
        possible=open_now and (action is ClaimAction.ANSWER or sight["object_until"] is not None),
        changed=form.status == Conflict.status,
        **sight,
    )

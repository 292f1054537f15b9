"""Approving many claims at once: only those without any finding; what it would touch is shown first (RP-7)."""

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from portal.kernel.actor import Side
from portal.kernel.errors import PortalError
from portal.kernel.money import total
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import commands, queries
from portal.repairs.models.claims import Claim
from portal.repairs.rules.claims import ClaimAction, left_out
from portal.repairs.views.claim_review import MOST, kept, narrowed, pages
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/bulk", allow=Permission.CLAIMS_DECIDE, side=Side.MANUFACTURER)
def bulk() -> Response:
    """What approving the ticked claims, or all that match, would really touch; nothing is done yet."""
    if "all" in request.args:
        upto = replace(narrowed(), waiting_at=_instant(request.args.get("seen_at")))
        wanted = queries.claim_numbers(upto, limit=MOST)
        count = sum(queries.claim_counts(upto).values())
    else:
        wanted = request.args.getlist("sel")[:MOST]
        count = len(wanted)
    return _bulk_page(wanted, Form(formdata=None), count=count)


def _instant(text: str | None) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def _bulk_page(wanted: list[str], form: Form, *, count: int, status: int = 200) -> Response:
    rows = [_judged(*row) for row in queries.claims_by_numbers(wanted)]
    takes = [row["claim"] for row in rows if row["taken"]]
    return page(
        "repairs/claim_bulk.html",
        status=status,
        rows=rows,
        takes=takes,
        count=count,
        rest=max(0, count - len(rows)),
        amount=total(claim.asked for claim in takes),
        form=form,
        kept=kept(),
        most=MOST,
    )


def _judged(claim: Claim, point: Any, _repair: Any) -> dict[str, Any]:
    """One claim of a bulk approval, with the reason for which it is left out (None: it is taken)."""
    who = actor().person_id
    own = who is not None and who in (claim.filed_by_id, claim.decided_by_id if claim.objected else None)
    why_not = left_out(claim.state, clean=claim.clean, own=own)
    return {"claim": claim, "point": point, "why_not": why_not, "taken": why_not is None}


@pages.post("/bulk", allow=Permission.CLAIMS_DECIDE, side=Side.MANUFACTURER)
def approve_many() -> Response:
    """Approve the claims that were shown, each in its own transaction; what changed meanwhile is left and told."""
    form = Form()
    shown = dict(pair.partition(":")[::2] for pair in request.form.getlist("claim")[:MOST])
    if form.submit(lambda: True) is None:
        return _bulk_page(list(shown), form, count=len(shown), status=form.status)
    clean = {claim.number for claim, _point, _repair in queries.claims_by_numbers(shown) if claim.clean}
    count, left = 0, []
    for number, version in shown.items():
        if number not in clean:
            left.append((number, T("A check is not clean; open it before you approve it.")))
            continue
        try:
            commands.decide_claim(
                actor(),
                number,
                ClaimAction.APPROVE,
                seen_version=int(version) if _small(version) else None,
                key=f"{form.submit_key}:{number}" if form.submit_key else None,
            )
            count += 1
        except PortalError as error:
            left.append((number, error.text))
    if left:
        return page("repairs/claim_bulk_done.html", count=count, left=left, kept=kept())
    return done(url_for(".queue", **kept()), T("Claims approved: {count}.", count=count))


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10

"""The warehouse: receiving with a bar code reader that types and presses Enter, and the quarantine (RT-4)."""

import re
from typing import Any

from flask import Response, request, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.returns import commands, queries
from portal.returns.forms import ReleaseForm, ScanForm
from portal.returns.rules import Condition, Packing, Release
from portal.tenants import queries as tenants
from portal.web.pages import done, page
from portal.web.routing import Pages, actor
from portal.web.tables import paged

desk = Pages("return_desk", __name__, prefix="/returns")
_RMA = re.compile(r"(RMA-[0-9]{4}-[0-9]{4,9})", re.IGNORECASE)
#: How an outcome of a scan is shown.
TONES = {"received": "ok", "again": "info", "quarantined": "bad", "lies_there": "warn"}


@desk.get("/receiving", allow=Permission.RETURNS_RECEIVE, side=Side.MANUFACTURER)
def receiving() -> Response:
    return _receiving_page(_fresh())


@desk.post("/receiving", allow=Permission.RETURNS_RECEIVE, side=Side.MANUFACTURER)
def scan() -> Response:
    """One scan: a unit is taken in; the label of a carton only says which request is being counted."""
    form = ScanForm()
    typed = form.serial.data or ""
    if label := _RMA.search(typed):
        return done(url_for(".receiving", request=label[1].upper()))
    found = form.submit(
        lambda: commands.scan(
            actor(),
            typed,
            condition=Condition(form.condition.data),
            complete=bool(form.complete.data),
            packing=Packing(form.packing.data),
            note=form.note.data or "",
            key=form.submit_key,
        )
    )
    if found is None:
        return _receiving_page(form, status=form.status)
    fresh = _fresh(condition=form.condition.data, packing=form.packing.data, complete=form.complete.data)
    return _receiving_page(fresh, outcome=found)


def _fresh(**kept: Any) -> ScanForm:
    """An empty form; condition and packing stay as they were chosen."""
    return ScanForm(formdata=None, **({"complete": True} | kept))


def _receiving_page(form: ScanForm, *, outcome: dict[str, str] | None = None, status: int = 200) -> Response:
    wanted = (outcome or {}).get("number") or request.args.get("request", "")[:20]
    arriving = queries.expected_units()
    current = next((one for one in arriving if one.request.number == wanted), None)
    return page(
        "returns/receiving.html",
        fragment="desk",
        status=status,
        form=form,
        outcome=outcome,
        said=_said(outcome) if outcome else None,
        tone=TONES[outcome["outcome"]] if outcome else None,
        arriving=arriving,
        current=current,
        recent=queries.received_today(clock.today(actor().timezone)),
        quarantined=queries.count_quarantined(),
    )


def _said(outcome: dict[str, str]) -> str:
    serial, number = outcome["serial"], outcome["number"]
    return {
        "received": _("%(serial)s is received for %(number)s.", serial=serial, number=number),
        "again": _("%(serial)s is counted already for %(number)s.", serial=serial, number=number),
        "quarantined": _(
            "%(serial)s came without an approved return: put it into quarantine.", serial=serial
        ),
        "lies_there": _("%(serial)s lies in quarantine already.", serial=serial),
    }[outcome["outcome"]]


@desk.get("/quarantine", allow=Permission.RETURNS_RECEIVE, side=Side.MANUFACTURER)
def quarantine() -> Response:
    return _quarantine_page(ReleaseForm(formdata=None))


@desk.post("/quarantine/<int:quarantined_id>", allow=Permission.RETURNS_RECEIVE, side=Side.MANUFACTURER)
def release(quarantined_id: int) -> Response:
    form = ReleaseForm()
    serial = form.submit(
        lambda: commands.release(
            actor(),
            quarantined_id,
            Release(form.how.data),
            note=form.note.data or "",
            key=form.submit_key,
        )
    )
    if serial is None:
        return _quarantine_page(form, status=form.status)
    return done(url_for(".quarantine"), T("{serial} has left quarantine.", serial=serial))


def _quarantine_page(form: ReleaseForm, *, status: int = 200) -> Response:
    released = request.args.get("tab") == "released"
    return page(
        "returns/quarantine.html",
        fragment="listing",
        status=status,
        found=paged(queries.quarantine(released=released), endpoint=".quarantine"),
        released=released,
        lying=queries.count_quarantined(),
        dealers={dealer.id: dealer.name for dealer in tenants.dealers()},
        form=form,
        today=clock.today(actor().timezone),
    )

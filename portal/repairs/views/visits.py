"""Planned visits (RP-11): what is due, month by month, for both sides."""

from itertools import groupby
from typing import Any

from flask import Response, request, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.commands import plans as commands
from portal.repairs.forms.plans import ReasonForm, VisitsForm
from portal.repairs.queries import plans as queries
from portal.repairs.queries.plans import VisitFilter
from portal.repairs.rules.plans import REMIND_DAYS, VISITS_OPEN, VisitState
from portal.warranty.rules import mask_name, mask_phone
from portal.web.forms import Form, seen
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("visits", __name__, prefix="/visits")
TABS = {"open": tuple(sorted(VISITS_OPEN)), "done": (VisitState.DONE,), "skipped": (VisitState.SKIPPED,)}


@pages.get("", allow=Permission.REPAIRS_READ)
def index() -> Response:
    return _index()


def _index(form: Form | None = None, status: int = 200) -> Response:
    """The calendar; `form` is one that was refused."""
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else "open"
    q = request.args.get("q", "").strip()[:60]
    found = paged(queries.visits(VisitFilter(states=TABS[tab], text=q)), size=50, endpoint="visits.index")
    titles = {"open": _("To be made"), "done": _("Done"), "skipped": _("Visits left out")}
    return page(
        "service/visits.html",
        fragment="listing",
        status=status,
        form=form,
        found=found,
        months=[
            (month, list(rows))
            for month, rows in groupby(found.rows, key=lambda row: Month.of(row[0].due_on))
        ],
        tabs=[
            {"label": title, "url": here("visits.index", tab=one), "count": None, "current": one == tab}
            for one, title in titles.items()
        ],
        tab=tab,
        q=q,
        today=clock.today(actor().timezone),
        remind=REMIND_DAYS,
        handles=_handles(),
        reason=ReasonForm(formdata=None),
        mask_name=mask_name,
        mask_phone=mask_phone,
    )


def _handles() -> bool:
    return actor().side is Side.DEALER and actor().may(Permission.REPAIRS_FILE)


@pages.get("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def new() -> Response:
    values: dict[str, Any] = {"serial": request.args.get("serial", "")[:60]}
    return page("service/visit_new.html", form=VisitsForm(formdata=None, **values))


@pages.post("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def plan() -> Response:
    form = VisitsForm()
    made = form.submit(lambda: commands.plan_visits(actor(), form.draft, key=form.submit_key))
    if made is None:
        return page("service/visit_new.html", status=form.status, form=form)
    return done(url_for(".index"), T("Planned visits: {count}", count=len(made)))


@pages.post("/<int:visit_id>/done", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def complete(visit_id: int) -> Response:
    form = ReasonForm()
    state = form.submit(
        lambda: commands.complete_visit(
            actor(), visit_id, document=form.document.data or "", seen_version=seen(form), key=form.submit_key
        )
    )
    if state is None:
        form.document.id = f"done-{visit_id}"
        return _index(form, form.status)
    return done(url_for(".index"), T("The visit is done."))


@pages.post("/<int:visit_id>/skip", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def skip(visit_id: int) -> Response:
    form = ReasonForm()
    state = form.submit(
        lambda: commands.skip_visit(
            actor(), visit_id, reason=form.reason.data or "", seen_version=seen(form), key=form.submit_key
        )
    )
    if state is None:
        form.reason.id = f"skip-{visit_id}"
        return _index(form, form.status)
    return done(url_for(".index"), T("The visit is left out."))

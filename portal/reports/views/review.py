"""The manufacturer's matrix of dealers and months, and its decisions (MF-4)."""

from flask import Response, request, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import ngettext
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import BulkForm, DecideForm
from portal.reports.rules import MISSING, FormState
from portal.reports.views.common import pages
from portal.reports.views.show import shown
from portal.web.pages import done, page
from portal.web.routing import actor
from portal.web.tables import sliced


@pages.get("/review", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def review() -> Response:
    """Dealers and months of a quarter, each with the state of its forms."""
    return _review_page(BulkForm())


@pages.post("/review/accept", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def accept_many() -> Response:
    form = BulkForm()
    answer = form.submit(lambda: commands.accept_many(actor(), form.numbers, key=form.submit_key))
    if answer is None:
        return _review_page(form, form.status)
    accepted, left = len(answer["accepted"]), len(answer["left"])
    text = ngettext("%(num)s form accepted.", "%(num)s forms accepted.", accepted)
    if left:
        text += " " + ngettext(
            "%(num)s was left: it has findings, or was decided meanwhile.",
            "%(num)s were left: they have findings, or were decided meanwhile.",
            left,
        )
    return done(
        url_for(".review", quarter=request.args.get("quarter"), q=request.args.get("q") or None), text
    )


@pages.post("/<number:number>/accept", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def accept(number: str) -> Response:
    form = DecideForm()
    decided = form.submit(
        lambda: commands.accept(actor(), number, seen_version=form.seen_version, key=form.submit_key)
    )
    if decided is None:
        return shown(queries.by_number(number), form, form.status)
    return done(url_for(".show", number=number), T("{number} is accepted.", number=number))


@pages.post("/<number:number>/return", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def send_back(number: str) -> Response:
    form = DecideForm()
    decided = form.submit(
        lambda: commands.send_back(
            actor(),
            number,
            reason=form.reason.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if decided is None:
        return shown(queries.by_number(number), form, form.status)
    return done(url_for(".show", number=number), T("{number} is returned to the dealer.", number=number))


def _review_page(form: BulkForm, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    text = request.args.get("q", "").strip()[:60]
    try:
        quarter = Quarter.parse(request.args.get("quarter", ""))
    except ValueError:
        quarter = Month.of(today).previous.quarter
    rows = queries.matrix(quarter.months, today)
    if text:
        rows = [row for row in rows if text.lower() in f"{row.dealer.code} {row.dealer.name}".lower()]
    cells = [cell for row in rows for cell in row.months.values() if cell]
    return page(
        "reports/review.html",
        fragment="matrix",
        status=status,
        form=form,
        quarter=quarter,
        found=sliced(rows, size=50, endpoint=".review"),
        counts={state: sum(cell.state is state for cell in cells) for state in FormState},
        late=sum(cell.state in MISSING and cell.late > 0 for cell in cells),
        today=today,
        q=text,
        newest=Month.of(today).quarter,
        FormState=FormState,
        MISSING=MISSING,
    )

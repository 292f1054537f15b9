"""Quarters and where they stand; starting a run; closing (ST-4, ST-5)."""

from flask import Response, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement import commands, queries
from portal.settlement.forms import LIFT, StartForm
from portal.settlement.rules import StatementState
from portal.settlement.views.common import cure_url, quarter_name, quarter_of
from portal.web.forms import Form
from portal.web.pages import done, page, wants_fragment
from portal.web.routing import Pages, actor

pages = Pages("settlement", __name__, prefix="/settlements")


@pages.get("", allow=Permission.SETTLEMENT_READ, side=Side.MANUFACTURER)
def index() -> Response:
    """Every quarter since the first agreement, newest first."""
    rows = queries.quarter_rows(clock.today(actor().timezone))
    return page("settlement/index.html", rows=rows, quarter_name=quarter_name, StatementState=StatementState)


@pages.get("/<quarter>", allow=Permission.SETTLEMENT_READ, side=Side.MANUFACTURER)
def quarter(quarter: str) -> Response:
    """One quarter: who is ready and who is held, its runs, its statements, its closing."""
    asked = quarter_of(quarter)
    response = _page(asked, StartForm())
    if wants_fragment() and not queries.closing(asked, None).at_work:
        # The rest of the page has changed with the closing.
        response.headers["HX-Refresh"] = "true"
    return response


@pages.post("/<quarter>/start", allow=Permission.SETTLEMENT_RUN, side=Side.MANUFACTURER)
def start(quarter: str) -> Response:
    form, asked = StartForm(), quarter_of(quarter)
    number = form.submit(
        lambda: commands.start_run(
            actor(), asked, trial=form.trial, overrides=form.overrides, key=form.submit_key
        )
    )
    if number is None:
        return _page(asked, form, form.status)
    return done(url_for("settlement.run", quarter=quarter, number=number))


@pages.post("/<quarter>/close", allow=Permission.SETTLEMENT_CLOSE, side=Side.MANUFACTURER)
def close(quarter: str) -> Response:
    form, asked = Form(), quarter_of(quarter)
    if form.submit(lambda: commands.close_quarter(actor(), asked, key=form.submit_key)) is None:
        return _page(asked, form, form.status)
    return done(url_for(".quarter", quarter=quarter), T("The confirmed statements are being closed."))


def _page(asked: Quarter, form: Form, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    row = queries.quarter_row(asked, today)
    if not row.dealers or asked > Quarter.of(today):
        raise NotFound
    candidates = queries.candidates(asked, today)
    return page(
        "settlement/quarter.html",
        fragment="closing",
        status=status,
        form=form,
        row=row,
        today=today,
        candidates=candidates,
        held=[candidate for candidate in candidates if candidate.holds],
        ready=[candidate for candidate in candidates if not candidate.holds],
        closing=queries.closing(asked, actor().person_id),
        runs=queries.runs(asked),
        cure_url=cure_url,
        quarter_name=quarter_name,
        LIFT=LIFT,
        StatementState=StatementState,
    )

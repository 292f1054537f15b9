"""A run: its steps and progress, its figures and exceptions; issuing, stopping, resuming, printing (ST-7, ST-8)."""

from typing import Any

from flask import Response, request, url_for

from portal.documents import queries as documents
from portal.documents.download import send
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.money import ZERO, parse_money, total
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement import commands, queries
from portal.settlement.forms import LiftForm
from portal.settlement.models import SettlementRun
from portal.settlement.rules import Hold, LineState, RunState, StatementFigure, steps_of
from portal.settlement.views.common import as_xlsx, cure_url, ledger_url, quarter_name
from portal.settlement.views.quarters import pages
from portal.spreadsheets.writing import Kind, OutColumn
from portal.web.forms import Form, SeenForm
from portal.web.pages import done, page, wants_fragment
from portal.web.routing import actor, here
from portal.web.tables import paged

#: Figures of the list of dealers that stand before the result.
SHOWN = (
    StatementFigure.OPENING,
    StatementFigure.GRANTED,
    StatementFigure.DRAWN,
    StatementFigure.CHARGED,
    StatementFigure.CLAIMS,
    StatementFigure.ADJUSTED,
    StatementFigure.CANCELLED,
)
#: Figures that a list of dealers shows only where one of them is not zero.
RARE = (
    StatementFigure.CHARGED,
    StatementFigure.CLAIMS,
    StatementFigure.ADJUSTED,
    StatementFigure.CANCELLED,
)


@pages.get("/runs/<number:number>", allow=Permission.SETTLEMENT_READ, side=Side.MANUFACTURER)
def find_run(number: str) -> Response:
    """A run by its number alone: on to its page."""
    found = queries.run(number)
    return done(url_for(".run", quarter=str(found.quarter), number=number))


@pages.get("/<quarter>/runs/<number:number>", allow=Permission.SETTLEMENT_READ, side=Side.MANUFACTURER)
def run(quarter: str, number: str) -> Response:
    """A run, while it works and for ever after."""
    found = _run(quarter, number)
    response = _page(found, SeenForm())
    if wants_fragment() and not found.state.is_moving:
        # The rest of the page has changed with the state.
        response.headers["HX-Refresh"] = "true"
    return response


@pages.post("/<quarter>/runs/<number:number>/issue", allow=Permission.SETTLEMENT_RUN, side=Side.MANUFACTURER)
def issue(quarter: str, number: str) -> Response:
    found, form = _run(quarter, number), SeenForm()
    if (
        form.submit(
            lambda: commands.issue_run(actor(), number, seen_version=form.seen_version, key=form.submit_key)
        )
        is None
    ):
        return _page(found, form, form.status)
    return done(url_for(".run", quarter=quarter, number=number))


@pages.post(
    "/<quarter>/runs/<number:number>/lift/<dealer>", allow=Permission.SETTLEMENT_RUN, side=Side.MANUFACTURER
)
def lift(quarter: str, number: str, dealer: str) -> Response:
    found, form = _run(quarter, number), LiftForm()
    lifted = form.submit(
        lambda: commands.lift_holds(
            actor(), number, dealer, reason=form.reason.data or "", key=form.submit_key
        )
    )
    if lifted is None:
        return _page(found, form, form.status, lifting=dealer)
    return done(
        url_for(".run", quarter=quarter, number=number), T("The holds of {dealer} are lifted.", dealer=dealer)
    )


@pages.post("/<quarter>/runs/<number:number>/stop", allow=Permission.SETTLEMENT_RUN, side=Side.MANUFACTURER)
def stop(quarter: str, number: str) -> Response:
    found, form = _run(quarter, number), Form()
    if form.submit(lambda: commands.stop_run(actor(), number, key=form.submit_key)) is None:
        return _page(found, form, form.status)
    return done(url_for(".run", quarter=quarter, number=number), T("The run is stopped."))


@pages.post("/<quarter>/runs/<number:number>/resume", allow=Permission.SETTLEMENT_RUN, side=Side.MANUFACTURER)
def resume(quarter: str, number: str) -> Response:
    found, form = _run(quarter, number), Form()
    if form.submit(lambda: commands.resume_run(actor(), number, key=form.submit_key)) is None:
        return _page(found, form, form.status)
    return done(url_for(".run", quarter=quarter, number=number))


@pages.get(
    "/<quarter>/runs/<number:number>/print/<int:part>.pdf",
    allow=Permission.SETTLEMENT_READ,
    side=Side.MANUFACTURER,
)
def print_file(quarter: str, number: str, part: int) -> Response:
    """One file of the merged statements, in dealer order."""
    found = _run(quarter, number)
    file = next((file for file in documents.print_files(found.number) if file.part == part), None)
    if file is None:
        raise NotFound
    return send(file)


@pages.get(
    "/<quarter>/runs/<number:number>/figures.xlsx", allow=Permission.SETTLEMENT_READ, side=Side.MANUFACTURER
)
def figures(quarter: str, number: str) -> Response:
    """Every figure of every dealer of the run (ST-8)."""
    found = _run(quarter, number)
    columns = [
        OutColumn(_("Dealer code"), width=12),
        OutColumn(_("Dealer"), width=28),
        OutColumn(_("State"), width=12),
        OutColumn(_("Held by"), width=24),
        OutColumn(_("Statement"), width=18),
        OutColumn(_("Revision"), Kind.WHOLE, 8),
        *(OutColumn(label(figure), Kind.MONEY, 14) for figure in StatementFigure),
    ]
    rows = [
        (
            dealer.code,
            dealer.name,
            label(line.state),
            _(", ").join(label(Hold(name)) for name in line.holds),
            line.statement,
            line.revision or None,
            *(parse_money(line.figures[name]) if line.figures else None for name in StatementFigure),
        )
        for line, dealer, _agreement in queries.all_run_rows(found)
    ]
    return as_xlsx(found.number, quarter_name(found.quarter), columns, rows, filters=found.number)


def _run(quarter: str, number: str) -> SettlementRun:
    found = queries.run(number)
    if str(found.quarter) != quarter:
        raise NotFound
    return found


def _page(found: SettlementRun, form: Form, status: int = 200, *, lifting: str = "") -> Response:
    totals, now = queries.totals(found), clock.now()
    before, present = queries.earlier_results(found), queries.results(found)
    changed = [key for key, result in present.items() if key in before and before[key] != result]
    return page(
        "settlement/run.html",
        fragment="progress",
        status=status,
        form=form,
        lifting=lifting,
        run=found,
        quarter=found.quarter,
        quarter_name=quarter_name,
        steps=_steps(found, totals),
        current=_current(found),
        progress=queries.progress(found, now),
        # After a minute nobody looks at every step any more.
        poll=2 if (now - found.step_at).total_seconds() < 60 else 5,
        totals=totals,
        held=queries.all_run_rows(found, state=LineState.HELD),
        before=before,
        difference=total(present[key] - before[key] for key in present if key in before) if before else None,
        files=documents.print_files(found.number) if found.state is RunState.DONE else [],
        cure_url=cure_url,
        holds_of=lambda line: [Hold(name) for name in line.holds],
        LineState=LineState,
        RunState=RunState,
        **({} if found.state.is_moving else _table(found, changed)),
    )


def _table(found: SettlementRun, changed: list[int]) -> dict[str, Any]:
    """The figures by dealer: all of them, or those that changed."""
    shows_changed = request.args.get("show") == "changed" and bool(changed)
    rows = paged(queries.run_rows(found, only=changed if shows_changed else None), size=50)
    seen = [line.figures for line, _dealer, _agreement in rows.rows if line.figures]
    shown = [
        name for name in SHOWN if name not in RARE or any(parse_money(row[name]) != ZERO for row in seen)
    ]
    tabs = [
        {"label": _("All dealers"), "url": here(show=None), "count": None, "current": not shows_changed},
        {"label": _("Changed"), "url": here(show="changed"), "count": len(changed), "current": shows_changed},
    ]
    return {
        "rows": rows,
        "shown": shown,
        "tabs": tabs if changed else [],
        "amount_of": lambda line, figure: parse_money(line.figures[figure]),
        "ledger_url": ledger_url,
    }


def _current(found: SettlementRun) -> int:
    """The number of the step that is going on; one more than there are when all is done."""
    steps = steps_of(trial=found.trial)
    return len(steps) + 1 if found.state is RunState.DONE else steps.index(found.step) + 1


def _steps(found: SettlementRun, totals: queries.RunTotals) -> list[tuple[str, str]]:
    """The steps with what each is about."""
    notes = {"check": _("%(count)s dealers", count=totals.dealers), "review": _("needs a person")}
    if totals.computed == totals.dealers:
        notes["issue"] = _("%(count)s statements", count=_issuable(totals))
        notes["print"] = _("%(count)s PDF", count=_issuable(totals))
    return [(label(step), notes.get(step.value, "")) for step in steps_of(trial=found.trial)]


def _issuable(totals: queries.RunTotals) -> int:
    return totals.states.get(LineState.READY, 0) + totals.states.get(LineState.ISSUED, 0)

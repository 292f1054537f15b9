"""Statements for both parties: the list, one with everything behind its figures, the answers (ST-3, ST-5, ST-6)."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.documents import queries as documents
from portal.documents.download import send
from portal.documents.rules import (
    PART_WORDS,
    Bilingual,
    StatementView,
    by_month,
    grouped,
    outcomes,
    summary,
    thaw,
)
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, language
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement import commands, queries
from portal.settlement.forms import DisputeForm, ReplyForm, ReviseForm
from portal.settlement.models import Statement
from portal.settlement.queries import StatementFilter
from portal.settlement.rules import (
    Hold,
    Result,
    StatementFigure,
    StatementState,
    changed_figures,
    read_changes,
)
from portal.settlement.sheet.words import on_screen
from portal.settlement.views.common import as_xlsx, ledger_url, quarter_name
from portal.spreadsheets.writing import Kind, OutColumn
from portal.tenants import queries as tenants
from portal.web.forms import Form, SeenForm
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("statements", __name__, prefix="/statements")
#: States that a list can be narrowed to; a draft is never seen.
STATES = tuple(state for state in StatementState if state is not StatementState.DRAFT)
#: Columns of the months besides what was remitted and granted, where anything happened.
MONTHLY = (StatementFigure.DRAWN, StatementFigure.CHARGED, StatementFigure.CLAIMS, StatementFigure.ADJUSTED)


@pages.get("", allow=Permission.STATEMENTS_READ)
def index() -> Response:
    chosen = _asked()
    counts, quarters = queries.statement_counts(chosen.quarter), queries.statement_quarters()
    tabs = [
        {
            "label": label(state) if state else _("All"),
            "url": here(state=state.value if state else None),
            "count": counts.get(state, 0) if state else sum(counts.values()),
            "current": state is chosen.state,
        }
        for state in (None, *STATES)
    ]
    return page(
        "settlement/statements.html",
        fragment="listing",
        found=paged(queries.statement_rows(chosen)),
        chosen=chosen,
        tabs=tabs,
        quarters=quarters,
        quarter_options=[("", _("All quarters")), *((str(row), quarter_name(row)) for row in quarters)],
        today=clock.today(actor().timezone),
        quarter_name=quarter_name,
        Side=Side,
    )


@pages.get("/export.xlsx", allow=Permission.STATEMENTS_READ)
def export() -> Response:
    """The list as it is narrowed, with every figure (ST-8)."""
    chosen = _asked()
    columns = [
        OutColumn(_("Statement"), width=18),
        OutColumn(_("Revision"), Kind.WHOLE, 8),
        OutColumn(_("Quarter"), width=10),
        OutColumn(_("Dealer code"), width=12),
        OutColumn(_("Dealer"), width=28),
        OutColumn(_("State"), width=12),
        OutColumn(_("Issued on"), Kind.DAY, 12),
        OutColumn(_("Answer by"), Kind.DAY, 12),
        *(OutColumn(label(figure), Kind.MONEY, 14) for figure in StatementFigure),
    ]
    rows = []
    for statement, dealer in queries.all_statement_rows(chosen):
        result = Result.parse(statement.figures)
        rows.append(
            (
                statement.number,
                statement.revision,
                str(statement.quarter),
                dealer.code,
                dealer.name,
                label(statement.state),
                statement.issued_on,
                statement.answer_by,
                *(getattr(result, figure) for figure in StatementFigure),
            )
        )
    narrowed = [str(chosen.quarter or ""), label(chosen.state) if chosen.state else "", chosen.text]
    return as_xlsx("statements", _("Statements"), columns, rows, filters=" · ".join(filter(None, narrowed)))


@pages.get("/<number:number>", allow=Permission.STATEMENTS_READ)
def show(number: str) -> Response:
    return _page(queries.get(number), SeenForm())


@pages.get("/<number:number>/<int:revision>.pdf", allow=Permission.STATEMENTS_READ)
def pdf(number: str, revision: int) -> Response:
    """The document of a revision as it was issued. Not found while it is being printed."""
    statement = queries.get(number)
    return send(documents.find("statement", statement.number, revision))


@pages.get("/<number:number>/<int:revision>.xlsx", allow=Permission.STATEMENTS_READ)
def lines(number: str, revision: int) -> Response:
    """Every line of a revision as it was issued, to be checked against one's own books."""
    statement = queries.get(number)
    view = thaw(StatementView, queries.revision(statement.id, revision).data)
    columns = [
        OutColumn(_("Item"), width=24),
        OutColumn(_("Date"), width=12),
        OutColumn(_("Document"), width=18),
        OutColumn(_("Reference"), width=20),
        OutColumn(_("Description"), width=36),
        OutColumn(_("Quantity"), Kind.WHOLE, 10),
        OutColumn(_("Price"), Kind.MONEY, 12),
        OutColumn(_("Amount"), Kind.MONEY, 14),
        OutColumn(_("Belongs to"), width=10),
    ]
    rows = [
        (
            _said(PART_WORDS[section.part][0]),
            line.date,
            line.document,
            line.item,
            line.text,
            line.quantity,
            line.unit_price,
            line.amount,
            line.belongs_to,
        )
        for section in view.sections
        for line in section.lines
    ]
    title = f"{statement.number} · {quarter_name(statement.quarter)}"
    return as_xlsx(f"{statement.number}-{revision}", title, columns, rows)


@pages.get("/<number:number>/revisions", allow=Permission.STATEMENTS_READ)
def revisions(number: str) -> Response:
    """All revisions side by side, with what changed each of them (ST-6)."""
    statement = queries.get(number)
    found = queries.revisions(statement.id)[::-1]
    results = [Result.parse(row.figures) for row in found]
    return page(
        "settlement/revisions.html",
        statement=statement,
        dealer=tenants.dealer_by_id(statement.dealer_id),
        revisions=found,
        results=results,
        figures=[f for f in StatementFigure if f is f.RESULT or any(getattr(row, f) for row in results)],
        changed=changed_figures(results),
        printed=queries.printed(statement.number),
        changes_of=lambda row: read_changes(row.changes),
        quarter_name=quarter_name,
    )


@pages.post("/<number:number>/confirm", allow=Permission.STATEMENTS_ANSWER, side=Side.DEALER)
def confirm(number: str) -> Response:
    form = SeenForm()
    answer = form.submit(
        lambda: commands.confirm(actor(), number, seen_version=form.seen_version, key=form.submit_key)
    )
    if answer is None:
        return _page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number), T("Statement {number} is confirmed.", number=number))


@pages.post("/<number:number>/dispute", allow=Permission.STATEMENTS_ANSWER, side=Side.DEALER)
def dispute(number: str) -> Response:
    form = DisputeForm()
    answer = form.submit(
        lambda: commands.dispute(
            actor(),
            number,
            reason=form.reason.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if answer is None:
        return _page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number), T("Your objection is with the manufacturer."))


@pages.post("/<number:number>/reply", allow=Permission.STATEMENTS_REPLY)
def reply(number: str) -> Response:
    form = ReplyForm()
    if (
        form.submit(lambda: commands.reply(actor(), number, text=form.text.data or "", key=form.submit_key))
        is None
    ):
        return _page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number, _anchor="thread"), T("Your message is sent."))


@pages.post("/<number:number>/revise", allow=Permission.SETTLEMENT_RUN, side=Side.MANUFACTURER)
def revise(number: str) -> Response:
    """Compute the disputed quarter of this dealer again; issuing it is a step of the run."""
    form, statement = ReviseForm(), queries.get(number)
    code = tenants.dealer_by_id(statement.dealer_id).code
    reason = (form.reason.data or "").strip()
    run = form.submit(
        lambda: commands.start_run(
            actor(),
            statement.quarter,
            only=[code],
            overrides={code: reason} if reason else {},
            key=form.submit_key,
        )
    )
    if run is None:
        return _page(statement, form, form.status)
    return done(url_for("settlement.run", quarter=str(statement.quarter), number=run))


def _asked() -> StatementFilter:
    state, quarter = request.args.get("state", ""), request.args.get("quarter", "")
    try:
        chosen = Quarter.parse(quarter) if quarter else None
    except ValueError:
        chosen = None
    return StatementFilter(
        state=StatementState(state) if state in STATES else None,
        quarter=chosen,
        text=request.args.get("q", "").strip()[:60],
    )


def _page(statement: Statement, form: Form, status: int = 200) -> Response:
    asked = request.args.get("revision", "")
    number = (
        int(asked) if asked.isdecimal() and 0 < int(asked[:6]) <= statement.revision else statement.revision
    )
    row = queries.revision(statement.id, number)
    view = thaw(StatementView, row.data)
    agreement = agreements.by_id(statement.agreement_id)
    today = clock.today(actor().timezone)
    return page(
        "settlement/statement.html",
        status=status,
        form=form,
        reply_form=form if isinstance(form, ReplyForm) else ReplyForm(formdata=None),
        dispute_form=form if isinstance(form, DisputeForm) else DisputeForm(formdata=None),
        revise_form=form if isinstance(form, ReviseForm) else ReviseForm(formdata=None),
        statement=statement,
        revision=row,
        view=view,
        result=Result.parse(row.figures),
        dealer=tenants.dealer_by_id(statement.dealer_id),
        agreement=agreement,
        outcomes=outcomes(view),
        rows=summary(view),
        by_month=by_month,
        part_words=PART_WORDS,
        month_columns=[f for f in MONTHLY if any(getattr(month, f) for month in view.months)],
        figure=StatementFigure,
        grouped=grouped,
        printed=queries.printed(statement.number),
        messages=queries.messages(statement.id),
        revisions=queries.revisions(statement.id),
        history=audit.timeline_view(statement.number),
        days_left=(statement.answer_by - today).days if statement.answer_by else None,
        today=today,
        ledger_url=lambda account: ledger_url(agreement.number, statement.quarter, account),
        said=_said,
        line_text=lambda text: on_screen(text, english=language() == "en"),
        quarter_name=quarter_name,
        StatementState=StatementState,
        Side=Side,
        **_internal(statement, number, today),
    )


def _said(words: Bilingual) -> str:
    """Words of the printed document in the reader's language."""
    return words.en if language() == "en" else words.zh


def _internal(statement: Statement, revision: int, today: dt.date) -> dict[str, Any]:
    """What only the manufacturer's people see: how it was issued, and what would hold its next revision."""
    if actor().side is not Side.MANUFACTURER or not actor().may(Permission.SETTLEMENT_READ):
        return {"issuing": None, "issuing_run": None, "lifted": [], "held_now": (), "open_run": None}
    line = queries.issuing_line(statement.number, revision)
    disputed = statement.state is StatementState.DISPUTED
    held = queries.held_now(statement.agreement_id, statement.quarter, today) if disputed else ()
    return {
        "issuing": line,
        "issuing_run": queries.run_by_id(line.run_id) if line else None,
        "lifted": [Hold(name) for name in line.lifted] if line else [],
        "held_now": held,
        "open_run": queries.open_run(statement.quarter) if disputed else None,
    }

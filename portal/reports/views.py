"""Monthly forms: the dealer's months and one of them, the manufacturer's review (MF-1 … MF-4)."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.canonical import content_hash
from portal.kernel.errors import NotFound
from portal.kernel.i18n import ngettext
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import BulkForm, DecideForm, RemarksForm, SubmitForm
from portal.reports.models import MonthlyForm
from portal.reports.rules import (
    FIGURES,
    FORM,
    MISSING,
    FormAction,
    FormSection,
    FormState,
    check_submission,
    differences,
    due_on,
    part_lines,
)
from portal.tenants import queries as tenants
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, tenant_url
from portal.web.tables import sliced

pages = Pages("reports", __name__, prefix="/monthly")


@pages.get("", allow=Permission.FORMS_READ, side=Side.DEALER)
def hub() -> Response:
    """The months that the dealer owes, each with its state and its due day."""
    today = clock.today(actor().timezone)
    rows = queries.owed_by(actor().dealer_id or 0, today)
    running = Month.of(today)
    return page(
        "reports/hub.html",
        # The oldest is the most urgent.
        todo=[row for row in reversed(rows) if row.state in MISSING and row.month != running],
        running=next((row for row in rows if row.month == running and row.state in MISSING), None),
        sent=[row for row in rows if row.state not in MISSING],
        today=today,
    )


@pages.get("/<number:number>", allow=Permission.FORMS_READ)
def show(number: str) -> Response:
    """Submitted forms by their number; both parties share the link."""
    return _shown(queries.by_number(number), DecideForm())


@pages.get("/<month>", allow=Permission.FORMS_READ, side=Side.DEALER)
def month(month: str) -> Response:
    """A month: what the records say, and what was submitted."""
    return _dealer_page(_month(month), RemarksForm())


@pages.post("/<month>/check", allow=Permission.FORMS_SUBMIT, side=Side.DEALER)
def check(month: str) -> Response:
    """The figures and remarks once more before they are frozen."""
    asked, form = _month(month), RemarksForm()
    agreement = queries.agreement_for(actor().dealer_id or 0, asked, _agreement())
    if not form.validate():
        return _dealer_page(asked, form, 422)
    return _check_page(asked, agreement, form, 200)


@pages.post("/<month>/submit", allow=Permission.FORMS_SUBMIT, side=Side.DEALER)
def submit(month: str) -> Response:
    asked, form = _month(month), SubmitForm()
    number = form.submit(
        lambda: commands.submit(
            actor(),
            asked,
            remarks=(form.remarks.data or "").strip(),
            seen_hash=form.seen.data or None,
            agreement=_agreement(),
            key=form.submit_key,
        )
    )
    if number is None:
        agreement = queries.agreement_for(actor().dealer_id or 0, asked, _agreement())
        return _check_page(asked, agreement, form, form.status)
    return done(
        url_for(".month", month=month, agreement=_agreement() or None),
        T("The forms of {month} are submitted.", month=asked),
    )


@pages.get("/review", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def review() -> Response:
    """Dealers and months of a quarter, each with the state of its forms."""
    return _review_page(BulkForm())


@pages.post("/review/accept", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def accept_many() -> Response:
    form = BulkForm()
    answer = form.submit(lambda: commands.accept_plain(actor(), form.numbers, key=form.submit_key))
    if answer is None:
        return _review_page(form, form.status)
    accepted, left = len(answer["accepted"]), len(answer["left"])
    text = ngettext("%(num)s month accepted.", "%(num)s months accepted.", accepted)
    if left:
        text += " " + ngettext(
            "%(num)s was left: it has remarks, or was decided meanwhile.",
            "%(num)s were left: they have remarks, or were decided meanwhile.",
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
        return _shown(queries.by_number(number), form, form.status)
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
        return _shown(queries.by_number(number), form, form.status)
    return done(url_for(".show", number=number), T("{number} is returned to the dealer.", number=number))


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise NotFound from None


def _agreement() -> str:
    """Which agreement the address names, where several touch a month."""
    return request.args.get("agreement", "")


def _dealer_page(asked: Month, form: RemarksForm, status: int = 200) -> Response:
    agreement = queries.agreement_for(actor().dealer_id or 0, asked, _agreement())
    found = queries.get(agreement.id, asked)
    if found is not None and found.state not in MISSING:
        return _shown(found, DecideForm())
    if found is not None and not form.remarks.data:
        form.remarks.data = queries.revisions(found.id)[0].remarks
    today = clock.today(actor().timezone)
    terms = agreements.terms_for(agreement.id, asked.quarter)
    figures = queries.compile_figures(agreement, asked)
    return page(
        "reports/month.html",
        status=status,
        form=form,
        month=asked,
        agreement=_agreement(),
        found=found,
        history=audit.timeline_view(found.number) if found else [],
        due=due_on(asked, terms),
        findings=check_submission(asked, agreement.span, terms, today),
        today=today,
        base=tenant_url(""),
        **_figures(figures, agreement, asked),
    )


def _check_page(asked: Month, agreement: Agreement, form: RemarksForm, status: int) -> Response:
    figures = queries.compile_figures(agreement, asked)
    terms = agreements.terms_for(agreement.id, asked.quarter)
    return page(
        "reports/check.html",
        status=status,
        form=form,
        month=asked,
        agreement=_agreement(),
        seen=content_hash(figures),
        findings=check_submission(asked, agreement.span, terms, clock.today(actor().timezone)),
        base=tenant_url(""),
        **_figures(figures, agreement, asked),
    )


def _shown(found: MonthlyForm, form: DecideForm, status: int = 200) -> Response:
    """Submitted forms: the frozen figures, what changed since and between submissions, the decision."""
    agreement = agreements.by_id(found.agreement_id)
    revisions = queries.revisions(found.id)
    shown = request.args.get("revision", "")
    row = next((r for r in revisions if str(r.revision) == shown), revisions[0])
    before = next((r for r in revisions if r.revision == row.revision - 1), None)
    return page(
        "reports/show.html",
        status=status,
        form=form,
        found=found,
        revision=row,
        revisions=revisions,
        dealer=tenants.dealer_by_id(found.dealer_id),
        since=differences(row.figures, queries.compile_figures(agreement, found.month)),
        against=differences(before.figures, row.figures) if before else [],
        before=before,
        can_decide=FormAction.ACCEPT in FORM.actions(found.state) and actor().may(Permission.FORMS_ACCEPT),
        due=due_on(found.month, agreements.terms_for(agreement.id, found.month.quarter)),
        history=audit.timeline_view(found.number),
        Side=Side,
        **_figures(row.figures, agreement, found.month),
    )


def _figures(figures: dict[str, Any], agreement: Agreement, asked: Month) -> dict[str, Any]:
    """The figures by section, each section with the way to the records behind it."""
    dealer_code = (
        tenants.dealer_by_id(agreement.dealer_id).code if actor().side is Side.MANUFACTURER else None
    )
    may = actor().may
    links = {
        FormSection.CARDS: url_for("warranty.index", dealer=agreement.dealer_id if dealer_code else None)
        if may(Permission.CARDS_READ)
        else None,
        FormSection.PARTS: url_for(
            "ledger.account", quarter=str(asked.quarter), account="drawn", agreement=agreement.number
        )
        if may(Permission.LEDGER_READ)
        else None,
        FormSection.REMITTANCES: url_for("remittances.index", month=str(asked), dealer=dealer_code)
        if may(Permission.REMITTANCES_READ)
        else None,
    }
    return {
        "sections": [
            (
                section,
                links[section],
                [(figure, figure.of(figures)) for figure in FIGURES if figure.section is section],
            )
            for section in FormSection
        ],
        "part_rows": part_lines(figures),
    }


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
        remarked=queries.with_remarks([cell.form for cell in cells if cell.form]),
        today=today,
        q=text,
        newest=Month.of(today).quarter,
        FormState=FormState,
        MISSING=MISSING,
    )


@nav.add_waiting
def waiting(actor: Actor, today: dt.date) -> list[Waiting]:
    """For the dealer each month that is due or was returned; for the reviewer the months to accept."""
    if actor.side is Side.DEALER and actor.may(Permission.FORMS_SUBMIT):
        running = Month.of(today)
        return [
            Waiting(
                T("Monthly forms of {month}", month=row.month)
                if row.state is FormState.OWED
                else T("Monthly forms of {month} were returned", month=row.month),
                T("Submit"),
                url_for("reports.month", month=str(row.month)),
                due=row.due,
                overdue=row.late > 0,
            )
            for row in reversed(queries.owed_by(actor.dealer_id or 0, today))
            if row.state in MISSING and row.month != running
        ]
    if actor.side is Side.MANUFACTURER and actor.may(Permission.FORMS_ACCEPT):
        count, oldest = queries.count(FormState.SUBMITTED), queries.oldest_to_accept()
        if oldest is not None:
            url = url_for("reports.review", quarter=str(oldest.month.quarter))
            return [
                Waiting(T("Monthly forms to accept: {count}", count=count), T("Review"), url, count=count)
            ]
    return []


nav.add(
    Item(
        "work",
        T("Monthly forms"),
        "reports.hub",
        Permission.FORMS_READ,
        side=Side.DEALER,
        count=lambda _actor: queries.count(FormState.RETURNED),
        hot=True,
        order=40,
    ),
    Item(
        "todo",
        T("Monthly forms"),
        "reports.review",
        Permission.FORMS_READ,
        side=Side.MANUFACTURER,
        count=lambda _actor: queries.count(FormState.SUBMITTED),
        order=30,
    ),
)
numbers.add("YB", "reports.show", Permission.FORMS_READ)

"""The dealer's months and the forms of one of them, as task lists; checking and submitting them (MF-1, MF-3, FD-2)."""

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.findings import Severity
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import SubmitForm
from portal.reports.queries import Standing
from portal.reports.rules import LAYOUTS, MISSING, FormState, Source, check_submission
from portal.reports.views.common import asked_agreement, asked_month, own_agreement, pages
from portal.reports.views.grid import shown, where
from portal.tenants import queries as tenants
from portal.web.pages import done, page
from portal.web.routing import actor, tenant_url
from portal.web.tables import sliced


@pages.get("", allow=Permission.FORMS_READ, side=Side.DEALER)
def hub() -> Response:
    """The months that the dealer owes, each with its state, its due day and how many of its forms are done."""
    today = clock.today(actor().timezone)
    rows = queries.owed_by(actor().dealer_id or 0, today)
    missing = [row for row in reversed(rows) if row.state in MISSING]
    # What runs is not due yet, unless somebody waits for an answer.
    running = [row for row in missing if row.month == Month.of(today) and row.state is not FormState.RETURNED]
    return page(
        "reports/hub.html",
        # The oldest is the most urgent.
        todo=[row for row in missing if row not in running],
        running=running,
        sent=sliced([row for row in rows if row.state not in MISSING]),
        several=_several({row.agreement_id for row in rows}),
        today=today,
        MISSING=MISSING,
        FormState=FormState,
    )


@pages.get("/<month>", allow=Permission.FORMS_READ, side=Side.DEALER)
def month(month: str) -> Response:
    """The forms of a month as a task list."""
    asked = asked_month(month)
    agreement = own_agreement(asked)
    today = clock.today(actor().timezone)
    terms = agreements.terms_for(agreement.id, asked.quarter)
    forms = queries.standings(agreement, asked, today)
    findings = check_submission(asked, agreement.span, terms, today, tenants.calendar())
    return page(
        "reports/month.html",
        month=asked,
        today=today,
        number=agreement.number,
        agreement=asked_agreement() or None,
        stands=queries.month_of(agreement, asked, today),
        reminders=queries.reminders(agreement.id, asked),
        forms=forms,
        findings=findings,
        # Why nothing can be submitted now, whoever asks.
        blocks=[one for one in findings if one.severity is Severity.BLOCKS],
        is_open=queries.is_open(agreement.id, asked),
        words=_words,
        where=where,
        LAYOUTS=LAYOUTS,
        MISSING=MISSING,
        FormState=FormState,
        base=tenant_url(""),
    )


@pages.get("/<month>/check", allow=Permission.FORMS_SUBMIT, side=Side.DEALER)
def check(month: str) -> Response:
    """What is about to be submitted: the sums and the hash of every form, or of the one named by `kind`."""
    return _check_page(asked_month(month), SubmitForm(formdata=None))


@pages.post("/<month>/submit", allow=Permission.FORMS_SUBMIT, side=Side.DEALER)
def submit(month: str) -> Response:
    """Submit the forms whose figures were seen."""
    asked, form = asked_month(month), SubmitForm()
    seen = form.seen
    numbers = form.submit(
        lambda: commands.submit(
            actor(),
            asked,
            tuple(seen) or None,
            remarks=form.remarks.data or "",
            seen=seen or None,
            agreement=asked_agreement(),
            key=form.submit_key,
        )
    )
    if numbers is None:
        return _check_page(asked, form, form.status)
    text = T("{month}: forms submitted: {count}.", month=asked, count=len(numbers))
    return done(url_for(".month", month=month, agreement=asked_agreement() or None), text)


def _check_page(asked: Month, form: SubmitForm, status: int = 200) -> Response:
    agreement = own_agreement(asked)
    today = clock.today(actor().timezone)
    terms = agreements.terms_for(agreement.id, asked.quarter)
    named = [kind for kind in FormKind if kind.value == request.args.get("kind")]
    forms = [one for one in queries.standings(agreement, asked, today, named or None) if not one.revision]
    return page(
        "reports/check.html",
        status=status,
        form=form,
        month=asked,
        agreement=asked_agreement() or None,
        kind=named[0] if named else None,
        forms=forms,
        # Figures that were others when the page was drawn.
        moved={
            one.owed.kind
            for one in forms
            if one.owed.kind in form.seen and form.seen[one.owed.kind] != one.hash
        },
        findings=check_submission(asked, agreement.span, terms, today, tenants.calendar()),
        totals=_totals,
        words=_words,
        where=where,
        LAYOUTS=LAYOUTS,
        FormState=FormState,
        base=tenant_url(""),
    )


def _totals(one: Standing) -> list[tuple[T, str]]:
    """What the form adds up to: its row of sums and the figures beside the table, in words and as printed."""
    layout, sheet = LAYOUTS[one.owed.kind], one.sheet
    sums = [
        (column.words, shown(column, text))
        for column in layout.shown[1:]
        if column.measure.is_number and column.source is not Source.CARRIED
        if (text := sheet.total.cells.get(column.key))
    ]
    beside = [
        (column.words, shown(column, text))
        for column in layout.summary
        if (text := sheet.summary.get(column.key))
    ]
    return sums + beside


def _words(kind: FormKind, row: str, column: str, text: str) -> str:
    """A figure of a form as printed."""
    known = {one.key: one for one in LAYOUTS[kind].columns_of(row)}
    return shown(known[column], text) if column in known else text


def _several(ids: set[int]) -> dict[int, str]:
    """The numbers of the agreements by id, where the dealer has more than one; else nothing to tell apart."""
    return {one: agreements.by_id(one).number for one in ids} if len(ids) > 1 else {}

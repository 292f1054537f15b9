"""A dealer's month for the auditor, and the decision on a form with its remarks (MF-4)."""

from typing import Any

from flask import Response, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.commands.auditing import LineRemark
from portal.reports.forms import DecideForm, MonthForm, RemarkForm
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import LAYOUTS, MISSING, TOTAL, FormState, Sheet, sample
from portal.reports.views.common import asked_agreement, asked_month, pages, panels
from portal.reports.views.grid import named, where
from portal.reports.views.show import shown
from portal.tenants import queries as tenants
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor, tenant_url


@pages.get("/review/<dealer>/<month>", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def dealer_month(dealer: str, month: str) -> Response:
    """The forms of a dealer's month, each with what there is to look at."""
    return _month_page(dealer, month, MonthForm(formdata=None))


@pages.post("/review/<dealer>/<month>/accept", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def accept_month(dealer: str, month: str) -> Response:
    """Accept all forms of the month that wait."""
    form, asked = MonthForm(), asked_month(month)
    holder, agreement = tenants.dealer(dealer), asked_agreement()
    accepted = form.submit(
        lambda: commands.accept_month(
            actor(), holder.id, asked, agreement=agreement, seen=form.seen, key=form.submit_key
        )
    )
    if accepted is None:
        return _month_page(dealer, month, form, form.status)
    return done(
        url_for(".dealer_month", dealer=dealer, month=month, agreement=agreement or None),
        T("{month}: forms accepted: {count}.", month=asked, count=len(accepted)),
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


@pages.post("/<number:number>/remark", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def remark(number: str) -> Response:
    """Say something about a line or figure; the dealer reads it."""
    form = RemarkForm()
    said = form.submit(
        lambda: commands.remark(
            actor(),
            number,
            LineRemark(form.text.data or "", form.row.data or "", form.column.data or ""),
            key=form.submit_key,
        )
    )
    if said is None:
        return shown(queries.by_number(number), DecideForm(formdata=None), form.status, remark_form=form)
    return done(url_for(".show", number=number, _anchor="remarks"), T("The remark is written."))


def _month_page(code: str, text: str, form: Form, status: int = 200) -> Response:
    asked, holder = asked_month(text), tenants.dealer(code)
    try:
        agreement = queries.agreement_for(holder.id, asked, asked_agreement())
    except RuleBroken:
        raise NotFound from None
    today = clock.today(actor().timezone)
    stands = queries.month_of(agreement, asked, today)
    if stands is None:
        raise NotFound
    forms = queries.standings(agreement, asked, today)
    return page(
        "reports/audit_month.html",
        status=status,
        form=form,
        dealer=holder,
        month=asked,
        agreement=asked_agreement() or None,
        stands=stands,
        forms=forms,
        samples={one.owed.kind: _sampled(one.owed.form, one.revision) for one in forms},
        said={one.owed.kind: queries.remarks(one.owed.form.id) for one in forms if one.owed.form},
        reminders=queries.reminders(agreement.id, asked),
        next=queries.next_to_audit(_one_of(stands)),
        where=where,
        LAYOUTS=LAYOUTS,
        MISSING=MISSING,
        FormState=FormState,
        base=tenant_url(""),
    )


def _one_of(stands: queries.OwedMonth) -> MonthlyForm | None:
    """A form of the month that waits; what comes next is another."""
    return next((one.form for one in stands.in_state(FormState.SUBMITTED)), None)


def _sampled(form: MonthlyForm | None, revision: FormRevision | None) -> tuple[int, int]:
    """How many records of a submission's sample were looked at, of how many."""
    if form is None or revision is None:
        return 0, 0
    drawn = sample((one.number for one in queries.frozen(revision).records), revision.hash)
    return len(queries.checks(form.id, form.revision).keys() & set(drawn)), len(drawn)


def _panel(found: MonthlyForm, revision: FormRevision, sheet: Sheet) -> dict[str, Any]:
    """What the auditor's part of a form's page needs."""
    if actor().side is not Side.MANUFACTURER:
        return {}
    layout = LAYOUTS[found.kind]
    checked, drawn = _sampled(found, revision) if revision.revision == found.revision else (0, 0)
    rows = [("", "")] + [(row.key, named(layout, sheet, row.key)) for row in sheet.rows]
    form = RemarkForm(formdata=None)
    return {
        "remark_form": form,
        "remark_rows": rows + ([(TOTAL, "")] if layout.has_total else []),
        "remark_columns": layout.shown,
        "findings": queries.findings(found) if found.state is FormState.SUBMITTED else [],
        "checked": checked,
        "drawn": drawn,
        "next": queries.next_to_audit(found),
    }


panels.append(_panel)

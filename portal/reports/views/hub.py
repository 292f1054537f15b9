"""The dealer's months and the forms of one of them, as task lists (MF-1)."""

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import RemarksForm
from portal.reports.rules import MISSING, check_submission
from portal.reports.views.common import pages
from portal.tenants import queries as tenants
from portal.web.pages import done, page
from portal.web.routing import actor, tenant_url


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


@pages.get("/<month>", allow=Permission.FORMS_READ, side=Side.DEALER)
def month(month: str) -> Response:
    """The forms of a month as a task list."""
    return month_page(asked_month(month), RemarksForm())


@pages.post("/<month>/submit", allow=Permission.FORMS_SUBMIT, side=Side.DEALER)
def submit(month: str) -> Response:
    asked, form = asked_month(month), RemarksForm()
    numbers = form.submit(
        lambda: commands.submit(
            actor(),
            asked,
            remarks=(form.remarks.data or "").strip(),
            agreement=asked_agreement(),
            key=form.submit_key,
        )
    )
    if numbers is None:
        return month_page(asked, form, form.status)
    return done(
        url_for(".month", month=month, agreement=asked_agreement() or None),
        T("The forms of {month} are submitted.", month=asked),
    )


def asked_month(text: str) -> Month:
    """The month of an address. Raises NotFound."""
    try:
        return Month.parse(text)
    except ValueError:
        raise NotFound from None


def asked_agreement() -> str:
    """Which agreement the address names, where several touch a month."""
    return request.args.get("agreement", "")


def own_agreement(asked: Month) -> Agreement:
    """The agreement whose forms the page is about."""
    return queries.agreement_for(actor().dealer_id or 0, asked, asked_agreement())


def month_page(asked: Month, form: RemarksForm, status: int = 200) -> Response:
    """The task list of a month."""
    agreement = own_agreement(asked)
    today = clock.today(actor().timezone)
    terms = agreements.terms_for(agreement.id, asked.quarter)
    return page(
        "reports/month.html",
        status=status,
        form=form,
        month=asked,
        agreement=asked_agreement(),
        stands=queries.month_of(agreement, asked, today),
        findings=check_submission(asked, agreement.span, terms, today, tenants.calendar()),
        base=tenant_url(""),
    )

"""One form: the dealer's working page, and what was submitted by its number."""

from flask import Response, request

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.audit import queries as audit
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.reports import queries
from portal.reports.forms import DecideForm
from portal.reports.models import MonthlyForm
from portal.reports.rules import FORM, LAYOUTS, FormAction
from portal.reports.views.common import pages
from portal.reports.views.hub import asked_month, own_agreement
from portal.tenants import queries as tenants
from portal.web import numbers
from portal.web.pages import page
from portal.web.routing import actor


@pages.get("/<month>/<kind>", allow=Permission.FORMS_READ, side=Side.DEALER)
def form(month: str, kind: str) -> Response:
    """One form of a month: compiled figures, what the dealer adds."""
    try:
        asked = FormKind(kind)
    except ValueError:
        raise NotFound from None
    agreement = own_agreement(asked_month(month))
    return page(
        "reports/form.html",
        layout=LAYOUTS[asked],
        sheet=queries.frozen_or_live(agreement, asked_month(month), asked),
        month=asked_month(month),
        kind=asked,
        found=queries.find(agreement.id, asked_month(month), asked),
    )


@pages.get("/<number:number>", allow=Permission.FORMS_READ)
def show(number: str) -> Response:
    """A submitted form by its number; both parties share the link."""
    return shown(queries.by_number(number), DecideForm())


def shown(found: MonthlyForm, form: DecideForm, status: int = 200) -> Response:
    """A submitted form: the frozen figures, what changed since and between submissions, the decision."""
    agreement = agreements.by_id(found.agreement_id)
    revisions = queries.revisions(found.id)
    wanted = request.args.get("revision", "")
    row = next((r for r in revisions if str(r.revision) == wanted), revisions[0])
    return page(
        "reports/show.html",
        status=status,
        form=form,
        found=found,
        layout=LAYOUTS[found.kind],
        sheet=queries.frozen(row),
        revision=row,
        revisions=revisions,
        dealer=tenants.dealer_by_id(found.dealer_id),
        since=queries.changed(agreement, found, row),
        can_decide=FormAction.ACCEPT in FORM.actions(found.state) and actor().may(Permission.FORMS_ACCEPT),
        history=audit.timeline_view(found.number or ""),
        Side=Side,
    )


numbers.add("YB", "reports.show", Permission.FORMS_READ)

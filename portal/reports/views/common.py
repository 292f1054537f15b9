"""What the pages of monthly forms share: where they live, what their addresses mean."""

from collections.abc import Callable
from typing import Any

from flask import request

from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.period import Month
from portal.reports import queries
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import Sheet
from portal.web.routing import Pages, actor

pages = Pages("reports", __name__, prefix="/monthly")

#: What pages of the other side add to what a submitted form's template knows: (form, submission, its figures) → names.
Panel = Callable[[MonthlyForm, FormRevision, Sheet], dict[str, Any]]
panels: list[Panel] = []


def asked_month(text: str) -> Month:
    """The month of an address. Raises NotFound."""
    try:
        return Month.parse(text)
    except ValueError:
        raise NotFound from None


def asked_kind(text: str) -> FormKind:
    """The form of an address. Raises NotFound."""
    try:
        return FormKind(text)
    except ValueError:
        raise NotFound from None


def asked_agreement() -> str:
    """Which agreement the address names, where several touch a month."""
    return request.args.get("agreement", "")


def own_agreement(asked: Month) -> Agreement:
    """The dealer's agreement that the page is about. Raises NotFound where none touches the month."""
    try:
        return queries.agreement_for(actor().dealer_id or 0, asked, asked_agreement())
    except RuleBroken:
        raise NotFound from None

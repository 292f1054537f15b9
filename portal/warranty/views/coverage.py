"""Who pays: the coverage of any unit of the manufacturer on a day, for both parties (EN-14, RP-12)."""

import datetime as dt
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict

from portal.agreements.rules import CLAUSES, CostColumn
from portal.catalogue import queries as catalogue
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.warranty import queries
from portal.warranty.forms import CoverageForm
from portal.warranty.rules import Cause, Coverage, Entitlement, consumer_choices, entitlement
from portal.web.pages import page
from portal.web.routing import Pages, actor

pages = Pages("coverage", __name__, prefix="/coverage")
#: The costs that a repair can have.
OF_A_REPAIR = (CostColumn.PARTS, CostColumn.LABOUR)


@pages.get("", allow=Permission.COVERAGE_READ)
def show() -> Response:
    today = clock.today(actor().timezone)
    # A link may name the unit alone, from its page or the search: then today counts.
    given = {"day": today.isoformat(), **request.args} if request.args else None
    form = CoverageForm(formdata=MultiDict(given) if given else None, meta={"csrf": False})
    if given is None:
        form.day.data = today
    asked = given is not None and form.validate()
    covered = _coverage(form) if asked else None
    if covered is not None:
        form.offer(catalogue.components_of(covered.product_id))
    return page(
        "warranty/coverage.html",
        fragment="answer",
        form=form,
        asked=asked,
        covered=covered,
        own=covered is not None and _own(covered),
        product=catalogue.product_by_id(covered.product_id) if covered else None,
        **(judged(covered, form.on, Cause(form.cause.data), form.component.data or None) if covered else {}),
    )


def _coverage(form: CoverageForm) -> Coverage | None:
    try:
        return queries.coverage(form.serial.data, form.on)
    except NotFound:
        return None


def _own(covered: Coverage) -> bool:
    """Whether the reader may open the unit's own page."""
    return catalogue.find_unit(covered.serial) is not None


def judged(
    covered: Coverage, day: dt.date, cause: Cause = Cause.PRODUCT, component: str | None = None
) -> dict[str, Any]:
    """What templates/warranty/_coverage.html draws: the outcome of a repair, who bears what, what may be chosen."""
    found = entitlement(covered, day, cause, component)
    return {
        "found": found,
        "bearers": bearers(covered, found),
        "choices": consumer_choices(covered, day, cause, component=component)
        if covered.terms.three_guarantees
        else None,
        "clause": CLAUSES["matrix"].number,
        "rules": actor().side is Side.MANUFACTURER,
    }


def bearers(covered: Coverage, found: Entitlement) -> list[tuple[CostColumn, Any]]:
    """Who bears each cost of a repair of this class (EN-12)."""
    return [(column, covered.terms.bearer(found.cost_class, column)) for column in OF_A_REPAIR]

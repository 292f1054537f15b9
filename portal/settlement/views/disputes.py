"""The disputes that wait for an answer or a new revision (ST-5)."""

from flask import Response

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.settlement import queries
from portal.settlement.views.common import quarter_name
from portal.web.pages import page
from portal.web.routing import Pages, actor

pages = Pages("disputes", __name__, prefix="/disputes")


@pages.get("", allow=Permission.STATEMENTS_READ)
def index() -> Response:
    """The one that waits longest first."""
    return page(
        "settlement/disputes.html",
        disputes=queries.disputes(),
        today=clock.today(actor().timezone),
        quarter_name=quarter_name,
        Side=Side,
    )

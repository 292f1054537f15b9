"""The public page behind the QR of a printed document. It needs no sign-in and tells nothing else."""

import datetime as dt

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.documents import queries
from portal.documents.rules import normalise_code
from portal.kernel.permissions import Permission
from portal.web import limits
from portal.web.pages import page
from portal.web.routing import Pages

pages = Pages("documents", __name__, prefix="/v", tenant=False)

#: Codes that don't exist, per address; a code that does exist may be looked at by everybody.
MISSES = 30
WINDOW = dt.timedelta(minutes=10)


@pages.get("", allow=Permission.PUBLIC)
def look_up() -> ResponseReturnValue:
    """Where the code is typed that stands under the QR."""
    typed = request.args.get("code", "").strip()
    if typed:
        return redirect(url_for("documents.verify", code=normalise_code(typed) or "unknown"), 303)
    return page("documents/look_up.html")


@pages.get("/<code>", allow=Permission.PUBLIC)
def verify(code: str) -> ResponseReturnValue:
    """Number, parties, amount, valid or superseded; the same page with a 404 when the code is unknown."""
    document = queries.verified(code)
    if document is None:
        limits.take("verify", request.remote_addr or "", limit=MISSES, window=WINDOW)
    response = page("documents/verify.html", document=document, status=200 if document else 404)
    response.headers["X-Robots-Tag"] = "noindex"
    return response

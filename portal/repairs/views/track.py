"""The public page on which a customer looks up a repair (RP-9). It needs no sign-in and tells nothing else."""

from flask import Response, request
from wtforms import StringField

from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.permissions import Permission
from portal.repairs.queries import service as queries
from portal.repairs.rules.tracking import TRIES_AT_NUMBER, TRIES_OF_ADDRESS, WINDOW, read_digits, read_number
from portal.web import limits
from portal.web.forms import Form
from portal.web.pages import page
from portal.web.routing import Pages

pages = Pages("track", __name__, prefix="/track", tenant=False)


class TrackForm(Form):
    """What the customer knows."""

    number = StringField(_l("Number of the request"))
    digits = StringField(_l("Last four digits of the phone number"))


@pages.get("/<code>", allow=Permission.PUBLIC)
def form(code: str) -> Response:
    """Where number and digits are typed; the same page whether there is such a manufacturer or not."""
    typed = TrackForm(formdata=None, number=request.args.get("number", "")[:40])
    return _page(code, typed)


@pages.post("/<code>", allow=Permission.PUBLIC)
def look_up(code: str) -> Response:
    """The state, or the one answer for an unknown number and wrong digits.

    Every try counts, the right one too: whoever guesses can't tell by an answer that comes after the limit.
    """
    typed = TrackForm()
    limits.take("track", request.remote_addr or "", limit=TRIES_OF_ADDRESS, window=WINDOW)
    number, digits = read_number(typed.number.data or ""), read_digits(typed.digits.data or "")
    if number is not None:
        limits.take("track-number", f"{code[:20]}:{number}", limit=TRIES_AT_NUMBER, window=WINDOW)
    status = queries.status(code, number, digits) if number is not None and digits is not None else None
    return _page(code, typed, status=status, asked=True)


def _page(code: str, typed: TrackForm, *, status: object = None, asked: bool = False) -> Response:
    response = page("service/track.html", form=typed, maker=code, status_=status, asked=asked)
    response.headers["X-Robots-Tag"] = "noindex"
    return response

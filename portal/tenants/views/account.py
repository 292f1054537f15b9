"""Signing in and out, choosing for whom to act, the own profile."""

import datetime as dt
import re

from flask import Response, g, redirect, request, url_for
from flask import session as cookie
from flask_login import login_user, logout_user

from portal.kernel.actor import PUBLIC
from portal.kernel.errors import PortalError
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import commands, queries
from portal.tenants.forms import SignInForm
from portal.tenants.queries import Acting, SignedIn
from portal.web import limits
from portal.web.pages import done, page
from portal.web.routing import Pages, actor

pages = Pages("tenants", __name__, prefix="", tenant=False)
WINDOW = dt.timedelta(minutes=5)


@pages.get("/sign-in", allow=Permission.PUBLIC)
def sign_in() -> Response:
    if g.person is not None:
        return _go(request.args.get("next", ""))
    return page("tenants/sign_in.html", form=SignInForm())


@pages.post("/sign-in", allow=Permission.PUBLIC)
def sign_in_post() -> Response:
    form = SignInForm()
    token = form.submit(lambda: _token(form))
    person = queries.signed_in(token) if token else None
    if person is None:
        return page("tenants/sign_in.html", status=form.status, form=form)
    _start(person)
    return _go(request.args.get("next", ""))


@pages.post("/sign-out", allow=Permission.SIGNED_IN)
def sign_out() -> Response:
    commands.sign_out(actor(), g.person.token)
    logout_user()
    cookie.clear()
    return done(url_for(".sign_in"), T("You are signed out."))


@pages.get("/", allow=Permission.SIGNED_IN)
def choose() -> Response:
    choices = queries.acting_for(g.person.id)
    target = request.args.get("next", "")
    if len(choices) == 1 and not g.person.is_operator:
        return _to(_address(choices[0], choices, target))
    links = [(acting, _address(acting, choices, target)) for acting in choices]
    return page("tenants/choose.html", links=links)


@pages.get("/help", allow=Permission.PUBLIC)
def help() -> Response:  # noqa: A001
    return page("tenants/help.html")


@pages.get("/profile", allow=Permission.SIGNED_IN)
def profile() -> Response:
    return page("tenants/profile.html")


def _token(form: SignInForm) -> str:
    """A new session's token. Raises PortalError when the two don't fit, TooMany after too many tries."""
    email, address = form.email.data.lower(), request.remote_addr or ""
    limits.take("sign-in by address", address, limit=30, window=WINDOW)
    limits.take("sign-in by person", email, limit=10, window=WINDOW)
    token = commands.sign_in(
        PUBLIC, email, form.password.data, address=address, browser=request.user_agent.string
    )
    if token is None:
        raise PortalError(T("The e-mail address and the password don't fit together."))
    return token


def _start(person: SignedIn) -> None:
    """Begin the session in the browser; nothing of what the cookie held before stays in it."""
    cookie.clear()
    login_user(person)


def _go(target: str) -> Response:
    """To the page that was asked for before signing in, else to the home page."""
    inside = re.fullmatch(r"/m/[^\\\s]*", target)
    return _to(target if inside else url_for(".choose"))


def _to(url: str) -> Response:
    return redirect(url, 303)  # type: ignore[return-value]


def _address(acting: Acting, choices: list[Acting], target: str) -> str:
    """Where a choice leads: to `target` if it lies with that manufacturer, else to its home page."""
    same = [a for a in choices if a.manufacturer_code == acting.manufacturer_code]
    tenant = acting.manufacturer_code if acting.dealer_id is None or len(same) == 1 else acting.tenant
    inside = re.fullmatch(rf"/m/{re.escape(acting.manufacturer_code)}(?:~[A-Z0-9-]+)?(/[^\\\s]*)", target)
    return f"/m/{tenant}{inside[1]}" if inside else url_for("insight.home", tenant=tenant)

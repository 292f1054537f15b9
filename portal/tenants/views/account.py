"""Signing in and out, choosing for whom to act, the own profile."""

import datetime as dt
import re

from flask import Response, g, redirect, request, url_for
from flask import session as cookie
from flask_login import login_user, logout_user

from portal.kernel import i18n
from portal.kernel.actor import PUBLIC
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import commands, queries
from portal.tenants.access import LANGUAGE_COOKIE
from portal.tenants.forms import ChangePasswordForm, ProfileForm, SignInForm
from portal.tenants.queries import Acting, SignedIn
from portal.web import limits
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import Pages, actor

pages = Pages("tenants", __name__, prefix="", tenant=False)
WINDOW = dt.timedelta(minutes=5)


@pages.get("/sign-in", allow=Permission.PUBLIC)
def sign_in() -> Response:
    if g.person is not None:
        return go_on()
    return page("tenants/sign_in.html", form=SignInForm())


@pages.post("/sign-in", allow=Permission.PUBLIC)
def sign_in_post() -> Response:
    form = SignInForm()
    token = form.submit(lambda: _checked(form))
    if token is None:
        return page("tenants/sign_in.html", status=form.status, form=form)
    return begin(token)


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
    if not choices and g.person.is_operator:
        return _to(url_for("operator.index"))
    links = [(acting, _address(acting, choices, target)) for acting in choices]
    return page("tenants/choose.html", links=links, operator=g.person.is_operator)


@pages.get("/help", allow=Permission.PUBLIC)
def help() -> Response:  # noqa: A001
    return page("tenants/help.html", person=g.person)


@pages.get("/profile", allow=Permission.SIGNED_IN)
def profile() -> Response:
    return _profile()


@pages.post("/profile", allow=Permission.SIGNED_IN)
def save_profile() -> Response:
    form = ProfileForm()

    def save() -> bool:
        commands.change_profile(
            actor(),
            name=form.name.data,
            phone=form.phone.data or "",
            language=form.language.data,
            shortcuts=form.shortcuts.data,
        )
        return True

    if form.submit(save) is None:
        return _profile(form=form, status=form.status)
    if form.language.data:
        i18n.set_language(form.language.data)
    response = done(url_for(".profile"), T("Your profile is saved."))
    # What was chosen here counts from now on, not what a link in the header chose once.
    response.delete_cookie(LANGUAGE_COOKIE)
    return response


@pages.post("/profile/password", allow=Permission.SIGNED_IN)
def change_password() -> Response:
    form = ChangePasswordForm()

    def change() -> bool:
        limits.take("password by person", str(actor().person_id), limit=10, window=WINDOW)
        commands.change_password(
            actor(), present=form.present.data, new=form.password.data, token=g.person.token
        )
        return True

    if form.submit(change) is None:
        return _profile(password=form, status=form.status)
    return done(url_for(".profile"), T("Your password is changed. Your other sessions have ended."))


@pages.post("/profile/sessions/end", allow=Permission.SIGNED_IN)
def end_others() -> Response:
    form = Form()

    def end() -> bool:
        commands.end_other_sessions(actor(), g.person.token)
        return True

    if form.submit(end) is None:
        return _profile(status=form.status)
    return done(url_for(".profile"), T("Your other sessions have ended."))


def begin(token: str) -> Response:
    """Start the session of a token in this browser; nothing of what the cookie held before stays in it."""
    person = queries.signed_in(token)
    assert person is not None
    cookie.clear()
    login_user(person)
    response = go_on()
    if person.language:
        response.delete_cookie(LANGUAGE_COOKIE)
    return response


def go_on() -> Response:
    """To the page that was asked for before signing in, else to the home page."""
    target = request.args.get("next", "")
    inside = re.fullmatch(r"/(m|invitation|operator|profile)(/[^\\\s]*)?", target)
    return _to(target if inside else url_for("tenants.choose"))


def _checked(form: SignInForm) -> str:
    """A new session's token. Raises RuleBroken PW-3 when the two don't fit, TooMany after too many tries."""
    email, address = str(form.email.data).lower(), request.remote_addr or ""
    limits.take("sign-in by address", address, limit=30, window=WINDOW)
    limits.take("sign-in by person", email, limit=10, window=WINDOW)
    token = commands.sign_in(
        PUBLIC, email, form.password.data, address=address, browser=request.user_agent.string
    )
    if token is None:
        raise RuleBroken("PW-3", T("The e-mail address and the password don't fit together."))
    return token


def _profile(
    *, form: ProfileForm | None = None, password: ChangePasswordForm | None = None, status: int = 200
) -> Response:
    person = queries.person_by_id(g.person.id)
    return page(
        "tenants/profile.html",
        status=status,
        person=person,
        form=form or ProfileForm(formdata=None, obj=person),
        password=password or ChangePasswordForm(formdata=None),
        sessions=queries.sign_ins(person.id),
        present=queries.session_id(g.person.token),
        choices=queries.acting_for(person.id),
        csrf=Form(formdata=None),
    )


def _to(url: str) -> Response:
    return redirect(url, 303)  # type: ignore[return-value]


def _address(acting: Acting, choices: list[Acting], target: str) -> str:
    """Where a choice leads: to `target` if it lies with that manufacturer, else to its home page."""
    same = [a for a in choices if a.manufacturer_code == acting.manufacturer_code]
    tenant = acting.manufacturer_code if acting.dealer_id is None or len(same) == 1 else acting.tenant
    inside = re.fullmatch(rf"/m/{re.escape(acting.manufacturer_code)}(?:~[A-Z0-9-]+)?(/[^\\\s]*)", target)
    return f"/m/{tenant}{inside[1]}" if inside else url_for("insight.home", tenant=tenant)


def signed_in_person() -> SignedIn | None:
    """Who is signed in, on pages that need nobody."""
    person: SignedIn | None = g.person
    return person

"""What happens before every request: who is it, for whom does it act, in which language."""

from flask import Flask, Response, g, redirect, request, url_for
from flask_login import LoginManager, current_user

from portal.kernel import i18n
from portal.kernel.actor import PUBLIC
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.tenants import queries
from portal.tenants.queries import SignedIn
from portal.web.errors import SignInNeeded

LANGUAGE_COOKIE = "language"
YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Register sign-in, the tenant of the address, and the language."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(queries.signed_in)

    @app.before_request
    def identify() -> Response | None:
        signed_in = current_user.is_authenticated
        # The proxy would look the person up again in every context that it is used in.
        person: SignedIn | None = current_user._get_current_object() if signed_in else None  # noqa: SLF001
        g.person = person
        g.acting = None
        i18n.set_language(_language(person))
        g.actor = queries.plain_actor(person, request.remote_addr or "") if person else PUBLIC
        view = app.view_functions.get(request.endpoint or "")
        if getattr(view, "allow", None) in (None, Permission.PUBLIC):
            return None
        if person is None:
            raise SignInNeeded
        if g.get("tenant"):
            return _act(person)
        return None

    @app.after_request
    def remember_language(response: Response) -> Response:
        asked = request.args.get("lang", "").replace("-", "_")
        if asked in i18n.LANGUAGES:
            secure = app.config["SESSION_COOKIE_SECURE"]
            response.set_cookie(
                LANGUAGE_COOKIE, asked, max_age=YEAR, httponly=True, samesite="Lax", secure=secure
            )
        return response


def _act(person: SignedIn) -> Response | None:
    """Enter the scope that the address names. A stranger's answer is the same as for a manufacturer that isn't."""
    choices = queries.acting_for(person.id)
    candidates = queries.meant(choices, g.tenant)
    g.several = len(choices) > 1
    if not candidates:
        raise NotFound
    if len(candidates) > 1:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("tenants.choose", next=target), 303)  # type: ignore[return-value]
    g.acting = candidates[0]
    g.actor = queries.actor_of(person, g.acting, request.remote_addr or "")
    session().enter(g.actor.scope)
    return None


def _language(person: SignedIn | None) -> str:
    asked = request.args.get("lang", "").replace("-", "_")
    for code in (asked, request.cookies.get(LANGUAGE_COOKIE, ""), person.language if person else ""):
        if code in i18n.LANGUAGES:
            return code
    for tag, _quality in request.accept_languages:
        known = _of_browser(tag.lower())
        if known:
            return known
    return i18n.DEFAULT


def _of_browser(tag: str) -> str | None:
    if tag.startswith("en"):
        return "en"
    if tag.startswith("zh"):
        return "zh_Hant" if any(part in tag for part in ("hant", "tw", "hk", "mo")) else "zh_Hans"
    return None

"""Errors as pages: what happened and what to do, never a stack trace."""

import logging
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.kernel.actor import PUBLIC
from portal.kernel.db import session
from portal.kernel.errors import NotFound, PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import translate
from portal.web.pages import wants_fragment

log = logging.getLogger(__name__)
_PAGES = {400, 403, 404, 405, 409, 413, 422, 429, 500}


class SignInNeeded(Exception):
    """Nobody is signed in and the page is not public."""


def answer(status: int, text: str = "", cure: str = "") -> Response:
    """The error page of `status`; for htmx the sentence alone, which its script shows as a banner."""
    if wants_fragment():
        return make_response(text or _("That did not work. Open the page again and retry."), status)
    template = f"errors/{status if status in _PAGES - {405, 422} else 400}.html"
    if status == 405:
        template = "errors/404.html"
    context: dict[str, Any] = {"text": text, "cure": cure, "status": status}
    return make_response(render_template(template, **context), status)


def install(app: Flask) -> None:
    """Map every error to its page."""

    @app.errorhandler(PortalError)
    def portal_error(error: PortalError) -> Response:
        session().rollback()
        cure = translate(error.cure) if isinstance(error, NotFound) and error.cure else ""
        return answer(error.status, translate(error.text), cure)

    @app.errorhandler(SignInNeeded)
    def sign_in_needed(_error: SignInNeeded) -> Response:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        url = url_for("tenants.sign_in", next=target)
        if wants_fragment():
            return make_response("", 401, {"HX-Redirect": url})
        return make_response("", 303, {"Location": url})

    @app.errorhandler(CSRFError)
    def stale_form(_error: CSRFError) -> Response:
        return answer(
            400, _("Your sign-in has expired. Open this page again; what you typed is still in the form.")
        )

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        return answer(error.code or 500)

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        session().rollback()
        if "actor" not in g:
            g.actor = PUBLIC
        return answer(500)

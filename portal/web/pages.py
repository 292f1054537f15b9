"""One template serves the page and its fragments."""

from typing import Any

from flask import Response, current_app, flash, make_response, redirect, render_template
from htmx_flask import request

from portal.kernel.i18n import translate
from portal.kernel.text import T


def page(template: str, *, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """The whole page; only its block `fragment` when htmx asked for it."""
    if fragment and wants_fragment():
        current_app.update_template_context(context)
        body = _block(template, fragment, context)
        body += _block("layouts/base.html", "flashes", {**context, "oob": True})
    else:
        body = render_template(template, **context)
    return make_response(body, status)


def render_block(template: str, block: str, **context: Any) -> str:
    """One named block of a template with the context that its page would have."""
    current_app.update_template_context(context)
    return _block(template, block, context)


def _block(template: str, block: str, context: dict[str, Any]) -> str:
    compiled = current_app.jinja_env.get_template(template)
    return current_app.jinja_env.concat(compiled.blocks[block](compiled.new_context(context)))


def done(url: str, message: T | str = "") -> Response:
    """After a write: say so and go on to `url`; htmx is told to go there."""
    if message:
        flash(translate(message), "ok")
    if wants_fragment():
        return make_response("", 204, {"HX-Redirect": url})
    return redirect(url, 303)  # type: ignore[return-value]


def wants_fragment() -> bool:
    """Whether htmx asked for a piece of the page (not for a boosted link, not to restore history)."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def download(content: bytes, *, name: str, media_type: str, inline: bool = False) -> Response:
    """A file for the user: never guessed, never run."""
    response = make_response(content)
    response.headers["Content-Type"] = media_type
    response.headers.set("Content-Disposition", "inline" if inline else "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response

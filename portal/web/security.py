"""Headers of every answer, and what no request may contain."""

import re
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, abort, request
from werkzeug.sansio.utils import host_is_trusted

#: Nothing inline, nothing foreign: scripts and styles are files of ours.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
MAX_CONTENT = 32 * 1024 * 1024
#: Names under which health checks on the same machine ask.
_LOCAL = ("127.0.0.1", "localhost")
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def install(app: Flask, *, secure: bool, public_url: str) -> None:
    """Set the headers on every answer; refuse control characters in addresses, and foreign names of this host.

    `secure`: served to the world, over HTTPS and under the name of `public_url` only; otherwise under any name.
    """
    names = [urlsplit(public_url).hostname or "", *_LOCAL] if secure else []
    app.config["MAX_CONTENT_LENGTH"] = MAX_CONTENT
    app.config["MAX_FORM_PARTS"] = 5000
    app.config["MAX_FORM_MEMORY_SIZE"] = 4 * 1024 * 1024

    @app.before_request
    def refuse_foreign_names() -> None:
        if names and not host_is_trusted(request.host, names):
            abort(400)

    @app.before_request
    def refuse_control_characters() -> None:
        if _UNWANTED.search(unquote(request.full_path, errors="replace")):
            abort(400)

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()")
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.endpoint == "static":
            headers["Cache-Control"] = (
                "public, max-age=31536000, immutable" if request.args.get("v") else "no-cache"
            )
        else:
            headers.setdefault("Cache-Control", "no-store")
            response.vary.add("HX-Request")
        return response

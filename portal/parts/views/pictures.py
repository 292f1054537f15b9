"""Photos of differences in requests and answers: received one by one, or with the form."""

import datetime as dt
from typing import Any

from flask import Response, jsonify, request, url_for

from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.kernel.actor import Side
from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import translate
from portal.kernel.permissions import Permission
from portal.parts import queries
from portal.parts.views.common import differences, pages
from portal.web import limits
from portal.web.pages import download
from portal.web.routing import actor
from portal.web.uploads import read_photo

#: Photos of one line, and what a person sends within an hour.
LIMIT, MOST_AN_HOUR = 6, 600


@pages.post("/photos", allow=Permission.PARTS_FILE, side=Side.DEALER)
def upload() -> Response:
    """One photo sent ahead of its form; the answer's id travels in the form."""
    file = request.files.get("file")
    try:
        kept, size = _keep(file.read() if file else b"")
    except PortalError as refused:
        answer = jsonify(text=translate(refused.text))
        answer.status_code = refused.status
        return answer
    url = url_for("parts.uploaded", upload_id=kept)
    return jsonify(id=kept, url=url, text=_("Sent · %(size)s KB", size=-(-size // 1024)))


@pages.get("/photos/<int:upload_id>", allow=Permission.PARTS_FILE, side=Side.DEALER)
def uploaded(upload_id: int) -> Response:
    return _picture(saved.upload(upload_id).content, f"photo-{upload_id}.jpg")


@differences.get("/<number:number>/photos/<int:photo_id>", allow=Permission.PARTS_READ)
def photo(number: str, photo_id: int) -> Response:
    return _picture(queries.difference_photo(number, photo_id).content, f"{number}-{photo_id}.jpg")


def received(name: str) -> tuple[list[int], list[str]]:
    """The photos of one field of a submitted form less those taken out; what is wrong with the others."""
    taken_out = set(request.form.getlist(f"{name}_remove"))
    wanted = [int(text) for text in request.form.getlist(name) if text not in taken_out and _whole(text)]
    ids, errors = saved.known_uploads(wanted), []
    for file in request.files.getlist(f"{name}_files"):
        content = file.read()
        if not content and not file.filename:
            continue
        try:
            ids.append(_keep(content)[0])
        except PortalError as refused:
            errors.append(translate(refused.text))
    return ids[:LIMIT], errors


def field(name: str, ids: list[int], errors: list[str]) -> dict[str, Any]:
    """What `ui.photo_field` draws."""
    thumbs = [
        {"id": found, "url": url, "text": _("Photo")}
        for found in ids
        for url in [url_for("parts.uploaded", upload_id=found)]
    ]
    return {"name": name, "photos": thumbs, "errors": errors, "limit": LIMIT}


def shown(number: str, ids: list[int]) -> list[dict[str, str]]:
    """A case's photos as `ui.thumbs` draws them."""
    return [
        {"url": url, "thumb": url, "title": _("Photo")}
        for found in ids
        for url in [url_for("differences.photo", number=number, photo_id=found)]
    ]


def _keep(data: bytes) -> tuple[int, int]:
    limits.take("photo", str(actor().person_id), limit=MOST_AN_HOUR, window=dt.timedelta(hours=1))
    taken = read_photo(data)
    kept = drafts.receive_photo(actor(), content=taken.content, fingerprint=taken.fingerprint)
    return kept, len(taken.content)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _picture(content: bytes, name: str) -> Response:
    response = download(content, name=name, media_type="image/jpeg", inline=True)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response

"""Photos of units in requests and answers: sent ahead one by one, or with the form."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify, request, url_for

from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.kernel.actor import Side
from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import translate
from portal.kernel.permissions import Permission
from portal.returns import queries
from portal.returns.models import ReturnPhoto
from portal.returns.views.common import pages
from portal.web import limits
from portal.web.pages import download
from portal.web.routing import actor
from portal.web.uploads import read_photo

#: Photos of one unit, and those that one person sends within an hour.
LIMIT = 6
MOST_AN_HOUR = 600


@pages.post("/photos", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def upload() -> Response:
    """One photo sent ahead of its form; the answer's id travels in the form."""
    file = request.files.get("file")
    try:
        upload_id, size = _keep(file.read() if file else b"")
    except PortalError as refused:
        answer = jsonify(text=translate(refused.text))
        answer.status_code = refused.status
        return answer
    return jsonify(
        id=upload_id,
        url=url_for("returns.uploaded", upload_id=upload_id),
        text=_("Sent · %(size)s KB", size=-(-size // 1024)),
    )


@pages.get("/photos/<int:upload_id>", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def uploaded(upload_id: int) -> Response:
    return _picture(saved.upload(upload_id).content, f"photo-{upload_id}.jpg")


@pages.get("/<number:number>/photos/<int:photo_id>", allow=Permission.RETURNS_READ)
def photo(number: str, photo_id: int) -> Response:
    return _picture(queries.photo(number, photo_id).content, f"{number}-{photo_id}.jpg")


def received(name: str) -> tuple[list[int], list[str]]:
    """The photos of a submitted form: those sent ahead less those taken out, and files that came with it.

    Returns them with what is wrong with files that can't be taken.
    """
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


def _keep(data: bytes) -> tuple[int, int]:
    limits.take("photo", str(actor().person_id), limit=MOST_AN_HOUR, window=dt.timedelta(hours=1))
    read = read_photo(data)
    upload_id = drafts.receive_photo(actor(), content=read.content, fingerprint=read.fingerprint)
    return upload_id, len(read.content)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def waiting(ids: Sequence[int]) -> list[dict[str, Any]]:
    """Waiting photos as `ui.photo_field` and `ui.thumbs` draw them."""
    urls = {upload_id: url_for("returns.uploaded", upload_id=upload_id) for upload_id in ids}
    return [
        {"id": upload_id, "url": url, "thumb": url, "text": _("Photo"), "title": _("Photo")}
        for upload_id, url in urls.items()
    ]


def shown(number: str, photos: Sequence[ReturnPhoto]) -> list[dict[str, Any]]:
    """The photos of a unit as `ui.thumbs` draws them."""
    urls = [url_for("returns.photo", number=number, photo_id=photo.id) for photo in photos]
    return [{"url": url, "thumb": url, "title": _("Photo")} for url in urls]


def _picture(content: bytes, name: str) -> Response:
    response = download(content, name=name, media_type="image/jpeg", inline=True)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response

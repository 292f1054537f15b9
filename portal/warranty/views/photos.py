"""Photos of cards in requests and answers: received one by one, or with the form."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify, request, url_for

from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, translate
from portal.warranty.models import CardPhoto
from portal.warranty.rules import PhotoKind
from portal.web import limits
from portal.web.pages import download
from portal.web.routing import actor
from portal.web.uploads import read_photo

#: Photos of one kind.
LIMIT = 6
#: Photos that one person sends within an hour.
MOST_AN_HOUR = 600

Chosen = dict[PhotoKind, list[int]]


def keep(data: bytes) -> tuple[int, int]:
    """Read one picture and keep it for its form: (id, bytes). RuleBroken UP-1, TooMany."""
    limits.take("photo", str(actor().person_id), limit=MOST_AN_HOUR, window=dt.timedelta(hours=1))
    photo = read_photo(data)
    upload_id = drafts.receive_photo(actor(), content=photo.content, fingerprint=photo.fingerprint)
    return upload_id, len(photo.content)


def receive() -> Response:
    """One photo sent ahead of its form; the answer's id travels in the form."""
    file = request.files.get("file")
    try:
        upload_id, size = keep(file.read() if file else b"")
    except PortalError as refused:
        answer = jsonify(text=translate(refused.text))
        answer.status_code = refused.status
        return answer
    return jsonify(
        id=upload_id,
        url=url_for("warranty.uploaded", upload_id=upload_id),
        text=_("Sent · %(size)s KB", size=-(-size // 1024)),
    )


def received() -> tuple[Chosen, dict[PhotoKind, list[str]]]:
    """The photos of a submitted form: those sent ahead less those taken out, and files that came with it.

    Returns them with what is wrong with files that can't be taken.
    """
    chosen: Chosen = {}
    errors: dict[PhotoKind, list[str]] = {}
    for kind in PhotoKind:
        name = f"photo_{kind.value}"
        taken_out = set(request.form.getlist(f"{name}_remove"))
        wanted = [int(text) for text in request.form.getlist(name) if text not in taken_out and _whole(text)]
        ids = saved.known_uploads(wanted)
        for file in request.files.getlist(f"{name}_files"):
            content = file.read()
            if not content and not file.filename:
                continue
            try:
                ids.append(keep(content)[0])
            except PortalError as refused:
                errors.setdefault(kind, []).append(translate(refused.text))
        chosen[kind] = ids[:LIMIT]
    return chosen, errors


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def flat(chosen: Mapping[PhotoKind, Sequence[int]]) -> list[tuple[PhotoKind, int]]:
    """As commands take them."""
    return [(kind, upload_id) for kind, ids in chosen.items() for upload_id in ids]


def as_data(chosen: Mapping[PhotoKind, Sequence[int]]) -> dict[str, list[int]]:
    """As drafts keep them."""
    return {kind.value: list(ids) for kind, ids in chosen.items()}


def of_data(data: Mapping[str, Any]) -> Chosen:
    """The waiting photos of a draft that are still there."""
    kept = data.get("photos") or {}
    return {kind: saved.known_uploads(kept.get(kind.value) or []) for kind in PhotoKind}


def fields(
    chosen: Mapping[PhotoKind, Sequence[int]], errors: Mapping[PhotoKind, list[str]]
) -> list[dict[str, Any]]:
    """The photo fields of a form, one a kind."""
    return [
        {
            "name": f"photo_{kind.value}",
            "title": label(kind),
            "limit": LIMIT,
            "photos": thumbs({kind: chosen.get(kind, [])}),
            "errors": errors.get(kind, []),
        }
        for kind in PhotoKind
    ]


def thumbs(chosen: Mapping[PhotoKind, Sequence[int]]) -> list[dict[str, Any]]:
    """Waiting photos as `ui.thumbs` and `ui.photo_field` draw them."""
    return [
        {"id": upload_id, "url": url, "text": label(kind), "title": label(kind), "thumb": url}
        for kind, ids in chosen.items()
        for upload_id in ids
        for url in [url_for("warranty.uploaded", upload_id=upload_id)]
    ]


def shown(number: str, photos: Sequence[CardPhoto]) -> list[dict[str, Any]]:
    """A card's photos as `ui.thumbs` draws them."""
    return [
        {"url": url, "thumb": url, "title": label(photo.kind)}
        for photo in photos
        for url in [url_for("warranty.photo", number=number, photo_id=photo.id)]
    ]


def picture(content: bytes, name: str) -> Response:
    """A photo for the page; what never changes may stay in the reader's own cache."""
    response = download(content, name=name, media_type="image/jpeg", inline=True)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response

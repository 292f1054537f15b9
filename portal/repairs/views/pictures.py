"""Photos and signatures of records in requests and answers: received one by one, or with the form."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify, request, url_for

from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.kernel.errors import PortalError, RuleBroken
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, translate
from portal.kernel.text import T
from portal.repairs.forms.records import upload_id
from portal.repairs.models.records import RepairPhoto, RepairSignature
from portal.repairs.rules.records import RepairPhotoKind, SignatureKind
from portal.repairs.steps.records import Signature
from portal.web import limits
from portal.web.pages import download
from portal.web.routing import actor
from portal.web.uploads import read_photo

#: Photos of one kind, and what a person sends within an hour.
LIMIT, MOST_AN_HOUR = 6, 600
#: What is asked for when a record is filed, and what may be added to it later.
ASKED = (RepairPhotoKind.FAULT, RepairPhotoKind.PLATE, RepairPhotoKind.OLD_PART, RepairPhotoKind.DONE)

Chosen = dict[RepairPhotoKind, list[int]]


def keep(data: bytes) -> tuple[int, int]:
    """Read one picture and keep it for its form: (id, bytes). RuleBroken UP-1, TooMany."""
    limits.take("photo", str(actor().person_id), limit=MOST_AN_HOUR, window=dt.timedelta(hours=1))
    photo = read_photo(data)
    kept = drafts.receive_photo(actor(), content=photo.content, fingerprint=photo.fingerprint)
    return kept, len(photo.content)


def receive() -> Response:
    """One picture sent ahead of its form; the answer's id travels in the form."""
    file = request.files.get("file")
    try:
        kept, size = keep(file.read() if file else b"")
    except PortalError as refused:
        answer = jsonify(text=translate(refused.text))
        answer.status_code = refused.status
        return answer
    return jsonify(
        id=kept,
        url=url_for("repairs.uploaded", upload_id=kept),
        text=_("Sent · %(size)s KB", size=-(-size // 1024)),
    )


def received() -> tuple[Chosen, dict[RepairPhotoKind, list[str]]]:
    """The photos of a submitted form, less those taken out, with what is wrong with files that can't be taken."""
    chosen: Chosen = {}
    errors: dict[RepairPhotoKind, list[str]] = {}
    for kind in ASKED:
        name = f"photo_{kind.value}"
        taken_out = set(request.form.getlist(f"{name}_remove"))
        wanted = [upload_id(text) for text in request.form.getlist(name) if text not in taken_out]
        ids = saved.known_uploads([one for one in wanted if one is not None])
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


def signed(drawn: str | None) -> Signature | None:
    """The signature of a submitted form: the one drawn on the screen, else the scan that came with it.

    Raises RuleBroken FD-2 when the drawn one is gone, UP-1 for a scan that is no picture.
    """
    file = request.files.get("scan")
    content = file.read() if file else b""
    if content:
        return SignatureKind.SCAN, keep(content)[0]
    wanted = upload_id(drawn)
    if wanted is None:
        return None
    if not saved.known_uploads([wanted]):
        raise RuleBroken("FD-2", T("The signature is no longer there. Please sign again."), field="drawn")
    return SignatureKind.DRAWN, wanted


def flat(chosen: Mapping[RepairPhotoKind, Sequence[int]]) -> list[tuple[RepairPhotoKind, int]]:
    """As commands take them."""
    return [(kind, one) for kind, ids in chosen.items() for one in ids]


def as_data(chosen: Mapping[RepairPhotoKind, Sequence[int]]) -> dict[str, list[int]]:
    """As drafts keep them."""
    return {kind.value: list(ids) for kind, ids in chosen.items()}


def of_data(data: Mapping[str, Any]) -> Chosen:
    """The waiting photos of a draft that are still there."""
    kept = data.get("photos") or {}
    return {kind: saved.known_uploads(kept.get(kind.value) or []) for kind in ASKED}


def fields(
    chosen: Mapping[RepairPhotoKind, Sequence[int]], errors: Mapping[RepairPhotoKind, list[str]]
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
        for kind in ASKED
    ]


def thumbs(chosen: Mapping[RepairPhotoKind, Sequence[int]]) -> list[dict[str, Any]]:
    """Waiting photos as `ui.thumbs` and `ui.photo_field` draw them."""
    return [
        {"id": one, "url": url, "text": label(kind), "title": label(kind), "thumb": url}
        for kind, ids in chosen.items()
        for one in ids
        for url in [url_for("repairs.uploaded", upload_id=one)]
    ]


def shown(number: str, photos: Sequence[RepairPhoto]) -> list[dict[str, Any]]:
    """A record's photos as `ui.thumbs` draws them."""
    return [
        {"url": url, "thumb": url, "title": label(photo.kind)}
        for photo in photos
        for url in [url_for("repairs.photo", number=number, photo_id=photo.id)]
    ]


def shown_signatures(number: str, signatures: Sequence[RepairSignature]) -> list[dict[str, Any]]:
    """A record's signatures as `ui.thumbs` draws them."""
    return [
        {
            "url": url,
            "thumb": url,
            "title": _("Version %(n)s · %(kind)s", n=row.revision, kind=label(row.kind)),
        }
        for row in signatures
        for url in [url_for("repairs.signature", number=number, signature_id=row.id)]
    ]


def picture(content: bytes, name: str) -> Response:
    """A picture for the page; what never changes may stay in the reader's own cache."""
    response = download(content, name=name, media_type="image/jpeg", inline=True)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response

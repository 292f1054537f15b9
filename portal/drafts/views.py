"""Photos that wait for their form: sent ahead of it, and shown beside it to the party that sent them."""

from flask import Response, jsonify, request, url_for

from portal.drafts import photos, queries
from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import translate
from portal.kernel.permissions import Permission
from portal.web.routing import Pages

pages = Pages("photos", __name__, prefix="/photos")


@pages.post("", allow=Permission.PHOTOS_SEND)
def send() -> Response:
    """One photo sent ahead of its form; the answer's id travels in the form."""
    file = request.files.get("file")
    try:
        kept, size = photos.keep(file.read() if file else b"")
    except PortalError as refused:
        answer = jsonify(text=translate(refused.text))
        answer.status_code = refused.status
        return answer
    return jsonify(
        id=kept,
        url=url_for("photos.waiting", upload_id=kept),
        text=_("Sent · %(size)s KB", size=-(-size // 1024)),
    )


@pages.get("/<int:upload_id>", allow=Permission.PHOTOS_SEND)
def waiting(upload_id: int) -> Response:
    return photos.picture(queries.upload(upload_id).content, f"photo-{upload_id}.jpg")

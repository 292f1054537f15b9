"""What pictures a repair record asks for: photos of four kinds, and the customer's signature, drawn or scanned."""

from collections.abc import Sequence

from flask import request, url_for

from portal.drafts import queries as saved
from portal.drafts.photos import Kinds, Shown, keep, upload_id
from portal.kernel.errors import RuleBroken
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.text import T
from portal.repairs.models.records import RepairSignature
from portal.repairs.rules.records import RepairPhotoKind, SignatureKind
from portal.repairs.steps.records import Signature

#: What is asked for when a record is filed, and what may be added to it later.
PHOTOS = Kinds((RepairPhotoKind.FAULT, RepairPhotoKind.PLATE, RepairPhotoKind.OLD_PART, RepairPhotoKind.DONE))


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


def shown_signatures(number: str, signatures: Sequence[RepairSignature]) -> list[Shown]:
    """A record's signatures as `ui.thumbs` draws them."""
    return [
        Shown(
            url_for("repairs.signature", number=number, signature_id=row.id),
            _("Version %(n)s · %(kind)s", n=row.revision, kind=label(row.kind)),
        )
        for row in signatures
    ]

"""What other modules do with drafts inside their commands."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.drafts.models import Draft, Upload
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.text import T


@step
def finish(draft_id: int | None) -> None:
    """The form of this draft is submitted; the draft goes. None: there was none."""
    if draft_id is not None:
        session().execute(sa.delete(Draft).where(Draft.id == draft_id))


@step
def take_uploads(upload_ids: Sequence[int]) -> list[tuple[bytes, str]]:
    """Content and fingerprint of waiting photos, in the order given; they wait no longer.

    Raises RuleBroken FD-2 when one is not there: it expired, or another submit took it.
    """
    if not upload_ids:
        return []
    rows = {
        row.id: (row.content, row.fingerprint)
        for row in session().scalars(
            sa.select(Upload).where(Upload.id.in_(upload_ids)).options(undefer(Upload.content))
        )
    }
    if set(upload_ids) - rows.keys():
        raise RuleBroken("FD-2", T("A photo is no longer there. Please choose it again."), field="photos")
    session().execute(sa.delete(Upload).where(Upload.id.in_(upload_ids)))
    return [rows[upload_id] for upload_id in dict.fromkeys(upload_ids)]

"""What other modules do with drafts inside their commands."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.drafts import queries
from portal.drafts.models import Draft, Upload
from portal.drafts.rules import expired_before
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.text import T


@step
def keep(actor: Actor, kind: str, data: Mapping[str, Any], *, draft_id: int | None = None) -> int:
    """Keep a form as far as it is filled in; what has expired of this party goes. Returns the draft's id.

    Without `draft_id` it is a new draft. Raises NotFound for one that is not there.
    """
    expire()
    if draft_id is None:
        draft = Draft(kind=kind)
        session().add(draft)
    else:
        draft = queries.get(draft_id, kind)
    draft.data = dict(data)
    draft.person_id, draft.person = actor.person_id or 0, actor.name
    draft.updated_at = clock.now()
    session().flush()
    return draft.id


@step
def expire() -> None:
    """What nobody touched for DRAFT_DAYS goes."""
    limit = expired_before(clock.now())
    session().execute(sa.delete(Draft).where(Draft.updated_at < limit))
    session().execute(sa.delete(Upload).where(Upload.at < limit))


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

"""Reading drafts and waiting photos of one's own party; expired ones are not there any more."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.drafts.models import Draft, Upload
from portal.drafts.rules import expired_before
from portal.kernel import clock
from portal.kernel.db import session
from portal.kernel.errors import NotFound


def get(draft_id: int, kind: str) -> Draft:
    """A draft of this party. Raises NotFound."""
    found = (
        session()
        .scalars(
            sa.select(Draft).where(
                Draft.id == draft_id, Draft.kind == kind, Draft.updated_at >= expired_before(clock.now())
            )
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def of_kind(kind: str) -> list[Draft]:
    """The party's drafts of one form, the last changed first."""
    statement = (
        sa.select(Draft)
        .where(Draft.kind == kind, Draft.updated_at >= expired_before(clock.now()))
        .order_by(Draft.updated_at.desc(), Draft.id.desc())
    )
    return list(session().scalars(statement))


def upload(upload_id: int) -> Upload:
    """A waiting photo with its content. Raises NotFound."""
    found = (
        session()
        .scalars(sa.select(Upload).where(Upload.id == upload_id).options(undefer(Upload.content)))
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def known_uploads(upload_ids: Sequence[int]) -> list[int]:
    """Those of `upload_ids` that are waiting photos of this party, in the order given."""
    found = set(session().scalars(sa.select(Upload.id).where(Upload.id.in_(upload_ids))))
    return [upload_id for upload_id in upload_ids if upload_id in found]

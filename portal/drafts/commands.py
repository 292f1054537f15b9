"""Saving what was typed and receiving photos. Nothing here is looked up later, so nothing is recorded."""

from collections.abc import Mapping
from typing import Any

from portal.drafts import queries, steps
from portal.drafts.models import Upload
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission


@command(allow=Permission.HOME, silent=True)
def save(actor: Actor, kind: str, data: Mapping[str, Any], *, draft_id: int | None = None) -> int:
    """Save a form as far as it is filled in; without `draft_id` as a new draft. Returns its id.

    What has expired of this party goes at the same time. Raises NotFound for a draft that is not there.
    """
    return steps.keep(actor, kind, data, draft_id=draft_id)


@command(allow=Permission.HOME, silent=True)
def discard(_actor: Actor, kind: str, draft_id: int) -> None:
    """Throw a draft away. Raises NotFound."""
    session().delete(queries.get(draft_id, kind))


@command(allow=Permission.PHOTOS_SEND, silent=True)
def receive_photo(actor: Actor, *, content: bytes, fingerprint: str) -> int:
    """Keep a photo (as `web.uploads.read_photo` made it) until its form is submitted. Returns its id."""
    steps.expire()
    upload = Upload(content=content, fingerprint=fingerprint, person_id=actor.person_id or 0, at=clock.now())
    session().add(upload)
    session().flush()
    return upload.id

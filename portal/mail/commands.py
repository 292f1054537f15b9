"""What the delivery notes in the outbox."""

import sqlalchemy as sa

from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.mail.models import Mail, MailState


@command(allow=Permission.PUBLIC, silent=True)
def mark_sent(_actor: Actor, mail_id: int) -> None:
    """The mail has left: empty its bodies, they may hold a link that opens an account."""
    session().execute(
        sa.update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.QUEUED)
        .values(state=MailState.SENT, sent_at=clock.now(), text="", html="")
    )

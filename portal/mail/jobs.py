"""Delivering the outbox."""

from flask import current_app

from portal.jobs.worker import Progress, job
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.mail import commands, queries, transport
from portal.mail.steps import KIND


@job(KIND)
def deliver(actor: Actor, _progress: Progress, *, mail_id: int) -> None:
    """Deliver one mail. A worker that dies between delivery and its note delivers it twice, never not at all."""
    message = queries.waiting_mail(mail_id)
    if message is None:
        return
    session().rollback()
    transport.deliver(current_app.extensions["settings"], message, f"{mail_id:06d}-{message['To']}")
    commands.mark_sent(actor, mail_id)

"""Signing in and out, the own password and profile, and the links that come by mail."""

import datetime as dt

import sqlalchemy as sa

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.jobs.models import HOUR, Job, JobState
from portal.kernel import clock, crypto, i18n
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, NotFound, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.scope import Scope
from portal.kernel.text import T
from portal.mail import steps as mail
from portal.mail.models import Mail, MailState
from portal.tenants import queries, rules, steps
from portal.tenants.models import Link, LinkPurpose, Membership, Person, SignIn
from portal.web.limits import Attempt

SESSION_LENGTH = dt.timedelta(days=14)
#: How long what has ended is kept, for whoever asks what happened.
KEPT_SESSIONS, KEPT_LINKS, KEPT_MAILS, KEPT_HOURS, KEPT_TRIES = (
    dt.timedelta(days=days) for days in (365, 90, 30, 7, 1)
)


@command(allow=Permission.PUBLIC, silent=True)
def sign_in(_actor: Actor, email: str, password: str, *, address: str, browser: str) -> str | None:
    """Check e-mail and password. Returns the token of a new session, None when they don't fit."""
    person = queries.person_by_email(email.strip().lower())
    if not crypto.password_matches(person.password_hash if person else None, password):
        return None
    if person is None or person.disabled:
        return None
    if person.password_hash and crypto.needs_rehash(person.password_hash):
        person.password_hash = crypto.hash_password(password)
    return _new_session(person, address, browser)


@command(allow=Permission.SIGNED_IN, silent=True)
def sign_out(_actor: Actor, token: str) -> None:
    """End this session at once."""
    session().execute(
        sa.update(SignIn).where(SignIn.token_hash == crypto.token_hash(token)).values(ended_at=clock.now())
    )


@command(allow=Permission.SIGNED_IN, silent=True)
def end_other_sessions(actor: Actor, token: str) -> None:
    """End every session of the actor but this one."""
    steps.end_sessions(_self(actor).id, but=crypto.token_hash(token))


@command(allow=Permission.SIGNED_IN, silent=True)
def change_password(actor: Actor, *, present: str, new: str, token: str) -> None:
    """Choose another password; every other session ends. Raises RuleBroken PW-1 (weak) and PW-2 (not the present)."""
    person = _self(actor)
    if not crypto.password_matches(person.password_hash, present):
        raise RuleBroken("PW-2", T("This is not your present password."), field="present")
    _set_password(person, new, field="new")
    steps.end_sessions(person.id, but=crypto.token_hash(token))


@command(allow=Permission.SIGNED_IN, silent=True)
def change_profile(actor: Actor, *, name: str, phone: str, language: str, shortcuts: bool) -> None:
    """Change what the person says about itself. `language` is empty for the browser's."""
    person = _self(actor)
    person.name, person.phone, person.shortcuts = name, phone, shortcuts
    person.language = language if language in i18n.LANGUAGES else ""


@command(allow=Permission.PUBLIC, silent=True)
def ask_reset(actor: Actor, email: str) -> None:
    """Mail a link to choose a new password; for an unknown address nothing happens, and nobody is told."""
    person = queries.person_by_email(email.strip().lower())
    if person is None or person.disabled or person.password_hash is None:
        return
    link = steps.new_link(person, LinkPurpose.PASSWORD_RESET)
    until = steps.until(steps.RESET_LIFE, actor.timezone)
    mail.send(person.email, "reset", language=person.language, name=person.name, until=until, link=link)


@command(allow=Permission.PUBLIC, silent=True)
def reset_password(_actor: Actor, token: str, *, password: str, address: str, browser: str) -> str:
    """Choose a new password with a link; every session of the person ends. Returns the token of a new one.

    Raises NotFound for a link that doesn't work, RuleBroken PW-1 for a weak password; then the link still works.
    """
    link = steps.use_link(token, LinkPurpose.PASSWORD_RESET)
    person = _of_link(link)
    _set_password(person, password, field="password")
    steps.end_sessions(person.id)
    return _new_session(person, address, browser)


@command(allow=Permission.PUBLIC)
def accept_invitation(
    actor: Actor, token: str, *, name: str, password: str, address: str, browser: str
) -> str:
    """Somebody new accepts an invitation with a name and a password. Returns the token of a session.

    Raises NotFound for a link that doesn't work, Forbidden for somebody who has a password and must sign in first.
    """
    link = steps.use_link(token, LinkPurpose.INVITATION)
    person = _of_link(link)
    if person.password_hash is not None:
        raise Forbidden
    person.name = name
    _set_password(person, password, field="password")
    _join(actor, link, person, address)
    return _new_session(person, address, browser)


@command(allow=Permission.SIGNED_IN)
def join_organisation(actor: Actor, token: str) -> None:
    """Somebody who has a password accepts. Raises NotFound for a link that doesn't work or isn't theirs."""
    link = steps.use_link(token, LinkPurpose.INVITATION)
    person = _of_link(link)
    if person.id != actor.person_id:
        raise NotFound
    _join(actor, link, person, actor.address)


@command(allow=Permission.CLOCK, silent=True)
def forget_old(_actor: Actor) -> None:
    """Delete sessions a year and links a quarter after their end, mails a month after they left, old hours, tries."""
    now = clock.now()
    for old in (
        sa.delete(SignIn).where(SignIn.expires_at < now - KEPT_SESSIONS),
        sa.delete(Link).where(Link.expires_at < now - KEPT_LINKS),
        sa.delete(Mail).where(Mail.state == MailState.SENT, Mail.sent_at < now - KEPT_MAILS),
        sa.delete(Job).where(
            Job.kind == HOUR, Job.state == JobState.DONE, Job.finished_at < now - KEPT_HOURS
        ),
        sa.delete(Attempt).where(Attempt.expires_at < now - KEPT_TRIES),
    ):
        session().execute(old, execution_options={"synchronize_session": False})


def _self(actor: Actor) -> Person:
    if actor.person_id is None:
        raise Forbidden
    return session().get_one(Person, actor.person_id)


def _of_link(link: Link) -> Person:
    person = session().get_one(Person, link.person_id)
    if person.disabled:
        raise NotFound
    return person


def _set_password(person: Person, password: str, *, field: str) -> None:
    if problem := rules.password_problem(password, email=person.email):
        raise RuleBroken("PW-1", problem, field=field)
    person.password_hash = crypto.hash_password(password)


def _new_session(person: Person, address: str, browser: str) -> str:
    token = crypto.new_token()
    session().add(
        SignIn(
            person_id=person.id,
            token_hash=crypto.token_hash(token),
            address=address[:60],
            browser=browser[:200],
            at=clock.now(),
            expires_at=clock.now() + SESSION_LENGTH,
        )
    )
    return token


def _join(actor: Actor, link: Link, person: Person, address: str) -> None:
    """Let the membership of an invitation count, and say so on the log of who invited."""
    membership = session().get_one(Membership, link.membership_id)
    assert link.manufacturer_id is not None
    membership.accepted_at = clock.now()
    session().enter(Scope(link.manufacturer_id, link.dealer_id, link.point_id))
    itself = Actor(
        person.name,
        actor.permissions,
        person_id=person.id,
        manufacturer_id=link.manufacturer_id,
        dealer_id=link.dealer_id,
        point_id=link.point_id,
        address=address,
    )
    record(Tag.PERSON_JOINED, itself, person.email, name=person.name)

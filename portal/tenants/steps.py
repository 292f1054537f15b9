"""What other modules and the commands here may write: organisations, dealers, people, links, ended sessions."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.kernel import clock, crypto, i18n
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.scope import Scope
from portal.kernel.text import T
from portal.mail import steps as mail
from portal.tenants import rules
from portal.tenants.models import (
    Dealer,
    Engagement,
    Link,
    LinkPurpose,
    Membership,
    Organisation,
    Person,
    SignIn,
)
from portal.tenants.rules import Role

INVITATION_LIFE = dt.timedelta(days=3)
RESET_LIFE = dt.timedelta(hours=1)
#: Where the links of each purpose lead.
PAGES = {LinkPurpose.INVITATION: "tenants.invitation", LinkPurpose.PASSWORD_RESET: "tenants.new_password"}


@step
def add_organisation(name: str, **details: str) -> Organisation:
    """A company that comes to the platform; with `code` it is a manufacturer."""
    organisation = Organisation(name=name, created_at=clock.now(), **details)
    session().add(organisation)
    session().flush()
    return organisation


@step
def add_dealer(
    *, code: str, name: str, organisation_id: int | None = None, parent: Dealer | None = None, **details: str
) -> Dealer:
    """A dealer, or a sub-dealer of `parent`, in the manufacturer's scope, with what its people need to act."""
    db_session = session()
    organisation = organisation_id or add_organisation(name).id
    dealer = Dealer(
        organisation_id=organisation, code=code, name=name, parent_id=parent.id if parent else None, **details
    )
    db_session.add(dealer)
    db_session.flush()
    db_session.add(
        Engagement(
            organisation_id=organisation,
            manufacturer_id=dealer.manufacturer_id,
            dealer_id=dealer.holder_id,
            point_id=dealer.id if parent else None,
            code=code,
        )
    )
    return dealer


@step
def renew_engagements(dealer: Dealer) -> None:
    """Let sign-in know whether a dealer, and every sub-dealer of it, may act here."""
    holder = session().scalars(sa.select(Dealer).where(Dealer.id == dealer.holder_id)).one()
    for one in session().scalars(
        sa.select(Dealer).where(sa.func.coalesce(Dealer.parent_id, Dealer.id) == holder.id)
    ):
        session().execute(
            sa.update(Engagement)
            .where(
                Engagement.manufacturer_id == one.manufacturer_id,
                Engagement.organisation_id == one.organisation_id,
            )
            .values(active=one.active and holder.active)
        )


@step
def add_person(
    email: str,
    name: str,
    *,
    password_hash: str | None = None,
    is_operator: bool = False,
    language: str = "",
) -> Person:
    """Somebody new; without a password until an invitation is accepted. The e-mail is stored in lower case."""
    person = Person(
        email=email.strip().lower(),
        name=name.strip(),
        password_hash=password_hash,
        language=language,
        is_operator=is_operator,
        created_at=clock.now(),
    )
    session().add(person)
    session().flush()
    return person


@step
def join(person_id: int, organisation_id: int, roles: tuple[str, ...]) -> Membership:
    """Make a person a member with these roles at once, without an invitation."""
    membership = Membership(
        person_id=person_id, organisation_id=organisation_id, roles=list(roles), accepted_at=clock.now()
    )
    session().add(membership)
    session().flush()
    return membership


@step
def end_sessions(person_id: int, *, but: str | None = None) -> None:
    """End every session of a person at once, except the one whose token hash is `but`."""
    session().execute(
        sa.update(SignIn)
        .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.token_hash != (but or ""))
        .values(ended_at=clock.now())
    )


@step
def invite(
    actor: Actor,
    organisation: Organisation,
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    dealer: bool,
    at: Scope,
    language: str = "",
) -> tuple[Membership, str]:
    """Invite somebody to act for an organisation on one side, by a single-use link in a mail.

    Until it is accepted the invited person can't act. `at` says on whose log the acceptance will stand. Inviting
    somebody again whose invitation waits voids the first link. Returns the membership and the link. Raises RuleBroken
    PE-4 for somebody who is a member already, PE-2 and PE-3 for wrong roles and addresses.
    """
    address = rules.clean_email(email)
    person = session().scalars(sa.select(Person).where(Person.email == address)).one_or_none()
    if person is None:
        person = add_person(address, name, language=language or i18n.language())
    membership = (
        session()
        .scalars(
            sa.select(Membership).where(
                Membership.person_id == person.id, Membership.organisation_id == organisation.id
            )
        )
        .one_or_none()
    )
    if membership is not None and membership.accepted_at is not None:
        raise RuleBroken("PE-4", T("{email} is among your people already.", email=address), field="email")
    if membership is None:
        membership = Membership(person_id=person.id, organisation_id=organisation.id, roles=[])
        session().add(membership)
    membership.roles = rules.with_roles(membership.roles or (), roles, dealer=dealer)
    membership.invited_as, membership.disabled = name.strip()[:60], False
    session().flush()
    link = new_link(person, LinkPurpose.INVITATION, membership=membership, at=at)
    mail.send(
        person.email,
        "invitation",
        language=person.language,
        name=membership.invited_as,
        inviter=actor.name,
        organisation=organisation.name,
        roles=[Role(role) for role in rules.side_roles(membership.roles, dealer=dealer)],
        until=until(INVITATION_LIFE, actor.timezone),
        link=link,
    )
    return membership, link


@step
def new_link(
    person: Person, purpose: LinkPurpose, *, membership: Membership | None = None, at: Scope | None = None
) -> str:
    """A single-use link for a person; the older ones for the same purpose stop working. Returns its address."""
    of_person = sa.and_(
        Link.person_id == person.id,
        Link.purpose == purpose,
        Link.membership_id.is_(None) if membership is None else Link.membership_id == membership.id,
    )
    session().execute(sa.update(Link).where(of_person, Link.used_at.is_(None)).values(used_at=clock.now()))
    token = crypto.new_token()
    session().add(
        Link(
            person_id=person.id,
            purpose=purpose,
            membership_id=membership.id if membership else None,
            manufacturer_id=at.manufacturer_id if at else None,
            dealer_id=at.dealer_id if at else None,
            point_id=at.point_id if at else None,
            token_hash=crypto.token_hash(token),
            expires_at=clock.now() + (INVITATION_LIFE if membership else RESET_LIFE),
        )
    )
    session().flush()
    return mail.address(PAGES[purpose], token=token)


@step
def use_link(token: str, purpose: LinkPurpose) -> Link:
    """Use up a link: whoever comes second gets nothing. Raises NotFound for one that is used, too old or unknown."""
    now = clock.now()
    used = session().execute(
        sa.update(Link)
        .where(
            Link.token_hash == crypto.token_hash(token),
            Link.purpose == purpose,
            Link.used_at.is_(None),
            Link.expires_at > now,
        )
        .values(used_at=now)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        raise NotFound(T("This link has been used or is too old. Ask for a new one."))
    return session().scalars(sa.select(Link).where(Link.token_hash == crypto.token_hash(token))).one()


@step
def void_links(membership_id: int) -> None:
    """Make the waiting invitations to a membership useless."""
    session().execute(
        sa.update(Link)
        .where(Link.membership_id == membership_id, Link.used_at.is_(None))
        .values(used_at=clock.now())
    )


@step
def void_invitations(organisation_id: int) -> None:
    """Make every waiting invitation of an organisation useless: another person is invited instead."""
    waiting = sa.select(Membership.id).where(
        Membership.organisation_id == organisation_id, Membership.accepted_at.is_(None)
    )
    session().execute(
        sa.update(Link)
        .where(Link.membership_id.in_(waiting), Link.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def until(life: dt.timedelta, timezone: str) -> str:
    """The end of a link's life as a mail says it."""
    return f"{(clock.now() + life).astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"

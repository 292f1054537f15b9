"""The people of the organisation that the actor acts for; an owner or administrator sees to them."""

from collections.abc import Sequence

import sqlalchemy as sa

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel.actor import Actor, Side
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, NotFound, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries, rules, steps
from portal.tenants.models import Membership, Organisation, Person


@command(allow=Permission.PEOPLE_WRITE)
def invite(actor: Actor, *, email: str, name: str, roles: Sequence[str], language: str = "") -> int:
    """Invite somebody to act for the actor's organisation. Returns the membership's id. See `steps.invite`."""
    organisation = _organisation(actor)
    assert actor.scope is not None
    membership, _link = steps.invite(
        actor,
        organisation,
        email=email,
        name=name,
        roles=roles,
        dealer=_dealer(actor),
        at=actor.scope,
        language=language,
    )
    record(
        Tag.PERSON_INVITED,
        actor,
        rules.clean_email(email),
        name=membership.invited_as,
        roles=rules.labels(rules.side_roles(membership.roles, dealer=_dealer(actor))),
    )
    return membership.id


@command(allow=Permission.PEOPLE_WRITE)
def invite_again(actor: Actor, membership_id: int) -> int:
    """Send a new link to somebody who has not accepted; the old one stops working. Returns the membership's id."""
    membership, person = _member(actor, membership_id)
    if membership.accepted_at is not None:
        raise Conflict(T("The invitation has been accepted already."))
    assert actor.scope is not None
    steps.invite(
        actor,
        _organisation(actor),
        email=person.email,
        name=membership.invited_as,
        roles=rules.side_roles(membership.roles, dealer=_dealer(actor)),
        dealer=_dealer(actor),
        at=actor.scope,
        language=person.language,
    )
    record(Tag.PERSON_INVITED, actor, person.email, name=membership.invited_as)
    return membership.id


@command(allow=Permission.PEOPLE_WRITE)
def change_roles(
    actor: Actor, membership_id: int, *, roles: Sequence[str], seen: Sequence[str] | None = None
) -> int:
    """Give somebody other roles on the actor's side; their sessions end at once. Returns the membership's id.

    `seen` are the roles that the page showed (OL-1). Raises RuleBroken PE-1 when nobody could invite people any more,
    PE-2 without a role.
    """
    membership, person = _member(actor, membership_id)
    present = rules.side_roles(membership.roles, dealer=_dealer(actor))
    if seen is not None and set(seen) != set(present):
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    after = rules.with_roles(membership.roles, roles, dealer=_dealer(actor))
    if set(after) == set(membership.roles):
        return membership.id
    if rules.keeper(dealer=_dealer(actor)) not in after:
        _keep_one(actor, membership)
    membership.roles = after
    steps.end_sessions(person.id)
    record(
        Tag.PERSON_CHANGED,
        actor,
        person.email,
        name=queries.name_of(membership, person),
        before={"roles": rules.labels(present)},
        after={"roles": rules.labels(rules.side_roles(after, dealer=_dealer(actor)))},
    )
    return membership.id


@command(allow=Permission.PEOPLE_WRITE)
def disable_person(actor: Actor, membership_id: int) -> int:
    """Somebody no longer acts for the organisation; their sessions end at once. Returns the membership's id.

    Raises RuleBroken PE-1 for the last one who can invite people, PE-6 for oneself and for somebody who also has
    roles on the organisation's other side.
    """
    membership, person = _member(actor, membership_id)
    if membership.disabled:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    if person.id == actor.person_id:
        raise RuleBroken("PE-6", T("You can't disable yourself."))
    if rules.side_roles(membership.roles, dealer=not _dealer(actor)):
        raise RuleBroken(
            "PE-6", T("This person also has roles on your organisation's other side; disable them there.")
        )
    _keep_one(actor, membership)
    membership.disabled = True
    steps.end_sessions(person.id)
    steps.void_links(membership.id)
    record(Tag.PERSON_DISABLED, actor, person.email, name=queries.name_of(membership, person))
    return membership.id


@command(allow=Permission.PEOPLE_WRITE)
def enable_person(actor: Actor, membership_id: int) -> int:
    """Let somebody act for the organisation again with the roles they had. Returns the membership's id."""
    membership, person = _member(actor, membership_id)
    if not membership.disabled:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    membership.disabled = False
    record(Tag.PERSON_ENABLED, actor, person.email, name=queries.name_of(membership, person))
    return membership.id


def _dealer(actor: Actor) -> bool:
    return actor.side is Side.DEALER


def _organisation(actor: Actor) -> Organisation:
    """The actor's organisation, locked, so that two people can't take each other's keys away at once (PE-1)."""
    organisation_id = queries.own_organisation_id(actor)
    return (
        session()
        .scalars(sa.select(Organisation).where(Organisation.id == organisation_id).with_for_update())
        .one()
    )


def _member(actor: Actor, membership_id: int) -> tuple[Membership, Person]:
    """A member of the actor's organisation on the actor's side. Raises NotFound."""
    organisation = _organisation(actor)
    row = (
        session()
        .execute(
            sa.select(Membership, Person)
            .join(Person, Person.id == Membership.person_id)
            .where(Membership.id == membership_id, Membership.organisation_id == organisation.id)
        )
        .one_or_none()
    )
    if row is None or not rules.side_roles(row.Membership.roles, dealer=_dealer(actor)):
        raise NotFound
    return row.Membership, row.Person


def _keep_one(actor: Actor, membership: Membership) -> None:
    """Refuse to take the last one away who can invite people (PE-1)."""
    if membership.accepted_at is None or rules.keeper(dealer=_dealer(actor)) not in membership.roles:
        return
    others = (
        session()
        .scalars(
            sa.select(Membership.roles)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organisation_id == membership.organisation_id,
                Membership.id != membership.id,
                Membership.accepted_at.is_not(None),
                Membership.disabled.is_(False),
                Person.disabled.is_(False),
            )
        )
        .all()
    )
    if rules.is_last_keeper(others, dealer=_dealer(actor)):
        raise RuleBroken(
            "PE-1",
            T(
                "Nobody else is {role}. Give this role to somebody else first.",
                role=rules.keeper(dealer=_dealer(actor)),
            ),
            field="roles",
        )

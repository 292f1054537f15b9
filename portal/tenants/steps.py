"""What other modules and the commands here may write: organisations, dealers, memberships, ended sessions."""

import sqlalchemy as sa

from portal.kernel import clock
from portal.kernel.command import step
from portal.kernel.db import session
from portal.tenants.models import Dealer, Engagement, Membership, Organisation, Person, SignIn


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
def add_person(email: str, name: str, *, password_hash: str | None = None, is_operator: bool = False) -> Person:
    """Somebody new; without a password until an invitation is accepted. The e-mail is stored in lower case."""
    person = Person(
        email=email.strip().lower(),
        name=name,
        password_hash=password_hash,
        is_operator=is_operator,
        created_at=clock.now(),
    )
    session().add(person)
    session().flush()
    return person


@step
def join(person_id: int, organisation_id: int, roles: tuple[str, ...]) -> Membership:
    """Make a person a member with these roles."""
    membership = Membership(person_id=person_id, organisation_id=organisation_id, roles=list(roles))
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

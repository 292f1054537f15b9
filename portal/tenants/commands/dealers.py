"""The dealers of a manufacturer."""

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.scope import Scope
from portal.kernel.text import T
from portal.tenants import queries, rules, steps
from portal.tenants.models import Dealer, Organisation
from portal.tenants.rules import Role


@command(allow=Permission.DEALERS_WRITE)
def add_dealer(
    actor: Actor,
    /,
    *,
    code: str,
    name: str,
    parent_code: str | None = None,
    organisation_id: int | None = None,
    **details: str,
) -> int:
    """A dealer of this manufacturer, or a sub-dealer of the dealer `parent_code`. Returns its id.

    `organisation_id` joins a company that is on the platform already; without it a new one is made. Raises
    RuleBroken TN-2 for a taken code and for a sub-dealer of a sub-dealer.
    """
    parent = queries.dealer(parent_code) if parent_code else None
    if parent is not None and parent.parent_id is not None:
        raise RuleBroken("TN-2", T("A sub-dealer can't have sub-dealers."), field="parent_code")
    if any(dealer.code == code for dealer in queries.dealers()):
        raise RuleBroken("TN-2", T("The code {code} is taken.", code=code), field="code")
    dealer = steps.add_dealer(code=code, name=name, parent=parent, organisation_id=organisation_id, **details)
    session().flush()
    record(Tag.DEALER_ADDED, actor, code, dealer_id=dealer.holder_id, point_id=dealer.id, name=name)
    return dealer.id


@command(allow=Permission.DEALERS_WRITE)
def change_dealer(actor: Actor, /, code: str, *, seen_version: int | None = None, **details: str) -> str:
    """Change the details of a dealer as this manufacturer prints them. Returns its code.

    An empty `bank_account` leaves the account as it is: pages show it masked only. Raises Conflict (OL-1).
    """
    dealer = _present(code, seen_version)
    if not details.get("bank_account", "x"):
        del details["bank_account"]
    changed = {field: value for field, value in details.items() if getattr(dealer, field) != value}
    if not changed:
        return code
    before = {field: _shown(field, getattr(dealer, field)) for field in changed}
    for field, value in changed.items():
        setattr(dealer, field, value)
    record(
        Tag.DEALER_CHANGED,
        actor,
        code,
        dealer_id=dealer.holder_id,
        point_id=dealer.id,
        before=before,
        after={field: _shown(field, value) for field, value in changed.items()},
    )
    return code


@command(allow=Permission.DEALERS_WRITE)
def disable_dealer(actor: Actor, code: str, *, reason: str, seen_version: int | None = None) -> str:
    """Its people can no longer act here, from now on; with a dealer its sub-dealers stop too. Returns the code."""
    return _switch(actor, code, False, reason, seen_version)


@command(allow=Permission.DEALERS_WRITE)
def enable_dealer(actor: Actor, code: str, *, reason: str, seen_version: int | None = None) -> str:
    """Let its people act here again. Returns the code."""
    return _switch(actor, code, True, reason, seen_version)


@command(allow=Permission.DEALERS_WRITE)
def invite_owner(actor: Actor, code: str, *, email: str, name: str, language: str = "") -> str:
    """Invite the first owner of a dealer, who invites the others. Returns the dealer's code.

    Only while nobody can act for the company anywhere: its people are its own business, and it may deal with other
    manufacturers (TN-3). Raises RuleBroken PE-5.
    """
    dealer = queries.dealer(code)
    organisation = session().get_one(Organisation, dealer.organisation_id)
    if organisation.code or queries.sees_to_itself(organisation.id):
        raise RuleBroken("PE-5", T("This dealer has people of its own; its owner invites the others."))
    steps.void_invitations(organisation.id)
    point_id = dealer.id if dealer.parent_id else None
    membership, _link = steps.invite(
        actor,
        organisation,
        email=email,
        name=name,
        roles=(Role.OWNER,),
        dealer=True,
        at=Scope(dealer.manufacturer_id, dealer.holder_id, point_id),
        language=language,
    )
    record(
        Tag.PERSON_INVITED,
        actor,
        rules.clean_email(email),
        dealer_id=dealer.holder_id,
        point_id=dealer.id,
        name=membership.invited_as,
        roles=rules.labels(membership.roles),
        dealer=code,
    )
    return code


@command(allow=Permission.DEALERS_WRITE)
def change_company(actor: Actor, /, **details: str) -> str:
    """Change the manufacturer's own details, as statements print them. Returns its code.

    An empty `bank_account` leaves the account as it is: pages show it masked only.
    """
    company = queries.manufacturer()
    if not details.get("bank_account", "x"):
        del details["bank_account"]
    changed = {field: value for field, value in details.items() if getattr(company, field) != value}
    assert company.code is not None
    if not changed:
        return company.code
    before = {field: _shown(field, getattr(company, field)) for field in changed}
    for field, value in changed.items():
        setattr(company, field, value)
    after = {field: _shown(field, value) for field, value in changed.items()}
    record(Tag.TENANT_CHANGED, actor, company.code, before=before, after=after)
    return company.code


def _switch(actor: Actor, code: str, active: bool, reason: str, seen_version: int | None) -> str:
    dealer = _present(code, seen_version)
    if dealer.active is active:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    dealer.active = active
    session().flush()
    steps.renew_engagements(dealer)
    record(
        Tag.DEALER_ENABLED if active else Tag.DEALER_DISABLED,
        actor,
        code,
        dealer_id=dealer.holder_id,
        point_id=dealer.id,
        name=dealer.name,
        reason=reason,
    )
    return code


def _present(code: str, seen_version: int | None) -> Dealer:
    dealer = queries.dealer(code)
    if seen_version is not None and dealer.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    return dealer


def _shown(field: str, value: str) -> str:
    return rules.masked_account(value) if field == "bank_account" else value

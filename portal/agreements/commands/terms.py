"""Drafting agreements and writing versions of their terms (AG-2)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from portal.agreements import queries
from portal.agreements.models import Agreement, TermsVersion
from portal.agreements.rules import AgreementState, Terms, TermsError, may_start
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants


def _parse(terms: Mapping[str, Any]) -> Terms:
    try:
        return Terms.parse(terms)
    except TermsError as error:
        raise RuleBroken("AG-2", error.reason, field=error.key.replace(".", "-")) from error


@command(allow=Permission.AGREEMENTS_WRITE)
def draft(
    actor: Actor, dealer_id: int, *, starts: dt.date, ends: dt.date | None = None, terms: Mapping[str, Any]
) -> str:
    """Draft an agreement with a dealer that holds agreements itself. Returns its number.

    Raises RuleBroken AG-2 for a term that can't be (the field is the term's key), AG-1 for days that can't be.
    """
    parsed = _parse(terms)
    dealer = tenants.dealer_by_id(dealer_id)
    if dealer.parent_id is not None:
        raise RuleBroken(
            "AG-1", T("A sub-dealer works under the agreement of the dealer above it."), field="dealer"
        )
    if ends is not None and ends < starts:
        raise RuleBroken("AG-1", T("The agreement can't end before it starts."), field="ends")
    agreement = Agreement(
        dealer_id=dealer.id,
        number=numbering.take("XY", starts.year),
        state=AgreementState.DRAFT,
        starts=starts,
        ends=ends,
    )
    session().add(agreement)
    session().flush()
    _add_version(actor, agreement, 1, starts, parsed, "")
    record(Tag.AGREEMENT_DRAFTED, actor, agreement.number, dealer_id=dealer.id, starts=str(starts))
    return agreement.number


@command(allow=Permission.AGREEMENTS_WRITE)
def redraft(actor: Actor, number: str, *, terms: Mapping[str, Any], seen_number: int | None = None) -> int:
    """Write the terms of a draft anew; what was written before stays in its history. Returns the version's number.

    Raises RuleBroken AG-1 when the agreement is no draft any more, AG-2 for a term that can't be.
    """
    parsed = _parse(terms)
    agreement = queries.get(number)
    if agreement.state is not AgreementState.DRAFT:
        raise RuleBroken("AG-1", T("The agreement is in force: its terms change with a quarter to come."))
    last = _last_version(agreement, seen_number)
    _add_version(actor, agreement, last + 1, agreement.starts, parsed, "")
    record(
        Tag.AGREEMENT_DRAFTED,
        actor,
        agreement.number,
        dealer_id=agreement.dealer_id,
        starts=str(agreement.starts),
    )
    return last + 1


@command(allow=Permission.AGREEMENTS_WRITE)
def version_terms(
    actor: Actor,
    number: str,
    *,
    starts: dt.date,
    terms: Mapping[str, Any],
    reason: str,
    seen_number: int | None = None,
) -> int:
    """Add a version of the terms that rules from `starts`, a quarter's first day to come (AG-2). Returns its number."""
    parsed = _parse(terms)
    agreement = queries.get(number)
    if agreement.state not in (AgreementState.ACTIVE, AgreementState.SUSPENDED):
        raise RuleBroken("AG-1", T("Only the terms of an agreement in force change with a quarter to come."))
    last = _last_version(agreement, seen_number)
    may_start(starts, today=clock.today(actor.timezone), frozen_until=None)
    if agreement.ends is not None and starts > agreement.ends:
        raise RuleBroken(
            "AG-2",
            T("The agreement ends on {day}, before these terms start.", day=agreement.ends),
            field="starts",
        )
    _add_version(actor, agreement, last + 1, starts, parsed, reason)
    record(
        Tag.AGREEMENT_TERMS_VERSIONED,
        actor,
        agreement.number,
        dealer_id=agreement.dealer_id,
        version=last + 1,
        starts=str(starts),
        reason=reason,
    )
    return last + 1


def _last_version(agreement: Agreement, seen_number: int | None) -> int:
    last = queries.versions(agreement.id)[-1].number
    if seen_number is not None and seen_number != last:
        raise Conflict(T("Somebody else wrote version {number} meanwhile. Look at it first.", number=last))
    return last


def _add_version(
    actor: Actor, agreement: Agreement, number: int, starts: dt.date, terms: Terms, reason: str
) -> None:
    session().add(
        TermsVersion(
            agreement_id=agreement.id,
            dealer_id=agreement.dealer_id,
            number=number,
            starts=starts,
            terms=terms.as_json(),
            reason=reason,
            person=actor.name,
            at=clock.now(),
        )
    )

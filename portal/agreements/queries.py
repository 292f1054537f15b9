"""Reading agreements: which one holds, and which terms rule a day."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from portal.agreements.models import Agreement, TermsVersion
from portal.agreements.rules import AgreementState, Terms, terms_in_force, terms_of_quarter
from portal.agreements.rules import TermsVersion as Version
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.period import Quarter
from portal.kernel.text import T


def get(number: str) -> Agreement:
    """An agreement of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Agreement).where(Agreement.number == number)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def by_id(agreement_id: int) -> Agreement:
    """An agreement of the scope. Raises NotFound."""
    found = session().scalars(sa.select(Agreement).where(Agreement.id == agreement_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def of_dealer(dealer_id: int) -> list[Agreement]:
    """All agreements of a dealer, newest first."""
    statement = sa.select(Agreement).where(Agreement.dealer_id == dealer_id).order_by(Agreement.starts.desc())
    return list(session().scalars(statement))


def in_force(dealer_id: int, *, action: bool = True) -> Agreement:
    """The agreement that a dealer's business belongs to: the latest that is not a draft.

    With `action` (something new is filed) it must be active. Raises RuleBroken AG-1 when there is none.
    """
    for agreement in of_dealer(dealer_id):
        if agreement.state is AgreementState.ACTIVE or (
            not action and agreement.state in (AgreementState.SUSPENDED, AgreementState.TERMINATED)
        ):
            return agreement
    raise RuleBroken("AG-1", T("There is no active agreement with this dealer."))


def touching(first: dt.date, last: dt.date) -> list[Agreement]:
    """The agreements of the scope, drafts apart, that exist on a day within first … last; by dealer."""
    statement = (
        sa.select(Agreement)
        .where(
            Agreement.state != AgreementState.DRAFT,
            Agreement.starts <= last,
            sa.or_(Agreement.ends.is_(None), Agreement.ends >= first),
        )
        .order_by(Agreement.dealer_id, Agreement.id)
    )
    return list(session().scalars(statement))


def versions(agreement_id: int) -> list[Version]:
    """The versions of an agreement's terms, oldest first."""
    return [row.version for row in version_rows(agreement_id)]


def version_rows(agreement_id: int) -> Sequence[TermsVersion]:
    """The same with who wrote them, when and why; what the history page shows."""
    statement = (
        sa.select(TermsVersion).where(TermsVersion.agreement_id == agreement_id).order_by(TermsVersion.number)
    )
    return session().scalars(statement).all()


def terms_on(agreement_id: int, day: dt.date) -> Terms:
    """The terms that rule `day` (AG-2)."""
    return terms_in_force(versions(agreement_id), day)


def terms_for(agreement_id: int, quarter: Quarter) -> Terms:
    """The terms that rule a quarter (AG-2)."""
    return terms_of_quarter(versions(agreement_id), quarter)

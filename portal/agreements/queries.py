"""Reading agreements: which one holds, and which terms rule a day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.agreements.models import Agreement, TermsVersion, parsed
from portal.agreements.rules import (
    UNBORN,
    AgreementState,
    Difference,
    Terms,
    differences,
    terms_in_force,
    terms_of_quarter,
    version_in_force,
)
from portal.agreements.rules import TermsVersion as Version
from portal.kernel import clock
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.period import Quarter
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer


def get(number: str) -> Agreement:
    """An agreement of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Agreement).where(Agreement.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def by_id(agreement_id: int) -> Agreement:
    """An agreement of the scope. Raises NotFound."""
    found = session().scalars(sa.select(Agreement).where(Agreement.id == agreement_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def by_ids(agreement_ids: Iterable[int]) -> list[Agreement]:
    """Several agreements of the scope."""
    return list(session().scalars(sa.select(Agreement).where(Agreement.id.in_(list(agreement_ids)))))


def of_dealer(dealer_id: int) -> list[Agreement]:
    """All agreements of a dealer, newest first."""
    statement = sa.select(Agreement).where(Agreement.dealer_id == dealer_id).order_by(Agreement.starts.desc())
    return list(session().scalars(statement))


@dataclass(frozen=True)
class Succession:
    """An agreement with those of the same dealer before it: its stock and its figures go on from theirs."""

    #: The earlier ones and the agreement itself, oldest first.
    ids: tuple[int, ...]
    #: The first day of the oldest.
    began: dt.date
    #: The days that are told under this one: from its start, if there is one before, until the next begins.
    first: dt.date
    last: dt.date


def succession(agreement: Agreement) -> Succession:
    """The agreements of a dealer up to this one, and the days that are this one's, so that none counts twice."""
    found = [row for row in reversed(of_dealer(agreement.dealer_id)) if row.state not in UNBORN]
    before = [row for row in found if row.starts < agreement.starts]
    after = [row for row in found if row.starts > agreement.starts]
    return Succession(
        ids=(*(row.id for row in before), agreement.id),
        began=before[0].starts if before else agreement.starts,
        first=agreement.starts if before else dt.date.min,
        last=after[0].starts - dt.timedelta(days=1) if after else dt.date.max,
    )


def in_force(dealer_id: int, *, action: bool = True) -> Agreement:
    """The agreement that a dealer's business belongs to: the latest that has begun, else the next to begin.

    With `action` (something new is filed) it must be active and its last day not past: while it is suspended nothing
    new is filed (AG-1). Raises RuleBroken AG-1 when there is none.
    """
    found = [row for row in of_dealer(dealer_id) if row.state not in UNBORN]
    today = clock.today(tenants.manufacturer().timezone) if _depends_on_the_day(found) else dt.date.max
    begun = [row for row in found if row.starts <= today]
    for agreement in begun or found:
        if not action:
            return agreement
        if agreement.state is AgreementState.SUSPENDED:
            raise RuleBroken(
                "AG-1",
                T("Agreement {number} is suspended; nothing new can be filed.", number=agreement.number),
            )
        if agreement.state is AgreementState.ACTIVE and not _is_over(agreement, today):
            return agreement
    raise RuleBroken("AG-1", T("There is no active agreement with this dealer."))


def _depends_on_the_day(found: Sequence[Agreement]) -> bool:
    return len(found) > 1 or any(row.ends is not None for row in found)


def _is_over(agreement: Agreement, today: dt.date) -> bool:
    return agreement.ends is not None and today != dt.date.max and agreement.ends < today


def newest_of(dealer_ids: Iterable[int]) -> dict[int, Agreement]:
    """Dealer → the latest agreement that is not a draft, for several dealers; those without one are left out."""
    statement = (
        sa.select(Agreement)
        .where(Agreement.dealer_id.in_(list(dealer_ids)), Agreement.state.not_in(UNBORN))
        .order_by(Agreement.starts)
    )
    return {row.dealer_id: row for row in session().scalars(statement)}


def touching(first: dt.date, last: dt.date) -> list[Agreement]:
    """The agreements of the scope, drafts apart, that exist on a day within first … last; by dealer."""
    statement = (
        sa.select(Agreement)
        .where(
            Agreement.state.not_in(UNBORN),
            Agreement.starts <= last,
            sa.or_(Agreement.ends.is_(None), Agreement.ends >= first),
        )
        .order_by(Agreement.dealer_id, Agreement.id)
    )
    return list(session().scalars(statement))


def ending_before(day: dt.date) -> list[int]:
    """Agreements in force whose last day is past on `day`."""
    statement = sa.select(Agreement.id).where(
        Agreement.state.in_([AgreementState.ACTIVE, AgreementState.SUSPENDED]), Agreement.ends < day
    )
    return list(session().scalars(statement.order_by(Agreement.id)))


def endings() -> list[tuple[Agreement, Dealer]]:
    """The agreements of the scope that have ended or have a last day, the latest first."""
    statement = (
        sa.select(Agreement, Dealer)
        .join(Dealer, Dealer.id == Agreement.dealer_id)
        .where(Agreement.state.not_in(UNBORN), Agreement.ends.is_not(None))
        .order_by(Agreement.ends.desc(), Agreement.id)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def versions(agreement_id: int) -> list[Version]:
    """The versions of an agreement's terms, oldest first."""
    return versions_of([agreement_id])[agreement_id]


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


def versions_of(agreement_ids: Iterable[int]) -> dict[int, list[Version]]:
    """The versions of several agreements, oldest first; for lists."""
    found: dict[int, list[Version]] = defaultdict(list)
    # As text: most agreements have the same terms, and those that are known need no reading at all.
    text = sa.cast(TermsVersion.terms, sa.Text)
    statement = (
        sa.select(TermsVersion.agreement_id, TermsVersion.number, TermsVersion.starts, text)
        .where(TermsVersion.agreement_id.in_(list(agreement_ids)))
        .order_by(TermsVersion.agreement_id, TermsVersion.number)
    )
    for agreement_id, number, starts, written in session().execute(statement):
        found[agreement_id].append(Version(number, starts, parsed(written)))
    return found


def listing(*, state: AgreementState | None = None, text: str = "") -> sa.Select[Agreement, Dealer]:
    """Agreements with their dealers, by dealer; `text` is a part of the number, or of the dealer's code or name."""
    statement = sa.select(Agreement, Dealer).join(Dealer, Dealer.id == Agreement.dealer_id)
    if state is not None:
        statement = statement.where(Agreement.state == state)
    if text:
        columns = (Agreement.number, Dealer.code, Dealer.name)
        statement = statement.where(sa.or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return statement.order_by(Dealer.code, Agreement.starts.desc())


def counts() -> dict[AgreementState, int]:
    """How many agreements of the scope are in each state."""
    statement = sa.select(Agreement.state, sa.func.count()).group_by(Agreement.state)
    return {row[0]: row[1] for row in session().execute(statement)}


@dataclass(frozen=True)
class Change:
    """One version with what it changed, as the history shows it."""

    row: TermsVersion
    #: The number of the version that it took the place of; None for the first.
    replaced: int | None
    differences: list[Difference]


def history(agreement_id: int) -> list[Change]:
    """Every version with its differences from the one that ruled its first day before, newest first (AG-2)."""
    changes: list[Change] = []
    earlier: list[Version] = []
    for row in version_rows(agreement_id):
        version = row.version
        before = version_in_force(earlier, version.starts) if earlier else None
        changed = differences(before.terms, version.terms) if before else []
        changes.append(Change(row, before.number if before else None, changed))
        earlier.append(version)
    return changes[::-1]


def preview(
    agreement_id: int, starts: dt.date, terms: Terms
) -> tuple[Version, list[Difference], list[Version]]:
    """What new terms from `starts` on would change (AG-2).

    The version that rules that day now, the differences from it, and later versions that would end the new one.
    """
    known = versions(agreement_id)
    before = version_in_force(known, starts)
    return before, differences(before.terms, terms), [version for version in known if version.starts > starts]


def drafts() -> list[tuple[str, str]]:
    """Number and dealer of the agreements that wait to be put in force."""
    statement = (
        sa.select(Agreement.number, Dealer.name)
        .join(Dealer, Dealer.id == Agreement.dealer_id)
        .where(Agreement.state == AgreementState.DRAFT)
        .order_by(Agreement.number)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]

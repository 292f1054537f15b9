"""Versions of an agreement's terms (AG-2) and the states of the agreement itself (AG-1)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.agreements.rules.clause import Clause
from portal.agreements.rules.clauses import CLAUSES
from portal.agreements.rules.matrix import Bearer, CostClass, CostColumn
from portal.agreements.rules.terms import Terms
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Quarter
from portal.kernel.text import T
from portal.kernel.transitions import Transitions


class AgreementState(StrEnum):
    """AG-1."""

    #: Being written; nothing can be filed.
    DRAFT = "draft"
    ACTIVE = "active"
    #: The manufacturer stopped new business for a time: no units are shipped, no card, parts request, service request,
    #: repair record or return is filed. What was filed goes on, money is recorded, forms are owed, quarters settle.
    SUSPENDED = "suspended"
    #: Ended; sold units stay covered, the last quarter settles.
    TERMINATED = "terminated"
    #: A draft that was given up; its number stays, since numbers have no gaps.
    DISCARDED = "discarded"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return {"draft": "mute", "active": "ok", "suspended": "warn"}.get(self.value, "mute")


#: States of agreements that never ruled anything.
UNBORN = frozenset({AgreementState.DRAFT, AgreementState.DISCARDED})


class AgreementAction(StrEnum):
    ACTIVATE = "activate"
    DISCARD = "discard"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"


AGREEMENT = Transitions[AgreementState, AgreementAction](
    "AG-1",
    {
        (AgreementState.DRAFT, AgreementAction.ACTIVATE): AgreementState.ACTIVE,
        (AgreementState.DRAFT, AgreementAction.DISCARD): AgreementState.DISCARDED,
        (AgreementState.ACTIVE, AgreementAction.SUSPEND): AgreementState.SUSPENDED,
        (AgreementState.SUSPENDED, AgreementAction.RESUME): AgreementState.ACTIVE,
        (AgreementState.ACTIVE, AgreementAction.TERMINATE): AgreementState.TERMINATED,
        (AgreementState.SUSPENDED, AgreementAction.TERMINATE): AgreementState.TERMINATED,
    },
)


@dataclass(frozen=True)
class Span:
    """The days of an agreement, both included; `ends` is None while nobody has ended it."""

    starts: dt.date
    ends: dt.date | None = None

    def __contains__(self, day: dt.date) -> bool:
        return self.starts <= day and (self.ends is None or day <= self.ends)

    def touches(self, first: dt.date, last: dt.date) -> bool:
        """Whether at least one day of the agreement lies within first … last."""
        return self.starts <= last and (self.ends is None or first <= self.ends)

    def is_final(self, quarter: Quarter) -> bool:
        """AG-3: whether the agreement does not outlive `quarter`: its surplus is paid out, not carried."""
        return self.ends is not None and Quarter.of(self.ends) <= quarter

    def last_day_in(self, quarter: Quarter) -> dt.date:
        """The day after which `quarter` can be settled: its last, or the agreement's if that comes before (AG-3)."""
        if self.ends is None or self.ends not in quarter:
            return quarter.last
        return self.ends


@dataclass(frozen=True)
class TermsVersion:
    """Terms that rule from `starts` on: the first from the agreement's start, later ones from a quarter's."""

    number: int
    starts: dt.date
    terms: Terms


def version_in_force(versions: Sequence[TermsVersion], day: dt.date) -> TermsVersion:
    """The version that rules `day`: the latest start not after it; of two equal starts, the later number.

    A day before the first version (a unit may be shipped before the agreement begins) is ruled by the first.
    """
    if not versions:
        raise LookupError("an agreement has at least one version of its terms")
    started = [version for version in versions if version.starts <= day]
    if started:
        return max(started, key=lambda version: (version.starts, version.number))
    return min(versions, key=lambda version: (version.starts, -version.number))


def terms_in_force(versions: Sequence[TermsVersion], day: dt.date) -> Terms:
    """The terms that rule `day`."""
    return version_in_force(versions, day).terms


def terms_of_quarter(versions: Sequence[TermsVersion], quarter: Quarter) -> Terms:
    """The terms that rule `quarter`: they are the same on each of its days on which the agreement exists."""
    return terms_in_force(versions, quarter.last)


def check_last_day(span: Span, last_day: dt.date, today: dt.date) -> None:
    """AG-3: an agreement ends today or later, so that everything of its last day is still to come.

    Raises RuleBroken AG-3 (field `last_day`).
    """
    if last_day < today:
        raise RuleBroken("AG-3", T("The last day can't be before today."), field="last_day")
    if last_day < span.starts:
        raise RuleBroken("AG-3", T("The agreement can't end before it starts."), field="last_day")


def may_start(starts: dt.date, *, today: dt.date, frozen_until: Quarter | None) -> None:
    """AG-2: a new version starts with a quarter to come, so that no open quarter changes its rate.

    With today 2026-04-20 the first possible start is 2026-07-01. Raises RuleBroken AG-2 (field `starts`).
    """
    if starts != Quarter.of(starts).first:
        raise RuleBroken(
            "AG-2",
            T("New terms start on the first day of a quarter, not on {day}.", day=starts),
            field="starts",
        )
    if starts <= today:
        raise RuleBroken(
            "AG-2",
            T(
                "New terms start with a quarter to come; the next one begins on {day}.",
                day=Quarter.of(today).next.first,
            ),
            field="starts",
        )
    if frozen_until is not None and Quarter.of(starts) <= frozen_until:
        raise RuleBroken(
            "AG-2", T("The statement of {quarter} is issued already.", quarter=frozen_until), field="starts"
        )


@dataclass(frozen=True)
class Difference:
    """One clause that reads differently in two versions; `old` and `new` are the values that Terms hold."""

    clause: Clause
    old: object
    new: object
    #: Row and column, for a difference in one cell of the matrix.
    cell: tuple[CostClass, CostColumn] | None = None


def differences(old: Terms, new: Terms) -> list[Difference]:
    """What a reader of the history sees between two versions, in the order of the clauses."""
    found: list[Difference] = []
    for key, clause in CLAUSES.items():
        if key == "matrix":
            found.extend(_cells(clause, old, new))
        elif getattr(old, key) != getattr(new, key):
            found.append(Difference(clause, getattr(old, key), getattr(new, key)))
    return found


def _cells(clause: Clause, old: Terms, new: Terms) -> Iterator[Difference]:
    for cost_class in CostClass:
        for column in CostColumn:
            before: Bearer = old.bearer(cost_class, column)
            after: Bearer = new.bearer(cost_class, column)
            if before is not after:
                yield Difference(clause, before, after, (cost_class, column))

"""The months whose forms are owed, and how they stand (MF-1 … MF-3)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import UNBORN, FormKind, Terms, terms_of_quarter
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Month, Quarter
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.reports.models import MonthlyForm
from portal.reports.rules import MISSING, FormState, days_late, due_on, kinds_owed, state_of_month
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer


@dataclass(frozen=True)
class OwedForm:
    """One form that an agreement owes for a month."""

    kind: FormKind
    state: FormState
    #: What somebody prepared or submitted; None: nobody did anything yet.
    form: MonthlyForm | None
    due: dt.date
    #: By how many days it is late, submitted or still missing; 0: in time.
    late: int


@dataclass(frozen=True)
class OwedMonth:
    """One month whose forms an agreement owes, as the hub lists it."""

    agreement_id: int
    dealer_id: int
    month: Month
    due: dt.date
    forms: tuple[OwedForm, ...]

    @property
    def state(self) -> FormState:
        """The form that is furthest behind decides."""
        return state_of_month(form.state for form in self.forms)

    @property
    def late(self) -> int:
        """By how many days its latest form is late; 0: all in time."""
        return max((form.late for form in self.forms), default=0)

    @property
    def missing(self) -> tuple[OwedForm, ...]:
        """The forms that the dealer has still to send."""
        return tuple(form for form in self.forms if form.state in MISSING)

    def in_state(self, state: FormState) -> tuple[OwedForm, ...]:
        """Its forms in one state."""
        return tuple(form for form in self.forms if form.state is state)


def agreement_for(dealer_id: int, month: Month, number: str = "") -> Agreement:
    """The agreement whose forms of a month a dealer owes: the one named, else the newest that touches the month.

    Raises RuleBroken MF-3 when there is none.
    """
    for agreement in agreements.of_dealer(dealer_id):
        touches = agreement.state not in UNBORN and agreement.span.touches(month.first, month.last)
        if touches and number in ("", agreement.number):
            return agreement
    raise RuleBroken("MF-3", T("No forms are owed for {month}.", month=month))


def month_of(agreement: Agreement, month: Month, today: dt.date) -> OwedMonth | None:
    """How the forms of one month stand; None when no form is owed."""
    return next(iter(owed_months([agreement], month, month, today)), None)


def owed_by(dealer_id: int, today: dt.date) -> list[OwedMonth]:
    """Every month that a dealer has owed so far under any of its agreements, the running one included; newest first."""
    own = [row for row in agreements.of_dealer(dealer_id) if row.state not in UNBORN]
    rows = owed_months(own, None, Month.of(today), today)
    return sorted(rows, key=lambda row: row.month, reverse=True)


def is_open(agreement_id: int, month: Month) -> bool:
    """Whether a month may still be submitted anew: its quarter is not closed (MN-4)."""
    closed = ledger.closed_until([agreement_id]).get(agreement_id)
    return closed is None or closed < month.quarter


@dataclass(frozen=True)
class DealerMonths:
    """One dealer's row in the matrix of a few months; a month that it does not owe is None."""

    agreement: Agreement
    dealer: Dealer
    months: Mapping[Month, OwedMonth | None]


def matrix(months: Sequence[Month], today: dt.date) -> list[DealerMonths]:
    """How the forms of these months stand for every dealer that owes any of them, by dealer code."""
    found = agreements.touching(months[0].first, months[-1].last)
    owed = {(row.agreement_id, row.month): row for row in owed_months(found, months[0], months[-1], today)}
    names = {dealer.id: dealer for dealer in tenants.dealers(holders_only=True)}
    rows = [
        DealerMonths(a, names[a.dealer_id], {month: owed.get((a.id, month)) for month in months})
        for a in found
    ]
    return sorted((row for row in rows if any(row.months.values())), key=lambda row: row.dealer.code)


def owed_months(
    found: Sequence[Agreement], first: Month | None, last: Month, today: dt.date
) -> list[OwedMonth]:
    """The months from `first` (or each agreement's first) to `last` that these agreements owe, oldest first."""
    ids = [agreement.id for agreement in found]
    versions = agreements.versions_of(ids)
    statement = sa.select(MonthlyForm).where(MonthlyForm.agreement_id.in_(ids), MonthlyForm.month <= last)
    if first:
        statement = statement.where(MonthlyForm.month >= first)
    forms: dict[tuple[int, Month], dict[FormKind, MonthlyForm]] = defaultdict(dict)
    for form in session().scalars(statement):
        forms[form.agreement_id, form.month][form.kind] = form
    calendar = tenants.calendar()
    rows = []
    for agreement in found:
        month = max(first, Month.of(agreement.starts)) if first else Month.of(agreement.starts)
        while month <= last:
            terms = terms_of_quarter(versions[agreement.id], month.quarter)
            owed = _kinds(agreement, month, terms, forms[agreement.id, month])
            if owed:
                due = due_on(month, terms, calendar)
                known = forms[agreement.id, month]
                each = tuple(_owed_form(kind, known.get(kind), due, today) for kind in owed)
                rows.append(OwedMonth(agreement.id, agreement.dealer_id, month, _due_of(each, due), each))
            month = month.next
    return rows


def _due_of(forms: Sequence[OwedForm], due: dt.date) -> dt.date:
    """Until when the month is due: whatever becomes of the calendar, forms that were submitted keep their day."""
    if all(one.form and one.form.due_on for one in forms):
        return max(one.due for one in forms)
    return due


def _kinds(
    agreement: Agreement, month: Month, terms: Terms, forms: Mapping[FormKind, MonthlyForm]
) -> tuple[FormKind, ...]:
    """The forms that a month owes; one that was handed in as a single form before there were six owes no other.

    A single form that was returned or never sent is taken up again as the six.
    """
    single = forms.get(FormKind.SUMMARY)
    if single is not None and single.state not in MISSING:
        return (FormKind.SUMMARY,)
    return kinds_owed(month, agreement.span, terms)


def _owed_form(kind: FormKind, form: MonthlyForm | None, due: dt.date, today: dt.date) -> OwedForm:
    if form is None:
        return OwedForm(kind, FormState.OWED, None, due, days_late(due, today))
    if form.first_submitted_on is None or form.due_on is None:
        return OwedForm(kind, form.state, form, due, days_late(due, today))
    return OwedForm(kind, form.state, form, form.due_on, form.days_late)


@dataclass(frozen=True)
class QuarterForms:
    """How the months of a quarter stand, for the settlement (ST-4)."""

    owed: int
    submitted: int
    accepted: int


def of_quarter(agreement: Agreement, quarter: Quarter) -> QuarterForms:
    """How many months of the quarter are owed, of those submitted (accepted ones included), of those accepted."""
    return of_quarters([agreement], quarter)[agreement.id]


def of_quarters(found: Sequence[Agreement], quarter: Quarter) -> dict[int, QuarterForms]:
    """The same for many agreements at once, by the agreement's id. A month counts when all its owed forms do."""
    months: dict[int, list[OwedMonth]] = defaultdict(list)
    for row in owed_months(found, quarter.months[0], quarter.months[-1], quarter.first):
        months[row.agreement_id].append(row)
    return {
        agreement.id: QuarterForms(
            len(months[agreement.id]),
            sum(not row.missing for row in months[agreement.id]),
            sum(row.state is FormState.ACCEPTED for row in months[agreement.id]),
        )
        for agreement in found
    }


def count(state: FormState) -> int:
    """How many forms of the scope are in a state."""
    statement = sa.select(sa.func.count(MonthlyForm.id)).where(MonthlyForm.state == state)
    return session().scalar(statement) or 0


def oldest_to_accept() -> MonthlyForm | None:
    """The submitted form that has waited longest."""
    statement = sa.select(MonthlyForm).where(MonthlyForm.state == FormState.SUBMITTED)
    return session().scalars(statement.order_by(MonthlyForm.submitted_on, MonthlyForm.id).limit(1)).first()

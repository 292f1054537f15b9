"""Months owed, the figures that the portal compiles for them, and how they stand (MF-1 … MF-3)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import UNBORN, terms_of_quarter
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.period import Month, Quarter
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.parts import queries as parts
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import FormState, days_late, due_on, is_owed, months_owed
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.warranty import queries as warranty


@dataclass(frozen=True)
class OwedMonth:
    """One month whose forms an agreement owes, as the hub lists it."""

    agreement_id: int
    dealer_id: int
    month: Month
    due: dt.date
    state: FormState
    form: MonthlyForm | None
    #: By how many days it is late, submitted or still missing; 0: in time.
    late: int


def compile_figures(agreement: Agreement, month: Month) -> dict[str, Any]:
    """The figures of a month from cards, parts requests and remittances (MF-1): plain JSON, money as text."""
    remitted, references = ledger.month_remitted(agreement.id, month)
    return {
        "cards": asdict(warranty.cards_in(agreement.id, month)),
        "parts": parts.month_figures(agreement.id, month),
        "remittances": {"amount": str(remitted), "count": references},
    }


def get(agreement_id: int, month: Month) -> MonthlyForm | None:
    """The forms of a month, if they were ever submitted."""
    statement = sa.select(MonthlyForm).where(
        MonthlyForm.agreement_id == agreement_id, MonthlyForm.month == month
    )
    return session().scalars(statement).one_or_none()


def by_number(number: str) -> MonthlyForm:
    """Submitted forms by their number. Raises NotFound."""
    found = session().scalars(sa.select(MonthlyForm).where(MonthlyForm.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def revisions(form_id: int) -> Sequence[FormRevision]:
    """Every submission of a month, newest first."""
    statement = sa.select(FormRevision).where(FormRevision.form_id == form_id)
    return session().scalars(statement.order_by(FormRevision.revision.desc())).all()


def agreement_for(dealer_id: int, month: Month, number: str = "") -> Agreement:
    """The agreement whose forms of a month a dealer owes: the one named, else the newest that touches the month.

    Raises RuleBroken MF-3 when there is none.
    """
    for agreement in agreements.of_dealer(dealer_id):
        touches = agreement.state not in UNBORN and agreement.span.touches(month.first, month.last)
        if touches and number in ("", agreement.number):
            return agreement
    raise RuleBroken("MF-3", T("No forms are owed for {month}.", month=month))


def owed_by(dealer_id: int, today: dt.date) -> list[OwedMonth]:
    """Every month that a dealer has owed so far under any of its agreements, the running one included; newest first."""
    own = [row for row in agreements.of_dealer(dealer_id) if row.state not in UNBORN]
    rows = _owed(own, None, Month.of(today), today)
    return sorted(rows, key=lambda row: row.month, reverse=True)


@dataclass(frozen=True)
class DealerMonths:
    """One dealer's row in the matrix of a few months; a month that it does not owe is None."""

    agreement: Agreement
    dealer: Dealer
    months: Mapping[Month, OwedMonth | None]


def matrix(months: Sequence[Month], today: dt.date) -> list[DealerMonths]:
    """How the forms of these months stand for every dealer that owes any of them, by dealer code."""
    found = agreements.touching(months[0].first, months[-1].last)
    owed = {(row.agreement_id, row.month): row for row in _owed(found, months[0], months[-1], today)}
    names = {dealer.id: dealer for dealer in tenants.dealers(holders_only=True)}
    rows = [
        DealerMonths(a, names[a.dealer_id], {month: owed.get((a.id, month)) for month in months})
        for a in found
    ]
    return sorted((row for row in rows if any(row.months.values())), key=lambda row: row.dealer.code)


def _owed(found: Sequence[Agreement], first: Month | None, last: Month, today: dt.date) -> list[OwedMonth]:
    """The months from `first` (or each agreement's first) to `last` that these agreements owe, oldest first."""
    ids = [agreement.id for agreement in found]
    versions = agreements.versions_of(ids)
    statement = sa.select(MonthlyForm).where(MonthlyForm.agreement_id.in_(ids), MonthlyForm.month <= last)
    if first:
        statement = statement.where(MonthlyForm.month >= first)
    forms = {(form.agreement_id, form.month): form for form in session().scalars(statement)}
    rows = []
    for agreement in found:
        month = max(first, Month.of(agreement.starts)) if first else Month.of(agreement.starts)
        while month <= last:
            terms = terms_of_quarter(versions[agreement.id], month.quarter)
            if is_owed(month, agreement.span, terms):
                form = forms.get((agreement.id, month))
                sent = form.first_submitted_on if form else today
                rows.append(
                    OwedMonth(
                        agreement_id=agreement.id,
                        dealer_id=agreement.dealer_id,
                        month=month,
                        due=due_on(month, terms),
                        state=form.state if form else FormState.OWED,
                        form=form,
                        late=days_late(month, terms, sent),
                    )
                )
            month = month.next
    return rows


@dataclass(frozen=True)
class QuarterForms:
    """How the forms of a quarter stand, for the settlement (ST-4)."""

    owed: int
    submitted: int
    accepted: int


def of_quarter(agreement: Agreement, quarter: Quarter) -> QuarterForms:
    """How many months of the quarter are owed, of those submitted (accepted ones included), of those accepted."""
    return of_quarters([agreement], quarter)[agreement.id]


def of_quarters(found: Sequence[Agreement], quarter: Quarter) -> dict[int, QuarterForms]:
    """The same for many agreements at once, by the agreement's id."""
    ids = [agreement.id for agreement in found]
    versions = agreements.versions_of(ids)
    statement = sa.select(MonthlyForm.agreement_id, MonthlyForm.month, MonthlyForm.state).where(
        MonthlyForm.agreement_id.in_(ids), MonthlyForm.month.in_(quarter.months)
    )
    states = {(agreement_id, month): state for agreement_id, month, state in session().execute(statement)}
    counted = {}
    for agreement in found:
        owed = months_owed(quarter, agreement.span, terms_of_quarter(versions[agreement.id], quarter))
        sent = [states.get((agreement.id, month), FormState.OWED) for month in owed]
        accepted = sent.count(FormState.ACCEPTED)
        counted[agreement.id] = QuarterForms(len(owed), accepted + sent.count(FormState.SUBMITTED), accepted)
    return counted


def count(state: FormState) -> int:
    """How many forms of the scope are in a state."""
    statement = sa.select(sa.func.count(MonthlyForm.id)).where(MonthlyForm.state == state)
    return session().scalar(statement) or 0


def oldest_to_accept() -> MonthlyForm | None:
    """The submitted form that has waited longest."""
    statement = sa.select(MonthlyForm).where(MonthlyForm.state == FormState.SUBMITTED)
    return session().scalars(statement.order_by(MonthlyForm.submitted_on, MonthlyForm.id).limit(1)).first()


def with_remarks(forms: Sequence[MonthlyForm]) -> frozenset[int]:
    """Of these, the ids of those whose last submission carries remarks."""
    statement = (
        sa.select(FormRevision.form_id)
        .join(MonthlyForm, MonthlyForm.id == FormRevision.form_id)
        .where(
            MonthlyForm.id.in_([form.id for form in forms]),
            FormRevision.revision == MonthlyForm.revision,
            FormRevision.remarks != "",
        )
    )
    return frozenset(session().scalars(statement))

"""Months owed, the figures that the portal compiles for them, and how they stand (MF-1 … MF-3)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import terms_of_quarter
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Month, Quarter
from portal.ledger import queries as ledger
from portal.parts import queries as parts
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import FormState, days_late, due_on, is_owed, months_owed
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
    """Every submission of a month, oldest first."""
    statement = sa.select(FormRevision).where(FormRevision.form_id == form_id).order_by(FormRevision.revision)
    return session().scalars(statement).all()


def owed(agreement: Agreement, today: dt.date, *, until: Month | None = None) -> list[OwedMonth]:
    """Every month that the agreement has owed so far, the running one included; newest first."""
    versions = agreements.versions(agreement.id)
    statement = sa.select(MonthlyForm).where(MonthlyForm.agreement_id == agreement.id)
    forms = {form.month: form for form in session().scalars(statement)}
    found = []
    month, last = Month.of(agreement.starts), until or Month.of(today)
    while month <= last:
        terms = terms_of_quarter(versions, month.quarter)
        if is_owed(month, agreement.span, terms):
            form = forms.get(month)
            sent = form.first_submitted_on if form else max(today, due_on(month, terms))
            found.append(
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
    return found[::-1]


@dataclass(frozen=True)
class QuarterForms:
    """How the forms of a quarter stand, for the settlement (ST-4)."""

    owed: int
    submitted: int
    accepted: int


def of_quarter(agreement: Agreement, quarter: Quarter) -> QuarterForms:
    """How many months of the quarter are owed, of those submitted (accepted ones included), of those accepted."""
    terms = agreements.terms_for(agreement.id, quarter)
    months = months_owed(quarter, agreement.span, terms)
    statement = sa.select(MonthlyForm.state).where(
        MonthlyForm.agreement_id == agreement.id, MonthlyForm.month.in_(months)
    )
    states = list(session().scalars(statement))
    accepted = states.count(FormState.ACCEPTED)
    return QuarterForms(len(months), accepted + states.count(FormState.SUBMITTED), accepted)


def to_accept() -> int:
    """How many submitted forms wait for the manufacturer."""
    statement = sa.select(sa.func.count()).where(MonthlyForm.state == FormState.SUBMITTED)
    return session().scalar(statement.select_from(MonthlyForm)) or 0

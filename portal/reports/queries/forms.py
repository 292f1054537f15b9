"""Single forms with what was typed into them, submitted, and said about them."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from portal.agreements.rules import FormKind
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Month
from portal.reports.models import FormEntry, FormRemark, FormRevision, MonthlyForm, SampleCheck
from portal.reports.rules import MISSING, Entry


def find(agreement_id: int, month: Month, kind: FormKind) -> MonthlyForm | None:
    """One form of a month, if anybody worked on it."""
    return of_month(agreement_id, month).get(kind)


def of_month(agreement_id: int, month: Month) -> dict[FormKind, MonthlyForm]:
    """The forms of a month that somebody worked on."""
    statement = sa.select(MonthlyForm).where(
        MonthlyForm.agreement_id == agreement_id, MonthlyForm.month == month
    )
    return {form.kind: form for form in session().scalars(statement)}


def in_months(agreement_id: int, months: Sequence[Month], kind: FormKind) -> Sequence[MonthlyForm]:
    """One form of several months, as far as anybody worked on it, oldest first."""
    statement = sa.select(MonthlyForm).where(
        MonthlyForm.agreement_id == agreement_id, MonthlyForm.month.in_(months), MonthlyForm.kind == kind
    )
    return session().scalars(statement.order_by(MonthlyForm.month)).all()


def submitted_in(
    agreement_ids: Iterable[int], months: Iterable[Month], kind: FormKind
) -> list[tuple[Month, Sequence[MonthlyForm]]]:
    """Each of these months with its submitted forms of one kind, of several agreements by their numbers."""
    statement = sa.select(MonthlyForm).where(
        MonthlyForm.agreement_id.in_(list(agreement_ids)),
        MonthlyForm.month.in_(wanted := list(months)),
        MonthlyForm.kind == kind,
        MonthlyForm.state.not_in(MISSING),
    )
    found = session().scalars(statement.order_by(MonthlyForm.number)).all()
    return [(month, [form for form in found if form.month == month]) for month in wanted]


def by_number(number: str) -> MonthlyForm:
    """A submitted form by its number. Raises NotFound."""
    found = session().scalars(sa.select(MonthlyForm).where(MonthlyForm.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def revisions(form_id: int) -> Sequence[FormRevision]:
    """Every submission of a form, newest first."""
    statement = sa.select(FormRevision).where(FormRevision.form_id == form_id)
    return session().scalars(statement.order_by(FormRevision.revision.desc())).all()


def latest(forms: Iterable[MonthlyForm]) -> dict[int, FormRevision]:
    """The last submission of each form, by the form's id; forms that were never submitted are left out."""
    statement = (
        sa.select(FormRevision)
        .join(MonthlyForm, MonthlyForm.id == FormRevision.form_id)
        .where(MonthlyForm.id.in_([form.id for form in forms]), FormRevision.revision == MonthlyForm.revision)
    )
    return {row.form_id: row for row in session().scalars(statement)}


def entries(form_id: int) -> tuple[Entry, ...]:
    """What the dealer put into the cells of a form, by row and column."""
    statement = sa.select(FormEntry).where(FormEntry.form_id == form_id)
    return tuple(
        Entry(row.row, row.column, row.value, row.was, row.reason, row.person)
        for row in session().scalars(statement.order_by(FormEntry.row, FormEntry.column))
    )


def remarks(form_id: int) -> Sequence[FormRemark]:
    """What the auditor said about the lines of a form, of all submissions, oldest first."""
    statement = sa.select(FormRemark).where(FormRemark.form_id == form_id).order_by(FormRemark.id)
    return session().scalars(statement).all()


def checks(form_id: int, revision: int) -> dict[str, SampleCheck]:
    """What was found on the sampled records of a submission, by record; the last check of each holds."""
    statement = sa.select(SampleCheck).where(SampleCheck.form_id == form_id, SampleCheck.revision == revision)
    return {row.number: row for row in session().scalars(statement.order_by(SampleCheck.id))}

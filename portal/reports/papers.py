"""Monthly forms as they are printed and exported, filled in from their sheets."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind, version_in_force
from portal.documents.rules import Bilingual, Party, Role
from portal.documents.words import both, said
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, translate, use_language
from portal.kernel.period import Month
from portal.reports import queries
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.queries import OwedForm
from portal.reports.rules import LAYOUTS, MISSING, SUMMARY, Column, Entry, FormState, Layout, Measure, Sheet
from portal.reports.rules.papers import (
    SET_TITLE,
    Correction,
    FormCell,
    FormColumn,
    FormSetView,
    FormView,
    SetRow,
    places,
    printed,
    sum_row,
    widths,
)
from portal.reports.rules.sheets import sums, written
from portal.spreadsheets.writing import Kind, OutColumn, OutSheet, Value
from portal.tenants import queries as tenants

KINDS = {
    Measure.TEXT: Kind.TEXT,
    Measure.COUNT: Kind.WHOLE,
    Measure.MONEY: Kind.MONEY,
    Measure.MEAN: Kind.MEAN,
    Measure.PERCENT: Kind.PERCENT,
}


@dataclass(frozen=True)
class Paper:
    """One form, ready to print and to export."""

    kind: FormKind
    view: FormView
    sheet: Sheet


def submitted(form: MonthlyForm, revision: FormRevision) -> Paper:
    """A form as it was submitted, with the state that it has now."""
    agreement, sheet = agreements.by_id(form.agreement_id), queries.frozen(revision)
    state = form.state if revision.revision == form.revision else None
    view = _view(agreement, form.month, form.kind, sheet, form=form, state=state, revision=revision)
    return Paper(form.kind, view, sheet)


def draft(agreement: Agreement, month: Month, kind: FormKind, today: dt.date) -> Paper:
    """A form that nobody submitted yet, as the records say now."""
    form = queries.find(agreement.id, month, kind)
    sheet = queries.live(agreement, month, kind)
    state = form.state if form else FormState.OWED
    return Paper(kind, _view(agreement, month, kind, sheet, form=form, state=state, today=today), sheet)


def standing(
    agreement: Agreement, month: Month, kind: FormKind, today: dt.date, *, own: bool
) -> Paper | None:
    """A form as it stands: the last submission where one counts, else a draft for its own dealer (`own`).

    The manufacturer reads the last submission of what it returned, and nothing of what was never submitted.
    """
    form = queries.find(agreement.id, month, kind)
    if form is None or not form.revision or (own and form.state in MISSING):
        return draft(agreement, month, kind, today) if own else None
    return submitted(form, queries.latest([form])[form.id])


@dataclass(frozen=True)
class MonthSet:
    """All forms that a month owes behind one cover."""

    view: FormSetView
    papers: tuple[Paper, ...]


def month_set(agreement: Agreement, month: Month, today: dt.date, *, own: bool) -> MonthSet | None:
    """The set of a month; None when it owes no form."""
    stands = queries.month_of(agreement, month, today)
    if stands is None:
        return None
    found = {one.kind: standing(agreement, month, one.kind, today, own=own) for one in stands.forms}
    papers = tuple(paper for paper in found.values() if paper is not None)
    dealer = tenants.dealer_by_id(agreement.dealer_id)
    view = FormSetView(
        title=SET_TITLE,
        number=f"{agreement.number}-{month}",
        issuer=dealer.name,
        issued_on=max((paper.view.issued_on for paper in papers), default=str(today)),
        dealer=Party.of(dealer, bank=False),
        dealer_code=dealer.code,
        period=period_words(month),
        agreement=agreement.number,
        due_on=str(stands.due),
        rows=tuple(_cover_row(one, found[one.kind]) for one in stands.forms),
        forms=tuple(paper.view for paper in papers),
    )
    return MonthSet(view, papers)


def period_words(month: Month) -> Bilingual:
    """2026 年 5 月."""
    return Bilingual(f"{month.year} 年 {month.number} 月", str(month))


def _cover_row(one: OwedForm, paper: Paper | None) -> SetRow:
    view = paper.view if paper else None
    sent = view is not None and not view.is_draft
    return SetRow(
        title=both(one.kind),
        number=view.number if view and sent else "",
        state=both(one.state),
        submitted_on=view.submitted_on if view else "",
        revision=view.revision if view and sent else 0,
        hash=view.hash if view else "",
        printed=view is not None,
    )


def _view(
    agreement: Agreement,
    month: Month,
    kind: FormKind,
    sheet: Sheet,
    *,
    form: MonthlyForm | None,
    state: FormState | None,
    revision: FormRevision | None = None,
    today: dt.date | None = None,
) -> FormView:
    layout, dealer = LAYOUTS[kind], tenants.dealer_by_id(agreement.dealer_id)
    version = version_in_force(agreements.versions(agreement.id), month.last)
    sent_on = _day(revision, form)
    number, figures = places([row.key for row in sheet.rows]), sums(sheet.records)
    return FormView(
        title=both(kind),
        number=(form.number if form and revision else None) or f"{agreement.number}-{month}-{kind.value}",
        revision=revision.revision if revision else 1,
        issuer=dealer.name,
        issued_on=sent_on or str(today),
        currency=version.terms.currency,
        roles=_roles(form, sent_on if revision else ""),
        kind=kind.value,
        period=period_words(month),
        dealer=Party.of(dealer, bank=False),
        dealer_code=dealer.code,
        agreement=agreement.number,
        terms_version=version.number,
        state=both(state) if state else Bilingual("已被新版取代", "Superseded"),
        is_draft=revision is None,
        is_landscape=layout.is_landscape,
        submitted_on=sent_on,
        due_on=str(form.due_on) if form and form.due_on else "",
        columns=tuple(
            FormColumn(said(column.words), column.measure.is_number, width)
            for column, width in zip(layout.shown, widths(layout), strict=True)
        ),
        rows=tuple(
            tuple(_cell(sheet, row.key, column, row.cells.get(column.key, "")) for column in layout.shown)
            for row in sheet.rows
        ),
        total=sum_row(layout, dict(sheet.total.cells)),
        summary=tuple(
            (said(column.words), printed(_member(column, sheet.summary[column.key]), column))
            for column in layout.summary
            if column.key in sheet.summary
        ),
        corrections=tuple(
            Correction(
                where=number[entry.row],
                row=_named(layout, sheet, entry.row),
                column=said(layout.column(entry.column).words),
                was=_counted(figures, entry, layout.column(entry.column)),
                now=printed(entry.value, layout.column(entry.column)),
                reason=entry.reason,
                person=entry.person,
            )
            for entry in sheet.entries
            if entry.reason and entry.row in number
        ),
        earlier=tuple(
            Correction(
                where=str(one.month),
                row="" if one.row == SUMMARY else _named(layout, sheet, one.row),
                column=said(layout.column(one.column, one.row).words),
                was=printed(one.was, layout.column(one.column, one.row)),
                now=printed(one.now, layout.column(one.column, one.row)),
            )
            for one in sheet.earlier
        ),
        remarks=revision.remarks if revision else form.remarks if form else "",
        hash=revision.hash if revision else "",
    )


def _day(revision: FormRevision | None, form: MonthlyForm | None) -> str:
    """The business day of a submission; of an earlier one the day of its instant."""
    if revision is None or form is None:
        return ""
    if revision.revision == form.revision and form.submitted_on:
        return str(form.submitted_on)
    return str(revision.at.date())


def _roles(form: MonthlyForm | None, sent_on: str) -> tuple[Role, ...]:
    """制表, 审核 and the manufacturer's check as the portal knows them; the owner signs and seals."""
    decided = form if form and form.state is FormState.ACCEPTED else None
    return (
        Role(
            Bilingual("制表", "Prepared by"),
            form.prepared_by if form else "",
            str(form.prepared_on) if form and form.prepared_on else "",
        ),
        Role(Bilingual("审核", "Checked by"), form.reviewed_by if form and sent_on else "", sent_on),
        Role(Bilingual("负责人", "Owner")),
        Role(
            Bilingual("厂方审核", "Manufacturer"),
            decided.decided_by if decided else "",
            str(decided.decided_on) if decided else "",
        ),
    )


def _cell(sheet: Sheet, row: str, column: Column, text: str) -> FormCell:
    entry = sheet.entry(row, column.key)
    shown = _member(column, text)
    return FormCell(printed(shown, column), corrected=entry is not None and bool(entry.reason))


def _member(column: Column, text: str, language: str = "zh_Hans") -> str:
    """The words of a cell that names a member, else the cell itself."""
    if column.names is None or text not in {member.value for member in column.names}:
        return text
    with use_language(language):
        return label(column.names(text))


def _counted(figures: Mapping[tuple[str, str], Decimal], entry: Entry, column: Column) -> str:
    """What the records of the sheet say, also where they said something else when a correction was typed."""
    return printed(written(figures.get((entry.row, entry.column), Decimal(0)), column.measure), column)


def _named(layout: Layout, sheet: Sheet, row: str) -> str:
    """What a line is called on the form; the key of one that it does not have."""
    return _member(layout.columns[0], str(sheet.name(layout, row)))


def out_sheet(paper: Paper, language: str) -> OutSheet:
    """A form as a sheet of a workbook: the columns that are printed, the figures as numbers."""
    view, sheet, layout = paper.view, paper.sheet, LAYOUTS[paper.kind]
    columns = [OutColumn(_("No."), Kind.WHOLE, 6)]
    columns += [
        OutColumn(translate(c.words), KINDS[c.measure], max(8, (w * 2) // 3))
        for c, w in zip(layout.shown, widths(layout), strict=True)
    ]
    zh = language != "en"
    notes = [f"{words.zh if zh else words.en}: {text}" for words, text in view.summary]
    notes += [_("Remarks: %(text)s", text=view.remarks)] if view.remarks else []
    notes += [_correction(one, zh=zh) for one in (*view.corrections, *view.earlier)]
    notes += [
        "; ".join(
            f"{r.title.zh if zh else r.title.en}: {r.name} {r.date}".strip() for r in view.roles if r.name
        )
    ]
    total: tuple[Value, ...] = ()
    if layout.has_total:
        total = (None, _("Total"), *(value(sheet.total.cells.get(c.key, ""), c) for c in layout.shown[1:]))
    return OutSheet(
        title=view.title.zh if zh else view.title.en,
        filters="  ".join(filter(None, _facts(view, zh=zh))),
        columns=columns,
        rows=[
            (place, *(value(_member(c, row.cells.get(c.key, ""), language), c) for c in layout.shown))
            for place, row in enumerate(sheet.rows, 1)
        ],
        total=total,
        notes=[note for note in notes if note],
        name=view.title.zh if zh else view.title.en,
    )


def _facts(view: FormView, *, zh: bool) -> Sequence[str]:
    state = view.state.zh if zh else view.state.en
    return (
        f"{view.dealer.name} {view.dealer_code}",
        view.period.zh if zh else view.period.en,
        "" if view.is_draft else view.number,
        _("Draft") if view.is_draft else state,
        "" if view.is_draft else _("Revision %(number)s", number=view.revision),
        f"SHA-256 {view.hash}" if view.hash else "",
    )


def _correction(one: Correction, *, zh: bool) -> str:
    column = one.column.zh if zh else one.column.en
    at = f"{one.where} {one.row}".strip()
    changed = f"{at}, {column}: {one.was} → {one.now}"
    return f"{changed} ({one.reason}, {one.person})" if one.reason else changed


def value(text: str, column: Column) -> Value:
    """A cell as a spreadsheet holds it; what is no number in a column of numbers stays out."""
    if not column.measure.is_number:
        return text or None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return int(number) if column.measure is Measure.COUNT else number

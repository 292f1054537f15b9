"""One form of a month as the dealer checks, corrects and completes it (MF-1)."""

from collections.abc import Mapping

from flask import Response, redirect, request, url_for

from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.catalogue import queries as catalogue
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import SheetForm
from portal.reports.models import MonthlyForm
from portal.reports.rules import (
    FORM,
    LAYOUTS,
    MISSING,
    Entry,
    FormAction,
    FormState,
    Layout,
    Sheet,
    Source,
    judge,
)
from portal.reports.views.common import asked_agreement, asked_kind, asked_month, own_agreement, pages
from portal.reports.views.grid import Typed, grid, shown, where
from portal.reports.views.records import records_page
from portal.web.pages import done, page
from portal.web.routing import actor, tenant_url


@pages.get("/<month>/<kind>", allow=Permission.FORMS_READ, side=Side.DEALER)
def form(month: str, kind: str) -> Response:
    """One form of a month: the compiled figures, what the dealer adds; one that is submitted opens by its number."""
    asked, of = asked_month(month), asked_kind(kind)
    found = queries.find(own_agreement(asked).id, asked, of)
    if found is not None and found.state not in MISSING:
        return redirect(url_for(".show", number=found.number))  # type: ignore[return-value]
    return _form_page(asked, of, SheetForm(LAYOUTS[of], formdata=None))


@pages.post("/<month>/<kind>", allow=Permission.FORMS_PREPARE, side=Side.DEALER)
def save(month: str, kind: str) -> Response:
    """Keep what was put in; `then` says what comes next: a line more, or the check before submitting."""
    asked, of = asked_month(month), asked_kind(kind)
    typed = SheetForm(LAYOUTS[of])
    then = request.form.get("then", "")
    if then == "add":
        return _form_page(asked, of, typed)
    if not _kept(asked, of, typed):
        return _form_page(asked, of, typed, typed.status)
    if then == "submit" and actor().may(Permission.FORMS_SUBMIT):
        return done(url_for(".check", month=month, kind=kind, agreement=asked_agreement() or None))
    return done(_address(asked, of), T("Saved."))


@pages.post("/<month>/<kind>/prepare", allow=Permission.FORMS_PREPARE, side=Side.DEALER)
def prepare(month: str, kind: str) -> Response:
    """Keep what was put in and say that the form is complete."""
    asked, of = asked_month(month), asked_kind(kind)
    typed = SheetForm(LAYOUTS[of])
    key = f"{typed.submit_key}-prepare" if typed.submit_key else None

    def complete() -> bool:
        commands.prepare(actor(), asked, of, agreement=asked_agreement(), key=key)
        return True

    if not _kept(asked, of, typed) or not typed.submit(complete):
        return _form_page(asked, of, typed, typed.status)
    return done(
        url_for(".month", month=month, agreement=asked_agreement() or None),
        T("{form}: complete. The owner may submit it.", form=of),
    )


@pages.get("/<month>/<kind>/behind", allow=Permission.FORMS_READ, side=Side.DEALER)
def behind_working(month: str, kind: str) -> Response:
    """The records behind one figure, as they are now."""
    asked, of = asked_month(month), asked_kind(kind)
    agreement = own_agreement(asked)
    _check_owed(agreement, asked, of)
    sheet = queries.live(agreement, asked, of)
    return records_page(agreement, asked, of, sheet, back=_address(asked, of))


def _kept(asked: Month, of: FormKind, typed: SheetForm) -> bool:
    """Save the form if anything is new in it. False: it was refused, and the form says why."""
    found = queries.find(own_agreement(asked).id, asked, of)
    same = found is not None and typed.seen_version == found.version
    if same and found and _is_stored(typed, found):
        return bool(typed.validate())
    kept = typed.submit(
        lambda: commands.save(
            actor(),
            asked,
            of,
            typed.drafts,
            remarks=typed.remarks.data or "",
            agreement=asked_agreement(),
            seen_version=typed.seen_version,
            key=typed.submit_key,
        )
    )
    return kept is not None


def _is_stored(typed: SheetForm, found: MonthlyForm) -> bool:
    """Whether what was typed is what is kept already, so that a prepared form stays prepared."""
    stored = {(one.row, one.column, one.value, one.reason) for one in queries.entries(found.id)}
    drafts = {(one.row, one.column, one.value, one.reason) for one in typed.drafts}
    return stored == drafts and found.remarks == (typed.remarks.data or "")


def _form_page(asked: Month, of: FormKind, typed: SheetForm, status: int = 200) -> Response:
    agreement, layout = own_agreement(asked), LAYOUTS[of]
    today = clock.today(actor().timezone)
    stands = queries.month_of(agreement, asked, today)
    owed = next((one for one in stands.forms if one.kind is of), None) if stands else None
    if owed is None or stands is None:
        raise NotFound
    found, posted = owed.form, request.method == "POST"
    stored = queries.entries(found.id) if found else ()
    blank = tuple(Entry(row, layout.shown[0].key, row) for row in typed.added) if layout.adds_rows else ()
    sheet = queries.live(agreement, asked, of, (*stored, *blank) if blank else stored)
    if not posted:
        typed.remarks.data = found.remarks if found else ""
    may_fill = actor().may(Permission.FORMS_PREPARE) and today >= asked.first
    values = typed.typed if posted else _stored_values(layout, sheet)
    remarks = queries.remarks(found.id) if found else ()
    said = [one for one in remarks if found and one.revision == found.revision]
    return page(
        "reports/form.html",
        status=status,
        form=typed,
        month=asked,
        kind=of,
        found=found,
        owed=owed,
        forms=stands.forms,
        agreement=asked_agreement() or None,
        layout=layout,
        sheet=sheet,
        grid=grid(
            layout,
            sheet,
            behind=lambda row, column: _behind(asked, of, row, column),
            typed=Typed(values, typed.cell_errors) if may_fill else None,
            remarks=said,
        ),
        said=said,
        findings=judge(layout, sheet, remarks="", late=owed.late, changed=()),
        may_fill=may_fill,
        may_prepare=may_fill and FormAction.PREPARE in FORM.actions(owed.state),
        may_submit=actor().may(Permission.FORMS_SUBMIT) and today >= asked.first,
        models=_models(layout, sheet) if may_fill else {},
        added=typed.added if posted else [],
        shown=shown,
        where=where,
        FormState=FormState,
        Source=Source,
        MISSING=MISSING,
        base=tenant_url(""),
    )


def _stored_values(layout: Layout, sheet: Sheet) -> Mapping[str, str]:
    """What stands in the fields of a form that was just opened."""
    values = {}
    for row in sheet.rows:
        for column in layout.shown:
            if column.source is Source.ENTERED:
                values[f"{column.key}@{row.key}"] = row.cells.get(column.key, "")
    for entry in sheet.entries:
        values[f"{entry.column}@{entry.row}"] = entry.value
        values[f"why@{entry.column}@{entry.row}"] = entry.reason
    return values


def _models(layout: Layout, sheet: Sheet) -> dict[str, str]:
    """The models that a line may be added for, with their names."""
    if not layout.adds_rows:
        return {}
    known = {row.key for row in sheet.rows}
    return {one.model: one.name for one in catalogue.products(active_only=True) if one.model not in known}


def _check_owed(agreement: Agreement, asked: Month, of: FormKind) -> None:
    stands = queries.month_of(agreement, asked, clock.today(actor().timezone))
    if stands is None or of not in {one.kind for one in stands.forms}:
        raise NotFound


def _address(asked: Month, of: FormKind) -> str:
    return url_for(".form", month=str(asked), kind=of.value, agreement=asked_agreement() or None)


def _behind(asked: Month, of: FormKind, row: str, column: str) -> str:
    return url_for(
        ".behind_working",
        month=str(asked),
        kind=of.value,
        row=row,
        column=column,
        agreement=asked_agreement() or None,
    )

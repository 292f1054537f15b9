"""A submitted form by its number: what was frozen, what changed since, its submissions side by side (MF-2)."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.audit import queries as audit
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import DecideForm, ResubmitForm
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import FORM, LAYOUTS, SUMMARY, FormAction, FormState, Row, Sheet, between
from portal.reports.views.common import pages, panels
from portal.reports.views.grid import grid, named, where
from portal.reports.views.grid import shown as printed
from portal.reports.views.records import records_page
from portal.tenants import queries as tenants
from portal.web import numbers
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor, tenant_url


@pages.get("/<number:number>", allow=Permission.FORMS_READ)
def show(number: str) -> Response:
    """A submitted form by its number; both parties share the link."""
    return shown(queries.by_number(number), DecideForm())


@pages.get("/<number:number>/behind", allow=Permission.FORMS_READ)
def behind(number: str) -> Response:
    """The records behind one figure of a submission, as they were frozen."""
    found = queries.by_number(number)
    row = _asked(queries.revisions(found.id))
    back = url_for(".show", number=number, revision=request.args.get("revision") or None)
    sheet = queries.frozen(row)
    return records_page(agreements.by_id(found.agreement_id), found.month, found.kind, sheet, back=back)


@pages.get("/<number:number>/compare", allow=Permission.FORMS_READ)
def compare(number: str) -> Response:
    """Two submissions side by side: the one that counts, and the one before or that of `?with=`."""
    found = queries.by_number(number)
    revisions = queries.revisions(found.id)
    wanted = request.args.get("with", "")
    after = revisions[0]
    before = next(
        (row for row in revisions[1:] if not wanted or str(row.revision) == wanted),
        after if wanted in ("", str(after.revision)) else None,
    )
    if before is None:
        raise NotFound
    layout, old, new = LAYOUTS[found.kind], queries.frozen(before), queries.frozen(after)
    return page(
        "reports/compare.html",
        found=found,
        dealer=tenants.dealer_by_id(found.dealer_id),
        layout=layout,
        before=before,
        after=after,
        revisions=revisions,
        old=old,
        new=new,
        differences={(one.row, one.column): one for one in between(layout, old, new)},
        keys=[
            *(row.key for row in new.rows),
            *(row.key for row in old.rows if row.key not in _keys(new.rows)),
            *([SUMMARY] if layout.summary else []),
        ],
        columns_of=lambda key: layout.summary if key == SUMMARY else layout.shown[1:],
        name=lambda key: named(layout, new if key in _keys(new.rows) else old, key),
        cell=_cell,
        SUMMARY=SUMMARY,
        whole=request.args.get("all") == "1",
        shown=printed,
        Side=Side,
    )


@pages.post("/<number:number>/resubmit", allow=Permission.FORMS_SUBMIT, side=Side.DEALER)
def resubmit(number: str) -> Response:
    """Submit anew with what the records say now."""
    form = ResubmitForm()
    sent = form.submit(
        lambda: commands.resubmit(
            actor(),
            number,
            reason=form.reason.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if sent is None:
        return shown(queries.by_number(number), DecideForm(formdata=None), form.status, again=form)
    return done(url_for(".show", number=number), T("{number} is submitted again.", number=number))


@pages.post("/<number:number>/withdraw", allow=Permission.FORMS_SUBMIT, side=Side.DEALER)
def withdraw(number: str) -> Response:
    """Take a form back before it is decided."""
    form = ResubmitForm()
    taken = form.submit(
        lambda: commands.withdraw(actor(), number, seen_version=form.seen_version, key=form.submit_key)
    )
    found = queries.by_number(number)
    if taken is None:
        return shown(found, DecideForm(formdata=None), form.status, again=form)
    agreement = agreements.by_id(found.agreement_id).number
    return done(
        url_for(".form", month=str(found.month), kind=found.kind.value, agreement=agreement),
        T("{number} is withdrawn. Correct it and submit it again.", number=number),
    )


def shown(
    found: MonthlyForm, form: Form, status: int = 200, *, again: ResubmitForm | None = None, **context: Any
) -> Response:
    """A submitted form: the frozen figures, what changed since and between submissions, the decision.

    `form`: the manufacturer's decision, `again`: the dealer's resubmission, each as it was refused or new.
    """
    agreement = agreements.by_id(found.agreement_id)
    revisions = queries.revisions(found.id)
    row = _asked(revisions)
    layout, sheet = LAYOUTS[found.kind], queries.frozen(row)
    is_last = row.revision == found.revision
    changed = queries.changed(agreement, found, row) if is_last else []
    remarks = queries.remarks(found.id)
    # A month that was handed in as one form before there were six is only read and decided.
    actions = FORM.actions(found.state)
    may_change = found.kind is not FormKind.SUMMARY
    for panel in panels:
        context = panel(found, row, sheet) | context
    return page(
        "reports/show.html",
        status=status,
        form=form,
        again=again or ResubmitForm(formdata=None),
        found=found,
        layout=layout,
        sheet=sheet,
        revision=row,
        revisions=revisions,
        is_last=is_last,
        dealer=tenants.dealer_by_id(found.dealer_id),
        agreement=agreement,
        grid=grid(
            layout,
            sheet,
            behind=lambda line, column: url_for(
                ".behind",
                number=found.number,
                row=line,
                column=column,
                revision=None if is_last else row.revision,
            ),
            remarks=[one for one in remarks if one.revision == row.revision],
            changed=changed,
        ),
        remarks=remarks,
        since=changed,
        is_open=queries.is_open(agreement.id, found.month),
        can_decide=is_last and FormAction.ACCEPT in actions and actor().may(Permission.FORMS_ACCEPT),
        can_resubmit=is_last and FormAction.RESUBMIT in actions and _is_owner(),
        can_withdraw=may_change and is_last and FormAction.WITHDRAW in actions and _is_owner(),
        can_correct=may_change and found.state is FormState.RETURNED and _prepares(),
        history=audit.timeline_view(found.number or ""),
        shown=printed,
        where=where,
        base=tenant_url(""),
        FormState=FormState,
        Side=Side,
        **context,
    )


def _asked(revisions: Sequence[FormRevision]) -> FormRevision:
    """The submission of `?revision=`, else the last one. Raises NotFound for one that is not there."""
    wanted = request.args.get("revision", "")
    found = next((row for row in revisions if not wanted or str(row.revision) == wanted), None)
    if found is None:
        raise NotFound
    return found


def _keys(rows: Sequence[Row]) -> set[str]:
    return {row.key for row in rows}


def _cell(sheet: Sheet, row: str, column: str) -> str:
    return sheet.cell(row, column) if row in {SUMMARY, *_keys(sheet.rows)} else ""


def _is_owner() -> bool:
    return actor().side is Side.DEALER and actor().may(Permission.FORMS_SUBMIT)


def _prepares() -> bool:
    return actor().side is Side.DEALER and actor().may(Permission.FORMS_PREPARE)


numbers.add("YB", "reports.show", Permission.FORMS_READ)

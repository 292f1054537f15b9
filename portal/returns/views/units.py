"""One unit of a request on the manufacturer's side: looking at it, exchanging it in advance, what becomes of it."""

from flask import Response, url_for

from portal.agreements import queries as agreements
from portal.agreements.rules import Bearer, CostClass
from portal.drafts.photos import shown
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import RuleBroken
from portal.kernel.money import total
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.returns import commands, queries
from portal.returns.forms import AheadForm, DisposeForm, InspectForm
from portal.returns.models import ReturnRequest
from portal.returns.queries import Line
from portal.returns.rules import Charge, Disposition, ReturnState, charges, dispose_by, explained
from portal.returns.views.common import pages, product_names
from portal.tenants import queries as tenants
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor

_RULE = "/<number:number>/units/<serial>"


@pages.get(_RULE, allow=Permission.RETURNS_READ, side=Side.MANUFACTURER)
def one(number: str, serial: str) -> Response:
    return _unit_page(number, serial)


@pages.post(f"{_RULE}/inspect", allow=Permission.RETURNS_INSPECT, side=Side.MANUFACTURER)
def inspect(number: str, serial: str) -> Response:
    form = InspectForm()
    state = form.submit(
        lambda: commands.inspect(
            actor(),
            number,
            serial,
            text=form.text.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return _unit_page(number, serial, status=form.status, inspect=form)
    return done(url_for(".one", number=number, serial=serial), T("What was found is noted."))


@pages.post(f"{_RULE}/ahead", allow=Permission.RETURNS_DISPOSE, side=Side.MANUFACTURER)
def send_ahead(number: str, serial: str) -> Response:
    form = AheadForm()
    new = form.submit(
        lambda: commands.send_ahead(
            actor(),
            number,
            serial,
            form.new_serial.data,
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if new is None:
        return _unit_page(number, serial, status=form.status, ahead=form)
    return done(
        url_for(".one", number=number, serial=serial),
        T("{new} took the place of {old}.", new=new, old=serial),
    )


@pages.post(f"{_RULE}/dispose", allow=Permission.RETURNS_DISPOSE, side=Side.MANUFACTURER)
def dispose(number: str, serial: str) -> Response:
    form = DisposeForm()
    state = form.submit(
        lambda: commands.dispose(
            actor(),
            number,
            serial,
            Disposition(form.disposition.data),
            new_serial=form.new_serial.data or None,
            costs=form.costs,
            note=form.note.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return _unit_page(number, serial, status=form.status, dispose=form)
    return done(
        url_for(".show", number=number),
        T("{serial} is dealt with; its costs are posted.", serial=serial),
    )


@pages.post(f"{_RULE}/preview", allow=Permission.RETURNS_DISPOSE, side=Side.MANUFACTURER)
def preview(number: str, serial: str) -> Response:
    """What the costs typed so far would charge whom; asked for while somebody types."""
    form = DisposeForm()
    form.validate()
    form.disposition.errors = []
    return _unit_page(number, serial, dispose=form)


def _unit_page(number: str, serial: str, *, status: int = 200, **forms: Form) -> Response:
    found = queries.get(number)
    line = queries.line_of(found, serial)
    who, today = actor(), clock.today(actor().timezone)
    terms = agreements.terms_on(found.agreement_id, today)
    only = _only(line, batch_refund=terms.batch_refund)
    form = forms.get("dispose")
    if form is not None:
        form.disposition.choices = [pair for pair in form.disposition.choices if pair[0] in list(only)]
    elif line.waits and who.may(Permission.RETURNS_DISPOSE):
        form = DisposeForm(formdata=None, only=only, disposition=only[0].value)
    return page(
        "returns/one.html",
        fragment="preview",
        status=status,
        request_=found,
        line=line,
        why=explained(line.row.explanation),
        names=product_names(),
        photos=shown("returns.photo", number, queries.photos_of(found.id).get(line.row.id, [])),
        dispose=form if line.waits else None,
        inspect=(forms.get("inspect") or InspectForm(formdata=None))
        if line.waits and who.may(Permission.RETURNS_INSPECT)
        else None,
        ahead=(forms.get("ahead") or AheadForm(formdata=None))
        if _may_go_ahead(found, line) and terms.advance_exchange
        else None,
        refused=next(iter(forms.values()), None) if status != 200 else None,
        due=dispose_by(line.receipt.received_on, tenants.calendar()) if line.receipt else None,
        today=today,
        charged=_charged(line, form),
    )


def _only(line: Line, *, batch_refund: bool) -> tuple[Disposition, ...]:
    """What may become of a unit (RT-6)."""
    if line.advance is not None:
        return (Disposition.EXCHANGED,)
    if line.row.cost_class is CostClass.BATCH and not batch_refund:
        return tuple(one for one in Disposition if one is not Disposition.CREDITED)
    return tuple(Disposition)


def _may_go_ahead(found: ReturnRequest, line: Line) -> bool:
    return (
        actor().may(Permission.RETURNS_DISPOSE)
        and found.state in (ReturnState.APPROVED, ReturnState.SHIPPED)
        and line.expected
        and line.advance is None
    )


def _charged(line: Line, form: Form | None) -> dict[str, object]:
    """The costs column by column with their bearers, and what reaches fund and dealer."""
    costs = form.costs if isinstance(form, DisposeForm) else {}
    if line.disposition is not None:
        costs = line.disposition.costs
    try:
        found = charges(line.row.bearers, costs)
    except RuleBroken:
        found = charges(line.row.bearers, {})
    return {
        "rows": found,
        "fund": _borne(found, Bearer.FUND),
        "dealer": _borne(found, Bearer.DEALER),
    }


def _borne(found: list[Charge], bearer: Bearer) -> object:
    return total(charge.amount for charge in found if charge.bearer is bearer)

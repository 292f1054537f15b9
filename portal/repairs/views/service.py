"""A service request's own page: taking the call, what is done to it, its follow-up calls."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request, url_for

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.commands import follow_ups
from portal.repairs.commands import service as commands
from portal.repairs.forms.service import ActForm, CallForm, IntakeForm, name_of, values_of
from portal.repairs.models import ServiceRequest
from portal.repairs.queries import plans
from portal.repairs.queries import service as queries
from portal.repairs.rules.follow_ups import SatisfactionItem
from portal.repairs.rules.records import Way
from portal.repairs.rules.service import (
    REQUEST,
    TO_CALL,
    ServiceAction,
    ServiceState,
    call_from,
    due_words,
    time_left,
)
from portal.repairs.views.board import pages
from portal.tenants import queries as tenants
from portal.warranty.rules import local_digits, mask_address, mask_name, mask_phone
from portal.web.forms import Form, seen
from portal.web.pages import done, page
from portal.web.routing import actor

S = ServiceState
#: The steps that the page shows, and where a state that is none of them stands.
FLOW = (
    S.RECEIVED,
    S.DISPATCHED,
    S.IN_PROGRESS,
    S.DONE,
    S.SIGNED,
    S.FIRST_FOLLOW_UP,
    S.SECOND_FOLLOW_UP,
    S.CLOSED,
)
BESIDE = {S.TRIAGED: S.RECEIVED, S.WAITING_PARTS: S.IN_PROGRESS, S.SOLVED_REMOTELY: S.SIGNED}
Act = Callable[[Actor, str, ActForm, dict[str, Any]], object]
#: What the page of a request can do: verb of the address → the command with what the form holds for it.
ACTS: dict[str, Act] = {
    "triage": lambda who, number, form, how: commands.triage(who, number, note=form.note.data or "", **how),
    "solve": lambda who, number, form, how: commands.solve(who, number, note=form.note.data or "", **how),
    "dispatch": lambda who, number, form, how: commands.dispatch(
        who, number, form.technician.data or "", **how
    ),
    "start": lambda who, number, form, how: commands.start(
        who, number, without_card=bool(form.without_card.data), **how
    ),
    "delay": lambda who, number, form, how: commands.delay(
        who, number, form.report.data or "", form.next_on.data, **how
    ),
    "resume": lambda who, number, _form, how: commands.resume(who, number, **how),
    "finish": lambda who, number, _form, how: commands.finish(who, number, **how),
    "reopen": lambda who, number, form, how: commands.reopen(
        who, number, reason=form.reason.data or "", **how
    ),
    "sign": lambda who, number, _form, how: commands.note_signature(who, number, **how),
    "cancel": lambda who, number, form, how: commands.cancel_request(
        who, number, reason=form.reason.data or "", **how
    ),
    "close": lambda who, number, form, how: follow_ups.close_request(
        who, number, note=form.note.data or "", **how
    ),
    "lend": lambda who, number, form, how: commands.lend(who, number, form.unit.data or "", **how),
}


@pages.get("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def new() -> Response:
    """The intake; `?visit=` fills it in from a planned visit, `?serial=` with a unit."""
    values: dict[str, Any] = {"serial": request.args.get("serial", "")[:60]}
    visit = _visit()
    if visit is not None:
        values = {
            "serial": visit.serial,
            "customer": visit.customer,
            "phone": local_digits(visit.phone),
            "address": visit.address,
            "words": visit.what,
        }
    return _intake(_form(formdata=None, **values))


@pages.post("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def receive() -> Response:
    form, visit = _form(), _visit()
    number = form.submit(
        lambda: commands.receive(
            actor(), form.draft, visit_id=visit.id if visit is not None else None, key=form.submit_key
        )
    )
    if number is None:
        return _intake(form, status=form.status)
    return done(url_for(".show", number=number), T("Service request {number} is taken.", number=number))


def _visit() -> Any:
    """The planned visit that the address names. Raises NotFound for one that is not the dealer's."""
    text = request.args.get("visit", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound
    return plans.visit(int(text))


def _form(*, choose_point: bool = True, **values: Any) -> IntakeForm:
    """The intake with what it offers; the point is chosen when the call is taken, by the holder's people."""
    points = tenants.dealers() if choose_point and not actor().point_id else []
    return IntakeForm(symptoms=queries.symptoms(), points=points, **values)


def _intake(form: IntakeForm, *, found: ServiceRequest | None = None, status: int = 200) -> Response:
    return page("service/new.html", status=status, form=form, request_=found, visit=request.args.get("visit"))


@pages.get("/<number:number>/edit", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def edit(number: str) -> Response:
    found = queries.get(number)
    form = _form(choose_point=False, formdata=None, **values_of(found, local_digits(found.phone)))
    return _intake(form, found=found)


@pages.post("/<number:number>/edit", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def correct(number: str) -> Response:
    found, form = queries.get(number), _form(choose_point=False)
    saved = form.submit(
        lambda: commands.correct_request(
            actor(), number, form.draft, seen_version=seen(form), key=form.submit_key
        )
    )
    if saved is None:
        return _intake(form, found=found, status=form.status)
    return done(url_for(".show", number=number), T("The changes are saved."))


@pages.get("/<number:number>", allow=Permission.REPAIRS_READ)
def show(number: str) -> Response:
    return _show(number)


def _show(number: str, form: Form | None = None, status: int = 200, refused_act: str = "") -> Response:
    """A request's page; `form` is one that was refused, `refused_act` what it was for."""
    context = {**_sight(number), "refused_act": refused_act}
    return page("service/show.html", status=status, form=form, **context)


def _sight(number: str) -> dict[str, Any]:
    found, who, now = queries.get(number), actor(), clock.now()
    handles = who.side is Side.DEALER and who.may(Permission.REPAIRS_FILE)
    symptom = queries.symptom(found.symptom) if found.symptom else None
    mine = who.side is Side.DEALER
    terms = agreements.terms_on(found.agreement_id, found.received_on)
    return {
        "request_": found,
        "point": tenants.dealer_by_id(found.point_id),
        "holder": tenants.dealer_by_id(found.dealer_id),
        "actions": {action.value for action in REQUEST.actions(found.state)} if handles else set(),
        "handles": handles,
        "act_form": ActForm(formdata=None, version=str(found.version)),
        "refused_act": "",
        "record_url": url_for("repairs.new", request=number) if handles else None,
        "grade_items": tuple(SatisfactionItem),
        "flow": [label(state) for state in FLOW],
        "place": _place(found.state),
        "due": due_words(found.due_at, who.timezone) if found.due_at is not None else "",
        "left": time_left(found.due_at, now) if found.due_at is not None else None,
        "symptom": name_of(symptom) if symptom is not None else "",
        "call_from": call_from(found.course, terms) if found.state in TO_CALL else None,
        "onsite": found.way is Way.ON_SITE,
        "reports": queries.fault_reports(found.id),
        "loaners": queries.loaners(found.id),
        "calls": queries.calls(found.id),
        "escalations": queries.escalations(found.id),
        "earlier": queries.earlier(found),
        "service_card": plans.card(found.service_card) if found.service_card else None,
        "timeline": audit.timeline_view(number),
        "tracking": _tracking(number),
        "masked": {
            "customer": found.customer if mine else mask_name(found.customer),
            "phone": mask_phone(found.phone),
            "address": found.address if mine else mask_address(found.address),
        },
        "revealed": None,
        "reveal_form": None,
    }


def _place(state: ServiceState) -> int:
    """Which step of FLOW a request is at, from 1; a closed one has them all behind it, a cancelled one none."""
    if state is S.CANCELLED:
        return 0
    return FLOW.index(BESIDE.get(state, state)) + (2 if state is S.CLOSED else 1)


def _tracking(number: str) -> tuple[str, str]:
    """Where a customer looks up the state (RP-9): the address to tell, and the link to try it."""
    base: str = current_app.extensions["settings"].public_url.rstrip("/")
    code = tenants.manufacturer().code or ""
    return base + url_for("track.form", code=code), url_for("track.form", code=code, number=number)


@pages.post("/<number:number>/<act>", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def act(number: str, act: str) -> Response:
    """One step of a request: ACTS says which there are."""
    run = ACTS.get(act)
    if run is None:
        raise NotFound
    queries.get(number)
    form = ActForm()
    result = form.submit(
        lambda: run(actor(), number, form, {"seen_version": seen(form), "key": form.submit_key})
    )
    if result is None:
        for field in form:
            field.id = f"{act}-{field.name}"
        return _show(number, form, form.status, act)
    return done(url_for(".show", number=number), T("Saved."))


@pages.post("/<number:number>/loaners/<int:loaner_id>", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def take_back(number: str, loaner_id: int) -> Response:
    form = ActForm()
    back = form.submit(
        lambda: commands.take_back(actor(), number, loaner_id, note=form.note.data or "", key=form.submit_key)
    )
    if back is None:
        return _show(number, form, form.status)
    return done(url_for(".show", number=number), T("The loaner is back."))


@pages.get("/<number:number>/call", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def call(number: str) -> Response:
    found = queries.get(number)
    return _call(found, CallForm(formdata=None, version=str(found.version)))


@pages.post("/<number:number>/call", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def follow_up(number: str) -> Response:
    found, form = queries.get(number), CallForm()
    state = form.submit(
        lambda: follow_ups.follow_up(
            actor(), number, form.draft, seen_version=seen(form), key=form.submit_key
        )
    )
    if state is None:
        return _call(found, form, form.status)
    return done(url_for(".show", number=number), T("The call is written down."))


def _call(found: ServiceRequest, form: CallForm, status: int = 200) -> Response:
    first = ServiceAction.FIRST_CALL in REQUEST.actions(found.state)
    return page(
        "service/call.html",
        status=status,
        form=form,
        request_=found,
        turn=1 if first else 2,
        may=found.state in TO_CALL,
        phone=mask_phone(found.phone),
        calls=queries.calls(found.id),
    )


@pages.get("/<number:number>/customer", allow=Permission.REPAIRS_READ)
def customer(number: str) -> Response:
    """The customer, masked: what comes back when a shown number has been looked at long enough."""
    return page("service/show.html", fragment="customer", form=None, **_sight(number))


@pages.post("/<number:number>/reveal", allow=Permission.CARDS_REVEAL)
def reveal(number: str) -> Response:
    form = ActForm()
    phone = form.submit(lambda: commands.reveal_customer(actor(), number, reason=form.reason.data or ""))
    context = {**_sight(number), "revealed": phone, "reveal_form": form}
    status = 200 if phone else form.status
    return page("service/show.html", fragment="customer", status=status, form=None, **context)

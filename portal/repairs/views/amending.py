"""What is done to a filed record: signing, photos, correcting, taking back, looking at the customer's number."""

from typing import Any

from flask import Response, request, url_for

from portal.catalogue import queries as catalogue
from portal.drafts.photos import flat, shown
from portal.kernel.actor import Side
from portal.kernel.errors import PortalError, RuleBroken
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import commands
from portal.repairs.forms.records import (
    FinishForm,
    ProofForm,
    RepairReasonForm,
    WorkForm,
)
from portal.repairs.models.records import Repair
from portal.repairs.queries import records as queries
from portal.repairs.rules.checks import price
from portal.repairs.rules.records import REPAIR, RepairAction, RepairPhotoKind, offered
from portal.repairs.views.filing import choices, consented, likely_answer
from portal.repairs.views.pictures import PHOTOS, signed
from portal.repairs.views.records import pages, show_customer, show_page
from portal.web.forms import seen, sent_number
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/<number:number>/sign", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def signing(number: str) -> Response:
    return _sign_page(queries.get(number), ProofForm(formdata=None))


@pages.post("/<number:number>/sign", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def sign(number: str) -> Response:
    repair, form = queries.get(number), ProofForm()
    try:
        signature = signed(form.drawn.data)
    except PortalError as refused:
        form.refuse(refused)
        return _sign_page(repair, form, form.status)
    if signature is None:
        form.status = 422
        form.refusals.append(_("Sign in the box, or choose the scan of the signed sheet."))
        return _sign_page(repair, form, 422)
    kept = form.submit(
        lambda: commands.sign(actor(), number, signature, seen_version=seen(form), key=form.submit_key)
    )
    if kept is None:
        return _sign_page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number), T("Repair record {number} is signed.", number=number))


def _sign_page(repair: Repair, form: ProofForm, status: int = 200) -> Response:
    revision = queries.signed_revision(repair.id)
    return page(
        "repairs/sign.html",
        status=status,
        form=form,
        repair=repair,
        product=catalogue.product_by_id(repair.product_id),
        signed=revision,
        may=RepairAction.SIGN in offered(repair.state, repair.revision, signed=revision),
    )


@pages.get("/<number:number>/photos", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def photographing(number: str) -> Response:
    return _photo_page(queries.get(number), ProofForm(formdata=None), {})


@pages.post("/<number:number>/photos", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def add_photos(number: str) -> Response:
    repair, form = queries.get(number), ProofForm()
    chosen, errors = PHOTOS.received()
    if errors:
        form.validate()
        return _photo_page(repair, form, chosen, errors=errors, status=422)
    kept = form.submit(
        lambda: commands.add_photos(
            actor(), number, flat(chosen), seen_version=seen(form), key=form.submit_key
        )
    )
    if kept is None:
        return _photo_page(queries.get(number), form, chosen, status=form.status)
    return done(url_for(".show", number=number, _anchor="photos"), T("The photos are added."))


def _photo_page(
    repair: Repair,
    form: ProofForm,
    chosen: dict[RepairPhotoKind, list[int]],
    *,
    errors: Any = None,
    status: int = 200,
) -> Response:
    return page(
        "repairs/photos.html",
        status=status,
        form=form,
        repair=repair,
        kinds=PHOTOS.fields(chosen, errors),
        kept=shown("repairs.photo", repair.number, queries.photos(repair.id)),
    )


@pages.get("/<number:number>/correct", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def correcting(number: str) -> Response:
    repair = queries.get(number)
    form = WorkForm(formdata=None, data=_written(repair), **choices(repair.serial))
    return _correct_page(repair, form, FinishForm(formdata=None))


@pages.post("/<number:number>/correct", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def correct(number: str) -> Response:
    repair = queries.get(number)
    form, finish = WorkForm(**choices(repair.serial)), FinishForm()
    go = request.form.get("go")
    if go == "add":
        form.lines.append_entry()
        return _correct_page(repair, form, finish)
    if not form.validate() or not _agreed(repair, form, finish):
        return _correct_page(repair, form, finish, 422)
    kept = form.submit(lambda: _correct(number, repair, form, finish))
    if kept is None:
        return _correct_page(repair, form, finish, form.status)
    return done(
        url_for(".show", number=number, _anchor="versions"),
        T("Repair record {number} is corrected.", number=number),
    )


def _correct(number: str, repair: Repair, form: WorkForm, finish: FinishForm) -> str:
    """Correct the record; what is refused about reason, consent or stock is said beside these fields."""
    try:
        return commands.correct(
            actor(),
            number,
            form.draft(repair.serial, repair.request_number, finish.consent),
            why=finish.why.data or "",
            stock_confirmed=bool(finish.stock.data),
            seen_version=sent_number(request.form.get("version")),
            key=form.submit_key,
        )
    except RuleBroken as refused:
        if refused.field in finish:
            finish.refuse(refused)
        raise


def _agreed(repair: Repair, form: WorkForm, finish: FinishForm) -> bool:
    """RP-4: a price that is not the one agreed to before needs a new consent."""
    written = form.draft(repair.serial, repair.request_number, None)
    judged = queries.judge(written, today=repair.filed_on, priced_on=repair.filed_on)
    return consented(finish, price(judged.draft, judged.facts.lines))


def _written(repair: Repair) -> dict[str, Any]:
    """A record as the form of its correction shows it."""
    draft = queries.draft_of(repair)
    names = (
        "incident", "component", "symptom", "reason", "location", "symptom_text", "cause_text", "action_text",
        "received_on", "finished_on", "handed_over_on", "technician", "customer", "phone", "address", "labour",
        "onsite",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(draft, name) for name in names}
    travel = [code for code in draft.operations if code in _travel(repair.serial)]
    return {
        **values,
        "cause": draft.cause.value,
        "category": draft.category.value,
        "way": draft.way.value,
        "resolved": "yes" if draft.resolved else "no",
        "operations": [code for code in draft.operations if code not in travel],
        "travel": travel[0] if travel else "",
        "lines": [
            {
                "part": use.code,
                "pieces": use.pieces,
                "serial_out": use.serial_out,
                "serial_in": use.serial_in,
                "old": use.old.value,
            }
            for use in draft.parts
        ],
    }


def _travel(serial: str) -> set[str]:
    return {operation.code for operation, _fee in choices(serial)["fees"] if operation.onsite}


def _correct_page(repair: Repair, form: WorkForm, finish: FinishForm, status: int = 200) -> Response:
    found = likely_answer(repair.serial, form)
    priced = repair.price
    if form.readable:
        written = form.draft(repair.serial, repair.request_number, None)
        judged = queries.judge(written, today=repair.filed_on, priced_on=repair.filed_on)
        priced = price(judged.draft, judged.facts.lines)
    return page(
        "repairs/correct.html",
        status=status,
        repair=repair,
        form=form,
        finish=finish,
        price=priced,
        answer=found,
        product=catalogue.product_by_id(repair.product_id),
        known_parts=catalogue.parts(active_only=True),
        may=RepairAction.CORRECT in REPAIR.actions(repair.state),
    )


@pages.post("/<number:number>/void", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def void(number: str) -> Response:
    form = RepairReasonForm()
    kept = form.submit(
        lambda: commands.void(
            actor(), number, reason=form.reason.data or "", seen_version=seen(form), key=form.submit_key
        )
    )
    if kept is None:
        return show_page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number), T("Repair record {number} is taken back.", number=number))


@pages.post("/<number:number>/reveal", allow=Permission.CARDS_REVEAL)
def reveal(number: str) -> Response:
    form = RepairReasonForm()
    phone = form.submit(lambda: commands.reveal(actor(), number, reason=form.reason.data or ""))
    return show_customer(queries.get(number), revealed=phone, form=form, status=200 if phone else form.status)

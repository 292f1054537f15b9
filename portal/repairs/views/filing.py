"""Filing a record in steps on a phone: the unit with who pays, the work, the last check with consent and signature."""

from decimal import Decimal
from typing import Any

from flask import Response, request, url_for
from werkzeug.datastructures import MultiDict

from portal.agreements import queries as agreements
from portal.catalogue import queries as catalogue
from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.drafts.models import Draft
from portal.drafts.photos import as_data, flat, of_kinds
from portal.drafts.saved import saved_at
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound, PortalError, Refused
from portal.kernel.findings import blocking
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts.queries import stock
from portal.parts.rules.stock import check_use
from portal.repairs import commands
from portal.repairs.forms.records import FinishForm, RepairUnitForm, WorkForm
from portal.repairs.queries import answers, prefill
from portal.repairs.queries import records as queries
from portal.repairs.queries.answers import Answer
from portal.repairs.queries.records import Judged
from portal.repairs.rules.checks import price
from portal.repairs.rules.records import Consent, RepairPhotoKind
from portal.repairs.steps.records import DRAFT
from portal.repairs.views.pictures import PHOTOS, signed
from portal.repairs.views.records import pages
from portal.warranty.rules import Cause
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def new() -> Response:
    """Step 1; asked with a serial it says at once who pays."""
    asked = request.args.get("request", "")[:20]
    serial = request.args.get("serial", "")[:60] or prefill.serial_of(asked)
    return _unit_page(RepairUnitForm(formdata=None, serial=serial, request_number=asked), None)


@pages.post("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def begin() -> Response:
    form = RepairUnitForm()
    draft_id = form.submit(
        lambda: commands.begin(
            actor(), form.serial.data, request_number=form.request_number.data or "", key=form.submit_key
        )
    )
    return _unit_page(form, None, form.status) if draft_id is None else _to("work", draft_id)


@pages.get("/drafts/<int:draft_id>/unit", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def unit(draft_id: int) -> Response:
    draft = saved.get(draft_id, DRAFT)
    return _unit_page(RepairUnitForm(formdata=None, serial=draft.data["serial"]), draft_id)


@pages.post("/drafts/<int:draft_id>/unit", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def change_unit(draft_id: int) -> Response:
    form = RepairUnitForm()
    changed = form.submit(
        lambda: commands.begin(actor(), form.serial.data, draft_id=draft_id, key=form.submit_key)
    )
    return _unit_page(form, draft_id, form.status) if changed is None else _to("work", draft_id)


def _unit_page(form: RepairUnitForm, draft_id: int | None, status: int = 200) -> Response:
    serial = form.serial.data or ""
    today = clock.today(actor().timezone)
    found = answers.answer(serial, today, Cause.PRODUCT) if serial else None
    return page(
        "repairs/unit.html",
        fragment="answer",
        status=status,
        form=form,
        draft_id=draft_id,
        drafts=[] if draft_id else saved.of_kind(DRAFT),
        asked=bool(serial),
        answer=found,
        product=catalogue.product_by_id(found.coverage.product_id) if found else None,
    )


@pages.get("/drafts/<int:draft_id>/work", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def work(draft_id: int) -> Response:
    draft = saved.get(draft_id, DRAFT)
    return work_page(draft, form_of(draft), PHOTOS.of_data(draft.data))


@pages.post("/drafts/<int:draft_id>/answer", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def answer(draft_id: int) -> Response:
    """Who pays and what it costs, by what is typed so far; asked for while somebody types."""
    draft = saved.get(draft_id, DRAFT)
    return work_page(draft, _blank(draft, request.form), PHOTOS.of_data(draft.data))


@pages.post("/drafts/<int:draft_id>/work", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def fill(draft_id: int) -> Response:
    draft = saved.get(draft_id, DRAFT)
    form = _blank(draft, request.form)
    chosen, errors = PHOTOS.received()
    go = request.form.get("go")
    typed = form.typed
    if go == "add":
        typed[f"lines-{len(form.lines)}-part"] = [""]
    _keep(draft, typed, chosen)
    draft = saved.get(draft_id, DRAFT)
    if errors:
        form.validate()
        return work_page(draft, form, chosen, errors=errors, status=422)
    if go == "add":
        return done(url_for(".work", draft_id=draft_id, _anchor="parts"))
    if go == "later":
        return done(url_for(".index", state="draft"), T("The draft is saved; it stays for 30 days."))
    if form.submit(lambda: _fileable(draft, form)) is None:
        return work_page(draft, form, chosen, status=form.status)
    return _to("check", draft_id)


@pages.post("/drafts/<int:draft_id>/save", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def autosave(draft_id: int) -> Response:
    """What the page sends by itself while somebody types; answers with the words beside the button."""
    draft = saved.get(draft_id, DRAFT)
    chosen, _errors = PHOTOS.received()
    _keep(draft, _blank(draft, request.form).typed, chosen)
    return Response(saved_at(saved.get(draft_id, DRAFT)), mimetype="text/plain")


@pages.get("/drafts/<int:draft_id>/check", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def check(draft_id: int) -> Response:
    return _check_page(saved.get(draft_id, DRAFT), FinishForm(formdata=None))


@pages.post("/drafts/<int:draft_id>/check", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def file(draft_id: int) -> Response:
    form = FinishForm()
    try:
        draft = saved.get(draft_id, DRAFT)
    except NotFound:
        # A second click: the draft went with the first one (ID-1).
        return done(url_for(".show", number=queries.filed_from(draft_id)))
    typed = form_of(draft, checked=True)
    if not typed.validate():
        return _to("work", draft_id)
    try:
        signature = signed(form.drawn.data)
    except PortalError as refused:
        form.refuse(refused)
        return _check_page(draft, form, form.status)
    if not consented(form, price(*_priced(draft, typed))):
        return _check_page(draft, form, 422)
    number = form.submit(
        lambda: commands.file(
            actor(),
            typed.draft(draft.data["serial"], draft.data["request_number"], form.consent),
            photos=flat(PHOTOS.of_data(draft.data)),
            signature=signature,
            stock_confirmed=bool(form.stock.data),
            draft_id=draft_id,
            key=form.submit_key,
        )
    )
    if number is None:
        return _check_page(draft, form, form.status)
    return done(url_for(".show", number=number), T("Repair record {number} is filed.", number=number))


@pages.post("/drafts/<int:draft_id>/discard", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def discard(draft_id: int) -> Response:
    form = Form()
    form.submit(lambda: drafts.discard(actor(), DRAFT, draft_id))
    return done(url_for(".index"), T("The draft is thrown away."))


def consented(form: FinishForm, asked: Decimal) -> bool:
    """RP-4: whether the consent to a price is noted where there is one; says so beside the field if not."""
    if not asked or form.agreed.data:
        return True
    form.agreed.errors = [*form.agreed.errors, _("Show the price to the customer and note the consent.")]
    return False


def _to(step: str, draft_id: int) -> Response:
    return done(url_for(f".{step}", draft_id=draft_id))


def _keep(draft: Draft, typed: dict[str, list[str]], chosen: dict[RepairPhotoKind, list[int]]) -> None:
    data = {**draft.data, "typed": typed, "photos": as_data(chosen)}
    drafts.save(actor(), DRAFT, data, draft_id=draft.id)


def choices(serial: str) -> dict[str, Any]:
    """What the selects of the work form offer for a unit, by the lists and fees of today."""
    today = clock.today(actor().timezone)
    covered = queries.known_coverage(serial, today)
    product_id = covered.product_id if covered else 0
    return {
        "components": catalogue.components_of(product_id),
        "codes": queries.fault_codes(),
        "fees": prefill.fees_of(product_id, today),
    }


def _blank(draft: Draft, formdata: Any) -> WorkForm:
    return WorkForm(formdata=formdata, **choices(draft.data["serial"]))


def form_of(draft: Draft, *, checked: bool = False) -> WorkForm:
    """The form of step 2 as it was typed, with what is likely where nothing was. `checked`: to be validated."""
    typed = MultiDict((name, value) for name, values in draft.data["typed"].items() for value in values)
    likely = {"cause": Cause.PRODUCT.value, "way": "bring_in", "resolved": "yes"}
    today = clock.today(actor().timezone)
    for name, value in {"incident": today.isoformat(), **likely}.items():
        if not typed.get(name):
            typed[name] = value
    if not typed.get("category"):
        found = answers.answer(draft.data["serial"], today, Cause.PRODUCT)
        typed["category"] = found.category.value if found else "C"
    return WorkForm(
        formdata=typed, meta={"csrf": False} if checked else None, **choices(draft.data["serial"])
    )


def _fileable(draft: Draft, form: WorkForm) -> bool:
    """Raises Refused with what blocks the record; what is only missing is shown at the check."""
    if blocks := blocking(_judged(draft, form).findings):
        raise Refused(blocks)
    return True


def _judged(draft: Draft, form: WorkForm, consent: Consent | None = None, signed: bool = False) -> Judged:
    today = clock.today(actor().timezone)
    photos = sum(len(ids) for ids in PHOTOS.of_data(draft.data).values())
    written = form.draft(draft.data["serial"], draft.data["request_number"], consent)
    return queries.judge(written, today=today, priced_on=today, photos=photos, signed=signed)


def _priced(draft: Draft, form: WorkForm) -> tuple[Any, Any]:
    judged = _judged(draft, form)
    return judged.draft, judged.facts.lines


def likely_answer(serial: str, form: WorkForm) -> Answer | None:
    """Who pays by what is typed so far."""
    day = form.incident.data or clock.today(actor().timezone)
    cause = Cause(form.cause.data) if form.cause.data in list(Cause) else Cause.PRODUCT
    component = (form.component.data or "") if "component" in form else ""
    return answers.answer(serial, day, cause, component)


def work_page(
    draft: Draft,
    form: WorkForm,
    chosen: dict[RepairPhotoKind, list[int]],
    *,
    errors: dict[RepairPhotoKind, list[str]] | None = None,
    status: int = 200,
) -> Response:
    """Step 2 with the answer beside it."""
    found = likely_answer(draft.data["serial"], form)
    return page(
        "repairs/work.html",
        fragment="answer",
        status=status,
        draft=draft,
        form=form,
        kinds=PHOTOS.fields(chosen, errors),
        saved=saved_at(draft),
        answer=found,
        product=catalogue.product_by_id(found.coverage.product_id) if found else None,
        known_parts=catalogue.parts(active_only=True),
        work_total=(form.labour.data if form.labour.data is not None else form.standard or Decimal(0))
        + form.site_fee,
    )


def _check_page(draft: Draft, form: FinishForm, status: int = 200) -> Response:
    typed = form_of(draft, checked=True)
    if not typed.validate():
        return _to("work", draft.id)
    judged = _judged(draft, typed, form.consent, signed=bool(form.drawn.data))
    found = likely_answer(draft.data["serial"], typed)
    agreement = agreements.in_force(actor().dealer_id or 0)
    fitted = {part.use.code: part.use.pieces for part in judged.facts.lines}
    books = stock.pieces_of(stock.point_of(actor()), fitted)
    lacking = check_use(books, fitted, confirmed=True)
    blocked = bool(blocking(judged.findings))
    concerns = [] if blocked else prefill.claim_concerns(judged, agreement.id, judged.facts.today)
    return page(
        "repairs/check.html",
        status=status,
        draft=draft,
        form=form,
        written=judged.draft,
        judged=judged,
        answer=found,
        product=catalogue.product_by_id(found.coverage.product_id) if found else None,
        faults={row.code: row.title for rows in queries.fault_codes().values() for row in rows},
        findings=[*judged.findings, *concerns, *lacking],
        lacking=lacking,
        blocked=blocked or bool(blocking(concerns)),
        price=price(judged.draft, judged.facts.lines),
        photos=of_kinds(PHOTOS.of_data(draft.data)),
        saved=saved_at(draft),
    )

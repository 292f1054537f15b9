"""Filing a card in steps on a phone: the unit, the sale with customer and photos, checking, submitting."""

from typing import Any

from flask import Response, request, url_for
from werkzeug.datastructures import MultiDict

from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.drafts.models import Draft
from portal.drafts.photos import as_data, flat, of_kinds
from portal.drafts.saved import saved_at
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.warranty import commands, queries, steps
from portal.warranty.forms import SaleForm, UnitForm
from portal.warranty.queries import Filing
from portal.warranty.rules import CardDraft, PhotoKind, in_order
from portal.warranty.views.cards import PHOTOS, name_of, pages, points_for
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/new", allow=Permission.CARDS_FILE, side=Side.DEALER)
def new() -> Response:
    form = UnitForm(formdata=None, serial=request.args.get("serial", "")[:60])
    return page("warranty/unit.html", form=form, draft_id=None, drafts=saved.of_kind(steps.ONE))


@pages.post("/new", allow=Permission.CARDS_FILE, side=Side.DEALER)
def begin() -> Response:
    form = UnitForm()
    draft_id = form.submit(lambda: commands.begin(actor(), form.serial.data, key=form.submit_key))
    if draft_id is None:
        return page(
            "warranty/unit.html",
            status=form.status,
            form=form,
            draft_id=None,
            drafts=saved.of_kind(steps.ONE),
        )
    return _to("sale", draft_id)


@pages.get("/drafts/<int:draft_id>/unit", allow=Permission.CARDS_FILE, side=Side.DEALER)
def unit(draft_id: int) -> Response:
    draft = saved.get(draft_id, steps.ONE)
    return page(
        "warranty/unit.html",
        form=UnitForm(formdata=None, serial=draft.data["serial"]),
        draft_id=draft_id,
        drafts=[],
    )


@pages.post("/drafts/<int:draft_id>/unit", allow=Permission.CARDS_FILE, side=Side.DEALER)
def change_unit(draft_id: int) -> Response:
    form = UnitForm()
    changed = form.submit(
        lambda: commands.begin(actor(), form.serial.data, draft_id=draft_id, key=form.submit_key)
    )
    if changed is None:
        return page("warranty/unit.html", status=form.status, form=form, draft_id=draft_id, drafts=[])
    return _to("sale", draft_id)


@pages.get("/drafts/<int:draft_id>/sale", allow=Permission.CARDS_FILE, side=Side.DEALER)
def sale(draft_id: int) -> Response:
    draft = saved.get(draft_id, steps.ONE)
    return _sale_page(draft, _form_of(draft), PHOTOS.of_data(draft.data))


@pages.post("/drafts/<int:draft_id>/sale", allow=Permission.CARDS_FILE, side=Side.DEALER)
def fill(draft_id: int) -> Response:
    draft = saved.get(draft_id, steps.ONE)
    form = SaleForm(points=points_for(draft.data["serial"]))
    chosen, errors = PHOTOS.received()
    drafts.save(
        actor(),
        steps.ONE,
        {"serial": draft.data["serial"], **form.typed, "photos": as_data(chosen)},
        draft_id=draft_id,
    )
    draft = saved.get(draft_id, steps.ONE)
    if errors:
        form.validate()
        return _sale_page(draft, form, chosen, errors=errors, status=422)
    if request.form.get("go") == "later":
        return done(url_for(".index", state="draft"), T("The draft is saved; it stays for 30 days."))
    fileable = form.submit(lambda: queries.fileable(_filing(draft), _card(draft, form)))
    if fileable is None:
        return _sale_page(draft, form, chosen, status=form.status)
    return _to("check", draft_id)


@pages.post("/drafts/<int:draft_id>/save", allow=Permission.CARDS_FILE, side=Side.DEALER)
def autosave(draft_id: int) -> Response:
    """What the page sends by itself while somebody types; answers with the words beside the button."""
    draft = saved.get(draft_id, steps.ONE)
    form = SaleForm(points=points_for(draft.data["serial"]))
    chosen, _errors = PHOTOS.received()
    drafts.save(
        actor(),
        steps.ONE,
        {"serial": draft.data["serial"], **form.typed, "photos": as_data(chosen)},
        draft_id=draft_id,
    )
    return Response(saved_at(saved.get(draft_id, steps.ONE)), mimetype="text/plain")


@pages.get("/drafts/<int:draft_id>/check", allow=Permission.CARDS_FILE, side=Side.DEALER)
def check(draft_id: int) -> Response:
    return _check_page(saved.get(draft_id, steps.ONE), Form(formdata=None))


@pages.post("/drafts/<int:draft_id>/check", allow=Permission.CARDS_FILE, side=Side.DEALER)
def file(draft_id: int) -> Response:
    form = Form()
    try:
        draft = saved.get(draft_id, steps.ONE)
    except NotFound:
        # A second click: the draft went with the first one (ID-1).
        return done(url_for(".show", number=queries.filed_from(draft_id)[0]))
    typed = _form_of(draft, checked=True)
    if not typed.validate():
        return _to("sale", draft_id)
    number = form.submit(
        lambda: commands.file(
            actor(),
            _card(draft, typed),
            photos=flat(PHOTOS.of_data(draft.data)),
            draft_id=draft_id,
            key=form.submit_key,
        )
    )
    if number is None:
        return _check_page(draft, form, form.status)
    return done(url_for(".show", number=number), T("Card {number} is filed.", number=number))


@pages.post("/drafts/<int:draft_id>/discard", allow=Permission.CARDS_FILE, side=Side.DEALER)
def discard(draft_id: int) -> Response:
    form = Form()
    form.submit(lambda: drafts.discard(actor(), steps.ONE, draft_id))
    return done(url_for(".index"), T("The draft is thrown away."))


def _to(step: str, draft_id: int) -> Response:
    return done(url_for(f".{step}", draft_id=draft_id))


def _form_of(draft: Draft, *, checked: bool = False) -> SaleForm:
    """The form of step 2 as it was typed; empty for a draft that has only a unit. `checked`: to be validated."""
    typed = MultiDict({name: value for name, value in draft.data.items() if isinstance(value, str)})
    points = points_for(draft.data["serial"])
    if not checked and "sale_date" not in typed:
        return SaleForm(formdata=None, points=points, point=str(_own_point()))
    return SaleForm(formdata=typed, points=points, meta={"csrf": False} if checked else None)


def _own_point() -> int:
    point = actor().point_id or actor().dealer_id
    assert point is not None, "a dealer's page"
    return point


def _card(draft: Draft, form: SaleForm) -> CardDraft:
    return form.draft(draft.data["serial"], _own_point())


def _filing(draft: Draft) -> Filing:
    return queries.filing(actor(), [draft.data["serial"]], clock.today(actor().timezone))


def _sale_page(
    draft: Draft,
    form: SaleForm,
    chosen: dict[PhotoKind, list[int]],
    *,
    errors: dict[PhotoKind, list[str]] | None = None,
    status: int = 200,
) -> Response:
    return page(
        "warranty/sale.html",
        status=status,
        draft=draft,
        form=form,
        kinds=PHOTOS.fields(chosen, errors),
        saved=saved_at(draft),
        **_unit_facts(draft),
    )


def _unit_facts(draft: Draft) -> dict[str, Any]:
    """What is said of the unit above the form; it may have gone meanwhile."""
    filing = _filing(draft)
    unit = filing.unit(draft.data["serial"])
    return {
        "filing": filing,
        "unit": unit,
        "product": name_of(filing.product(unit)) if unit else "",
        "model": filing.product(unit).model if unit else "",
    }


def _check_page(draft: Draft, form: Form, status: int = 200) -> Response:
    typed = _form_of(draft, checked=True)
    if not typed.validate():
        return _to("sale", draft.id)
    facts = _unit_facts(draft)
    card = _card(draft, typed)
    found = facts["filing"].check(card)
    return page(
        "warranty/check.html",
        status=status,
        draft=draft,
        form=form,
        card=card,
        point=tenants.dealer_by_id(card.point_id),
        findings=in_order(found),
        blocked=bool(blocking(found)),
        photos=of_kinds(PHOTOS.of_data(draft.data)),
        saved=saved_at(draft),
        **facts,
    )

"""Filing a feedback in steps on a phone: what it is about, the problem with photos, checking, submitting (QF-1)."""

from typing import Any

from flask import Response, request, url_for
from werkzeug.datastructures import MultiDict

from portal.catalogue import queries as catalogue
from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.drafts.models import Draft
from portal.drafts.photos import as_data, flat, of_kinds
from portal.drafts.saved import saved_at
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import commands, queries
from portal.quality.forms.feedback import AboutModelForm, AboutUnitForm, ProblemForm
from portal.quality.queries import Subject
from portal.quality.rules import FeedbackGrade, FeedbackPhotoKind, UseUnit
from portal.quality.steps import DRAFT
from portal.quality.views.common import PHOTOS, pages, today
from portal.web import numbers
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor

FILE = Permission.FEEDBACK_FILE
Chosen = dict[FeedbackPhotoKind, list[int]]


@pages.get("/new", allow=FILE, side=Side.DEALER)
def new() -> Response:
    """Step 1; with `serial`, or `model` and `batch`, in the address it is filled in."""
    return _about_page(None, *_about_forms(request.args))


@pages.post("/new", allow=FILE, side=Side.DEALER)
def begin() -> Response:
    return _about_saved(None)


@pages.get("/drafts/<int:draft_id>/about", allow=FILE, side=Side.DEALER)
def about(draft_id: int) -> Response:
    draft = saved.get(draft_id, DRAFT)
    return _about_page(draft_id, *_about_forms(draft.data))


@pages.post("/drafts/<int:draft_id>/about", allow=FILE, side=Side.DEALER)
def change_about(draft_id: int) -> Response:
    return _about_saved(draft_id)


def _about_forms(known: Any) -> tuple[AboutUnitForm, AboutModelForm]:
    repair = str(known.get("repair") or known.get("repair_number") or "")[:20]
    return (
        AboutUnitForm(formdata=None, serial=str(known.get("serial") or "")[:60], repair=repair),
        AboutModelForm(
            formdata=None,
            products=catalogue.products(),
            model=str(known.get("model") or "")[:40],
            batch=str(known.get("batch") or "")[:40],
        ),
    )


def _about_saved(draft_id: int | None) -> Response:
    """Keep what it is about; the other form stays as it was drawn."""
    kept = saved.get(draft_id, DRAFT).data if draft_id else {}
    unit: AboutUnitForm | None = None
    model: AboutModelForm | None = None
    if "serial" in request.form:
        unit = AboutUnitForm()
        form: AboutUnitForm | AboutModelForm = unit
    else:
        form = model = AboutModelForm(products=catalogue.products())
    subject = form.submit(lambda: _known(form.about))
    if subject is None:
        blank_unit, blank_model = _about_forms({})
        return _about_page(draft_id, unit or blank_unit, model or blank_model, refused=form)
    data = {**kept, **form.about}
    if unit is not None and unit.repair.data:
        data["repair_number"] = unit.repair.data
    return _to("problem", drafts.save(actor(), DRAFT, data, draft_id=draft_id))


def _known(about: dict[str, str]) -> Subject:
    """What it is about. Raises RuleBroken QF-1 for a unit or model that does not exist."""
    found = queries.subject_of(about["serial"], about["model"], about["batch"], today())
    if found is None:
        raise RuleBroken("QF-1", T("Serial {serial} is not known.", serial=about["serial"]), field="serial")
    return found


def _about_page(
    draft_id: int | None,
    unit: AboutUnitForm,
    model: AboutModelForm,
    *,
    refused: AboutUnitForm | AboutModelForm | None = None,
) -> Response:
    return page(
        "feedback/about.html",
        status=refused.status if refused else 200,
        unit_form=unit,
        model_form=model,
        refused=refused,
        draft_id=draft_id,
        drafts=[] if draft_id else saved.of_kind(DRAFT),
    )


@pages.get("/drafts/<int:draft_id>", allow=FILE, side=Side.DEALER)
def problem(draft_id: int) -> Response:
    draft = saved.get(draft_id, DRAFT)
    return _problem_page(draft, _form_of(draft), PHOTOS.of_data(draft.data))


@pages.post("/drafts/<int:draft_id>", allow=FILE, side=Side.DEALER)
def fill(draft_id: int) -> Response:
    draft, form, chosen, errors = _kept(draft_id)
    if errors:
        form.validate()
        return _problem_page(draft, form, chosen, errors=errors, status=422)
    if request.form.get("go") == "later":
        return done(url_for(".index"), T("The draft is saved; it stays for 30 days."))
    if form.submit(lambda: _fileable(draft, form)) is None:
        return _problem_page(draft, form, chosen, status=form.status)
    return _to("check", draft_id)


@pages.post("/drafts/<int:draft_id>/save", allow=FILE, side=Side.DEALER)
def autosave(draft_id: int) -> Response:
    """What the page sends by itself while somebody types; answers with the words beside the button."""
    draft, _form, _chosen, _errors = _kept(draft_id)
    return Response(saved_at(draft), mimetype="text/plain")


def _kept(draft_id: int) -> tuple[Draft, ProblemForm, Chosen, dict[FeedbackPhotoKind, list[str]]]:
    """The draft with what was typed, whatever is wrong with it."""
    draft = saved.get(draft_id, DRAFT)
    form = ProblemForm()
    chosen, errors = PHOTOS.received()
    data = {**_about_of(draft), **form.typed, "photos": as_data(chosen)}
    drafts.save(actor(), DRAFT, data, draft_id=draft_id)
    return saved.get(draft_id, DRAFT), form, chosen, errors


def _about_of(draft: Draft) -> dict[str, str]:
    return {name: draft.data.get(name, "") for name in ("subject", "serial", "model", "batch")}


def _form_of(draft: Draft, *, checked: bool = False) -> ProblemForm:
    """The form as it was typed; for a draft without a problem yet as it begins. `checked`: to be validated."""
    if not checked and "phenomenon" not in draft.data:
        return ProblemForm(
            formdata=None,
            grade=FeedbackGrade.ORDINARY.value,
            found_on=today(),
            units=1,
            use_unit=UseUnit.DAYS.value,
            repair_number=draft.data.get("repair_number", ""),
        )
    typed = MultiDict({name: value for name, value in draft.data.items() if isinstance(value, str)})
    return ProblemForm(formdata=typed, meta={"csrf": False} if checked else None)


def _judged(draft: Draft, form: ProblemForm) -> queries.Judged:
    photos = sum(len(ids) for ids in PHOTOS.of_data(draft.data).values())
    return queries.judge(form.draft(_about_of(draft)), today(), photos=photos)


def _fileable(draft: Draft, form: ProblemForm) -> bool:
    """Raises Refused with what blocks it."""
    return queries.fileable(_judged(draft, form))


def _problem_page(
    draft: Draft,
    form: ProblemForm,
    chosen: Chosen,
    *,
    errors: dict[FeedbackPhotoKind, list[str]] | None = None,
    status: int = 200,
) -> Response:
    about = _about_of(draft)
    subject = queries.subject_of(about["serial"], about["model"], about["batch"], today())
    return page(
        "feedback/problem.html",
        status=status,
        draft=draft,
        form=form,
        subject=subject,
        kinds=PHOTOS.fields(chosen, errors),
        components=catalogue.components_of(subject.product.id) if subject else [],
        today=today(),
        saved=saved_at(draft),
    )


@pages.get("/drafts/<int:draft_id>/check", allow=FILE, side=Side.DEALER)
def check(draft_id: int) -> Response:
    return _check_page(saved.get(draft_id, DRAFT), Form(formdata=None))


@pages.post("/drafts/<int:draft_id>/check", allow=FILE, side=Side.DEALER)
def file(draft_id: int) -> Response:
    form = Form()
    try:
        draft = saved.get(draft_id, DRAFT)
    except NotFound:
        # A second click: the draft went with the first one (ID-1).
        return done(url_for(".show", number=queries.filed_from(draft_id)))
    typed = _form_of(draft, checked=True)
    if not typed.validate():
        return _to("problem", draft_id)
    number = form.submit(
        lambda: commands.file(
            actor(),
            typed.draft(_about_of(draft)),
            photos=flat(PHOTOS.of_data(draft.data)),
            draft_id=draft_id,
            key=form.submit_key,
        )
    )
    if number is None:
        return _check_page(draft, form, form.status)
    return done(url_for(".show", number=number), T("Feedback {number} is filed.", number=number))


@pages.post("/drafts/<int:draft_id>/discard", allow=FILE, side=Side.DEALER)
def discard(draft_id: int) -> Response:
    form = Form()
    form.submit(lambda: drafts.discard(actor(), DRAFT, draft_id))
    return done(url_for(".index"), T("The draft is thrown away."))


def _check_page(draft: Draft, form: Form, status: int = 200) -> Response:
    typed = _form_of(draft, checked=True)
    if not typed.validate():
        return _to("problem", draft.id)
    judged = _judged(draft, typed)
    return page(
        "feedback/check.html",
        status=status,
        draft=draft,
        form=form,
        judged=judged,
        asked=judged.draft,
        blocked=bool(blocking(judged.findings)),
        photos=of_kinds(PHOTOS.of_data(draft.data)),
        repair_url=numbers.url_of(judged.draft.repair_number, actor()),
    )


def _to(step: str, draft_id: int) -> Response:
    return done(url_for(f".{step}", draft_id=draft_id))

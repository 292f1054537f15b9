"""Pages of defective batches: the manufacturer's people read them, quality declares them (RT-6)."""

from typing import Any

from flask import Response, request, url_for

from portal.audit import queries as audit
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.catalogue.queries import UnitSection
from portal.kernel.actor import Actor, Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import commands, queries
from portal.quality.forms.batches import DeclareForm, LiftForm
from portal.quality.models import DefectiveBatch
from portal.quality.rules import DefectState, subject
from portal.web import nav
from portal.web.nav import Item
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("batches", __name__, prefix="/batches")
READ, DECLARE, OWN = Permission.QUALITY_READ, Permission.QUALITY_DECLARE, Side.MANUFACTURER


@pages.get("", allow=READ, side=OWN)
def index() -> Response:
    state = request.args.get("state", "")
    chosen = DefectState(state) if state in list(DefectState) else None
    text = request.args.get("q", "").strip()[:60]
    counts = queries.counts()
    return page(
        "quality/index.html",
        fragment="listing",
        found=paged(queries.listing(state=chosen, text=text)),
        tabs=[
            {
                "label": label(member) if member else _("All"),
                "url": here(state=member.value if member else None),
                "count": counts.get(member, 0) if member else sum(counts.values()),
                "current": member is chosen,
            }
            for member in (None, *DefectState)
        ],
        q=text,
        state=state,
    )


@pages.get("/new", allow=DECLARE, side=OWN)
def new() -> Response:
    """The form; with model and batch in the address it says how many units are affected."""
    form = _declare_form()
    form.model.data = request.args.get("model", "")
    form.batch.data = request.args.get("batch", "")[:40]
    form.reason.data = request.args.get("reason", "")
    return _form(form)


@pages.post("/new", allow=DECLARE, side=OWN)
def declare() -> Response:
    form = _declare_form()
    if form.act.data == "count":
        return _form(form)
    declared = form.submit(lambda: _declare(form))
    if declared is None:
        return _form(form, form.status)
    return done(url_for(".index"), T("Batch {batch} is declared defective.", batch=form.batch.data))


def _declare(form: DeclareForm) -> bool:
    commands.declare_batch(
        actor(), form.model.data, form.batch.data, reason=form.reason.data or "", key=form.submit_key
    )
    return True


@pages.get("/<int:batch_id>", allow=READ, side=OWN)
def show(batch_id: int) -> Response:
    return _show(queries.batch(batch_id), LiftForm(formdata=None))


@pages.post("/<int:batch_id>/lift", allow=DECLARE, side=OWN)
def lift(batch_id: int) -> Response:
    form = LiftForm()
    batch = form.submit(
        lambda: commands.lift_batch(
            actor(), batch_id, reason=form.reason.data, seen_version=form.seen_version, key=form.submit_key
        )
    )
    if batch is None:
        return _show(queries.batch(batch_id), form, form.status)
    return done(
        url_for(".show", batch_id=batch_id), T("The declaration of batch {batch} is taken back.", batch=batch)
    )


def _declare_form() -> DeclareForm:
    return DeclareForm(products=catalogue.products())


def _form(form: DeclareForm, status: int = 200) -> Response:
    try:
        product = catalogue.product(form.model.data) if form.model.data else None
    except NotFound:
        product = None
    batch = (form.batch.data or "").strip()
    return page(
        "quality/new.html",
        fragment="affected",
        status=status,
        form=form,
        product=product,
        batch=batch,
        affected=queries.units_affected(product.id, batch) if product and batch else None,
        batches=queries.batches_of(product.id) if product else [],
    )


def _show(declared: DefectiveBatch, form: LiftForm, status: int = 200) -> Response:
    product = catalogue.product_by_id(declared.product_id)
    return page(
        "quality/show.html",
        status=status,
        declared=declared,
        product=product,
        affected=queries.units_affected(declared.product_id, declared.batch),
        facts=audit.timeline_view(subject(product.model, declared.batch)),
        feedback=queries.about_batch(declared.product_id, declared.batch)
        if actor().may(Permission.FEEDBACK_READ)
        else None,
        form=form,
    )


def unit_section(_actor: Actor, unit: Unit) -> dict[str, Any] | None:
    """On a unit's page, for both parties: its batch is declared defective."""
    declared = queries.find(unit.product_id, unit.batch)
    if declared is None or declared.state is not DefectState.DECLARED:
        return None
    return {"declared": declared}


catalogue.add_unit_section(
    UnitSection(T("Defective batch"), "quality/_unit_section.html", unit_section, order=5)
)
nav.add(Item("work", T("Defective batches"), "batches.index", READ, side=OWN, order=60))

"""Products and their components: both parties read them, the manufacturer writes them."""

from flask import Response, url_for

from portal.audit import queries as audit
from portal.catalogue import commands, queries
from portal.catalogue.forms import ComponentChange, ComponentForm, ProductChange, ProductForm, given, seen
from portal.catalogue.views.lists import asked, in_use, use_tabs
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.web.pages import done, page
from portal.web.routing import Pages, actor
from portal.web.tables import paged

pages = Pages("products", __name__, prefix="/catalogue/products")
READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


@pages.get("", allow=READ)
def index() -> Response:
    found = paged(queries.product_listing(active=in_use(), text=asked()))
    tabs = use_tabs((_("In production"), _("Discontinued")))
    return page("catalogue/products.html", fragment="listing", found=found, tabs=tabs, q=asked())


@pages.get("/new", allow=WRITE, side=Side.MANUFACTURER)
def new() -> Response:
    return _form(ProductForm(months=12))


@pages.post("/new", allow=WRITE, side=Side.MANUFACTURER)
def add() -> Response:
    form = ProductForm()
    model = form.submit(
        lambda: commands.add_product(
            actor(),
            model=form.model.data,
            name=form.name.data,
            name_en=form.name_en.data or "",
            months=given(form.months),
            key=form.submit_key,
        )
    )
    if model is None:
        return _form(form, status=form.status)
    return done(url_for(".show", model=model), T("Model {model} is added.", model=model))


@pages.get("/<model>", allow=READ)
def show(model: str) -> Response:
    product = queries.product(model)
    manufacturer = actor().side is Side.MANUFACTURER
    return page(
        "catalogue/product.html",
        product=product,
        components=queries.components_of(product.id),
        facts=audit.timeline_view(product.model) if manufacturer else [],
    )


@pages.get("/<model>/edit", allow=WRITE, side=Side.MANUFACTURER)
def edit(model: str) -> Response:
    product = queries.product(model)
    return _form(ProductChange(obj=product), model=product.model)


@pages.post("/<model>/edit", allow=WRITE, side=Side.MANUFACTURER)
def change(model: str) -> Response:
    form = ProductChange()
    changed = form.submit(
        lambda: commands.change_product(
            actor(),
            model,
            name=form.name.data,
            name_en=form.name_en.data or "",
            months=given(form.months),
            active=form.active.data,
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if changed is None:
        return _form(form, model=queries.product(model).model, status=form.status)
    return done(url_for(".show", model=changed), T("Model {model} is changed.", model=changed))


@pages.get("/<model>/components/new", allow=WRITE, side=Side.MANUFACTURER)
def new_component(model: str) -> Response:
    product = queries.product(model)
    return _component(ComponentForm(months=product.months), product.model)


@pages.post("/<model>/components/new", allow=WRITE, side=Side.MANUFACTURER)
def add_component(model: str) -> Response:
    form = ComponentForm()
    code = form.submit(
        lambda: commands.add_component(
            actor(),
            model,
            code=form.code.data,
            name=form.name.data,
            name_en=form.name_en.data or "",
            months=given(form.months),
            key=form.submit_key,
        )
    )
    if code is None:
        return _component(form, queries.product(model).model, status=form.status)
    return done(url_for(".show", model=model), T("Component {code} is added.", code=code))


@pages.get("/<model>/components/<code>", allow=WRITE, side=Side.MANUFACTURER)
def edit_component(model: str, code: str) -> Response:
    product = queries.product(model)
    component = queries.component(product.id, code)
    return _component(ComponentChange(obj=component), product.model, component.code)


@pages.post("/<model>/components/<code>", allow=WRITE, side=Side.MANUFACTURER)
def change_component(model: str, code: str) -> Response:
    form = ComponentChange()
    changed = form.submit(
        lambda: commands.change_component(
            actor(),
            model,
            code,
            name=form.name.data,
            name_en=form.name_en.data or "",
            months=given(form.months),
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if changed is None:
        product = queries.product(model)
        return _component(form, product.model, queries.component(product.id, code).code, status=form.status)
    return done(url_for(".show", model=model), T("Component {code} is changed.", code=changed))


def _form(form: ProductForm | ProductChange, *, model: str = "", status: int = 200) -> Response:
    return page("catalogue/product_form.html", status=status, form=form, model=model)


def _component(
    form: ComponentForm | ComponentChange, model: str, code: str = "", *, status: int = 200
) -> Response:
    return page("catalogue/component_form.html", status=status, form=form, model=model, code=code)

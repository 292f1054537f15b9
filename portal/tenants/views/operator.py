"""The platform's operator: manufacturers and their people, never business data (TN-4)."""

from flask import Response, url_for

from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import commands, queries
from portal.tenants.forms import AdminForm, TenantForm
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import Pages, actor

pages = Pages("operator", __name__, prefix="/operator/tenants", tenant=False)


@pages.get("", allow=Permission.OPERATE)
def index() -> Response:
    return page("tenants/operator/index.html", tenants=queries.tenants())


@pages.get("/new", allow=Permission.OPERATE)
def new() -> Response:
    return page("tenants/operator/new.html", form=TenantForm())


@pages.post("/new", allow=Permission.OPERATE)
def add() -> Response:
    form = TenantForm()
    link = form.submit(
        lambda: commands.open_tenant(
            actor(),
            code=form.code.data,
            name=form.name.data,
            timezone=form.timezone.data,
            admin_email=form.admin_email.data,
            admin_name=form.admin_name.data,
        )
    )
    if link is None:
        return page("tenants/operator/new.html", status=form.status, form=form)
    return done(
        url_for(".show", code=form.code.data),
        T("{name} is added; {email} has been invited.", name=form.name.data, email=form.admin_email.data),
    )


@pages.get("/<code>", allow=Permission.OPERATE)
def show(code: str) -> Response:
    return _show(code)


@pages.post("/<code>/admin", allow=Permission.OPERATE)
def invite_admin(code: str) -> Response:
    tenant, _people = queries.tenant(code)
    form = AdminForm()
    link = form.submit(
        lambda: commands.add_first_admin(actor(), tenant.id, email=form.email.data, name=form.name.data)
    )
    if link is None:
        return _show(code, form=form, status=form.status)
    return done(url_for(".show", code=code), T("{email} has been invited.", email=form.email.data))


@pages.post("/<code>/people/<int:id>/lock", allow=Permission.OPERATE)
def lock(code: str, id: int) -> Response:  # noqa: A002 - the route's word
    return _lock(code, id, True, T("This person can't sign in any more."))


@pages.post("/<code>/people/<int:id>/unlock", allow=Permission.OPERATE)
def unlock(code: str, id: int) -> Response:  # noqa: A002
    return _lock(code, id, False, T("This person can sign in again."))


def _lock(code: str, membership_id: int, locked: bool, message: T) -> Response:
    tenant, _people = queries.tenant(code)
    form = Form()
    changed = form.submit(lambda: commands.lock_person(actor(), tenant.id, membership_id, locked=locked))
    if changed is None:
        return _show(code, verb=form, status=form.status)
    return done(url_for(".show", code=code), message)


def _show(
    code: str, *, form: AdminForm | None = None, verb: Form | None = None, status: int = 200
) -> Response:
    tenant, people = queries.tenant(code)
    return page(
        "tenants/operator/show.html",
        status=status,
        tenant=tenant,
        people=people,
        form=form or AdminForm(formdata=None),
        verb=verb or Form(formdata=None),
    )

"""The people of the own organisation."""

from flask import Response, request, url_for

from portal.audit import queries as audit
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import commands, queries
from portal.tenants.forms import InviteForm, RolesForm
from portal.tenants.rules import PersonState
from portal.web import nav
from portal.web.forms import Form
from portal.web.nav import Item
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here

pages = Pages("people", __name__, prefix="/people")


@pages.get("", allow=Permission.PEOPLE_READ)
def index() -> Response:
    everybody = queries.colleagues(actor())
    state = request.args.get("state", "")
    shown = [one for one in everybody if state in ("", one.state)]
    tabs = [
        {
            "label": label(member) if member else _("All"),
            "url": here(state=member.value if member else None),
            "count": sum(member in (None, one.state) for one in everybody),
            "current": (member.value if member else "") == state,
        }
        for member in (None, *PersonState)
    ]
    return page("tenants/people/index.html", people=shown, tabs=tabs, me=actor().person_id)


@pages.get("/new", allow=Permission.PEOPLE_WRITE)
def new() -> Response:
    return page("tenants/people/new.html", form=InviteForm(dealer=_dealer()))


@pages.post("/new", allow=Permission.PEOPLE_WRITE)
def invite() -> Response:
    form = InviteForm(dealer=_dealer())
    membership = form.submit(
        lambda: commands.invite(
            actor(),
            email=form.email.data,
            name=form.name.data,
            roles=form.roles.data,
            key=form.submit_key,
        )
    )
    if membership is None:
        return page("tenants/people/new.html", status=form.status, form=form)
    return done(url_for(".show", id=membership), T("{email} has been invited.", email=form.email.data))


@pages.get("/<int:id>", allow=Permission.PEOPLE_READ)
def show(id: int) -> Response:  # noqa: A002 - the route's word
    return _show(id)


@pages.post("/<int:id>/roles", allow=Permission.PEOPLE_WRITE)
def change_roles(id: int) -> Response:  # noqa: A002
    form = RolesForm(dealer=_dealer())
    seen = [role for role in (form.seen.data or "").split(",") if role]
    changed = form.submit(lambda: commands.change_roles(actor(), id, roles=form.roles.data, seen=seen))
    if changed is None:
        return _show(id, form=form, status=form.status)
    return done(url_for(".index"), T("The roles are changed."))


@pages.post("/<int:id>/disable", allow=Permission.PEOPLE_WRITE)
def disable(id: int) -> Response:  # noqa: A002
    form = Form()
    if form.submit(lambda: commands.disable_person(actor(), id)) is None:
        return _show(id, verb=form, status=form.status)
    return done(url_for(".show", id=id), T("This person can no longer act for your organisation."))


@pages.post("/<int:id>/enable", allow=Permission.PEOPLE_WRITE)
def enable(id: int) -> Response:  # noqa: A002
    form = Form()
    if form.submit(lambda: commands.enable_person(actor(), id)) is None:
        return _show(id, verb=form, status=form.status)
    return done(url_for(".show", id=id), T("This person can act for your organisation again."))


@pages.post("/<int:id>/invite", allow=Permission.PEOPLE_WRITE)
def invite_again(id: int) -> Response:  # noqa: A002
    form = Form()
    if form.submit(lambda: commands.invite_again(actor(), id, key=form.submit_key)) is None:
        return _show(id, verb=form, status=form.status)
    return done(url_for(".show", id=id), T("A new invitation has been sent."))


def _show(
    membership_id: int, *, form: RolesForm | None = None, verb: Form | None = None, status: int = 200
) -> Response:
    one = queries.colleague(actor(), membership_id)
    if form is None:
        form = RolesForm(formdata=None, dealer=_dealer(), roles=list(one.roles), seen=",".join(one.roles))
    return page(
        "tenants/people/show.html",
        status=status,
        one=one,
        form=form,
        verb=verb or Form(formdata=None),
        me=actor().person_id,
        history=audit.timeline_view(one.email),
    )


def _dealer() -> bool:
    return actor().side is Side.DEALER


nav.add(Item("settings", T("People"), "people.index", Permission.PEOPLE_READ, order=10))

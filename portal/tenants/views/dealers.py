"""The dealers of a manufacturer: who they are, and the first owner of each."""

from flask import Response, request, url_for

from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.writing import OutColumn, write_xlsx
from portal.tenants import commands, queries, rules
from portal.tenants.forms import DealerForm, NewDealerForm, OwnerForm, SwitchForm
from portal.web import nav
from portal.web.nav import Item
from portal.web.pages import done, download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("dealers", __name__, prefix="/dealers")
MAKER = Side.MANUFACTURER
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("", allow=Permission.DEALERS_READ, side=MAKER)
def index() -> Response:
    text, state = request.args.get("q", "").strip(), request.args.get("state", "")
    counts = queries.dealer_counts()
    found = paged(queries.dealer_list(text=text, active={"active": True, "disabled": False}.get(state)))
    tabs = [
        {
            "label": words,
            "url": here(state=value or None),
            "count": sum(counts.values()) if active is None else counts.get(active, 0),
            "current": state == value,
        }
        for value, words, active in (
            ("", _("All"), None),
            ("active", _("Active"), True),
            ("disabled", _("Disabled"), False),
        )
    ]
    return page(
        "tenants/dealers/index.html",
        fragment="listing",
        found=found,
        tabs=tabs,
        q=text,
        state=state,
        people=queries.people_counts(),
        parents=_names(),
    )


@pages.get("/export.xlsx", allow=Permission.DEALERS_READ, side=MAKER)
def export() -> Response:
    people, parents = queries.people_counts(), _names()
    columns = [
        OutColumn(words)
        for words in (
            _("Code"),
            _("Full name"),
            _("Sub-dealer of"),
            _("Territory"),
            _("Contact"),
            _("Phone"),
            _("Address"),
            _("Tax number"),
            _("People"),
            _("State"),
        )
    ]
    rows = [
        (
            one.code,
            one.name,
            parents.get(one.parent_id or 0, ""),
            one.region,
            one.contact,
            one.phone,
            one.address,
            one.tax_number,
            str(people.get(one.id, 0)),
            _("Active") if one.active else _("Disabled"),
        )
        for one in queries.dealers()
    ]
    content = write_xlsx(
        columns, rows, title=_("Dealers"), filters=_("All"), generated=clock.now(), timezone=actor().timezone
    )
    return download(content, name=_("Dealers") + ".xlsx", media_type=XLSX)


@pages.get("/new", allow=Permission.DEALERS_WRITE, side=MAKER)
def new() -> Response:
    return _new(NewDealerForm(parent_code=request.args.get("of", "")))


@pages.post("/new", allow=Permission.DEALERS_WRITE, side=MAKER)
def add() -> Response:
    form = NewDealerForm()
    added = form.submit(
        lambda: commands.add_dealer(
            actor(),
            code=form.code.data,
            parent_code=form.parent_code.data or None,
            key=form.submit_key,
            **form.details(),
        )
    )
    if added is None:
        return _new(form)
    return done(url_for(".show", code=form.code.data), T("Dealer {code} is added.", code=form.code.data))


@pages.get("/<code>", allow=Permission.DEALERS_READ, side=MAKER)
def show(code: str) -> Response:
    return _show(code)


@pages.get("/<code>/edit", allow=Permission.DEALERS_WRITE, side=MAKER)
def edit(code: str) -> Response:
    dealer = queries.dealer(code)
    form = DealerForm(formdata=None, obj=dealer)
    form.bank_account.data = ""
    return page("tenants/dealers/edit.html", dealer=dealer, form=form)


@pages.post("/<code>/edit", allow=Permission.DEALERS_WRITE, side=MAKER)
def save(code: str) -> Response:
    form = DealerForm()
    saved = form.submit(
        lambda: commands.change_dealer(
            actor(), code, seen_version=form.version.data, key=form.submit_key, **form.details()
        )
    )
    if saved is None:
        return page("tenants/dealers/edit.html", status=form.status, dealer=queries.dealer(code), form=form)
    return done(url_for(".show", code=code), T("The details of {code} are saved.", code=code))


@pages.post("/<code>/owner", allow=Permission.DEALERS_WRITE, side=MAKER)
def invite_owner(code: str) -> Response:
    form = OwnerForm()
    invited = form.submit(
        lambda: commands.invite_owner(
            actor(), code, email=form.email.data, name=form.name.data, key=form.submit_key
        )
    )
    if invited is None:
        return _show(code, owner=form, status=form.status)
    return done(url_for(".show", code=code), T("{email} has been invited.", email=form.email.data))


@pages.post("/<code>/disable", allow=Permission.DEALERS_WRITE, side=MAKER)
def disable(code: str) -> Response:
    form = SwitchForm()
    version = form.version.data
    if (
        form.submit(
            lambda: commands.disable_dealer(actor(), code, reason=form.reason.data, seen_version=version)
        )
        is None
    ):
        return _show(code, switch=form, status=form.status)
    return done(url_for(".show", code=code), T("The people of {code} can no longer act here.", code=code))


@pages.post("/<code>/enable", allow=Permission.DEALERS_WRITE, side=MAKER)
def enable(code: str) -> Response:
    form = SwitchForm()
    version = form.version.data
    if (
        form.submit(
            lambda: commands.enable_dealer(actor(), code, reason=form.reason.data, seen_version=version)
        )
        is None
    ):
        return _show(code, switch=form, status=form.status)
    return done(url_for(".show", code=code), T("The people of {code} can act here again.", code=code))


def _new(form: NewDealerForm) -> Response:
    holders = queries.dealers(holders_only=True)
    form.parent_code.choices = [
        ("", _("none: it holds an agreement itself")),
        *((one.code, f"{one.code} {one.name}") for one in holders),
    ]
    return page("tenants/dealers/new.html", status=form.status if form.problems else 200, form=form)


def _show(
    code: str, *, owner: OwnerForm | None = None, switch: SwitchForm | None = None, status: int = 200
) -> Response:
    dealer = queries.dealer(code)
    people = queries.people_of_dealer(dealer)
    below = [one for one in queries.dealers() if one.parent_id == dealer.id]
    return page(
        "tenants/dealers/show.html",
        status=status,
        dealer=dealer,
        parent=queries.dealer_by_id(dealer.parent_id) if dealer.parent_id else None,
        below=below,
        people=people,
        alone=not queries.sees_to_itself(dealer.organisation_id),
        account=rules.masked_account(dealer.bank_account),
        owner=owner or OwnerForm(formdata=None),
        switch=switch or SwitchForm(formdata=None, version=dealer.version),
        history=audit.timeline_view(code),
    )


def _names() -> dict[int, str]:
    return {one.id: one.code for one in queries.dealers(holders_only=True)}


nav.add(Item("data", T("Dealers"), "dealers.index", Permission.DEALERS_READ, side=MAKER, order=10))

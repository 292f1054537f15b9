"""The manufacturer's own details, as statements print them."""

from flask import Response, url_for

from portal.audit import queries as audit
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import commands, queries, rules
from portal.tenants.forms import CompanyForm
from portal.web import nav
from portal.web.nav import Item
from portal.web.pages import done, page
from portal.web.routing import Pages, actor

pages = Pages("company", __name__, prefix="/company")
MAKER = Side.MANUFACTURER


@pages.get("", allow=Permission.DEALERS_READ, side=MAKER)
def show() -> Response:
    company = queries.manufacturer()
    account = rules.masked_account(company.bank_account)
    history = audit.timeline_view(company.code or "")
    return page("tenants/company/show.html", company=company, account=account, history=history)


@pages.get("/edit", allow=Permission.DEALERS_WRITE, side=MAKER)
def edit() -> Response:
    form = CompanyForm(formdata=None, obj=queries.manufacturer())
    form.bank_account.data = ""
    return page("tenants/company/edit.html", form=form)


@pages.post("/edit", allow=Permission.DEALERS_WRITE, side=MAKER)
def save() -> Response:
    form = CompanyForm()
    saved = form.submit(lambda: commands.change_company(actor(), key=form.submit_key, **form.details()))
    if saved is None:
        return page("tenants/company/edit.html", status=form.status, form=form)
    return done(
        url_for(".show"), T("The details are saved. Statements that are issued from now on print them.")
    )


nav.add(Item("settings", T("Company details"), "company.show", Permission.DEALERS_READ, side=MAKER, order=5))

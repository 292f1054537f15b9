"""What links in mails open: accepting an invitation, choosing a new password."""

import datetime as dt

from flask import Response, request, url_for

from portal.kernel.actor import PUBLIC
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import commands, queries
from portal.tenants.forms import AcceptForm, AskResetForm, NewPasswordForm
from portal.tenants.models import LinkPurpose
from portal.tenants.views.account import begin, pages, signed_in_person
from portal.web import limits
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor

HOUR = dt.timedelta(hours=1)


@pages.get("/invitation/<token>", allow=Permission.PUBLIC)
def invitation(token: str) -> Response:
    invited = queries.behind_link(token, LinkPurpose.INVITATION)
    if invited.has_password:
        return page("tenants/join.html", invited=invited, token=token, person=signed_in_person(), form=Form())
    return page("tenants/accept.html", invited=invited, token=token, form=AcceptForm(name=invited.name))


@pages.post("/invitation/<token>", allow=Permission.PUBLIC)
def accept(token: str) -> Response:
    invited = queries.behind_link(token, LinkPurpose.INVITATION)
    form = AcceptForm()
    started = form.submit(
        lambda: commands.accept_invitation(
            PUBLIC, token, name=form.name.data, password=form.password.data, **_browser()
        )
    )
    if started is None:
        return page("tenants/accept.html", status=form.status, invited=invited, token=token, form=form)
    return begin(started)


@pages.post("/invitation/<token>/join", allow=Permission.SIGNED_IN)
def join(token: str) -> Response:
    invited = queries.behind_link(token, LinkPurpose.INVITATION)
    form = Form()

    def accepted() -> bool:
        commands.join_organisation(actor(), token)
        return True

    if form.submit(accepted) is None:
        person = signed_in_person()
        return page(
            "tenants/join.html", status=form.status, invited=invited, token=token, person=person, form=form
        )
    return done(
        url_for(".choose"), T("You can act for {organisation} now.", organisation=invited.organisation)
    )


@pages.get("/password-reset", allow=Permission.PUBLIC)
def reset() -> Response:
    return page("tenants/reset.html", form=AskResetForm())


@pages.post("/password-reset", allow=Permission.PUBLIC)
def ask_reset() -> Response:
    form = AskResetForm()

    def ask() -> bool:
        email = str(form.email.data).lower()
        limits.take("reset by address", request.remote_addr or "", limit=10, window=HOUR)
        limits.take("reset by person", email, limit=5, window=HOUR)
        commands.ask_reset(PUBLIC, email)
        return True

    if form.submit(ask) is None:
        return page("tenants/reset.html", status=form.status, form=form)
    return page("tenants/reset_sent.html", email=form.email.data)


@pages.get("/password-reset/<token>", allow=Permission.PUBLIC)
def new_password(token: str) -> Response:
    found = queries.behind_link(token, LinkPurpose.PASSWORD_RESET)
    return page("tenants/new_password.html", found=found, token=token, form=NewPasswordForm())


@pages.post("/password-reset/<token>", allow=Permission.PUBLIC)
def set_password(token: str) -> Response:
    found = queries.behind_link(token, LinkPurpose.PASSWORD_RESET)
    form = NewPasswordForm()
    started = form.submit(
        lambda: commands.reset_password(PUBLIC, token, password=form.password.data, **_browser())
    )
    if started is None:
        return page("tenants/new_password.html", status=form.status, found=found, token=token, form=form)
    return begin(started)


def _browser() -> dict[str, str]:
    return {"address": request.remote_addr or "", "browser": request.user_agent.string}

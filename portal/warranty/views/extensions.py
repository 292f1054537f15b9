"""Longer warranties for one unit: asked for, granted, declined (EN-3)."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from portal.audit import queries as audit
from portal.catalogue import queries as catalogue
from portal.kernel.actor import Actor, Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.warranty import commands, queries
from portal.warranty.forms import AnswerForm, ExtensionForm, VersionForm
from portal.warranty.models import WarrantyExtension
from portal.warranty.rules import ExtensionState, review_due
from portal.web import nav, numbers
from portal.web.forms import seen
from portal.web.nav import Item, Waiting
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("extensions", __name__, prefix="/extensions")
READ, ASK, DECIDE = Permission.COVERAGE_READ, Permission.EXTENSIONS_ASK, Permission.EXTENSIONS_DECIDE


@pages.get("", allow=READ)
def index() -> Response:
    state = request.args.get("state", "")
    chosen = ExtensionState(state) if state in list(ExtensionState) else None
    text = request.args.get("q", "").strip()[:60]
    counts = queries.extension_counts()
    return page(
        "warranty/extensions.html",
        fragment="listing",
        found=paged(queries.extension_listing(state=chosen, text=text)),
        tabs=[
            {
                "label": label(member) if member else _("All"),
                "url": here(state=member.value if member else None),
                "count": counts.get(member, 0) if member else sum(counts.values()),
                "current": member is chosen,
            }
            for member in (None, *ExtensionState)
        ],
        q=text,
        state=state,
    )


@pages.get("/ask/<serial>", allow=ASK, side=Side.DEALER)
def new(serial: str) -> Response:
    return _form(serial, ExtensionForm(), ".ask")


@pages.post("/ask/<serial>", allow=ASK, side=Side.DEALER)
def ask(serial: str) -> Response:
    form = ExtensionForm()
    number = form.submit(
        lambda: commands.ask_extension(
            actor(), serial, _months(form), reason=form.reason.data, key=form.submit_key
        )
    )
    if number is None:
        return _form(serial, form, ".ask", form.status)
    return done(
        url_for(".show", number=number), T("Request {number} is sent to the manufacturer.", number=number)
    )


@pages.get("/grant/<serial>", allow=DECIDE, side=Side.MANUFACTURER)
def offer(serial: str) -> Response:
    return _form(serial, ExtensionForm(), ".extend")


@pages.post("/grant/<serial>", allow=DECIDE, side=Side.MANUFACTURER)
def extend(serial: str) -> Response:
    form = ExtensionForm()
    number = form.submit(
        lambda: commands.extend(actor(), serial, _months(form), reason=form.reason.data, key=form.submit_key)
    )
    if number is None:
        return _form(serial, form, ".extend", form.status)
    return done(url_for(".show", number=number), T("The longer warranty {number} is granted.", number=number))


@pages.get("/<number:number>", allow=READ)
def show(number: str) -> Response:
    return _show(queries.extension(number), AnswerForm(formdata=None))


@pages.post("/<number:number>/decide", allow=DECIDE, side=Side.MANUFACTURER)
def decide(number: str) -> Response:
    form = AnswerForm()
    state = form.submit(
        lambda: commands.decide_extension(
            actor(),
            number,
            grant=form.act.data == "grant",
            answer=form.answer.data,
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if state is None:
        return _show(queries.extension(number), form, form.status)
    return done(url_for(".show", number=number), T("{number} is decided.", number=number))


@pages.post("/<number:number>/withdraw", allow=ASK, side=Side.DEALER)
def withdraw(number: str) -> Response:
    form = VersionForm()
    done_ = form.submit(
        lambda: commands.withdraw_extension(actor(), number, seen_version=seen(form), key=form.submit_key)
    )
    if done_ is None:
        return _show(queries.extension(number), form, form.status)
    return done(url_for(".show", number=number), T("Request {number} is withdrawn.", number=number))


def _months(form: ExtensionForm) -> int:
    assert form.months.data is not None, "a valid form"
    return int(form.months.data)


def _form(serial: str, form: ExtensionForm, endpoint: str, status: int = 200) -> Response:
    unit = catalogue.unit(serial)
    return page(
        "warranty/extension_form.html",
        status=status,
        form=form,
        unit=unit,
        product=catalogue.product_by_id(unit.product_id),
        action=url_for(endpoint, serial=unit.serial),
    )


def _show(extension: WarrantyExtension, form: Any, status: int = 200) -> Response:
    unit = catalogue.unit(extension.serial)
    return page(
        "warranty/extension.html",
        status=status,
        extension=extension,
        unit=unit,
        product=catalogue.product_by_id(unit.product_id),
        point=tenants.dealer_by_id(extension.point_id),
        facts=audit.timeline_view(extension.number),
        form=form,
        mine=extension.asked_by_id is not None and extension.asked_by_id == actor().person_id,
    )


def _asked() -> int:
    return queries.extension_counts().get(ExtensionState.ASKED, 0)


@nav.add_waiting
def waiting(who: Actor, today: dt.date) -> list[Waiting]:
    """Requests that wait for the manufacturer."""
    if not who.may(DECIDE) or not (count := _asked()):
        return []
    oldest = queries.oldest_asked()
    asked_on = oldest.astimezone(ZoneInfo(who.timezone)).date() if oldest else None
    due = review_due(asked_on, tenants.calendar()) if asked_on else None
    return [
        Waiting(
            T("Requests for a longer warranty: {count}", count=count),
            T("Decide"),
            url_for("extensions.index", state=ExtensionState.ASKED.value),
            due=due,
            overdue=due is not None and due < today,
            count=count,
        )
    ]


nav.add(
    Item("service", T("Warranty look-up"), "coverage.show", READ, icon="search", order=14),
    Item(
        "service",
        T("Longer warranties"),
        "extensions.index",
        READ,
        count=lambda who: _asked() if who.may(DECIDE) else 0,
        hot=True,
        order=15,
    ),
)
numbers.add("YC", "extensions.show", READ)

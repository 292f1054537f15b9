"""Pages of agreements: both parties read terms and history, the manufacturer writes them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for

from portal.agreements import commands, queries
from portal.agreements.forms import (
    ActivateForm,
    DraftForm,
    RedraftForm,
    StateForm,
    TerminateForm,
    TermsForm,
    VersionForm,
)
from portal.agreements.models import Agreement
from portal.agreements.rules import (
    AMOUNTS,
    CHAPTERS,
    CLAUSES,
    RATES,
    AgreementState,
    CostClass,
    CostColumn,
    Terms,
    TermsVersion,
    base_in_words,
    matrix_of,
    terms_in_words,
    version_in_force,
    words,
)
from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.web import nav, numbers
from portal.web.forms import Form, seen
from portal.web.nav import Item, Waiting
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("agreements", __name__, prefix="/agreements")
#: How many quarters ahead new terms can start.
AHEAD = 6


@pages.get("", allow=Permission.AGREEMENTS_READ)
def index() -> Response:
    state = request.args.get("state", "")
    chosen = AgreementState(state) if state in list(AgreementState) else None
    found = paged(queries.listing(state=chosen, text=request.args.get("q", "").strip()))
    versions = queries.versions_of(agreement.id for agreement, _dealer in found.rows)
    today = clock.today(actor().timezone)
    in_force = {key: version_in_force(known, today) for key, known in versions.items()}
    counts = queries.counts()
    tabs = [
        {
            "label": label(member) if member else _("All"),
            "url": here(state=member.value if member else None),
            "count": counts.get(member, 0) if member else sum(counts.values()),
            "current": member is chosen,
        }
        for member in (None, *AgreementState)
    ]
    return page(
        "agreements/index.html",
        fragment="listing",
        found=found,
        in_force=in_force,
        tabs=tabs,
        base_in_words=base_in_words,
        q=request.args.get("q", ""),
        state=state,
    )


@pages.get("/new", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def new() -> Response:
    return _new_page(DraftForm(dealers=tenants.dealers(holders_only=True)))


@pages.post("/new", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def draft() -> Response:
    form = DraftForm(dealers=tenants.dealers(holders_only=True))
    if form.asked == "add":
        form.add_row()
        return _new_page(form)
    number = form.submit(
        lambda: commands.draft(
            actor(),
            int(form.dealer.data),
            starts=form.first_day,
            ends=form.ends.data,
            terms=form.terms(),
            key=form.submit_key,
        )
    )
    if number is None:
        return _new_page(form, form.status)
    return done(
        url_for(".show", number=number),
        T("Agreement {number} is drafted. Put it in force when it is right.", number=number),
    )


@pages.get("/<number:number>", allow=Permission.AGREEMENTS_READ)
def show(number: str) -> Response:
    return _show_page(queries.get(number), ActivateForm())


@pages.get("/<number:number>/history", allow=Permission.AGREEMENTS_READ)
def history(number: str) -> Response:
    agreement = queries.get(number)
    today = clock.today(actor().timezone)
    return page(
        "agreements/history.html",
        agreement=agreement,
        dealer=tenants.dealer_by_id(agreement.dealer_id),
        changes=queries.history(agreement.id),
        ruling=version_in_force(queries.versions(agreement.id), today).number,
        today=today,
        words=words,
    )


@pages.post("/<number:number>/activate", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def activate(number: str) -> Response:
    form = ActivateForm()
    if (
        form.submit(lambda: commands.activate(actor(), number, seen_version=seen(form), key=form.submit_key))
        is None
    ):
        return _show_page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number), T("Agreement {number} is in force.", number=number))


@pages.post("/<number:number>/discard", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def discard(number: str) -> Response:
    form = StateForm()
    text = T("Draft {number} is discarded.", number=number)
    return _changed(number, form, commands.discard, text)


@pages.post("/<number:number>/suspend", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def suspend(number: str) -> Response:
    form = StateForm()
    return _changed(number, form, commands.suspend, T("Agreement {number} is suspended.", number=number))


@pages.post("/<number:number>/resume", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def resume(number: str) -> Response:
    form = StateForm()
    return _changed(number, form, commands.resume, T("Agreement {number} goes on.", number=number))


@pages.post("/<number:number>/terminate", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def terminate(number: str) -> Response:
    form = TerminateForm()
    made = form.submit(
        lambda: commands.terminate(
            actor(),
            number,
            last_day=form.day,
            reason=form.reason.data or "",
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if made is None:
        return _show_page(queries.get(number), form, form.status)
    return done(
        url_for(".show", number=number), T("Agreement {number} ends on {day}.", number=number, day=form.day)
    )


def _changed(number: str, form: StateForm, change: Callable[..., str], text: T) -> Response:
    """Change the state with a reason; back to the agreement."""
    made = form.submit(
        lambda: change(
            actor(), number, reason=form.reason.data or "", seen_version=seen(form), key=form.submit_key
        )
    )
    if made is None:
        return _show_page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number), text)


@pages.get("/<number:number>/terms/new", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def change_terms(number: str) -> Response:
    agreement = queries.get(number)
    form = _terms_form(agreement)
    form["version"].data = str(queries.versions(agreement.id)[-1].number)
    return _terms_page(agreement, form)


@pages.post("/<number:number>/terms/new", allow=Permission.AGREEMENTS_WRITE, side=Side.MANUFACTURER)
def save_terms(number: str) -> Response:
    agreement = queries.get(number)
    form = _terms_form(agreement)
    if form.asked == "add":
        form.add_row()
    if form.asked in ("add", "edit"):
        return _terms_page(agreement, form)
    if form.asked == "check":
        return _check_page(agreement, form) if form.validate() else _terms_page(agreement, form, form.status)
    saved = form.submit(lambda: _save(number, form))
    if saved is None:
        return _terms_page(agreement, form, form.status)
    return done(
        url_for(".history", number=number), T("Version {number} of the terms is written.", number=saved)
    )


def _save(number: str, form: TermsForm) -> int:
    if isinstance(form, VersionForm):
        return commands.version_terms(
            actor(),
            number,
            starts=form.first_day,
            terms=form.terms(),
            reason=form.reason.data,
            seen_number=seen(form),
            key=form.submit_key,
        )
    return commands.redraft(actor(), number, terms=form.terms(), seen_number=seen(form), key=form.submit_key)


def _terms_form(agreement: Agreement) -> VersionForm | RedraftForm:
    """The form of the next version, filled with the terms that were written last."""
    versions = queries.versions(agreement.id)
    if agreement.state is AgreementState.DRAFT:
        return RedraftForm(terms=versions[-1].terms)
    days = _quarters_to_come(clock.today(actor().timezone))
    return VersionForm(terms=version_in_force(versions, days[-1]).terms, days=days)


def _quarters_to_come(today: dt.date) -> list[dt.date]:
    days = [Quarter.of(today).next.first]
    while len(days) < AHEAD:
        days.append(Quarter.of(days[-1]).next.first)
    return days


def _new_page(form: DraftForm, status: int = 200) -> Response:
    return page("agreements/new.html", status=status, form=form, **_clauses())


def _terms_page(agreement: Agreement, form: TermsForm, status: int = 200) -> Response:
    dealer = tenants.dealer_by_id(agreement.dealer_id)
    return page(
        "agreements/terms.html", status=status, agreement=agreement, dealer=dealer, form=form, **_clauses()
    )


def _check_page(agreement: Agreement, form: VersionForm | RedraftForm) -> Response:
    starts = form.first_day if isinstance(form, VersionForm) else agreement.starts
    before, differences, later = queries.preview(agreement.id, starts, Terms.parse(form.terms()))
    return page(
        "agreements/check.html",
        agreement=agreement,
        dealer=tenants.dealer_by_id(agreement.dealer_id),
        form=form,
        starts=starts,
        before=before,
        differences=differences,
        later=later,
        words=words,
    )


def _show_page(agreement: Agreement, form: Form, status: int = 200) -> Response:
    versions = queries.versions(agreement.id)
    today = clock.today(actor().timezone)
    chosen = _chosen(versions, today)
    return page(
        "agreements/show.html",
        status=status,
        agreement=agreement,
        dealer=tenants.dealer_by_id(agreement.dealer_id),
        versions=versions,
        rows={row.number: row for row in queries.version_rows(agreement.id)},
        ruling=version_in_force(versions, today).number,
        chosen=chosen,
        on=request.args.get("on", ""),
        chapters=CHAPTERS,
        lines=terms_in_words(chosen.terms),
        matrix_clause=CLAUSES["matrix"],
        matrix=matrix_of(chosen.terms),
        columns=list(CostColumn),
        form=form,
        state_form=form if isinstance(form, StateForm) else StateForm(formdata=None),
        terminate_form=form if isinstance(form, TerminateForm) else TerminateForm(formdata=None),
        today=today,
        # Why it is suspended or ends is between the manufacturer and the holder.
        reason="" if _below() else agreement.state_reason,
        history=[] if _below() else audit.timeline_view(agreement.number),
        AgreementState=AgreementState,
    )


def _below() -> bool:
    """Whether the reader belongs to a sub-dealer."""
    scope = actor().scope
    return scope is not None and scope.point_id is not None


def _chosen(versions: list[TermsVersion], today: dt.date) -> TermsVersion:
    """The version that the address asks for: by its number, by a day, else the one that rules today."""
    number = request.args.get("version", "")
    if number:
        for version in versions:
            if str(version.number) == number:
                return version
        raise NotFound
    try:
        day = dt.date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        day = today
    return version_in_force(versions, day)


def _clauses() -> dict[str, Any]:
    return {
        "chapters": CHAPTERS,
        "clauses": CLAUSES,
        "rows": list(CostClass),
        "columns": list(CostColumn),
        "amounts": AMOUNTS,
        "rates": RATES,
    }


@nav.add_waiting
def waiting(who: Actor, _today: dt.date) -> list[Waiting]:
    """Drafts that wait to be put in force."""
    if who.side is not Side.MANUFACTURER or not who.may(Permission.AGREEMENTS_WRITE):
        return []
    return [
        Waiting(
            T("Agreement {number} with {dealer} is drafted", number=number, dealer=dealer),
            T("Put in force"),
            url_for("agreements.show", number=number),
        )
        for number, dealer in queries.drafts()
    ]


nav.add(Item("data", T("Agreements"), "agreements.index", Permission.AGREEMENTS_READ, order=20))
numbers.add("XY", "agreements.show", Permission.AGREEMENTS_READ)

"""Write-off notices: approved claims deducted from what the dealer owes for goods (ST-10)."""

import datetime as dt

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.documents.render import render
from portal.kernel.actor import Actor, Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.money import total
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement import commands, notice, queries
from portal.settlement.forms import WithdrawForm, WriteOffForm
from portal.settlement.rules import SHOWN, WriteOffState
from portal.tenants import queries as tenants
from portal.web import nav, numbers
from portal.web.forms import Form, SeenForm
from portal.web.nav import Item, Waiting
from portal.web.pages import done, download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("write_offs", __name__, prefix="/write-offs")


@pages.get("", allow=Permission.STATEMENTS_READ)
def index() -> Response:
    side = actor().side
    states = [s for s in WriteOffState if side is Side.MANUFACTURER or s in SHOWN]
    asked = request.args.get("state", "")
    chosen = next((state for state in states if state.value == asked), None)
    counts = queries.write_off_counts(side)
    tabs = [
        {
            "label": label(state) if state else _("All"),
            "url": here(state=state.value if state else None),
            "count": counts.get(state, 0) if state else sum(counts.values()),
            "current": state is chosen,
        }
        for state in (None, *states)
    ]
    names = {dealer.id: dealer for dealer in tenants.dealers(holders_only=True)}
    return page(
        "settlement/write_offs.html",
        fragment="listing",
        found=paged(queries.write_offs(side, chosen)),
        tabs=tabs,
        chosen=chosen,
        manufacturer=side is Side.MANUFACTURER,
        open_sums=[(names[dealer_id], *rest) for dealer_id, *rest in queries.open_claim_sums()]
        if side is Side.MANUFACTURER
        else [],
    )


@pages.get("/new/<code>", allow=Permission.CLAIMS_WRITE_OFF, side=Side.MANUFACTURER)
def new(code: str) -> Response:
    return _new(code, _form(code))


@pages.post("/new/<code>", allow=Permission.CLAIMS_WRITE_OFF, side=Side.MANUFACTURER)
def prepare(code: str) -> Response:
    form = _form(code)
    number = form.submit(
        lambda: commands.prepare_write_off(
            actor(),
            tenants.dealer(code).id,
            entries=form.chosen,
            note=form.note.data or "",
            key=form.submit_key,
        )
    )
    if number is None:
        return _new(code, form, form.status)
    return done(url_for(".show", number=number), T("{number} waits for a second person.", number=number))


@pages.get("/<number:number>", allow=Permission.STATEMENTS_READ)
def show(number: str) -> Response:
    return _show(number, SeenForm())


@pages.get("/<number:number>.pdf", allow=Permission.STATEMENTS_READ)
def pdf(number: str) -> Response:
    """The notice as it is printed and sealed."""
    view = notice.build(queries.write_off(number, actor().side))
    return download(
        render("documents/write_off.html", view),
        name=f"{number}.pdf",
        media_type="application/pdf",
        inline=True,
    )


@pages.post("/<number:number>/issue", allow=Permission.CLAIMS_WRITE_OFF, side=Side.MANUFACTURER)
def issue(number: str) -> Response:
    form = SeenForm()
    made = form.submit(
        lambda: commands.issue_write_off(actor(), number, seen_version=form.seen_version, key=form.submit_key)
    )
    return _answered(number, made, form, T("Notice {number} is with the dealer.", number=number))


@pages.post("/<number:number>/withdraw", allow=Permission.CLAIMS_WRITE_OFF, side=Side.MANUFACTURER)
def withdraw(number: str) -> Response:
    form = SeenForm()
    made = form.submit(
        lambda: commands.withdraw_write_off(
            actor(), number, seen_version=form.seen_version, key=form.submit_key
        )
    )
    return _answered(number, made, form, T("Notice {number} is withdrawn.", number=number))


@pages.post("/<number:number>/confirm", allow=Permission.STATEMENTS_ANSWER, side=Side.DEALER)
def confirm(number: str) -> Response:
    form = SeenForm()
    made = form.submit(
        lambda: commands.confirm_write_off(
            actor(), number, seen_version=form.seen_version, key=form.submit_key
        )
    )
    return _answered(number, made, form, T("Notice {number} is confirmed.", number=number))


@pages.post("/<number:number>/object", allow=Permission.STATEMENTS_ANSWER, side=Side.DEALER)
def object_to(number: str) -> Response:
    form = WithdrawForm()
    made = form.submit(
        lambda: commands.object_to_write_off(
            actor(),
            number,
            reason=form.text.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    return _answered(number, made, form, T("Your objection is with the manufacturer."))


def _answered(number: str, made: str | None, form: Form, text: T) -> Response:
    if made is None:
        return _show(number, form, form.status)
    return done(url_for(".show", number=number), text)


def _form(code: str) -> WriteOffForm:
    agreement = agreements.in_force(tenants.dealer(code).id, action=False)
    return WriteOffForm(claims=[claim.entry.id for claim in queries.open_claims(agreement.id)])


def _new(code: str, form: WriteOffForm, status: int = 200) -> Response:
    dealer = tenants.dealer(code)
    agreement = agreements.in_force(dealer.id, action=False)
    claims = queries.open_claims(agreement.id)
    return page(
        "settlement/write_off_new.html",
        status=status,
        form=form,
        dealer=dealer,
        agreement=agreement,
        claims=claims,
        sum=total(claim.amount for claim in claims),
    )


def _show(number: str, form: Form, status: int = 200) -> Response:
    who = actor()
    found = queries.write_off(number, who.side)
    makes = who.side is Side.MANUFACTURER and who.may(Permission.CLAIMS_WRITE_OFF)
    answers = who.side is Side.DEALER and who.may(Permission.STATEMENTS_ANSWER)
    return page(
        "settlement/write_off.html",
        status=status,
        notice=found,
        lines=queries.write_off_lines(found.id),
        dealer=tenants.dealer_by_id(found.dealer_id),
        agreement=agreements.by_id(found.agreement_id),
        own=found.prepared_by is not None and found.prepared_by == who.person_id,
        may_issue=makes and found.state is WriteOffState.PREPARED,
        may_withdraw=makes
        and found.state in (WriteOffState.PREPARED, WriteOffState.ISSUED, WriteOffState.OBJECTED),
        may_answer=answers and found.state is WriteOffState.ISSUED,
        timeline=audit.timeline_view(number),
        form=form,
        object_form=form if isinstance(form, WithdrawForm) else WithdrawForm(formdata=None),
        WriteOffState=WriteOffState,
    )


@nav.add_waiting
def waiting(who: Actor, _today: dt.date) -> list[Waiting]:
    """For the dealer notices to confirm; for finance those that wait for a second person, or that met an objection."""
    if who.side is Side.DEALER:
        asked = {WriteOffState.ISSUED: T("Confirm or object")}
        allowed = who.may(Permission.STATEMENTS_ANSWER)
    else:
        asked = {WriteOffState.PREPARED: T("Issue"), WriteOffState.OBJECTED: T("Answer")}
        allowed = who.may(Permission.CLAIMS_WRITE_OFF)
    if not allowed:
        return []
    return [
        Waiting(
            T("Write-off notice {number}", number=row.number),
            verb,
            url_for("write_offs.show", number=row.number),
        )
        for state, verb in asked.items()
        for row in queries.waiting_write_offs(who.side, state)
        if state is not WriteOffState.PREPARED or row.prepared_by != who.person_id
    ]


nav.add(Item("money", T("Write-off notices"), "write_offs.index", Permission.STATEMENTS_READ, order=35))
numbers.add("HX", "write_offs.show", Permission.STATEMENTS_READ)

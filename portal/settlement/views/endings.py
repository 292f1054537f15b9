"""The end of an agreement: final settlement, residual duties, handing them over (AG-3)."""

import datetime as dt

from flask import Response, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.i18n import gettext as _
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement import commands, queries
from portal.settlement.forms import HandoverForm, ReviseForm, WithdrawForm
from portal.settlement.rules import HandoverState, by_expiry
from portal.settlement.views.common import as_xlsx, cure_url, quarter_name
from portal.spreadsheets.writing import Kind, OutColumn
from portal.tenants import queries as tenants
from portal.web import nav, numbers
from portal.web.forms import Form, SeenForm
from portal.web.nav import Item, Waiting
from portal.web.pages import done, page
from portal.web.routing import Pages, actor

pages = Pages("endings", __name__, prefix="/endings")


@pages.get("", allow=Permission.STATEMENTS_READ)
def index() -> Response:
    """Agreements that have a last day, with what is still open of them."""
    rows = [(row, dealer, _final(row)) for row, dealer in agreements.endings()]
    return page(
        "settlement/endings.html",
        rows=[(row, dealer, quarter, queries.of_quarter(row.id, quarter)) for row, dealer, quarter in rows],
        today=clock.today(actor().timezone),
        quarter_name=quarter_name,
        manufacturer=actor().side is Side.MANUFACTURER,
    )


@pages.get("/<number:number>", allow=Permission.STATEMENTS_READ)
def show(number: str) -> Response:
    return _show(number, SeenForm())


@pages.get("/<number:number>/units.xlsx", allow=Permission.STATEMENTS_READ)
def units(number: str) -> Response:
    """The units still in warranty, by the day on which that ends."""
    agreement = agreements.get(number)
    columns = [
        OutColumn(_("Serial"), width=20),
        OutColumn(_("Model"), width=16),
        OutColumn(_("Sold on"), Kind.DAY, 12),
        OutColumn(_("In warranty until"), Kind.DAY, 14),
        OutColumn(_("Warranty card"), width=18),
    ]
    today = clock.today(actor().timezone)
    rows = [(u.serial, u.model, u.sold_on, u.last, u.card) for u in queries.residual_duties(agreement, today)]
    return as_xlsx(f"{number}-units", _("Units still in warranty"), columns, rows, filters=number)


@pages.post("/<number:number>/settle", allow=Permission.SETTLEMENT_RUN, side=Side.MANUFACTURER)
def settle(number: str) -> Response:
    """Compute the last quarter of this agreement; issuing it is a step of the run."""
    form, agreement = ReviseForm(), agreements.get(number)
    quarter, code = _final(agreement), tenants.dealer_by_id(agreement.dealer_id).code
    reason = (form.reason.data or "").strip()
    run = form.submit(
        lambda: commands.start_run(
            actor(), quarter, only=[code], overrides={code: reason} if reason else {}, key=form.submit_key
        )
    )
    if run is None:
        return _show(number, form, form.status)
    return done(url_for("settlement.run", quarter=str(quarter), number=run))


@pages.post("/<number:number>/offer", allow=Permission.LEDGER_ADJUST, side=Side.MANUFACTURER)
def offer(number: str) -> Response:
    form = HandoverForm()
    made = form.submit(
        lambda: commands.offer_handover(
            actor(), number, amount=form.money, reason=form.reason.data, key=form.submit_key
        )
    )
    if made is None:
        return _show(number, form, form.status)
    return done(url_for(".show", number=number), T("{number} is offered to the dealer.", number=made))


@pages.get("/handovers/<number:number>", allow=Permission.STATEMENTS_READ)
def find_handover(number: str) -> Response:
    """A handover by its number: on to its agreement's page."""
    agreement = agreements.by_id(queries.handover(number).agreement_id)
    return done(url_for(".show", number=agreement.number, _anchor=number))


@pages.post("/handovers/<number:number>/agree", allow=Permission.STATEMENTS_ANSWER, side=Side.DEALER)
def agree(number: str) -> Response:
    form = SeenForm()
    made = form.submit(
        lambda: commands.agree_handover(actor(), number, seen_version=form.seen_version, key=form.submit_key)
    )
    return _answered(number, made, form, T("The handover is agreed; the amount is taken from your fund."))


@pages.post("/handovers/<number:number>/decline", allow=Permission.STATEMENTS_ANSWER, side=Side.DEALER)
def decline(number: str) -> Response:
    form = WithdrawForm()
    made = form.submit(
        lambda: commands.decline_handover(
            actor(),
            number,
            reason=form.text.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    return _answered(number, made, form, T("You keep the duties; the manufacturer is told."))


@pages.post("/handovers/<number:number>/withdraw", allow=Permission.LEDGER_ADJUST, side=Side.MANUFACTURER)
def withdraw(number: str) -> Response:
    form = SeenForm()
    made = form.submit(
        lambda: commands.withdraw_handover(
            actor(), number, seen_version=form.seen_version, key=form.submit_key
        )
    )
    return _answered(number, made, form, T("The offer is withdrawn."))


def _answered(number: str, made: str | None, form: Form, text: T) -> Response:
    agreement = agreements.by_id(queries.handover(number).agreement_id)
    if made is None:
        return _show(agreement.number, form, form.status)
    return done(url_for(".show", number=agreement.number), text)


def _final(agreement: Agreement) -> Quarter:
    """The quarter of the agreement's last day; of today while it has none."""
    return Quarter.of(agreement.ends or clock.today(actor().timezone))


def _show(number: str, form: Form, status: int = 200) -> Response:
    agreement = agreements.get(number)
    dealer, quarter = tenants.dealer_by_id(agreement.dealer_id), _final(agreement)
    who, today = actor(), clock.today(actor().timezone)
    found = queries.residual_duties(agreement, today)
    statement = queries.of_quarter(agreement.id, quarter)
    over = agreement.ends is not None and today > agreement.ends
    settles = who.side is Side.MANUFACTURER and who.may(Permission.SETTLEMENT_RUN)
    offers = queries.handovers(agreement.id)
    live = next((row for row in offers if row.state in (HandoverState.OFFERED, HandoverState.AGREED)), None)
    return page(
        "settlement/ending.html",
        status=status,
        agreement=agreement,
        dealer=dealer,
        quarter=quarter,
        today=today,
        over=over,
        statement=statement,
        result=queries.result(agreement, quarter),
        held=queries.held_now(agreement.id, quarter, today) if settles and over else (),
        settles=settles and over and statement is None,
        open_run=queries.open_run(quarter) if settles else None,
        months=by_expiry(unit.last for unit in found),
        units=len(found),
        offers=offers,
        live=live,
        may_offer=who.side is Side.MANUFACTURER
        and who.may(Permission.LEDGER_ADJUST)
        and agreement.ends is not None
        and live is None,
        may_withdraw=who.side is Side.MANUFACTURER and who.may(Permission.LEDGER_ADJUST),
        may_answer=who.side is Side.DEALER and who.may(Permission.STATEMENTS_ANSWER),
        form=form,
        settle_form=form if isinstance(form, ReviseForm) else ReviseForm(formdata=None),
        offer_form=form if isinstance(form, HandoverForm) else HandoverForm(formdata=None),
        decline_form=form if isinstance(form, WithdrawForm) else WithdrawForm(formdata=None),
        timeline=[fact for row in offers for fact in audit.timeline_view(row.number)],
        cure_url=cure_url,
        quarter_name=quarter_name,
        HandoverState=HandoverState,
    )


@nav.add_waiting
def waiting(who: Actor, today: dt.date) -> list[Waiting]:
    """For the dealer offers to answer; for finance agreements that are over and not settled for the last time."""
    if who.side is Side.DEALER:
        return _to_answer() if who.may(Permission.STATEMENTS_ANSWER) else []
    if not who.may(Permission.SETTLEMENT_RUN):
        return []
    return [
        Waiting(
            T("The agreement with {dealer} ended on {day}", dealer=dealer.name, day=row.ends),
            T("Settle it"),
            url_for("endings.show", number=row.number),
        )
        for row, dealer in agreements.endings()
        if row.ends is not None
        and row.ends < today
        and queries.of_quarter(row.id, Quarter.of(row.ends)) is None
    ]


def _to_answer() -> list[Waiting]:
    return [
        Waiting(
            T("Handover of residual duties {number}", number=offered.number),
            T("Agree or decline"),
            url_for("endings.show", number=agreement.number),
        )
        for offered, agreement in queries.offered_handovers()
    ]


nav.add(Item("money", T("Ended agreements"), "endings.index", Permission.STATEMENTS_READ, order=36))
numbers.add("YJ", "endings.find_handover", Permission.STATEMENTS_READ)

"""Cancelling a quarter's fees: proposals for the manufacturer, what was confirmed for both (ST-9)."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.settlement import commands, queries
from portal.settlement.forms import CancelForm, WithdrawForm
from portal.settlement.rules import CancellationState
from portal.settlement.views.common import quarter_name, quarter_of
from portal.tenants import queries as tenants
from portal.web import nav, numbers
from portal.web.forms import Form, SeenForm
from portal.web.nav import Item, Waiting
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("cancellations", __name__, prefix="/cancellations")
#: How many quarters back the form offers; older ones are closed.
BACK = 4


@pages.get("", allow=Permission.STATEMENTS_READ, side=Side.MANUFACTURER)
def index() -> Response:
    asked = request.args.get("state", "")
    chosen = CancellationState(asked) if asked in list(CancellationState) else None
    counts = queries.cancellation_counts()
    tabs = [
        {
            "label": label(state) if state else _("All"),
            "url": here(state=state.value if state else None),
            "count": counts.get(state, 0) if state else sum(counts.values()),
            "current": state is chosen,
        }
        for state in (None, *CancellationState)
    ]
    return page(
        "settlement/cancellations.html",
        fragment="listing",
        found=paged(queries.cancellation_rows(chosen)),
        tabs=tabs,
        chosen=chosen,
        quarter_name=quarter_name,
    )


@pages.get("/new", allow=Permission.FEES_CANCEL, side=Side.MANUFACTURER)
def new() -> Response:
    return _new(_form(request.args.get("dealer", ""), quarter=request.args.get("quarter", "")))


@pages.post("/new", allow=Permission.FEES_CANCEL, side=Side.MANUFACTURER)
def propose() -> Response:
    form = _form(request.form.get("dealer", ""))
    number = form.submit(
        lambda: commands.propose_cancellation(
            actor(),
            tenants.dealer(form.dealer.data).id,
            quarter_of(form.quarter.data),
            reason=form.reason.data,
            evidence=form.evidence.data or [],
            key=form.submit_key,
        )
    )
    if number is None:
        return _new(form, form.status)
    return done(url_for(".show", number=number), T("{number} waits for a second person.", number=number))


@pages.get("/<number:number>", allow=Permission.STATEMENTS_READ)
def show(number: str) -> Response:
    if actor().side is Side.DEALER:
        return _confirmed(number)
    return _proposal(number, SeenForm())


@pages.post("/<number:number>/confirm", allow=Permission.FEES_CANCEL, side=Side.MANUFACTURER)
def confirm(number: str) -> Response:
    form = SeenForm()
    made = form.submit(
        lambda: commands.confirm_cancellation(
            actor(), number, seen_version=form.seen_version, key=form.submit_key
        )
    )
    if made is None:
        return _proposal(number, form, form.status)
    return done(url_for(".show", number=number), T("The fees are cancelled."))


@pages.post("/<number:number>/withdraw", allow=Permission.FEES_CANCEL, side=Side.MANUFACTURER)
def withdraw(number: str) -> Response:
    form = WithdrawForm()
    made = form.submit(
        lambda: commands.withdraw_cancellation(
            actor(), number, note=form.text.data or "", seen_version=form.seen_version, key=form.submit_key
        )
    )
    if made is None:
        return _proposal(number, form, form.status)
    return done(url_for(".show", number=number), T("The proposal is withdrawn; the fees stay."))


def _agreement(code: str) -> Agreement | None:
    try:
        return agreements.in_force(tenants.dealer(code).holder_id, action=False) if code else None
    except (NotFound, RuleBroken):
        return None


def _form(code: str, *, quarter: str = "") -> CancelForm:
    """The form for a dealer: its quarters that are not closed, its void cards."""
    agreement = _agreement(code)
    cards = queries.falsified(agreement.id) if agreement else []
    return CancelForm(
        dealers=tenants.dealers(holders_only=True),
        quarters=[(str(q), quarter_name(q)) for q in _quarters(agreement)],
        cards=[(card.number, f"{card.number} · {card.serial}") for card in cards],
        dealer=code if agreement else "",
        quarter=quarter,
    )


def _quarters(agreement: Agreement | None) -> list[Quarter]:
    """The present quarter and those before it, as far as the agreement has them and they are not closed."""
    if agreement is None:
        return []
    fund = ledger.fund(agreement.id)
    closed = fund.closed_until if fund else None
    found = [Quarter.of(clock.today(actor().timezone))]
    while len(found) < BACK:
        found.append(found[-1].previous)
    return [
        quarter
        for quarter in found
        if agreement.span.touches(quarter.first, quarter.last) and (closed is None or quarter > closed)
    ]


def _new(form: CancelForm, status: int = 200) -> Response:
    agreement = _agreement(form.dealer.data or "")
    granted = {}
    if agreement is not None:
        for quarter in _quarters(agreement):
            kinds = agreements.terms_for(agreement.id, quarter).cancellable
            granted[quarter] = [(kind, ledger.left_to_cancel(agreement.id, quarter, kind)) for kind in kinds]
    return page(
        "settlement/cancellation_new.html",
        fragment="about",
        status=status,
        form=form,
        agreement=agreement,
        granted=granted,
        quarter_name=quarter_name,
    )


def _proposal(number: str, form: Form, status: int = 200) -> Response:
    """What the manufacturer's people see: the proposal, what it would cancel, and the two decisions."""
    found = queries.cancellation(number)
    who = actor()
    waits = found.state is CancellationState.PROPOSED
    kinds = agreements.terms_for(found.agreement_id, found.quarter).cancellable if waits else ()
    return _page(
        status,
        number=number,
        state=found.state,
        quarter=found.quarter,
        reason=found.reason,
        evidence=found.evidence,
        agreement=agreements.by_id(found.agreement_id),
        proposal=found,
        would=[(kind, ledger.left_to_cancel(found.agreement_id, found.quarter, kind)) for kind in kinds],
        may_decide=waits and who.may(Permission.FEES_CANCEL),
        own=found.proposed_by is not None and found.proposed_by == who.person_id,
        form=form,
        withdraw_form=form if isinstance(form, WithdrawForm) else WithdrawForm(formdata=None),
    )


def _confirmed(number: str) -> Response:
    """What the dealer sees, once it is confirmed."""
    found = ledger.cancellation(number)
    return _page(
        200,
        number=number,
        state=CancellationState.CONFIRMED,
        quarter=found.quarter,
        reason=found.reason,
        evidence=found.evidence,
        agreement=agreements.by_id(found.agreement_id),
        proposal=None,
        would=[],
        may_decide=False,
        own=False,
        form=SeenForm(formdata=None),
        withdraw_form=WithdrawForm(formdata=None),
    )


def _page(status: int, *, number: str, agreement: Agreement, quarter: Quarter, **context: Any) -> Response:
    return page(
        "settlement/cancellation.html",
        status=status,
        number=number,
        agreement=agreement,
        quarter=quarter,
        dealer=tenants.dealer_by_id(agreement.dealer_id),
        movements=ledger.of_document(number),
        statement=queries.of_quarter(agreement.id, quarter),
        timeline=audit.timeline_view(number),
        quarter_name=quarter_name,
        **context,
    )


@nav.add_waiting
def waiting(who: Actor, _today: dt.date) -> list[Waiting]:
    """Proposals of others that wait for a second person."""
    if who.side is not Side.MANUFACTURER or not who.may(Permission.FEES_CANCEL):
        return []
    return [
        Waiting(
            T("Fees of {dealer}, {quarter}: cancel them?", dealer=dealer.name, quarter=proposal.quarter),
            T("Decide"),
            url_for("cancellations.show", number=proposal.number),
        )
        for proposal, dealer in queries.waiting_cancellations()
        if proposal.proposed_by != who.person_id
    ]


nav.add(
    Item(
        "money",
        T("Cancelled fees"),
        "cancellations.index",
        Permission.STATEMENTS_READ,
        side=Side.MANUFACTURER,
        count=lambda _actor: queries.cancellation_counts().get(CancellationState.PROPOSED, 0),
        hot=True,
        order=34,
    )
)
numbers.add("QX", "cancellations.show", Permission.STATEMENTS_READ)

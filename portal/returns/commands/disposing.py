"""What becomes of a unit, and who pays (RT-5, RT-6, RT-8, RT-9)."""

from collections.abc import Mapping
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.rules import Bearer, CostColumn
from portal.audit.tags import Tag
from portal.catalogue import queries as catalogue
from portal.catalogue import steps as units
from portal.catalogue.models import Unit
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.models import Fund
from portal.ledger.rules import EntryKind
from portal.returns import queries, steps
from portal.returns.models import ReturnDisposition, ReturnRequest
from portal.returns.queries import Line
from portal.returns.rules import (
    RETURN,
    TEXT,
    Charge,
    Disposition,
    ReturnAction,
    ReturnState,
    charges,
    check_disposition,
)
from portal.warranty import steps as cards
from portal.warranty.queries import kept_serial

_KINDS = {Bearer.FUND: EntryKind.CHARGE, Bearer.DEALER: EntryKind.DIRECT}
#: The basis of the entries that a disposition posts.
BASIS = "return"


@command(allow=Permission.RETURNS_DISPOSE)
def dispose(
    actor: Actor,
    number: str,
    serial: str,
    disposition: Disposition,
    *,
    new_serial: str | None = None,
    costs: Mapping[CostColumn, Decimal] | None = None,
    note: str = "",
    seen_version: int | None = None,
) -> str:
    """Say what becomes of a unit that was received, and post today what it costs whom. Returns the request's state.

    The bearers are those of the line's class as classified at the request: the fund's share is charged to the fund, the
    dealer's to the dealer directly, the manufacturer's and the customer's stay on the line. A credit takes the fee of
    the unit's card back. An exchange hands over `new_serial`, to which card and warranty follow. The request is settled
    when each unit that came has its disposition. Raises RuleBroken RT-3 for a unit that did not come or is dealt with,
    RT-5, RT-6, SH-1 for a new serial that was shipped before.
    """
    costs = {CostColumn(column): amount for column, amount in (costs or {}).items()}
    kept = kept_serial(serial)
    request = queries.get(number)
    agreement = agreements.by_id(request.agreement_id)
    today = clock.today(actor.timezone)
    line = _line(request, kept)
    unit = catalogue.unit(kept)
    follows = disposition is Disposition.EXCHANGED and line.advance is None and cards.needs_number(unit)
    card_number = numbering.take("BXK", today.year) if follows else None
    fund = ledger.lock_fund(agreement)
    request = queries.locked(number)
    steps.check_seen(request, seen_version)
    line = _line(request, kept)
    state = RETURN.advance(request.state, ReturnAction.DISPOSE)
    if not line.waits:
        raise RuleBroken("RT-3", T("{serial} does not wait for a disposition.", serial=kept))
    check_disposition(
        disposition,
        line.row.cost_class,
        new_serial=new_serial,
        batch_refund=agreements.terms_on(agreement.id, today).batch_refund,
        ahead=line.advance is not None,
    )
    found = charges(line.row.bearers, costs)
    handed_over = _end(actor, request, line, unit, disposition, new_serial, card_number)
    _post(actor, fund, request, line, found)
    session().add(
        ReturnDisposition(
            line_id=line.row.id,
            dealer_id=line.row.dealer_id,
            point_id=line.row.point_id,
            disposition=disposition,
            new_serial=handed_over,
            note=note.strip()[:TEXT],
            disposed_on=today,
            person_id=actor.person_id,
            person=actor.name,
            at=clock.now(),
            **{charge.column.value: charge.amount for charge in found},
        )
    )
    session().flush()
    steps.let_go(request, [kept])
    request.state = _after(request, state)
    steps.note(
        Tag.RETURN_DISPOSED,
        actor,
        request,
        serial=kept,
        disposition=f"Disposition.{disposition.name}",
        new_serial=handed_over,
        charged=_posted(found, Bearer.FUND),
        direct=_posted(found, Bearer.DEALER),
    )
    return request.state.value


def _line(request: ReturnRequest, serial: str) -> Line:
    for line in queries.lines_of(request):
        if line.row.serial == serial:
            return line
    raise RuleBroken("RT-3", T("{serial} is not on this request.", serial=serial), field="serial")


def _end(
    actor: Actor,
    request: ReturnRequest,
    line: Line,
    unit: Unit,
    disposition: Disposition,
    new_serial: str | None,
    card_number: str | None,
) -> str:
    """What the disposition does to the unit and its card; the serial of the unit handed over, if one was."""
    today = clock.today(actor.timezone)
    if line.advance is not None:
        return line.advance.new_serial
    if disposition is Disposition.EXCHANGED:
        return steps.hand_over(actor, request, unit, new_serial or "", card_number=card_number).serial
    if disposition is Disposition.CREDITED:
        cards.end_by_credit(actor, unit, request.number)
    if disposition.leaves_field:
        units.leave_field(unit, today)
    return ""


def _post(actor: Actor, fund: Fund, request: ReturnRequest, line: Line, found: list[Charge]) -> None:
    for charge in found:
        if charge.posted:
            ledger.post(
                actor,
                fund,
                _KINDS[charge.bearer],
                charge.amount,
                source=f"{request.number}:{line.row.serial}:{charge.column.value}",
                date=clock.today(actor.timezone),
                document=request.number,
                basis=BASIS,
                memo=f"{line.row.serial} · {charge.column.value}",
            )


def _after(request: ReturnRequest, state: ReturnState) -> ReturnState:
    """Settled when each unit that came has its disposition; the units that never came are free then."""
    if any(line.waits for line in queries.lines_of(request)):
        return state
    steps.let_go(request)
    return ReturnState.SETTLED


def _posted(found: list[Charge], bearer: Bearer) -> str:
    return str(sum((charge.amount for charge in found if charge.bearer is bearer), Decimal("0.00")))

"""Returns (RT-1 … RT-9): states, the checks of a request, what a decision and a disposition must respect, who pays.

Every line is classified on the day of the request and stays so: class and bearers are frozen with the words that
explain them. With `return_approval_days` 30 an approval of 2026-10-06 holds through 2026-11-05 and has expired on
2026-11-06.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.agreements.rules import Bearer, CostClass, CostColumn, Terms
from portal.kernel.calendar import Calendar
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding, Severity
from portal.kernel.money import CENT, LIMIT, ZERO
from portal.kernel.period import last_day_within
from portal.kernel.text import T
from portal.returns.rules.states import RETURN, UNDECIDED, Disposition, Packing, ReturnAction, ReturnState
from portal.warranty.rules import Cause, Entitlement

#: Units on one request.
MOST_LINES = 100
#: Working days in which the manufacturer means to decide a request, and to say what becomes of a unit (FD-4, RT-7).
DECIDE_DAYS = 3
DISPOSE_DAYS = 10
#: Longest texts.
FAULT, TEXT, NOTE = 500, 500, 200
#: Classes that need a repair attempt, or a waiver (RT-2).
REPAIR_FIRST = frozenset({CostClass.DOA, CostClass.EARLY_FAILURE})


@dataclass(frozen=True)
class ReturnLine:
    """One unit that a dealer asks to send back."""

    serial: str
    found: dt.date
    cause: Cause = Cause.PRODUCT
    #: The repair record that shows that repair was tried; empty: none.
    repair_number: str = ""
    fault: str = ""
    packing: Packing = Packing.ORIGINAL
    #: Ids of waiting photos.
    photos: tuple[int, ...] = ()


@dataclass(frozen=True)
class UnitFacts:
    """What a line is judged by; a unit that was not shipped to the dealer or its sub-dealers has none."""

    shipped_on: dt.date
    #: Whether it was shipped to the selling point that files, or to one below it.
    own: bool
    left_field: bool = False
    #: The open request that it is in.
    open_in: str = ""


def check_request(lines: Sequence[ReturnLine]) -> None:
    """RT-1: at least one unit, at most MOST_LINES, each once. Serials are in the spelling that is kept."""
    if not lines:
        raise RuleBroken("RT-1", T("Add at least one unit."), field="serial")
    if len(lines) > MOST_LINES:
        raise RuleBroken("RT-1", T("A request has at most {most} units.", most=MOST_LINES), field="serial")
    seen: set[str] = set()
    for line in lines:
        if line.serial in seen:
            raise RuleBroken(
                "RT-1", T("Serial {serial} is listed twice.", serial=line.serial), field="serial"
            )
        seen.add(line.serial)


def check_line(line: ReturnLine, facts: UnitFacts | None, today: dt.date) -> list[Finding]:
    """What keeps a unit from being asked for, in a fixed order; the first names the rule.

    unknown or not the dealer's (WC-3) → left the field (RT-1) → found in the future (RT-1), before the shipment
    (WC-3) → in an open return (RT-1).
    """
    serial = line.serial
    if facts is None or not facts.own:
        text = T("Serial {serial} is not among the units shipped to you.", serial=serial)
        return [
            _block("WC-3", text, cure=T("Compare it with the plate; only units shipped to you can go back."))
        ]
    found: list[Finding] = []
    if facts.left_field:
        found.append(
            _block(
                "RT-1",
                T("Serial {serial} was exchanged, credited or scrapped already.", serial=serial),
            )
        )
    if line.found > today:
        text = T("The fault of {serial} was found on {day}, which is to come.", serial=serial, day=line.found)
        found.append(_block("RT-1", text, "found"))
    if line.found < facts.shipped_on:
        text = T(
            "The fault of {serial} can't have been found before the unit was shipped on {day}.",
            serial=serial,
            day=facts.shipped_on,
        )
        found.append(_block("WC-3", text, "found"))
    if facts.open_in:
        text = T("Serial {serial} is in the open return {number}.", serial=serial, number=facts.open_in)
        found.append(_block("RT-1", text))
    return found


def _block(rule: str, text: T, field: str = "serial", *, cure: T | None = None) -> Finding:
    return Finding(rule, Severity.BLOCKS, text, field=field, cure=cure)


def attempt_finding(cost_class: CostClass, *, attempted: bool) -> Finding | None:
    """RT-2 as the dealer sees it before submitting and the reviewer at the decision; None where it doesn't apply."""
    if cost_class not in REPAIR_FIRST:
        return None
    if attempted:
        return Finding("RT-2", Severity.NOTE, T("Repair was tried; the record is named."))
    return Finding(
        "RT-2",
        Severity.NEEDS_PERSON,
        T("Repair comes first: no repair record of this unit is named."),
        cure=T("Name the record of the attempt; without one the manufacturer may waive it."),
    )


def explanation(outcome: Entitlement) -> dict[str, Any]:
    """Why a line has its class, as it is frozen with the request: rules, sentences, the period and the day of it."""
    return {
        "reasons": [
            [
                reason.rule,
                reason.text.msgid,
                {name: str(value) for name, value in reason.text.params.items()},
                reason.clause,
            ]
            for reason in outcome.reasons
        ],
        "first": str(outcome.first or ""),
        "last": str(outcome.last or ""),
        "day": outcome.day,
        "days": outcome.days,
    }


@dataclass(frozen=True)
class Why:
    """One frozen sentence with its rule and the clause that holds the value, if one does."""

    rule: str
    text: T
    clause: str = ""


def kept_reasons(frozen: Mapping[str, Any]) -> list[Why]:
    """The frozen words again; what decided comes first (EN-14)."""
    return [Why(rule, T(msgid, **params), clause) for rule, msgid, params, clause in frozen["reasons"]]


def explained(frozen: Mapping[str, Any]) -> list[Why]:
    """The frozen words again; the day count last (EN-14)."""
    found = kept_reasons(frozen)
    if frozen["day"] is not None:
        values = {name: frozen[name] for name in ("day", "days", "last")}
        within = T("Day {day} of {days}, until {last}.", **values)
        beyond = T("Day {day}; the last one was day {days}, {last}.", **values)
        text = within if frozen["day"] <= frozen["days"] else beyond
        found.append(Why(found[0].rule, text))
    return found


@dataclass(frozen=True)
class AskedLine:
    """A line as the decision judges it."""

    serial: str
    cost_class: CostClass
    #: Whether the named record is a repair of this unit.
    attempted: bool


def check_decision(lines: Iterable[AskedLine], approve: Collection[str], *, waive_repair: bool) -> None:
    """RT-2: dead on arrival and early failure are sent back only after a repair attempt, or with a waiver.

    Raises RuleBroken RT-3 for a serial that is not on the request.
    """
    listed = {line.serial: line for line in lines}
    for serial in approve:
        line = listed.get(serial)
        if line is None:
            raise RuleBroken("RT-3", T("{serial} is not on this request.", serial=serial), field="approve")
        if line.cost_class in REPAIR_FIRST and not line.attempted and not waive_repair:
            raise RuleBroken(
                "RT-2",
                T("{serial}: repair was not tried; waive it, or ask for the record.", serial=serial),
                field="waive",
            )


def approved_until(decided_on: dt.date, terms: Terms) -> dt.date:
    """RT-3: the last day on which the units may be sent."""
    return last_day_within(decided_on, terms.return_approval_days)


def check_shipping(state: ReturnState, expires_on: dt.date | None, today: dt.date) -> ReturnState:
    """The state after shipping. RuleBroken: RT-1 before a decision, RT-3 when it expired or is not to be shipped."""
    if state in UNDECIDED:
        raise RuleBroken("RT-1", T("Nothing is shipped before the manufacturer has approved it."))
    if state is ReturnState.EXPIRED or (
        state is ReturnState.APPROVED and expires_on is not None and today > expires_on
    ):
        raise RuleBroken("RT-3", T("The approval expired on {day}. File the request anew.", day=expires_on))
    return RETURN.advance(state, ReturnAction.SHIP)


def check_receiving(state: ReturnState, approved: bool | None, *, received: bool, serial: str) -> None:
    """RT-1: only what was approved and sent is received. RT-3: each unit once.

    `approved`: how the line was decided; None: not decided, or not on the request.
    """
    if state in UNDECIDED | {ReturnState.APPROVED} or not approved:
        raise RuleBroken(
            "RT-1", T("{serial} came without an approved return.", serial=serial), field="serial"
        )
    if received:
        raise RuleBroken("RT-3", T("{serial} is received already.", serial=serial), field="serial")
    RETURN.advance(state, ReturnAction.RECEIVE)


Costs = Mapping[CostColumn, Decimal]


@dataclass(frozen=True)
class Charge:
    """One cost of a disposition and who bears it."""

    column: CostColumn
    bearer: Bearer
    amount: Decimal

    @property
    def posted(self) -> bool:
        """Whether it reaches the statement: the fund's charges, or direct charges to the dealer."""
        return self.amount > 0 and self.bearer in (Bearer.FUND, Bearer.DEALER)


def charges(bearers: Mapping[CostColumn, Bearer], costs: Costs) -> list[Charge]:
    """What a disposition costs whom, column by column (RT-5). Raises RuleBroken RT-5 for an amount that can't be."""
    found = []
    for column in CostColumn:
        amount = costs.get(column, ZERO)
        if not ZERO <= amount < LIMIT or amount != amount.quantize(CENT):
            raise RuleBroken("RT-5", T("A cost is an amount from 0.00 up."), field=column.value)
        found.append(Charge(column, bearers[column], amount))
    return found


def check_disposition(
    disposition: Disposition,
    cost_class: CostClass,
    *,
    new_serial: str | None,
    batch_refund: bool,
    ahead: bool,
) -> None:
    """RT-5, RT-6. `ahead`: the unit in exchange was sent before (it is named already).

    Raises RuleBroken RT-5 for an exchange without a new serial, a new serial without an exchange, and anything but an
    exchange of a unit that was exchanged in advance; RT-6 for a credit of a batch defect, unless the terms allow it.
    """
    if ahead and disposition is not Disposition.EXCHANGED:
        raise RuleBroken(
            "RT-5", T("A unit in exchange was sent in advance: this one is exchanged."), field="disposition"
        )
    if cost_class is CostClass.BATCH and disposition is Disposition.CREDITED and not batch_refund:
        raise RuleBroken(
            "RT-6", T("A batch defect is exchanged, not credited; the terms say so."), field="disposition"
        )
    if disposition is Disposition.EXCHANGED and not new_serial and not ahead:
        raise RuleBroken("RT-5", T("Enter the serial of the unit in exchange."), field="new_serial")
    if new_serial and (disposition is not Disposition.EXCHANGED or ahead):
        raise RuleBroken("RT-5", T("Only an exchange names a new serial."), field="new_serial")


def decide_by(waiting_since: dt.date, calendar: Calendar) -> dt.date:
    """The last day on which the manufacturer means to decide a request that waits since a day (RT-7)."""
    return calendar.add_working_days(waiting_since, DECIDE_DAYS)


def dispose_by(received_on: dt.date, calendar: Calendar) -> dt.date:
    """The last day on which it means to say what becomes of a unit (RT-7)."""
    return calendar.add_working_days(received_on, DISPOSE_DAYS)


@dataclass(frozen=True)
class Tally:
    """How many units of a request are where: what was asked, approved, counted and dealt with (RT-4)."""

    asked: int = 0
    approved: int = 0
    received: int = 0
    disposed: int = 0
    #: Noted as not arrived.
    lost: int = 0

    @property
    def missing(self) -> int:
        """Approved, not counted, and still waited for."""
        return self.approved - self.received - self.lost

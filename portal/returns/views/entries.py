"""Where returns show up elsewhere: the navigation, the home page, a unit's page, the search by number."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.catalogue.queries import UnitSection
from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.returns import queries
from portal.returns.rules import ReturnState, decide_by, dispose_by
from portal.tenants import queries as tenants
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting


def waiting(who: Actor, today: dt.date) -> list[Waiting]:
    """For each desk what waits for it, for the dealer its next step and what was answered (RT-6, RT-7)."""
    if who.side is Side.DEALER:
        return _for_dealer(today) if who.may(Permission.RETURNS_FILE) else []
    found = []
    if who.may(Permission.RETURNS_DECIDE) and (since := queries.oldest_waiting()) is not None:
        due = decide_by(since.astimezone(ZoneInfo(who.timezone)).date(), tenants.calendar())
        count = queries.count_in([ReturnState.SUBMITTED])
        text = T("Return requests wait for a decision: {count}", count=count)
        url = url_for("returns.index", tab="decide")
        found.append(Waiting(text, T("Decide"), url, due=due, overdue=due < today, count=count))
    if who.may(Permission.RETURNS_INSPECT):
        found += _to_inspect(today)
    if who.may(Permission.RETURNS_DISPOSE):
        found += _to_dispose(today)
    if who.may(Permission.RETURNS_RECEIVE) and (count := queries.count_in([ReturnState.SHIPPED])):
        text = T("Returns on their way to the warehouse: {count}", count=count)
        found.append(Waiting(text, T("Receive"), url_for("return_desk.receiving"), count=count))
    if who.may(Permission.RETURNS_RECEIVE) and (count := queries.count_quarantined()):
        text = T("Units in quarantine: {count}", count=count)
        found.append(Waiting(text, T("Look"), url_for("return_desk.quarantine"), count=count))
    return found


def _to_inspect(today: dt.date) -> list[Waiting]:
    """Units that quality looks at, those of a batch defect first (RT-6)."""
    found = []
    for batch in (True, False):
        count, first = queries.units_to_inspect(batch=batch)
        if first is None:
            continue
        if batch:
            text = T("Units of a batch defect wait for inspection: {count}", count=count)
        else:
            text = T("Returned units wait for inspection: {count}", count=count)
        due, url = dispose_by(first, tenants.calendar()), url_for("returns.index", tab="dispose")
        found.append(Waiting(text, T("Inspect"), url, due=due, overdue=due < today, count=count))
    return found


def _to_dispose(today: dt.date) -> list[Waiting]:
    count, first = queries.units_to_dispose()
    if first is None:
        return []
    due = dispose_by(first, tenants.calendar())
    text = T("Returned units wait for what becomes of them: {count}", count=count)
    url = url_for("returns.index", tab="dispose")
    return [Waiting(text, T("Decide"), url, due=due, overdue=due < today, count=count)]


def _for_dealer(today: dt.date) -> list[Waiting]:
    found = [
        Waiting(
            T("Return {number} needs more from you", number=request.number),
            T("Add what is missing"),
            url_for("returns.answer", number=request.number),
        )
        for request in queries.of_dealer([ReturnState.NEEDS_INFO])
    ]
    if count := queries.count_of(queries.answered_lately(today)):
        text = T("Returns rejected, expired or counted with a difference lately: {count}", count=count)
        found.append(Waiting(text, T("Look"), url_for("returns.index", tab="answered"), count=count))
    return found + [
        Waiting(
            T("Return {number} is approved; send the units", number=request.number),
            T("Send the units"),
            url_for("returns.show", number=request.number),
            due=request.expires_on,
            overdue=request.expires_on is not None and request.expires_on < today,
        )
        for request in queries.of_dealer([ReturnState.APPROVED])
    ]


def _to_do(who: Actor) -> int:
    """What the number in the navigation counts: what waits for this desk."""
    if who.may(Permission.RETURNS_DECIDE):
        return queries.count_in([ReturnState.SUBMITTED])
    return queries.count_in([ReturnState.SHIPPED]) if who.may(Permission.RETURNS_RECEIVE) else 0


def _asked_back(_who: Actor) -> int:
    return queries.count_in([ReturnState.NEEDS_INFO, ReturnState.APPROVED])


def unit_section(who: Actor, unit: Unit) -> dict[str, Any] | None:
    """The returns of a unit, and its exchange chain (QF-5)."""
    if not who.may(Permission.RETURNS_READ):
        return None
    files = who.side is Side.DEALER and who.may(Permission.RETURNS_FILE)
    listed = queries.of_unit(unit.serial)
    gone = queries.dispositions_of(row.id for _request, row in listed)
    chain = catalogue.exchange_chain(unit)
    handed_over = catalogue.exchanged_for(unit)
    return {
        "serial": unit.serial,
        "rows": [(request, row, gone.get(row.id)) for request, row in listed],
        "chain": [*chain, *([handed_over] if handed_over else [])],
        "may_ask": files and not unit.left_field and unit.serial not in queries.open_in([unit.serial]),
    }


def register() -> None:
    """Register all of it; called once, when the views are imported."""
    nav.add(
        Item(
            "todo",
            T("Returns"),
            "returns.index",
            Permission.RETURNS_READ,
            side=Side.MANUFACTURER,
            count=_to_do,
            hot=True,
            icon="parts",
            order=40,
        ),
        Item(
            "todo",
            T("Receive returns"),
            "return_desk.receiving",
            Permission.RETURNS_RECEIVE,
            side=Side.MANUFACTURER,
            icon="scan",
            order=42,
        ),
        Item(
            "service",
            T("Returns"),
            "returns.index",
            Permission.RETURNS_READ,
            side=Side.DEALER,
            count=_asked_back,
            hot=True,
            icon="parts",
            order=40,
        ),
    )
    nav.add_waiting(waiting)
    numbers.add("RMA", "returns.show", Permission.RETURNS_READ)
    catalogue.add_unit_section(
        UnitSection(T("Returns"), "returns/_unit_section.html", unit_section, order=40)
    )

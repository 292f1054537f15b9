"""Where repair records show up elsewhere: the navigation, the home page, a unit's page, numbers in texts."""

import datetime as dt
from typing import Any

from flask import url_for

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.catalogue.queries import UnitSection
from portal.drafts import queries as drafts
from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.queries import record_lists
from portal.repairs.queries import records as queries
from portal.repairs.queries.answers import earlier
from portal.repairs.steps.records import DRAFT
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting


@nav.add_waiting
def waiting(actor: Actor, _today: dt.date) -> list[Waiting]:
    """For the dealer the records without a signature, and what was begun and not filed."""
    if actor.side is not Side.DEALER or not actor.may(Permission.REPAIRS_FILE):
        return []
    tasks = []
    unsigned = record_lists.count_unsigned()
    if unsigned:
        text = T("Repair records without the customer's signature: {count}", count=unsigned)
        url = url_for("repairs.index", state="unsigned")
        tasks.append(Waiting(text, T("Have them signed"), url, count=unsigned))
    begun = len(drafts.of_kind(DRAFT))
    if begun:
        text = T("Repair records begun and not filed: {count}", count=begun)
        tasks.append(Waiting(text, T("Finish"), url_for("repairs.index", state="draft"), count=begun))
    return tasks


def unit_section(actor: Actor, unit: Unit) -> dict[str, Any] | None:
    """The repairs of a unit: those of one's own to open, of other dealers what the work needs (RP-12)."""
    if not actor.may(Permission.REPAIRS_READ):
        return None
    return {
        "earlier": earlier(unit.serial),
        "faults": {
            row.code: row.title for rows in queries.fault_codes(active=False).values() for row in rows
        },
        "may_file": actor.may(Permission.REPAIRS_FILE) and not unit.left_field,
        "serial": unit.serial,
    }


catalogue.add_unit_section(UnitSection(T("Repairs"), "repairs/_unit_section.html", unit_section, order=20))
nav.add(
    Item(
        "service",
        T("Repair records"),
        "repairs.index",
        Permission.REPAIRS_READ,
        side=Side.DEALER,
        count=lambda _actor: record_lists.count_unsigned(),
        bottom=5,
        icon="review",
        short=T("Repairs"),
        order=12,
    ),
    Item(
        "service",
        T("Repair records"),
        "repairs.index",
        Permission.REPAIRS_READ,
        side=Side.MANUFACTURER,
        order=12,
    ),
    Item(
        "data",
        T("Fault codes"),
        "fault_codes.index",
        Permission.REPAIRS_READ,
        side=Side.MANUFACTURER,
        order=40,
    ),
)
numbers.add("WX", "repairs.show", Permission.REPAIRS_READ)

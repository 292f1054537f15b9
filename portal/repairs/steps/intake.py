"""What taking a call, selling a card and planning a visit have in common: the customer, the unit, the point."""

import datetime as dt
from typing import Protocol

from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.text import T
from portal.repairs.models.plans import PlannedVisit
from portal.repairs.models.service import ServiceRequest
from portal.repairs.queries import service as queries
from portal.repairs.rules.plans import VISITS_OPEN, VisitState
from portal.repairs.rules.service import LONGEST, ServiceDraft
from portal.tenants import queries as tenants
from portal.warranty import queries as warranty
from portal.warranty.rules import normalise_phone


class Held(Protocol):
    """A row that names a customer."""

    customer: str
    phone: str


def point_of(actor: Actor, holder_id: int, chosen: int) -> int:
    """The point that a document of the actor belongs to. Raises NotFound for one that is not the dealer's."""
    point = actor.point_id or chosen or holder_id
    if point not in tenants.points_of(holder_id):
        raise NotFound
    return point


@step
def name_customer(row: Held, customer: str, phone: str, rule: str) -> str:
    """Write a customer down; returns the phone in international form.

    Raises RuleBroken `rule` without a name, WC-3 for a bad phone.
    """
    if not customer.strip():
        raise RuleBroken(rule, T("Enter the customer's name."), field="customer")
    if len(customer.strip()) > LONGEST["customer"]:
        raise RuleBroken(rule, T("At most {most} characters.", most=LONGEST["customer"]), field="customer")
    try:
        row.phone = normalise_phone(phone)
    except ValueError:
        raise RuleBroken(
            "WC-3",
            T("This is not a phone number: a mobile, or a landline with its area code."),
            field="phone",
        ) from None
    row.customer = customer.strip()
    return row.phone


def unit_of(serial: str, today: dt.date) -> tuple[str, str]:
    """Serial and model of a unit of the manufacturer, whoever sold it (RP-12); two empty texts for an empty serial.

    Raises RuleBroken WC-3 for a serial that the manufacturer never shipped.
    """
    if not serial.strip():
        return "", ""
    try:
        coverage = warranty.coverage(serial, today)
    except NotFound:
        raise RuleBroken(
            "WC-3",
            T(
                "Serial {serial} is not known. Correct it, or leave it empty until the plate is seen.",
                serial=serial,
            ),
            field="serial",
        ) from None
    return coverage.serial, coverage.model


@step
def fill(request: ServiceRequest, draft: ServiceDraft, today: dt.date) -> None:
    """Write down what intake asks for. Raises RuleBroken RP-1, RP-3, WC-3."""
    phone = name_customer(request, draft.customer, draft.phone, "RP-1")
    request.phone_hash, request.phone_last4 = search_hash(phone), phone[-4:]
    for name in ("words", "address"):
        if len(getattr(draft, name).strip()) > LONGEST[name]:
            raise RuleBroken("RP-1", T("At most {most} characters.", most=LONGEST[name]), field=name)
    if draft.way.value == "on_site" and not draft.address.strip():
        raise RuleBroken("RP-1", T("Enter the address for the visit."), field="address")
    if not draft.symptom and not draft.words.strip():
        raise RuleBroken(
            "RP-1", T("Choose a symptom, or say in words what the customer notices."), field="words"
        )
    if draft.symptom and queries.symptom(draft.symptom) is None:
        raise RuleBroken("RP-3", T("The list has no such symptom."), field="symptom")
    request.serial, request.model = unit_of(draft.serial, today)
    request.symptom, request.words, request.address = (
        draft.symptom,
        draft.words.strip(),
        draft.address.strip(),
    )
    request.channel, request.way, request.area, request.priority = (
        draft.channel,
        draft.way,
        draft.area,
        draft.priority,
    )


@step
def arrange(request: ServiceRequest | None, visit_id: int) -> None:
    """Tie a planned visit to the request that makes it (RP-11); None frees it. Raises NotFound, RuleBroken RP-11."""
    visit = session().get(PlannedVisit, visit_id)
    if visit is None:
        raise NotFound
    if request is None:
        visit.request_id, visit.state = None, VisitState.PLANNED
        return
    if visit.state not in VISITS_OPEN or visit.request_id is not None:
        raise RuleBroken("RP-11", T("This visit is arranged or done already."))
    visit.request_id, visit.state = request.id, VisitState.ARRANGED

"""What the portal knows already when a record is begun, so that nobody types it again."""

import datetime as dt
from decimal import Decimal

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Operation
from portal.kernel.errors import NotFound
from portal.kernel.findings import Finding
from portal.repairs.models import ServiceRequest
from portal.repairs.queries import service
from portal.repairs.queries.claims import Work, claim_findings
from portal.repairs.queries.records import Judged
from portal.repairs.rules.claims import raises_claim
from portal.repairs.rules.records import Category
from portal.warranty import queries as warranty
from portal.warranty.rules import local_digits


def known_of(serial: str, request_number: str, person: str) -> dict[str, str]:
    """Field → value: from the service request that is answered, else from the dealer's own card of the unit."""
    found = {"technician": person}
    card = warranty.live_card(serial)
    if card is not None:
        found.update(customer=card.customer, phone=local_digits(card.phone), address=card.address)
    request = _request(request_number)
    if request is None:
        return found
    return {
        **found,
        "customer": request.customer,
        "phone": local_digits(request.phone),
        "address": request.address,
        "technician": request.technician or person,
        "received_on": request.received_on.isoformat(),
        "incident": request.received_on.isoformat(),
        "symptom_text": request.words[:300],
        "way": request.way.value,
        "symptom": request.symptom,
    }


def serial_of(request_number: str) -> str:
    """The serial of the unit that a service request of the scope is about; empty for none."""
    found = _request(request_number)
    return found.serial if found else ""


def known_request(request_number: str) -> str:
    """The number of a service request of the scope as it is kept; empty for what is none."""
    found = _request(request_number)
    return found.number if found else ""


def _request(request_number: str) -> ServiceRequest | None:
    try:
        return service.get(request_number.strip().upper())
    except NotFound:
        return None


def fees_of(product_id: int, day: dt.date) -> list[tuple[Operation, Decimal]]:
    """The lines of the fee standard that may be asked for a product on a day, with their fees (PT-10)."""
    rows = [row for row in catalogue.operations() if row.active]
    fees = catalogue.fees_on(day, [row.id for row in rows])
    found = [(row, fees.get(row.id, {})) for row in rows]
    return [
        (row, of.get(product_id, of.get(None, Decimal(0))))
        for row, of in found
        if product_id in of or None in of
    ]


def claim_concerns(judged: Judged, agreement_id: int, day: dt.date, *, number: str = "") -> list[Finding]:
    """What the reviewer will be told of the claim, for a record that will raise one (FD-2)."""
    draft, coverage = judged.draft, judged.coverage
    if not raises_claim(judged.entitlement.cost_class, paid=draft.category is Category.PAID):
        return []
    work = Work(
        serial=coverage.serial,
        model=coverage.model,
        product_id=coverage.product_id,
        symptom=draft.symptom,
        location=draft.location,
        labour=draft.labour,
        standard=judged.labour.standard,
        onsite=draft.onsite,
        parts=[use.code for use in draft.parts],
        photos=judged.facts.photos,
        signed=judged.facts.signed,
        day=day,
        agreement_id=agreement_id,
        number=number,
    )
    return claim_findings(work, judged.entitlement)

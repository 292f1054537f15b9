"""The parts request as paper, filled in (ux.md 8)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from portal.agreements import queries as agreements
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Part
from portal.catalogue.rules import Supply
from portal.documents.rules import Bilingual, Party, Role
from portal.documents.words import both
from portal.parts.models import PartsRequest
from portal.parts.queries.payments import bill_of
from portal.parts.queries.requests import Line, lines_of
from portal.parts.queries.shipments import Parcel, parcels_of
from portal.parts.rules import approved_total, request_total
from portal.parts.rules.papers import REQUEST_COPIES, REQUEST_SHEET, RequestRow, RequestSheet
from portal.tenants import queries as tenants


def request_sheet(found: PartsRequest, url: str) -> RequestSheet:
    """A request with all that happened to it so far, the same sheet until something else happens."""
    lines, parcels = lines_of(found.id), parcels_of(found.id)
    dealer = tenants.dealer_by_id(found.dealer_id)
    values = [line.rule for line in lines]
    decided = lines[0].decision is not None
    bill = bill_of(found, lines)
    roles = _roles(found, lines, parcels)
    terms = agreements.terms_on(found.agreement_id, found.filed_on)
    return RequestSheet(
        title=REQUEST_SHEET,
        number=found.number,
        issuer=tenants.manufacturer().name,
        issued_on=max(role.date for role in roles),
        currency=terms.currency,
        copies=tuple(copy.title for copy in REQUEST_COPIES),
        roles=roles,
        dealer=Party.of(dealer, bank=False),
        dealer_code=dealer.code,
        agreement=agreements.by_id(found.agreement_id).number,
        state=both(found.state),
        purpose=both(found.purpose),
        purpose_note=found.purpose_note,
        shipping=both(found.shipping),
        surcharge=found.surcharge,
        filed_on=str(found.filed_on),
        needed_by=_day(found.needed_by),
        before=found.available,
        covered=found.covered,
        excess=found.excess,
        rows=_rows(lines, parcels),
        decided=decided,
        amount=approved_total(values) if decided else request_total(values),
        bought=bill.due if bill else None,
        days=terms.receipt_difference_days,
        url=url,
    )


def _roles(found: PartsRequest, lines: Sequence[Line], parcels: Sequence[Parcel]) -> tuple[Role, ...]:
    """Who did what of it and when; what a person signs by hand is left open."""
    decision = lines[0].decision
    sent = parcels[-1].shipment if parcels else None
    counted = next((parcel.receipt for parcel in reversed(parcels) if parcel.receipt), None)
    return (
        Role(Bilingual("申请人", "Requested by"), found.filer, str(found.filed_on)),
        Role(Bilingual("经销商负责人", "Dealer's owner")),
        Role(Bilingual("审核", "Decided by"), decision.actor if decision else "", _day(found.decided_on)),
        Role(Bilingual("批准", "Approved by")),
        Role(
            Bilingual("发货", "Shipped by"),
            sent.actor if sent else "",
            _day(sent.shipped_on if sent else None),
        ),
        Role(
            Bilingual("签收", "Received by"),
            counted.actor if counted else "",
            _day(counted.received_on if counted else None),
        ),
    )


def _rows(lines: Sequence[Line], parcels: Iterable[Parcel]) -> tuple[RequestRow, ...]:
    carried: dict[int, list[str]] = defaultdict(list)
    for parcel in parcels:
        for sent in parcel.lines:
            carried[sent.row.line_id].append(parcel.shipment.number)
    parts = catalogue.parts_by_code(line.supplied.code for line in lines)
    return tuple(_row(line, parts.get(line.supplied.code), tuple(carried[line.row.id])) for line in lines)


def _row(line: Line, part: Part | None, documents: tuple[str, ...]) -> RequestRow:
    approved = line.decision.approved if line.decision else None
    return RequestRow(
        code=line.supplied.code,
        name=line.supplied.name,
        fits="、".join(part.fits) if part else "",
        unit=line.supplied.unit,
        asked=line.row.asked,
        approved=approved,
        shipped=line.shipped,
        price=line.supplied.price,
        amount=line.rule.cost(line.row.asked if approved is None else approved),
        documents=documents,
        remark=_remark(line),
    )


def _remark(line: Line) -> str:
    """How it is supplied unless the fund pays, what it stands for, why fewer."""
    said = [both(line.rule.supply).zh] if line.rule.supply is not Supply.FUND else []
    if line.substitute:
        said.append(f"替代 {line.row.code}")
    if line.decision and line.decision.reason:
        said.append(line.decision.reason)
    return "；".join(said)


def _day(day: dt.date | None) -> str:
    return str(day) if day else ""

"""The versions of a record (RP-6): what is kept of each, and how two of them are read side by side."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from portal.agreements.rules import CostClass
from portal.kernel.text import T
from portal.repairs.rules.records import Category, ConsentWay, PricedPart, RepairDraft, Way
from portal.warranty.rules import Cause, mask_address, mask_name, mask_phone, normalise_phone


class RepairField(StrEnum):
    """What a version keeps, in the order in which it is read."""

    SERIAL = "serial"
    CATEGORY = "category"
    COST_CLASS = "cost_class"
    INCIDENT = "incident"
    RECEIVED_ON = "received_on"
    FINISHED_ON = "finished_on"
    HANDED_OVER_ON = "handed_over_on"
    WAY = "way"
    CAUSE = "cause"
    COMPONENT = "component"
    SYMPTOM = "symptom"
    REASON = "reason"
    LOCATION = "location"
    SYMPTOM_TEXT = "symptom_text"
    CAUSE_TEXT = "cause_text"
    ACTION_TEXT = "action_text"
    RESOLVED = "resolved"
    OPERATIONS = "operations"
    LABOUR = "labour"
    ONSITE = "onsite"
    PARTS = "parts"
    PRICE = "price"
    CONSENT = "consent"
    TECHNICIAN = "technician"
    CUSTOMER = "customer"
    PHONE = "phone"
    ADDRESS = "address"
    REQUEST_NUMBER = "request_number"


@dataclass(frozen=True)
class Compared:
    """One field with its value in each of two versions."""

    field: RepairField
    before: list[Any]
    after: list[Any]

    @property
    def changed(self) -> bool:
        return self.before != self.after


def content_of(
    draft: RepairDraft, lines: Sequence[PricedPart], *, serial: str, cost_class: CostClass, price: Decimal
) -> dict[str, Any]:
    """A record as a version keeps it: plain values, the customer's data masked (PII-1)."""
    consent = draft.consent
    kept: dict[RepairField, Any] = {
        RepairField.SERIAL: serial,
        RepairField.COST_CLASS: cost_class.value,
        RepairField.RESOLVED: draft.resolved,
        RepairField.OPERATIONS: list(draft.operations),
        RepairField.PARTS: [_part(line) for line in lines],
        RepairField.PRICE: str(price),
        RepairField.CONSENT: [consent.way.value, str(consent.amount)] if consent else None,
        RepairField.CUSTOMER: mask_name(draft.customer),
        RepairField.PHONE: mask_phone(normalise_phone(draft.phone)) if draft.phone else "",
        RepairField.ADDRESS: mask_address(draft.address),
    }
    for name in RepairField:
        if name not in kept:
            value = getattr(draft, name.value)
            kept[name] = None if value is None else str(value)
    return {name.value: kept[name] for name in RepairField}


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Compared]:
    """Two versions side by side, field by field; what neither of them has is left out."""
    found = [
        Compared(name, _read(name, before.get(name.value)), _read(name, after.get(name.value)))
        for name in RepairField
    ]
    return [row for row in found if row.before or row.after]


def _part(line: PricedPart) -> list[str]:
    use = line.use
    return [use.code, line.name, str(use.pieces), use.serial_out, use.serial_in, use.lot]


def _read(name: RepairField, value: Any) -> list[Any]:
    """A kept value as the words that a page prints, one for each line of the cell."""
    if value in (None, "", []):
        return []
    if name is RepairField.PARTS:
        return [_part_words(part) for part in value]
    if name is RepairField.OPERATIONS:
        return [", ".join(value)]
    if name is RepairField.RESOLVED:
        return [T("yes") if value else T("no")]
    if name is RepairField.CONSENT:
        return [T("{amount}, {way}", amount=Decimal(value[1]), way=ConsentWay(value[0]))]
    return [_READERS.get(name, str)(value)]


def _part_words(part: Iterable[str]) -> str:
    code, name, pieces, *rest = part
    return " · ".join(word for word in (f"{code} {name} × {pieces}", *rest) if word)


_READERS: Mapping[RepairField, Callable[[str], Any]] = MappingProxyType(
    {
        RepairField.CATEGORY: Category,
        RepairField.COST_CLASS: CostClass,
        RepairField.CAUSE: Cause,
        RepairField.WAY: Way,
        RepairField.INCIDENT: dt.date.fromisoformat,
        RepairField.LABOUR: Decimal,
        RepairField.ONSITE: Decimal,
        RepairField.PRICE: Decimal,
    }
)

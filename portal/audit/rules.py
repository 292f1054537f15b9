"""How facts are read: the colour of a kind, the remark in it, what changed (AU-1)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from portal.audit.tags import Tag

#: Where commands keep what somebody wrote; the first one there is the fact's remark.
NOTES = ("reason", "note", "remark", "text")
_SIDES = ("before", "after")


class LogKind(StrEnum):
    """What the log can be narrowed to: the beginnings of tags."""

    AGREEMENTS = "agreements"
    CATALOGUE = "catalogue"
    UNITS = "catalogue:units"
    CARDS = "warranty"
    REVEALED = "warranty:customer"
    REPAIRS = "repairs"
    PARTS = "parts"
    QUALITY = "quality"
    RETURNS = "returns"
    MONEY = "ledger"
    FORMS = "reports"
    SETTLEMENT = "settlement"
    DEALERS = "tenants:dealer"
    CALENDAR = "tenants:calendar"
    PEOPLE = "tenants:person"
    PLATFORM = "tenants:tenant"


class Recorded(StrEnum):
    """The names of values that facts record, for their words."""

    ADDRESS = "address"
    AFTER = "after"
    AMOUNT = "amount"
    APPROVED = "approved"
    ASKED = "asked"
    BANK = "bank"
    BANK_ACCOUNT = "bank_account"
    BANK_REF = "bank_ref"
    BEFORE = "before"
    BOXES = "boxes"
    CARD = "card"
    CARDS = "cards"
    CARRIER = "carrier"
    CATEGORY = "category"
    CELLS = "cells"
    CHARGED = "charged"
    CLAIMS = "claims"
    CLEARED = "cleared"
    CODE = "code"
    COMPLAINT = "complaint"
    COMPONENT = "component"
    CONTACT = "contact"
    CORRECTED = "corrected"
    COST = "cost"
    COST_CLASS = "cost_class"
    COUNT = "count"
    COUNTED = "counted"
    CREDIT = "credit"
    DATE = "date"
    DEALER = "dealer"
    DELIVERY_NOTE = "delivery_note"
    DIFFERENCES = "differences"
    DIGEST = "digest"
    DIRECT = "direct"
    DISPOSITION = "disposition"
    DOCUMENT = "document"
    DRAWN = "drawn"
    EXCESS = "excess"
    EXPRESS = "express"
    FEE_TAKEN_BACK = "fee_taken_back"
    FILE = "file"
    GRADE = "grade"
    HOLDS = "holds"
    HOW = "how"
    KIND = "kind"
    LABOUR = "labour"
    LAST_DAY = "last_day"
    LATE = "late"
    LEVEL = "level"
    LIFTED = "lifted"
    LINES = "lines"
    LISTED = "listed"
    MISSING = "missing"
    MODEL = "model"
    MONTH = "month"
    MONTHS = "months"
    NAME = "name"
    NEW_SERIAL = "new_serial"
    NUMBER = "number"
    OLD_SERIAL = "old_serial"
    ON = "on"
    ONSITE = "onsite"
    OUTCOME = "outcome"
    OVERRIDES = "overrides"
    PART = "part"
    PARTS = "parts"
    PHONE = "phone"
    PHOTOS = "photos"
    PIECES = "pieces"
    PRICE = "price"
    QUARTER = "quarter"
    RECEIVED_ON = "received_on"
    RECORD = "record"
    REFERENCE = "reference"
    REGION = "region"
    REJECTED = "rejected"
    RELEASED = "released"
    RESULT = "result"
    RESUMED = "resumed"
    REVERSAL = "reversal"
    REVISION = "revision"
    ROLES = "roles"
    ROW = "row"
    ROWS = "rows"
    SALE_DATE = "sale_date"
    SERIAL = "serial"
    SERIALS = "serials"
    SHIPMENT = "shipment"
    SHIPPED_ON = "shipped_on"
    STARTS = "starts"
    STATE = "state"
    SUPPLY = "supply"
    SURPLUS = "surplus"
    TAX_NUMBER = "tax_number"
    TECHNICIAN = "technician"
    TOTAL = "total"
    TRIAL = "trial"
    UNITS = "units"
    UNTIL = "until"
    VALUE = "value"
    VERDICT = "verdict"
    VERSION = "version"
    WAIVED = "waived"
    WAYBILL = "waybill"
    WHY = "why"


def tags_below(kind: str) -> list[Tag]:
    """The tags that `kind` names: a tag itself, or the beginning of several (`warranty:card`, `warranty`)."""
    return [tag for tag in Tag if tag.value == kind or tag.value.startswith(f"{kind}:")]


def changes(data: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What a fact recorded as (name, before, after), remarks left out.

    Commands record `before={…}, after={…}` where something changed; a plain value has no before (None).
    """
    old = data["before"] if isinstance(data.get("before"), Mapping) else {}
    new = data["after"] if isinstance(data.get("after"), Mapping) else {}
    rows = [(name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]
    plain = {
        name: value for name, value in data.items() if not isinstance(value, Mapping) or name not in _SIDES
    }
    return rows + [(name, None, value) for name, value in plain.items() if name not in NOTES]

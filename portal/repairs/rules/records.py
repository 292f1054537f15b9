"""Repair records (RP-3 … RP-6, RP-10): what is written down, the states, who pays what, what a correction may touch.

category A, labour 80.00, on site 50.00, two parts at 66.00: the customer pays 262.00 and consents to 262.00
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO, total
from portal.kernel.text import T
from portal.kernel.transitions import Transitions
from portal.warranty.rules import Cause, Entitlement


class Category(StrEnum):
    """Under which heading a repair is done (RP-3)."""

    #: The customer pays by the fee standard.
    PAID = "A"
    #: A service contract or plan covers it.
    CONTRACT = "B"
    #: Free in warranty; only these earn a flat fee.
    WARRANTY = "C"
    #: The dealer's own: stock, demonstration, its own mistake.
    INTERNAL = "D"


class RepairState(StrEnum):
    """Where a record is (RP-5, RP-6)."""

    #: Filed; the customer has not signed yet.
    UNSIGNED = "unsigned"
    SIGNED = "signed"
    #: Taken back by the dealer before a claim was decided; final.
    VOID = "void"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"unsigned": "warn", "signed": "ok", "void": "mute"}[self.value]


class RepairAction(StrEnum):
    SIGN = "sign"
    CORRECT = "correct"
    VOID = "void"


REPAIR = Transitions[RepairState, RepairAction](
    "RP-6",
    {
        (RepairState.UNSIGNED, RepairAction.SIGN): RepairState.SIGNED,
        (RepairState.UNSIGNED, RepairAction.CORRECT): RepairState.UNSIGNED,
        (RepairState.SIGNED, RepairAction.CORRECT): RepairState.SIGNED,
        # A correction changed what was signed; the customer may sign the new version too.
        (RepairState.SIGNED, RepairAction.SIGN): RepairState.SIGNED,
        (RepairState.UNSIGNED, RepairAction.VOID): RepairState.VOID,
        (RepairState.SIGNED, RepairAction.VOID): RepairState.VOID,
    },
)


def offered(
    state: RepairState, revision: int, *, signed: int | None, decided: bool = False
) -> set[RepairAction]:
    """What a record's page offers; `signed`: the version that the customer signed last.

    With a decided claim it is not taken back any more (RP-6), and a signed version is not signed twice (RP-5).
    """
    found = set(REPAIR.actions(state))
    if decided:
        found.discard(RepairAction.VOID)
    if signed == revision:
        found.discard(RepairAction.SIGN)
    return found


class Way(StrEnum):
    """How the unit came to the repair (送修方式)."""

    BRING_IN = "bring_in"
    ON_SITE = "on_site"
    MAIL_IN = "mail_in"


class OldPart(StrEnum):
    """What becomes of a part that was taken out (旧件去向)."""

    #: Kept by the dealer for its return to the manufacturer.
    KEPT = "kept"
    #: The customer took it home.
    CUSTOMER = "customer"
    #: Nothing was taken out.
    NONE = "none"


class ConsentWay(StrEnum):
    """How the customer agreed to a price (RP-4)."""

    SIGNED = "signed"
    SPOKEN = "spoken"
    MESSAGE = "message"


class RepairPhotoKind(StrEnum):
    """What a photo of a repair shows."""

    FAULT = "fault"
    PLATE = "plate"
    OLD_PART = "old_part"
    DONE = "done"
    OTHER = "other"


class SignatureKind(StrEnum):
    """How the customer's signature came (RP-5)."""

    DRAWN = "drawn"
    SCAN = "scan"


#: The highest amount of one record.
HIGHEST = Decimal("1000000.00")
#: The most lines of parts, the most pieces of one, and the most photos of a record.
MOST_LINES, MOST_PIECES, MOST_PHOTOS = 40, 999, 20
#: Longest texts of a record, by field.
LONGEST = MappingProxyType(
    {
        "symptom_text": 300,
        "cause_text": 300,
        "action_text": 300,
        "technician": 60,
        "customer": 60,
        "address": 200,
        "component": 40,
        "request_number": 20,
    }
)


@dataclass(frozen=True)
class PartUse:
    """One part that was fitted, and the old one that came out."""

    code: str
    pieces: int = 1
    #: Serials, where the parts have one; the lot of the new one.
    serial_in: str = ""
    serial_out: str = ""
    lot: str = ""
    old: OldPart = OldPart.KEPT


@dataclass(frozen=True)
class Consent:
    """The customer's word on a price, given before the work (RP-4)."""

    amount: Decimal
    way: ConsentWay = ConsentWay.SIGNED


@dataclass(frozen=True)
class RepairDraft:
    """What the dealer writes on a record (RP-3)."""

    serial: str
    #: The day on which the fault showed; it decides who is covered.
    incident: dt.date
    cause: Cause
    category: Category
    component: str = ""
    #: Amounts asked for: of the manufacturer, or of the customer in category A.
    labour: Decimal = ZERO
    onsite: Decimal = ZERO
    #: Codes of the fee standard that the labour consists of; none: one flat amount.
    operations: tuple[str, ...] = ()
    #: Codes of the manufacturer's lists.
    symptom: str = ""
    reason: str = ""
    location: str = ""
    symptom_text: str = ""
    cause_text: str = ""
    action_text: str = ""
    parts: tuple[PartUse, ...] = ()
    way: Way = Way.BRING_IN
    received_on: dt.date | None = None
    finished_on: dt.date | None = None
    handed_over_on: dt.date | None = None
    resolved: bool = True
    technician: str = ""
    customer: str = ""
    phone: str = ""
    address: str = ""
    #: The service request that it answers; empty: a walk-in.
    request_number: str = ""
    consent: Consent | None = None


@dataclass(frozen=True)
class PricedPart:
    """A part line with what the catalogue says on the record's day."""

    use: PartUse
    part_id: int
    name: str
    #: Of one piece; None: the price list has none.
    price: Decimal | None

    @property
    def amount(self) -> Decimal:
        return (self.price or ZERO) * self.use.pieces


def parts_total(parts: Iterable[PricedPart]) -> Decimal:
    """What the parts of a record cost by the price list."""
    return total(part.amount for part in parts)


def customer_pays(category: Category, labour: Decimal, onsite: Decimal, parts: Decimal) -> Decimal:
    """EN-4, RP-4: what the customer pays; nothing but in category A."""
    return labour + onsite + parts if category is Category.PAID else ZERO


def days_in_repair(received: dt.date | None, handed_over: dt.date | None, finished: dt.date | None) -> int:
    """Days that the repair took the unit away, for the period that is prolonged by them (EN-13).

    Brought in on the 12th and collected on the 14th: 2. Nothing is counted without both days.
    """
    last = handed_over or finished
    return max((last - received).days, 0) if received is not None and last is not None else 0


def check_amounts_kept(before: tuple[Decimal | str, ...], after: tuple[Decimal | str, ...]) -> None:
    """RP-6: what a decided claim was decided on stays as it is. Raises RuleBroken RP-6."""
    if before != after:
        raise RuleBroken(
            "RP-6",
            T("The claim of this record is decided; its amounts, parts and category can't change any more."),
        )


def check_undecided(decided: bool) -> None:
    """RP-6: a record whose claim is decided is not taken back. Raises RuleBroken RP-6."""
    if decided:
        raise RuleBroken("RP-6", T("The claim of this record is decided; it can't be taken back any more."))


def check_reason(reason: str) -> str:
    """RP-6: why a locked record is corrected or taken back. Raises RuleBroken RP-6."""
    words = reason.strip()
    if not words:
        raise RuleBroken("RP-6", T("Say why this record is changed."), field="why")
    return words[:300]


def frozen_reasons(entitlement: Entitlement) -> list[list[Any]]:
    """The reasons of an outcome as they are kept with a record: `[rule, sentence, values, clause]` (EN-14)."""
    return [
        [
            reason.rule,
            reason.text.msgid,
            {name: str(value) for name, value in reason.text.params.items()},
            reason.clause,
        ]
        for reason in entitlement.reasons
    ]


def thawed(kept: Iterable[list[Any]]) -> list[tuple[str, T, str]]:
    """Kept reasons as (rule, sentence, number of the clause)."""
    return [(rule, T(msgid, **values), clause) for rule, msgid, values, clause in kept]

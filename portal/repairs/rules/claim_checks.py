"""What a claim is judged by (RP-7): the same findings before it is filed and at its review (FD-1, FD-2)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.agreements.rules import CostClass
from portal.kernel.findings import Evidence, Finding, Severity
from portal.kernel.text import T
from portal.warranty.rules import Entitlement

#: An earlier claim for the same fault, further back than a duplicate, is worth a look for so many days.
REPEAT_DAYS = 365


class Check(StrEnum):
    """One thing that is looked at; overrides are counted by it."""

    ENTITLEMENT = "entitlement"
    DUPLICATE = "duplicate"
    REPEAT = "repeat"
    FAULT = "fault"
    PARTS = "parts"
    LABOUR = "labour"
    ONSITE = "onsite"
    PHOTO = "photo"
    SIGNATURE = "signature"


#: What the record itself is judged by already; the others are said of the claim alone, before it is filed too.
SAID_OF_RECORD = frozenset({Check.ENTITLEMENT, Check.FAULT, Check.LABOUR, Check.PHOTO, Check.SIGNATURE})


def fault_key(symptom: str, location: str) -> str:
    """What makes two faults of a unit the same: symptom and location; empty when one of them has no code."""
    return f"{symptom}:{location}" if symptom and location else ""


@dataclass(frozen=True)
class Earlier:
    """An earlier claim for the same fault of the same unit; `number` only where the reader may see it (RP-12)."""

    filed_on: dt.date
    number: str = ""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return (Evidence(self.number, f"repairs/{self.number}"),) if self.number else ()


@dataclass(frozen=True)
class Standard:
    """What an amount is compared with: the fee standard of the day of the repair; None: it names nothing."""

    asked: Decimal
    allowed: Decimal | None


@dataclass(frozen=True)
class ClaimFacts:
    """Everything that a claim is judged by."""

    entitlement: Entitlement
    #: The day on which it is filed.
    day: dt.date
    labour: Standard
    onsite: Standard
    photos: int
    signed: bool
    #: Whether the record names the fault by its codes.
    fault_named: bool
    #: Codes of fitted parts that are not known to fit the model.
    strange_parts: Sequence[str] = ()
    #: Newest first; claims that were rejected do not count.
    earlier: Sequence[Earlier] = ()
    #: The class at filing, once it is filed.
    filed_class: CostClass | None = None


def check_claim(facts: ClaimFacts, *, duplicate_days: int) -> dict[Check, Finding]:
    """Every check of a claim with its finding, in the order in which they are shown."""
    return {
        Check.ENTITLEMENT: _entitlement(facts),
        **_same_fault(facts, duplicate_days),
        Check.PARTS: _parts(facts.strange_parts),
        Check.LABOUR: _labour(facts.labour),
        Check.ONSITE: _onsite(facts.onsite),
        Check.PHOTO: _present(
            facts.photos > 0, "RP-3", T("A photo is there."), T("There is no photo."), T("Add a photo of the damage.")
        ),
        Check.SIGNATURE: _present(
            facts.signed,
            "RP-5",
            T("The customer has signed."),
            T("The customer has not signed."),
            T("Have the customer sign on the screen, or attach the signed sheet."),
        ),
    }  # fmt: skip


def concerns(found: Mapping[Check, Finding]) -> list[Check]:
    """The checks that are not clean, the gravest first."""
    bad = [check for check, finding in found.items() if finding.severity > Severity.NOTE]
    return sorted(bad, key=lambda check: -found[check].severity)


def is_duplicate(found: Mapping[Check, Finding]) -> bool:
    """Whether the same fault of the unit is claimed already: then no claim is raised (RP-7)."""
    return Check.DUPLICATE in found and found[Check.DUPLICATE].severity > Severity.NOTE


def needs_words(found: Iterable[Finding]) -> bool:
    """Whether approving goes over a check that needs a person; the person then says why (FD-2)."""
    return any(finding.severity >= Severity.NEEDS_PERSON for finding in found)


def gravest_first(found: Mapping[Check, Finding]) -> list[Finding]:
    """The findings as they are shown."""
    return sorted(found.values(), key=lambda finding: -finding.severity)


def _entitlement(facts: ClaimFacts) -> Finding:
    reason = facts.entitlement.reasons[0]
    now, filed = facts.entitlement.cost_class, facts.filed_class
    if filed is not None and now is not filed:
        text = T(
            "Classified as {filed} when it was filed; by what is known now it is {now}.", filed=filed, now=now
        )
        return Finding(reason.rule, Severity.NEEDS_PERSON, text, cure=reason.text)
    return Finding(reason.rule, Severity.NOTE, reason.text)


def _same_fault(facts: ClaimFacts, duplicate_days: int) -> dict[Check, Finding]:
    if not facts.fault_named:
        text, cure = T("No fault code is named."), T("Choose symptom, cause and location from the lists.")
        return {Check.FAULT: Finding("RP-3", Severity.WARNING, text, field="fault", cure=cure)}
    since = {earlier: abs((facts.day - earlier.filed_on).days) for earlier in facts.earlier}
    last = min(facts.earlier, key=lambda earlier: since[earlier], default=None)
    if last is not None and duplicate_days and since[last] <= duplicate_days:
        text = T("The same fault of this unit was claimed on {day} already.", day=last.filed_on)
        cure = T(
            "Within {days} days it is not claimed twice; the record is kept without a claim.",
            days=duplicate_days,
        )
        return {
            Check.DUPLICATE: Finding(
                "RP-7", Severity.NEEDS_PERSON, text, field="fault", cure=cure, evidence=last.evidence
            )
        }
    if last is not None and since[last] <= REPEAT_DAYS:
        text = T("The same fault of this unit was repaired before, {days} days ago.", days=since[last])
        return {Check.REPEAT: Finding("RP-7", Severity.WARNING, text, evidence=last.evidence)}
    return {
        Check.DUPLICATE: Finding("RP-7", Severity.NOTE, T("This fault of the unit was not claimed before."))
    }


def _parts(strange: Sequence[str]) -> Finding:
    if strange:
        text = T("Not known to fit this model: {parts}.", parts=", ".join(strange))
        return Finding("RP-7", Severity.NEEDS_PERSON, text, field="parts", cure=T("Compare the part codes."))
    return Finding("RP-7", Severity.NOTE, T("Every part fits the model."))


def _labour(labour: Standard) -> Finding:
    above = T(
        "Labour {asked} is above the fee standard, {allowed}.", asked=labour.asked, allowed=labour.allowed
    )
    fine = T("Labour is within the fee standard.")
    return _within(
        labour, "labour", fine, above, T("No operation of the fee standard is named for the labour.")
    )


def _onsite(onsite: Standard) -> Finding:
    above = T(
        "On-site fee {asked} is above the fee standard, {allowed}.",
        asked=onsite.asked,
        allowed=onsite.allowed,
    )
    fine = T("The on-site fee is within the fee standard.")
    return _within(onsite, "onsite", fine, above, T("The fee standard names no on-site fee."))


def _within(standard: Standard, field: str, fine: T, above: T, unknown: T) -> Finding:
    if standard.allowed is None:
        return Finding("RP-7", Severity.NOTE, unknown if standard.asked else fine)
    if standard.asked > standard.allowed:
        cure = T("Claim what the fee standard of the day allows.")
        return Finding("RP-7", Severity.NEEDS_PERSON, above, field=field, cure=cure)
    return Finding("RP-7", Severity.NOTE, fine)


def _present(there: bool, rule: str, fine: T, missing: T, cure: T) -> Finding:
    return (
        Finding(rule, Severity.NOTE, fine) if there else Finding(rule, Severity.WARNING, missing, cure=cure)
    )

"""What is said about a repair record before it is filed and at its review (FD-1, FD-2; RP-3 … RP-5, RP-10, EN-4, EN-5).

What keeps a record from being filed: an unknown unit (WC-3), one that left the field, an impossible date, a code that
does not exist, an impossible amount, a price that is not the one consented to. What is only missing (photo, signature,
fault code, consent) is said and goes on.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from portal.agreements.rules import CostClass
from portal.kernel.findings import Finding, Severity
from portal.kernel.money import ZERO
from portal.kernel.text import T
from portal.repairs.rules.claims import raises_claim
from portal.repairs.rules.faults import FaultKind
from portal.repairs.rules.records import (
    HIGHEST,
    LONGEST,
    MOST_LINES,
    MOST_PIECES,
    Category,
    PricedPart,
    RepairDraft,
    customer_pays,
    parts_total,
)
from portal.warranty.rules import Cause, Coverage, Entitlement, normalise_phone


@dataclass(frozen=True)
class RepairFacts:
    """What the portal knows when a record is judged."""

    today: dt.date
    #: None: the manufacturer never shipped such a unit.
    coverage: Coverage | None
    #: None: the unit is unknown.
    entitlement: Entitlement | None
    #: The codes of each list that may be used.
    codes: Mapping[FaultKind, Collection[str]] = field(default_factory=dict)
    #: The parts that are known, by code.
    parts: Mapping[str, PricedPart] = field(default_factory=dict)
    #: Operations that are not in the fee standard of the day.
    unknown_operations: tuple[str, ...] = ()
    #: Labour by the fee standard; None: no operation was chosen.
    standard: Decimal | None = None
    photos: int = 0
    signed: bool = False

    @property
    def lines(self) -> tuple[PricedPart, ...]:
        return tuple(self.parts.values())


def check_repair(draft: RepairDraft, facts: RepairFacts) -> list[Finding]:
    """Every finding about a record, in a fixed order; the first that blocks names the rule.

    unknown serial (WC-3) → left the field, dates (RP-3) → fault codes → parts → amounts → texts → category and cause
    (EN-4, EN-5) → price and consent (RP-4) → photo (RP-3), signature (RP-5), not repaired (RP-10).
    """
    return [
        *check_serial(draft.serial, facts.coverage),
        *_about_dates(draft, facts),
        *_about_codes(draft, facts),
        *_about_parts(draft, facts),
        *_about_amounts(draft, facts),
        *_about_texts(draft),
        *_about_category(draft, facts),
        *_about_consent(draft, facts),
        *_about_proof(draft, facts),
    ]


def check_serial(serial: str, coverage: Coverage | None) -> Iterator[Finding]:
    """The findings about the unit alone, whoever it was shipped to (RP-12)."""
    if coverage is None:
        yield _block(
            "WC-3",
            T("Serial {serial} is not known to the manufacturer.", serial=serial),
            "serial",
            T("Compare it with the plate; if it is right, ask the manufacturer to record the shipment."),
        )
    elif coverage.left_field_on is not None:
        yield _block(
            "RP-3",
            T(
                "Serial {serial} was exchanged, credited or scrapped on {day}; it can't be repaired any more.",
                serial=serial,
                day=coverage.left_field_on,
            ),
            "serial",
            T("Compare it with the plate; the unit that was handed over in its place has another serial."),
        )


def price(draft: RepairDraft, lines: Sequence[PricedPart]) -> Decimal:
    """What the customer pays for a record as it is written (RP-4)."""
    return customer_pays(draft.category, draft.labour, draft.onsite, parts_total(lines))


def suggested(cost_class: CostClass) -> Category:
    """The category that fits an outcome: free where it is covered, the dealer's own where the dealer caused it."""
    if raises_claim(cost_class):
        return Category.WARRANTY
    return Category.INTERNAL if cost_class is CostClass.DEALER_CAUSED else Category.PAID


def _block(rule: str, text: T, field: str | None, cure: T | None = None) -> Finding:
    return Finding(rule, Severity.BLOCKS, text, field=field, cure=cure)


def _warn(rule: str, text: T, field: str | None = None, cure: T | None = None) -> Finding:
    return Finding(rule, Severity.WARNING, text, field=field, cure=cure)


def _person(rule: str, text: T, field: str | None = None, cure: T | None = None) -> Finding:
    return Finding(rule, Severity.NEEDS_PERSON, text, field=field, cure=cure)


def _about_dates(draft: RepairDraft, facts: RepairFacts) -> Iterator[Finding]:
    if draft.incident > facts.today:
        text = T("The fault can't have shown on {day}, which is to come.", day=draft.incident)
        yield _block("RP-3", text, "incident")
    elif facts.coverage is not None and draft.incident < facts.coverage.shipped_on:
        text = T("The fault showed before the unit was shipped, on {day}.", day=facts.coverage.shipped_on)
        yield _person("RP-3", text, "incident", T("Compare serial and date."))
    order = [("received_on", draft.received_on), ("finished_on", draft.finished_on)]
    known = [(name, day) for name, day in [*order, ("handed_over_on", draft.handed_over_on)] if day]
    for (_, earlier), (name, later) in pairwise(known):
        if later < earlier:
            text = T("{later} is before {earlier}: asked for, finished and handed over follow each other.",
                     later=later, earlier=earlier)  # fmt: skip
            yield _block("RP-3", text, name)
    for name, day in known:
        if day > facts.today:
            yield _block("RP-3", T("{day} is still to come.", day=day), name)


def _about_codes(draft: RepairDraft, facts: RepairFacts) -> Iterator[Finding]:
    missing = False
    for kind, name, code in (
        (FaultKind.SYMPTOM, "symptom", draft.symptom),
        (FaultKind.CAUSE, "reason", draft.reason),
        (FaultKind.LOCATION, "location", draft.location),
    ):
        known = facts.codes.get(kind, ())
        if code and code not in known:
            yield _block("RP-3", T("There is no fault code {code} in this list.", code=code), name)
        missing = missing or (bool(known) and not code)
    if missing:
        yield _warn(
            "RP-3",
            T("Symptom, cause or location has no fault code; the same fault can't be recognised."),
            "symptom",
            T("Choose a code from each list."),
        )


def _about_parts(draft: RepairDraft, facts: RepairFacts) -> Iterator[Finding]:
    if len(draft.parts) > MOST_LINES:
        yield _block("RP-3", T("A record has at most {most} lines of parts.", most=MOST_LINES), "parts")
    codes = [use.code for use in draft.parts]
    for line, use in enumerate(draft.parts, 1):
        found = facts.parts.get(use.code)
        problem = cure = None
        if found is None:
            problem = T("There is no part {code}.", code=use.code)
        elif not 1 <= use.pieces <= MOST_PIECES:
            problem = T("{code}: from 1 to {most} pieces.", code=use.code, most=MOST_PIECES)
        elif codes.index(use.code) != line - 1:
            problem = T("Part {code} stands here twice.", code=use.code)
            cure = T("Put the pieces together in one line.")
        elif max(len(use.serial_in), len(use.serial_out), len(use.lot)) > LONGEST["component"]:
            problem = T("{code}: serial and lot have up to {most} characters.", code=use.code,
                        most=LONGEST["component"])  # fmt: skip
        if problem is not None:
            yield Finding("RP-3", Severity.BLOCKS, problem, field="parts", line=line, cure=cure)
        elif found is not None and found.price is None:
            text = T("Part {code} has no price on this day; it counts 0.00.", code=use.code)
            yield Finding("PT-10", Severity.WARNING, text, field="parts", line=line)


def _about_amounts(draft: RepairDraft, facts: RepairFacts) -> Iterator[Finding]:
    for name, amount in (("labour", draft.labour), ("onsite", draft.onsite)):
        if not ZERO <= amount <= HIGHEST:
            yield _block("RP-3", T("Enter an amount from 0.00 to {most}.", most=HIGHEST), name)
    for code in facts.unknown_operations:
        text = T("Operation {code} has no fee in the fee standard of this day.", code=code)
        yield _block("RP-3", text, "operations")
    if facts.standard is not None and draft.labour > facts.standard:
        yield _warn(
            "RP-3",
            T("Labour {asked} is above the fee standard, {standard}.",
              asked=draft.labour, standard=facts.standard),
            "labour",
            T("Take the amount of the fee standard, or say in the record why more was needed."),
        )  # fmt: skip


def _about_texts(draft: RepairDraft) -> Iterator[Finding]:
    for name, longest in LONGEST.items():
        if len(getattr(draft, name)) > longest:
            yield _block("RP-3", T("This has more than {longest} characters.", longest=longest), name)
    if draft.phone:
        try:
            normalise_phone(draft.phone)
        except ValueError:
            yield _block(
                "RP-3",
                T("The customer's phone number is not a valid one."),
                "phone",
                T("Enter a mobile number, or a landline with its area code."),
            )


def _about_category(draft: RepairDraft, facts: RepairFacts) -> Iterator[Finding]:
    if facts.coverage is None or facts.entitlement is None:
        return
    covered = raises_claim(facts.entitlement.cost_class)
    if draft.category is Category.WARRANTY and not covered:
        yield _warn(
            "EN-9" if facts.entitlement.cost_class is CostClass.OUT_OF_WARRANTY else "EN-4",
            T("The manufacturer does not pay for this repair; as category C it is the dealer's own cost."),
            "category",
            T("Choose category A if the customer pays."),
        )
    if draft.category is Category.PAID and covered:
        yield _person(
            "EN-1",
            T("The unit is covered, and yet the customer is to pay."),
            "category",
            T("Choose category C; the manufacturer pays."),
        )
    if draft.category is Category.PAID and draft.cause is Cause.DEALER:
        yield _person(
            "EN-5",
            T("The dealer caused the fault and bears all; the customer does not pay."),
            "category",
            T("Choose category D."),
        )


def _about_consent(draft: RepairDraft, facts: RepairFacts) -> Iterator[Finding]:
    asked = price(draft, facts.lines)
    if draft.consent is not None and draft.consent.amount != asked:
        yield _block(
            "RP-4",
            T("The customer agreed to {agreed}, the price is now {asked}.",
              agreed=draft.consent.amount, asked=asked),
            "consent",
            T("Show the customer the new price and ask again."),
        )  # fmt: skip
    elif draft.consent is None and asked:
        text = T("The customer's consent to {asked} is not noted.", asked=asked)
        yield _person("RP-4", text, "consent", T("Show the price before the work and note the consent."))


def _about_proof(draft: RepairDraft, facts: RepairFacts) -> Iterator[Finding]:
    if not facts.photos and draft.category is Category.WARRANTY:
        text = T("There is no photo of the fault.")
        yield _warn("RP-3", text, "photos", T("Photograph the plate and the faulty part."))
    if not facts.signed:
        text = T("The customer has not signed yet.")
        yield _warn("RP-5", text, "signature", T("Let the customer sign on the screen, or attach a scan."))
    if not draft.resolved:
        text = T(
            "The unit could not be repaired on the spot; agree on the next date and write a fault report."
        )
        yield _warn("RP-10", text, "resolved")

"""Repair records: the checks before filing, prices, versions (RP-3 … RP-6, EN-4, EN-5)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from portal.agreements.rules import CostClass, Terms
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding, Severity, blocking
from portal.repairs.rules.checks import RepairFacts, check_repair, price, suggested
from portal.repairs.rules.faults import DEFAULTS, FaultKind, normalise_fault
from portal.repairs.rules.records import (
    REPAIR,
    Category,
    Consent,
    ConsentWay,
    PartUse,
    PricedPart,
    RepairAction,
    RepairDraft,
    RepairState,
    check_amounts_kept,
    check_reason,
    check_undecided,
    customer_pays,
    days_in_repair,
    frozen_reasons,
    thawed,
)
from portal.repairs.rules.versions import RepairField, compared, content_of
from portal.warranty.rules import Cause, Coverage, Sale, entitlement

DAY = dt.date
TODAY = DAY(2026, 5, 20)
COVERAGE = Coverage(
    serial="A1",
    model="EB-48",
    batch="B1",
    shipped_on=DAY(2026, 5, 1),
    received_on=DAY(2026, 5, 4),
    months=12,
    components={},
    terms=Terms(),
    sale=Sale("BXK-2026-000001", DAY(2026, 5, 10), late=False, waived=False),
)
DRAFT = RepairDraft(
    "A1", DAY(2026, 5, 19), Cause.PRODUCT, Category.WARRANTY, symptom="S01", reason="C01", location="L01"
)
MOTOR = PricedPart(PartUse("P-MOTOR", 2), 1, "电机", Decimal("120.00"))
CODES = {FaultKind.SYMPTOM: {"S01"}, FaultKind.CAUSE: {"C01"}, FaultKind.LOCATION: {"L01"}}


def check(draft: RepairDraft = DRAFT, coverage: Coverage | None = COVERAGE, **facts: Any) -> list[Finding]:
    outcome = entitlement(coverage, draft.incident, draft.cause) if coverage else None
    known: dict[str, Any] = {"codes": CODES, "photos": 1, "signed": True, **facts}
    return check_repair(draft, RepairFacts(TODAY, coverage, outcome, **known))


def said(found: list[Finding]) -> list[tuple[str, Severity, str | None]]:
    return [(finding.rule, finding.severity, finding.field) for finding in found]


def test_a_record_with_everything_has_nothing_to_remark() -> None:
    assert check() == []


@pytest.mark.parametrize(
    ("changes", "facts", "rule", "field", "text"),
    [
        ({}, {"coverage": None}, "WC-3", "serial", "Serial A1 is not known to the manufacturer."),
        (
            {},
            {"coverage": replace(COVERAGE, left_field_on=DAY(2026, 5, 18))},
            "RP-3",
            "serial",
            "Serial A1 was exchanged, credited or scrapped on 2026-05-18; it can't be repaired any more.",
        ),
        (
            {"incident": DAY(2026, 5, 21)},
            {},
            "RP-3",
            "incident",
            "The fault can't have shown on 2026-05-21, which is to come.",
        ),
        (
            {"received_on": DAY(2026, 5, 19), "finished_on": DAY(2026, 5, 18)},
            {},
            "RP-3",
            "finished_on",
            "2026-05-18 is before 2026-05-19: asked for, finished and handed over follow each other.",
        ),
        ({"handed_over_on": DAY(2026, 5, 21)}, {}, "RP-3", "handed_over_on", "2026-05-21 is still to come."),
        ({"symptom": "S77"}, {}, "RP-3", "symptom", "There is no fault code S77 in this list."),
        ({"parts": (PartUse("P-NONE"),)}, {}, "RP-3", "parts", "There is no part P-NONE."),
        (
            {"parts": (PartUse("P-MOTOR", 0),)},
            {"parts": {"P-MOTOR": replace(MOTOR, use=PartUse("P-MOTOR", 0))}},
            "RP-3",
            "parts",
            "P-MOTOR: from 1 to 999 pieces.",
        ),
        (
            {"parts": (PartUse("P-MOTOR"), PartUse("P-MOTOR"))},
            {"parts": {"P-MOTOR": MOTOR}},
            "RP-3",
            "parts",
            "Part P-MOTOR stands here twice.",
        ),
        ({"labour": Decimal("-0.01")}, {}, "RP-3", "labour", "Enter an amount from 0.00 to 1000000.00."),
        (
            {},
            {"unknown_operations": ("W-77",)},
            "RP-3",
            "operations",
            "Operation W-77 has no fee in the fee standard of this day.",
        ),
        ({"technician": "长" * 61}, {}, "RP-3", "technician", "This has more than 60 characters."),
        ({"phone": "12345"}, {}, "RP-3", "phone", "The customer's phone number is not a valid one."),
        (
            {"category": Category.PAID, "labour": Decimal("80.00"), "consent": Consent(Decimal("79.99"))},
            {},
            "RP-4",
            "consent",
            "The customer agreed to 79.99, the price is now 80.00.",
        ),
    ],
)
def test_what_can_not_be_is_refused_with_its_rule_and_field(
    changes: dict[str, Any], facts: dict[str, Any], rule: str, field: str, text: str
) -> None:
    found = blocking(check(replace(DRAFT, **changes), **{"coverage": COVERAGE, **facts}))
    assert [(finding.rule, finding.field, str(finding.text)) for finding in found] == [(rule, field, text)]


@pytest.mark.parametrize(
    ("changes", "facts", "finding"),
    [
        ({}, {"photos": 0}, ("RP-3", Severity.WARNING, "photos")),
        ({}, {"signed": False}, ("RP-5", Severity.WARNING, "signature")),
        ({"resolved": False}, {}, ("RP-10", Severity.WARNING, "resolved")),
        ({"symptom": ""}, {}, ("RP-3", Severity.WARNING, "symptom")),
        ({"incident": DAY(2026, 4, 30)}, {}, ("RP-3", Severity.NEEDS_PERSON, "incident")),
        (
            {"labour": Decimal("60.01")},
            {"standard": Decimal("60.00")},
            ("RP-3", Severity.WARNING, "labour"),
        ),
        ({"cause": Cause.USER}, {}, ("EN-4", Severity.WARNING, "category")),
        ({"category": Category.PAID}, {}, ("EN-1", Severity.NEEDS_PERSON, "category")),
        ({"cause": Cause.DEALER, "category": Category.PAID}, {}, ("EN-5", Severity.NEEDS_PERSON, "category")),
        (
            {"cause": Cause.USER, "category": Category.PAID, "labour": Decimal("80.00")},
            {},
            ("RP-4", Severity.NEEDS_PERSON, "consent"),
        ),
        (
            {"parts": (PartUse("P-OLD"),)},
            {"parts": {"P-OLD": PricedPart(PartUse("P-OLD"), 2, "旧", None)}},
            ("PT-10", Severity.WARNING, "parts"),
        ),
    ],
)
def test_what_is_missing_or_odd_is_said_and_goes_on(
    changes: dict[str, Any], facts: dict[str, Any], finding: tuple[str, Severity, str]
) -> None:
    assert finding in said(check(replace(DRAFT, **changes), **facts))
    assert blocking(check(replace(DRAFT, **changes), **facts)) == []


def test_a_manufacturer_without_lists_is_not_told_of_missing_codes() -> None:
    bare = replace(DRAFT, symptom="", reason="", location="")
    assert check(bare, codes={}) == []


@pytest.mark.parametrize(("category", "pays"), [("A", "370.00"), ("B", "0.00"), ("C", "0.00"), ("D", "0.00")])
def test_the_customer_pays_labour_site_and_parts_in_category_a_alone(category: str, pays: str) -> None:
    paid = replace(DRAFT, category=Category(category), labour=Decimal("80.00"), onsite=Decimal("50.00"))
    assert price(paid, [MOTOR]) == Decimal(pays)
    assert customer_pays(
        Category(category), Decimal("80.00"), Decimal("50.00"), Decimal("240.00")
    ) == Decimal(pays)


def test_the_category_follows_who_is_covered() -> None:
    outcomes = (CostClass.IN_WARRANTY, CostClass.DOA, CostClass.USER_CAUSED, CostClass.DEALER_CAUSED)
    assert [suggested(found).value for found in outcomes] == ["C", "C", "A", "D"]


def test_days_in_repair_run_from_the_request_to_the_hand_over() -> None:
    came, done, left = DAY(2026, 5, 12), DAY(2026, 5, 13), DAY(2026, 5, 14)
    assert days_in_repair(came, left, done) == 2
    assert days_in_repair(came, None, done) == 1
    assert days_in_repair(None, left, done) == days_in_repair(came, None, None) == 0


def test_a_record_is_signed_corrected_and_taken_back_in_its_order() -> None:
    assert REPAIR.advance(RepairState.UNSIGNED, RepairAction.SIGN) is RepairState.SIGNED
    assert REPAIR.advance(RepairState.SIGNED, RepairAction.CORRECT) is RepairState.SIGNED
    with pytest.raises(RuleBroken) as refusal:
        REPAIR.advance(RepairState.VOID, RepairAction.CORRECT)
    assert refusal.value.rule == "RP-6"


def test_a_decided_claim_holds_its_record() -> None:
    check_amounts_kept((Decimal("60.00"), "A1"), (Decimal("60.00"), "A1"))
    check_undecided(False)
    for refused in (
        lambda: check_amounts_kept((Decimal("60.00"), "A1"), (Decimal("60.01"), "A1")),
        lambda: check_undecided(True),
        lambda: check_reason("  "),
    ):
        with pytest.raises(RuleBroken) as refusal:
            refused()
        assert refusal.value.rule == "RP-6"


def test_reasons_are_kept_as_they_were_said() -> None:
    outcome = entitlement(COVERAGE, DAY(2026, 5, 19), Cause.PRODUCT)
    kept = thawed(frozen_reasons(outcome))
    assert [(rule, str(text), clause) for rule, text, clause in kept] == [
        (reason.rule, str(reason.text), reason.clause) for reason in outcome.reasons
    ]
    assert kept


def test_two_versions_are_compared_field_by_field_without_the_customers_data() -> None:
    first = replace(
        DRAFT,
        customer="王小明",
        phone="13800005678",
        address="山东省临沂市兰山区金源路 1 号",
        labour=Decimal("80.00"),
        category=Category.PAID,
        consent=Consent(Decimal("320.00"), ConsentWay.SPOKEN),
    )
    second = replace(first, labour=Decimal("90.00"), resolved=False)
    kept = [
        content_of(one, [MOTOR], serial="A1", cost_class=CostClass.IN_WARRANTY, price=price(one, [MOTOR]))
        for one in (first, second)
    ]
    assert not [word for word in ("13800005678", "王小明", "金源路") if word in str(kept)]
    rows = compared(*kept)
    changed = {
        row.field: ([str(v) for v in row.before], [str(v) for v in row.after]) for row in rows if row.changed
    }
    assert changed == {
        RepairField.RESOLVED: (["yes"], ["no"]),
        RepairField.LABOUR: (["80.00"], ["90.00"]),
        RepairField.PRICE: (["320.00"], ["330.00"]),
    }
    parts = next(row for row in rows if row.field is RepairField.PARTS)
    assert parts.after == ["P-MOTOR 电机 × 2"]
    assert RepairField.TECHNICIAN not in {row.field for row in rows}


def test_the_set_to_begin_with_has_each_code_once_in_both_languages() -> None:
    for rows in DEFAULTS.values():
        codes = [normalise_fault(code) for code, _, _ in rows]
        assert len(set(codes)) == len(codes)
        assert all(name and name_en for _, name, name_en in rows)
    with pytest.raises(RuleBroken):
        normalise_fault("S 01")

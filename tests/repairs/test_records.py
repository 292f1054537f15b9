"""Filing, correcting, signing and taking back repair records on both engines (RP-3 … RP-6, RP-12)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from portal.agreements.rules import CostClass
from portal.audit.models import Fact
from portal.audit.queries import timeline
from portal.drafts.models import Upload
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.parts.models.stock import StockMovement
from portal.repairs import commands, queries
from portal.repairs.models import (
    Claim,
    FaultCode,
    Repair,
    RepairPart,
    RepairPhoto,
    RepairSignature,
    RepairVersion,
)
from portal.repairs.rules.claims import ClaimAction
from portal.repairs.rules.faults import FaultKind
from portal.repairs.rules.records import (
    Category,
    Consent,
    OldPart,
    PartUse,
    RepairPhotoKind,
    RepairState,
    SignatureKind,
)
from portal.warranty.rules import Cause
from tests.people import TODAY, World
from tests.repairs.workshop import INCIDENT, draft, file, rows, sell, upload, workshop

WRITTEN = (Repair, RepairVersion, RepairPart, RepairPhoto, RepairSignature, Claim, StockMovement, Fact)


@pytest.fixture
def shop(world: World) -> World:
    return workshop(world)


def correct(world: World, number: str, *, why: str = "数量写错", on: dt.date = TODAY, **changes: Any) -> str:
    with world.acting("dana", on=on) as dana:
        present = queries.draft_of(queries.get(number))
        return commands.correct(dana, number, replace(present, **changes), why=why)


def test_a_record_is_filed_with_a_number_and_says_who_is_covered(shop: World) -> None:
    sell(shop)
    number = file(
        shop,
        serial=" a1 ",
        parts=(PartUse("p-motor", 2, serial_out="M-1", serial_in="M-2"),),
        phone="138 0000 5678",
        customer="王小明",
    )
    assert number == "WX-2026-000001"
    with shop.acting("mei"):
        found = queries.get(number)
        assert (found.serial, found.model, found.state, found.cost_class) == (
            "A1",
            "EB-48",
            RepairState.UNSIGNED,
            CostClass.IN_WARRANTY,
        )
        assert (found.labour, found.standard, found.parts_total, found.price) == (
            Decimal("60.00"),
            Decimal("60.00"),
            Decimal("240.00"),
            Decimal("0.00"),
        )
        assert (found.phone, found.phone_last4) == ("+8613800005678", "5678")
        assert found.operations == [["W-10", "更换电机", "60.00"]]
        assert found.period_first == dt.date(2026, 5, 10)
        assert found.reasons[0][0] == "EN-1"
        fitted = queries.parts_of(found)
        assert [(part.code, part.pieces, part.price, part.serial_in) for part in fitted] == [
            ("P-MOTOR", 2, Decimal("120.00"), "M-2")
        ]
        assert [version.revision for version in queries.versions(found.id)] == [1]
        assert len(timeline(number)) == 1


def test_any_dealer_repairs_any_unit_and_sees_nothing_of_its_sale(shop: World) -> None:
    sell(shop)
    first = file(shop)
    second = file(shop, "rival", incident=dt.date(2026, 5, 20), symptom="S02", location="L02")
    with shop.acting("rival"):
        found = queries.get(second)
        assert (found.dealer_id, found.cost_class) == (shop.dealers["D02"], CostClass.IN_WARRANTY)
        seen = queries.earlier("A1", but=second)
        assert [(one.number, one.symptom, one.own) for one in seen] == [("", "S01", False)]
        with pytest.raises(NotFound):
            queries.get(first)
        # RT-2 asks by number and serial alone, whoever repaired.
        assert queries.attempt("a1", first)
        assert not queries.attempt("A2", first)
    with shop.acting("otto"):
        assert not queries.attempt("A1", first)
    with shop.acting("mei"):
        assert {one.number for one in queries.earlier("A1")} == {first, second}


def test_a_sub_dealer_files_its_own_records(shop: World) -> None:
    number = file(shop, "sub", "S1")
    with shop.acting("sub"):
        found = queries.get(number)
        assert (found.dealer_id, found.point_id) == (shop.dealers["D01"], shop.dealers["D01S"])
    with shop.acting("rival"), pytest.raises(NotFound):
        queries.get(number)


#: What keeps a record from being filed: serial, what else is changed, the rule.
BROKEN: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("NOPE", {}, "WC-3"),
    ("A1", {"incident": TODAY + dt.timedelta(days=1)}, "RP-3"),
    ("A1", {"symptom": "S77"}, "RP-3"),
    ("A1", {"parts": (PartUse("P-NONE"),)}, "RP-3"),
    ("A1", {"operations": ("W-77",)}, "RP-3"),
    ("A1", {"category": Category.PAID, "consent": Consent(Decimal("1.00"))}, "RP-4"),
)


def test_a_record_that_breaks_a_rule_is_refused_and_leaves_nothing(shop: World) -> None:
    with shop.acting("dana"):
        before = rows(*WRITTEN)
    for serial, changes, rule in BROKEN:
        with pytest.raises(RuleBroken) as refusal:
            file(shop, serial=serial, **changes)
        assert refusal.value.rule == rule
    with shop.acting("mei") as mei, pytest.raises(Forbidden):
        commands.file(mei, draft())
    with shop.acting("dana"):
        assert rows(*WRITTEN) == before
    assert file(shop) == "WX-2026-000001"


def test_the_same_submit_twice_files_one_record(shop: World) -> None:
    for _ in range(2):
        with shop.acting("dana") as dana:
            assert commands.file(dana, draft(), key="k" * 32) == "WX-2026-000001"
    with shop.acting("dana"):
        assert rows(Repair) == [1]


def test_uploads_become_the_records_photos_and_signature(shop: World) -> None:
    photo, written = upload(shop), upload(shop, content=b"\xff\xd8name")
    with shop.acting("dana") as dana:
        number = commands.file(
            dana,
            draft(),
            photos=((RepairPhotoKind.PLATE, photo),),
            signature=(SignatureKind.DRAWN, written),
        )
    with shop.acting("mei"):
        found = queries.get(number)
        assert (found.state, found.signed_at is not None) == (RepairState.SIGNED, True)
        (kept,) = queries.photos(found.id)
        assert kept.kind is RepairPhotoKind.PLATE
        (signed,) = queries.signatures(found.id)
        assert queries.signature(number, signed.id).content == b"\xff\xd8name"
    with shop.acting("dana"):
        assert rows(Upload) == [0]


def test_a_record_is_signed_later(shop: World) -> None:
    number = file(shop)
    written = upload(shop)
    with shop.acting("dana") as dana:
        commands.sign(dana, number, (SignatureKind.SCAN, written))
    with shop.acting("dana"):
        found = queries.get(number)
        assert found.state is RepairState.SIGNED
        assert [one.revision for one in queries.signatures(found.id)] == [1]


def test_a_correction_is_a_new_version_with_a_reason_at_the_old_prices(shop: World) -> None:
    number = file(shop, parts=(PartUse("P-MOTOR"),))
    with shop.acting("dana"):
        seen = queries.get(number).version
    with pytest.raises(RuleBroken) as refusal:
        correct(shop, number, why=" ")
    assert (refusal.value.rule, refusal.value.field) == ("RP-6", "why")
    correct(shop, number, parts=(PartUse("P-MOTOR", 3),), resolved=False)
    with shop.acting("lin"):
        found = queries.get(number)
        assert (found.revision, found.parts_total, found.resolved) == (2, Decimal("360.00"), False)
        assert [part.pieces for part in queries.parts_of(found, 1)] == [1]
        first, second = queries.versions(found.id)
        assert (first.why, second.why) == ("", "数量写错")
        assert first.content["parts"][0][2] == "1"
    with shop.acting("dana") as dana, pytest.raises(Conflict):
        commands.correct(dana, number, draft(), why="又改", seen_version=seen)


def test_paid_work_keeps_its_consent_and_a_new_price_needs_a_new_one(shop: World) -> None:
    paid: dict[str, Any] = {"category": Category.PAID, "cause": Cause.USER, "labour": Decimal("60.00")}
    number = file(shop, **paid, consent=Consent(Decimal("60.00")))
    with shop.acting("dana"):
        found = queries.get(number)
        assert (found.price, found.consented) == (Decimal("60.00"), Decimal("60.00"))
        assert found.consented_at is not None
        assert rows(Claim) == [0]
    with pytest.raises(RuleBroken) as refusal:
        correct(shop, number, labour=Decimal("70.00"))
    assert refusal.value.rule == "RP-4"
    correct(shop, number, labour=Decimal("70.00"), consent=Consent(Decimal("70.00")))
    with shop.acting("dana"):
        assert queries.get(number).consented == Decimal("70.00")


def test_parts_leave_the_stock_and_come_back_with_corrections(shop: World) -> None:
    number = file(shop, parts=(PartUse("P-MOTOR", 2), PartUse("P-CTRL", old=OldPart.NONE)))
    correct(shop, number, parts=(PartUse("P-MOTOR", 1),))
    with shop.acting("dana") as dana:
        commands.void(dana, number, reason="录错整机")
    with shop.acting("dana"):
        moved = session().scalars(select(StockMovement.pieces).order_by(StockMovement.id)).all()
        assert sorted(moved[:2]) == [-2, -1]
        assert sum(moved) == 0


def test_a_record_is_taken_back_with_a_reason_once(shop: World) -> None:
    sell(shop)
    number = file(shop)
    for reason in (" ", "录错整机"):
        with shop.acting("dana") as dana:
            if reason.strip():
                commands.void(dana, number, reason=reason)
            else:
                with pytest.raises(RuleBroken):
                    commands.void(dana, number, reason=reason)
    with shop.acting("dana") as dana, pytest.raises(RuleBroken) as refusal:
        commands.void(dana, number, reason="再次")
    assert refusal.value.rule == "RP-6"
    with shop.acting("dana"):
        assert queries.get(number).state is RepairState.VOID
        assert not queries.attempt("A1", number)
        assert queries.earlier("A1") == []


def test_a_decided_claim_holds_amounts_and_lets_words_be_corrected(shop: World) -> None:
    sell(shop)
    number = file(shop)
    with shop.acting("mei") as mei:
        commands.decide_claim(mei, number, ClaimAction.APPROVE, text="同意")
    with pytest.raises(RuleBroken) as refusal:
        correct(shop, number, labour=Decimal("30.00"))
    assert refusal.value.rule == "RP-6"
    with shop.acting("dana") as dana, pytest.raises(RuleBroken):
        commands.void(dana, number, reason="录错整机")
    correct(shop, number, action_text="更换电机并试车")
    with shop.acting("dana"):
        found = queries.get(number)
        assert (found.revision, found.action_text, found.labour) == (2, "更换电机并试车", Decimal("60.00"))


def test_the_number_of_a_customer_is_shown_for_a_reason_that_is_recorded(shop: World) -> None:
    number = file(shop, phone="13800005678")
    with shop.acting("mei") as mei, pytest.raises(RuleBroken):
        commands.reveal(mei, number, reason="")
    with shop.acting("dana") as dana:
        assert commands.reveal(dana, number, reason="约定取车") == "13800005678"
        assert len(timeline(number)) == 2


def test_fault_codes_are_kept_in_lists(shop: World) -> None:
    with shop.acting("mei") as mei:
        assert commands.add_fault(mei, FaultKind.SYMPTOM, "s50", name="跑偏", name_en="Pulls aside") == "S50"
    with shop.acting("mei") as mei, pytest.raises(RuleBroken):
        commands.add_fault(mei, FaultKind.SYMPTOM, "S50", name="跑偏")
    with shop.acting("mei") as mei, pytest.raises(RuleBroken):
        commands.add_default_faults(mei)
    with shop.acting("mei") as mei:
        commands.change_fault(mei, FaultKind.SYMPTOM, "S50", name="跑偏", active=False)
    with shop.acting("dana"):
        assert "S50" not in {row.code for row in queries.fault_codes()[FaultKind.SYMPTOM]}
        assert rows(FaultCode) == [36]
    with pytest.raises(RuleBroken):
        file(shop, symptom="S50", incident=INCIDENT)

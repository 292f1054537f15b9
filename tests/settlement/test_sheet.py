"""What a statement says of every base and every kind of posting (ST-1, ST-3)."""

import datetime as dt
from decimal import Decimal

import pytest

from portal.agreements import queries as agreements
from portal.documents.rules import Part
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.money import total
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.ledger import commands as ledger
from portal.ledger import queries as funds
from portal.ledger import steps
from portal.ledger.rules import EntryKind
from portal.settlement import commands
from portal.settlement.sheet.grants import grants
from portal.settlement.sheet.sections import sections
from portal.settlement.sheet.words import on_screen
from tests.people import World
from tests.settlement.story import day, engage

Q4 = Quarter(2026, 4)
TERMS = {
    "bases": [
        {"kind": "flat_per_repair", "fee": "45.00", "onsite": "20.00"},
        {"kind": "sales_share", "rate": "0.8%"},
        {"kind": "approved_claims"},
        {"kind": "profit_share", "ratio": "30%"},
        {"kind": "card_fee", "fee": "15.00"},
    ],
    "surplus": "pay_out",
    "claims": "draw",
    "cancellable": ["flat_per_repair"],
    "forms": False,
}
#: Kind, amount, source, document, basis, memo of what other modules post.
POSTED = (
    (EntryKind.GRANT, "65.00", "WX-2026-000001:claim:flat_per_repair", "WX-2026-000001", "flat_per_repair", "W1"),
    (EntryKind.GRANT, "45.00", "WX-2026-000002:claim:flat_per_repair", "WX-2026-000002", "flat_per_repair", "W2"),
    (EntryKind.GRANT, "80.00", "WX-2026-000001:claim:approved_claims", "WX-2026-000001", "approved_claims", "W1"),
    (EntryKind.CLAIM, "80.00", "WX-2026-000001:claim:draw", "WX-2026-000001", None, "W1"),
    (EntryKind.CHARGE, "12.50", "RMA-2026-000001:W1:inbound", "RMA-2026-000001", "return", "W1 · inbound"),
    (EntryKind.DIRECT, "30.00", "RMA-2026-000001:W5:labour", "RMA-2026-000001", "return", "W5 · labour"),
    (EntryKind.DIRECT, "122.50", "FH-2026-000001:P-VALVE:old_part:1", "BL-2026-000001", "old_part", "P-VALVE × 2"),
    (EntryKind.DIRECT, "8.00", "FH-2026-000001:direct", "BL-2026-000001", "express", "FH-2026-000001"),
)  # fmt: skip


@command(allow=Permission.CLOCK, silent=True)
def post_all(actor: Actor, agreement_id: int) -> None:
    fund = steps.lock_fund(agreements.by_id(agreement_id))
    for kind, amount, source, document, basis, memo in POSTED:
        steps.post(
            actor,
            fund,
            kind,
            Decimal(amount),
            source=source,
            date=dt.date(2026, 11, 5),
            document=document,
            basis=basis,
            memo=memo,
        )


Said = list[tuple[str, str, str, str]]


@pytest.fixture
def said(sqlite_world: World) -> tuple[list[tuple[str, str, str]], dict[Part, Said]]:
    """What the fourth quarter of a dealer with every base prints: its bases, its lines by part."""
    world = sqlite_world
    engage(world, "D07", TERMS)
    dealer = world.dealers["D07"]
    with world.acting("fei", on=day("06-10")) as fei:
        ledger.record_sales(fei, dealer, amount=Decimal("1000.00"), note="门店销售")
    with world.acting("fei", on=day("11-03")) as fei:
        ledger.record_sales(fei, dealer, amount=Decimal("2000.00"))
    with world.acting("fei", on=day("11-04")) as fei:
        ledger.record_result(fei, dealer, income=Decimal("500.00"), cost=Decimal("400.00"))
        agreement = agreements.of_dealer(dealer)[0]
    everything = Actor("clock", frozenset(Permission), manufacturer_id=world.manufacturers["MF"])
    for act in (ledger.grant_sales, post_all):
        with world.at(day("11-05")), world.app.app_context():
            assert everything.scope is not None
            session().enter(everything.scope)
            act(everything, agreement.id)
    with world.acting("fei", on=day("11-06")) as fei:
        ledger.adjust(fei, dealer, amount=Decimal("1.00"), reason="补记")
    with world.acting("fei", on=day("11-07")) as fei:
        number = commands.propose_cancellation(fei, dealer, Q4, reason="违约")
    with world.acting("fay", on=day("11-07")) as fay:
        commands.confirm_cancellation(fay, number)
    with world.acting("lin"):
        found = grants(agreement, Q4, agreements.terms_for(agreement.id, Q4))
        parts = {
            section.part: [(line.document, line.item, line.text, str(line.amount)) for line in section.lines]
            for section in sections(agreement, Q4)
        }
        figures = funds.figures(agreement, Q4)
        assert total(grant.amount for grant in found) == figures.granted
        for part in (Part.GRANTED, Part.CHARGED, Part.CLAIMS, Part.ADJUSTED, Part.CANCELLED, Part.DIRECT):
            printed = total(Decimal(line[3]) for line in parts[part])
            assert printed == getattr(figures, part.value), part
        return [(grant.basis.en, grant.formula, str(grant.amount)) for grant in found], parts


def test_every_base_and_every_line_says_what_it_is(
    said: tuple[list[tuple[str, str, str]], dict[Part, Said]],
) -> None:
    bases, parts = said
    assert bases == [
        ("Fee per warranty card", "15.00 × 0", "0.00"),
        ("Share of the year's sales", "0.8% × 3,000.00", "24.00"),
        ("Flat fee per repair", "45.00 × 2 + 20.00 × 1", "110.00"),
        ("Approved claims", "", "80.00"),
        ("Share of profit", "30% × (500.00 − 400.00)", "30.00"),
    ]
    assert [line[:3] for line in parts[Part.SALES]] == [
        ("XS-2026-000001", "2026-06", "门店销售"),
        ("XS-2026-000002", "2026-11", "销售额 Sales"),
    ]
    assert parts[Part.RESULTS] == [("SY-2026-000001", "2026-11", "收入 500.00 − 成本 400.00", "100.00")]
    assert parts[Part.CLAIMS] == [("WX-2026-000001", "W1", "工时与上门费 Labour and on-site", "80.00")]
    assert parts[Part.CHARGED] == [
        ("RMA-2026-000001", "W1", "退货返修：寄回厂方运费 Return: inbound freight", "12.50")
    ]
    assert parts[Part.DIRECT] == [
        ("RMA-2026-000001", "W5", "退货返修：工时 Return: labour", "30.00"),
        ("BL-2026-000001", "P-VALVE", "旧件逾期未返 Old part not returned P-VALVE × 2", "122.50"),
        ("BL-2026-000001", "", "加急运费 Express surcharge FH-2026-000001", "8.00"),
    ]
    assert parts[Part.CANCELLED] == [("QX-2026-000001", "", "取消维修定额：违约", "110.00")]
    assert [line[:2] for line in parts[Part.GRANTED] if line[0].startswith("WX")] == [
        ("WX-2026-000001", "W1"),
        ("WX-2026-000002", "W2"),
        ("WX-2026-000001", "W1"),
    ]


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("回执卡服务费 Card fee", "回执卡服务费", "Card fee"),
        ("回款 Remittance", "回款", "Remittance"),
        ("回款冲回 Reversal 银行退票", "回款冲回 银行退票", "Reversal 银行退票"),
        ("加急运费 Express surcharge SF-1", "加急运费 SF-1", "Express surcharge SF-1"),
        ("退货返修：寄返运费 Return: outbound freight", "退货返修：寄返运费", "Return: outbound freight"),
        ("旧件逾期未返 Old part not returned 电机", "旧件逾期未返 电机", "Old part not returned 电机"),
        ("电机 Motor", "电机 Motor", "电机 Motor"),
        ("", "", ""),
    ],
)
def test_the_words_of_a_printed_line_are_read_in_one_language(text: str, zh: str, en: str) -> None:
    assert on_screen(text, english=False) == zh
    assert on_screen(text, english=True) == en

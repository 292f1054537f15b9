"""Filing and deciding cards on both engines (WC-1 … WC-6, ST-1)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import commands as agreement_commands
from portal.agreements import queries as agreements
from portal.audit.models import Fact
from portal.audit.queries import timeline
from portal.drafts import commands as drafts
from portal.drafts.models import Draft, Upload
from portal.jobs.models import Job
from portal.jobs.worker import run_all
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, Refused, RuleBroken
from portal.kernel.period import Month, Quarter
from portal.ledger import queries as ledger
from portal.ledger.models import Entry
from portal.warranty import commands, queries
from portal.warranty.models import Card, CardDecision, CardPhoto
from portal.warranty.rules import CardAction, CardState, PhotoKind, RejectReason, Signal
from tests.people import TODAY, World
from tests.warranty.shop import MAY, SOLD, card, file, stock

Q2 = Quarter(2026, 2)


@pytest.fixture
def shop(world: World) -> World:
    return stock(world)


def rows() -> list[int]:
    """How much has been written of everything that a refusal must leave alone."""
    counted = (Card, CardDecision, CardPhoto, Entry, Fact, Job)
    return [session().scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in counted]


def granted(shop: World, dealer: str = "D01", quarter: Quarter = Q2) -> Decimal:
    with shop.acting("fei"):
        agreement = agreements.get(shop.agreements[dealer])
        return ledger.figures(agreement, quarter).granted


def decide(
    shop: World, number: str, decision: CardAction, who: str = "mei", on: dt.date = TODAY, **more: object
) -> str:
    with shop.acting(who, "MF", on=on) as actor:
        return commands.review(actor, number, decision, **more)  # type: ignore[arg-type]


def test_a_card_is_filed_with_a_number_and_waits_for_the_reviewer(shop: World) -> None:
    assert file(shop, serial=" a1 ") == "BXK-2026-000001"
    with shop.acting("mei"):
        filed = queries.get("BXK-2026-000001")
        assert (filed.serial, filed.model, filed.state, filed.late) == (
            "A1",
            "EB-48",
            CardState.SUBMITTED,
            False,
        )
        assert (filed.phone, filed.phone_last4, filed.filed_on) == ("+8613800005678", "5678", TODAY)
        assert (filed.dealer_id, filed.point_id) == (shop.dealers["D01"], shop.dealers["D01"])
        assert queries.live_card("a1") is not None
        assert queries.cards_undecided(filed.agreement_id, Q2) == 1


def test_the_same_submit_twice_files_one_card(shop: World) -> None:
    for _ in range(2):
        with shop.acting("dana") as dana:
            assert commands.file(dana, card(shop), key="k" * 32) == "BXK-2026-000001"
    with shop.acting("dana"):
        assert session().scalar(sa.select(sa.func.count(Card.id))) == 1


@pytest.mark.parametrize(
    ("who", "serial", "changes", "rule"),
    [
        ("dana", "NOPE", {}, "WC-3"),
        ("dana", "!!", {}, "WC-3"),
        ("dana", "X1", {}, "WC-3"),
        ("rival", "A1", {}, "WC-3"),
        ("sub", "A1", {}, "WC-3"),
        ("dana", "A1", {"sale_date": TODAY + dt.timedelta(days=1)}, "WC-3"),
        ("dana", "A1", {"sale_date": MAY - dt.timedelta(days=1)}, "WC-3"),
        ("dana", "A1", {"sale_date": dt.date(2025, 12, 31)}, "WC-3"),
        ("dana", "A1", {"model": "EB-60"}, "WC-3"),
        ("dana", "A1", {"phone": "12345"}, "WC-3"),
        ("dana", "A1", {"customer": " "}, "WC-1"),
        ("dana", "A1", {"customer": "长" * 61}, "WC-1"),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused_and_leaves_nothing(
    shop: World, who: str, serial: str, changes: dict[str, object], rule: str
) -> None:
    with shop.acting("mei"):
        before = rows()
    with pytest.raises(Refused) as refused:
        file(shop, who, serial, **changes)
    assert refused.value.rule == rule
    with shop.acting("mei"):
        assert rows() == before


def test_a_registered_serial_is_refused_until_its_card_is_rejected(shop: World) -> None:
    first = file(shop)
    with pytest.raises(Refused) as refused:
        file(shop, customer="李雷")
    assert refused.value.rule == "WC-1"
    decide(shop, first, CardAction.REJECT, reason=RejectReason.UNCLEAR_PHOTO)
    second = file(shop)
    assert second == "BXK-2026-000002"
    with shop.acting("mei"):
        live, unit_card = queries.live_card("A1"), queries.card_of_unit("A1")
        assert live is not None
        assert unit_card is not None
        assert (live.number, unit_card.number) == (second, second)


def test_many_who_file_one_serial_at_once_get_one_card(shop: World) -> None:
    actor, draft = shop.actor("dana"), card(shop)

    def attempt(_n: int) -> str:
        with shop.at(TODAY), shop.app.app_context():
            try:
                return commands.file(actor, draft)
            except (Conflict, Refused) as refused:
                return type(refused).__name__

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert [answer for answer in answers if answer not in ("Conflict", "Refused")] == ["BXK-2026-000001"]
    with shop.acting("dana"):
        assert session().scalar(sa.select(sa.func.count(Card.id))) == 1


def test_a_sub_dealer_files_for_its_own_units_and_its_holder_for_both(shop: World) -> None:
    own = file(shop, "sub", "S1")
    by_holder = file(shop, "dana", "S2")
    with shop.acting("sub"):
        assert queries.get(own).point_id == queries.get(by_holder).point_id == shop.dealers["D01S"]
        assert queries.get(own).dealer_id == shop.dealers["D01"]
        assert queries.card_of_unit("A1") is None
    with pytest.raises(Refused) as refused:
        file(shop, "sub", "S2")
    assert refused.value.rule == "WC-1"


def test_nobody_else_finds_a_card_and_only_the_dealer_files(shop: World) -> None:
    number = file(shop)
    for who in ("rival", "otto", "sub"):
        with shop.acting(who), pytest.raises(NotFound):
            queries.get(number)
    for who in ("mei", "fei", "lin"):
        with shop.acting(who) as actor, pytest.raises(Forbidden):
            commands.file(actor, card(shop, "A2"))
    for who in ("dana", "fei", "lin"):
        with shop.acting(who) as actor, pytest.raises(Forbidden):
            commands.review(actor, number, CardAction.ACCEPT)


def test_an_accepted_card_in_time_earns_the_fee_of_the_quarter_of_its_filing(shop: World) -> None:
    number = file(shop)
    assert decide(shop, number, CardAction.ACCEPT, on=dt.date(2026, 7, 2)) == "accepted"
    assert granted(shop) == Decimal("15.00")
    assert granted(shop, quarter=Q2.next) == Decimal("0.00")
    with shop.acting("fei"):
        (movement,) = ledger.of_document(number)
        assert (movement.entry.source, movement.entry.basis, movement.entry.date) == (
            "card-fee:A1",
            "card_fee",
            TODAY,
        )
        assert movement.amount == Decimal("15.00")


def test_a_late_card_is_accepted_late_and_earns_nothing_waived_or_not(shop: World) -> None:
    in_time = file(shop, serial="A1", on=SOLD + dt.timedelta(days=30))
    late = file(shop, serial="A2", on=SOLD + dt.timedelta(days=31))
    day = dt.date(2026, 6, 20)
    assert decide(shop, in_time, CardAction.ACCEPT, on=day) == "accepted"
    with pytest.raises(RuleBroken) as refused:
        decide(shop, late, CardAction.ACCEPT, on=day, waive_late=True)
    assert (refused.value.rule, refused.value.field) == ("WC-2", "text")
    assert decide(shop, late, CardAction.ACCEPT, on=day, waive_late=True, text="洪水停业") == "accepted_late"
    assert granted(shop) == Decimal("15.00")
    with shop.acting("dana"):
        filed = queries.get(late)
        assert (filed.late, filed.waived, filed.waiver_reason) == (True, True, "洪水停业")


def test_lateness_can_be_forgiven_after_the_acceptance_once(shop: World) -> None:
    late = file(shop, on=SOLD + dt.timedelta(days=31))
    day = dt.date(2026, 6, 20)
    with shop.acting("mei", on=day) as mei, pytest.raises(RuleBroken) as refused:
        commands.waive(mei, late, text="洪水停业")
    assert refused.value.rule == "WC-6"
    decide(shop, late, CardAction.ACCEPT, on=day)
    with shop.acting("mei", on=day) as mei:
        assert commands.waive(mei, late, text="洪水停业") == late
    with shop.acting("mei", on=day) as mei, pytest.raises(RuleBroken) as refused:
        commands.waive(mei, late, text="又一次")
    assert refused.value.rule == "WC-6"
    with shop.acting("dana"):
        assert [d.waived for d in queries.decisions(queries.get(late).id)] == [False, True]


def test_a_void_takes_the_fee_back_on_its_day_and_the_serial_never_earns_again(shop: World) -> None:
    first = file(shop)
    decide(shop, first, CardAction.ACCEPT)
    july = dt.date(2026, 7, 3)
    assert decide(shop, first, CardAction.VOID, on=july, text="顾客未购买") == "void"
    assert granted(shop) == Decimal("15.00")
    assert granted(shop, quarter=Q2.next) == Decimal("-15.00")
    with pytest.raises(RuleBroken) as refused:
        decide(shop, first, CardAction.VOID, on=july)
    assert refused.value.rule == "WC-6"
    second = file(shop, on=july, sale_date=july)
    assert decide(shop, second, CardAction.ACCEPT, on=july) == "accepted"
    assert granted(shop, quarter=Q2.next) == Decimal("-15.00")
    assert decide(shop, second, CardAction.VOID, on=july, text="又是假的") == "void"
    assert granted(shop, quarter=Q2.next) == Decimal("-15.00")


def test_a_dealer_without_a_card_fee_earns_nothing(shop: World) -> None:
    with shop.acting("mei") as mei:
        terms = {"bases": [{"kind": "remittance_share", "rate": "2%"}]}
        agreement_commands.version_terms(
            mei, shop.agreements["D01"], starts=dt.date(2026, 7, 1), terms=terms, reason="新约"
        )
    july = dt.date(2026, 7, 3)
    number = file(shop, on=july, sale_date=july)
    assert decide(shop, number, CardAction.ACCEPT, on=july) == "accepted"
    with shop.acting("fei"):
        assert ledger.of_document(number) == []


def test_sending_back_and_rejecting_need_a_reason_that_the_dealer_reads(shop: World) -> None:
    number = file(shop)
    for decision, more, field in (
        (CardAction.SEND_BACK, {}, "reason"),
        (CardAction.SEND_BACK, {"reason": RejectReason.UNCLEAR_PHOTO}, "text"),
        (CardAction.REJECT, {}, "reason"),
    ):
        with pytest.raises(RuleBroken) as refused:
            decide(shop, number, decision, **more)  # type: ignore[arg-type]
        assert (refused.value.rule, refused.value.field) == ("WC-5", field)
    decide(shop, number, CardAction.SEND_BACK, reason=RejectReason.UNCLEAR_PHOTO, text="铭牌看不清")
    with shop.acting("dana"):
        filed = queries.get(number)
        assert (filed.state, filed.reason, filed.reason_text) == (
            CardState.SENT_BACK,
            RejectReason.UNCLEAR_PHOTO,
            "铭牌看不清",
        )
        assert [(d.decision, d.text) for d in queries.decisions(filed.id)] == [
            (CardAction.SEND_BACK, "铭牌看不清")
        ]


def test_a_card_filed_again_keeps_its_first_day(shop: World) -> None:
    number = file(shop, on=SOLD + dt.timedelta(days=30))
    decide(
        shop,
        number,
        CardAction.SEND_BACK,
        on=dt.date(2026, 6, 10),
        reason=RejectReason.SERIAL_MISMATCH,
        text="铭牌是 A2",
    )
    later = dt.date(2026, 6, 30)
    with shop.acting("dana", on=later) as dana:
        commands.resubmit(dana, number, card(shop, "A2", customer="王大明"))
    with shop.acting("mei"):
        again = queries.get(number)
        assert (again.serial, again.customer, again.state) == ("A2", "王大明", CardState.SUBMITTED)
        assert (again.filed_on, again.late) == (SOLD + dt.timedelta(days=30), False)
        assert again.waiting_since.date() == later
        assert queries.live_card("A1") is None
    with shop.acting("dana", on=later) as dana, pytest.raises(RuleBroken) as refused:
        commands.resubmit(dana, number, card(shop, "A2"))
    assert refused.value.rule == "WC-6"


def test_a_withdrawn_card_frees_its_serial(shop: World) -> None:
    number = file(shop)
    with shop.acting("dana") as dana:
        commands.withdraw(dana, number, reason="录错")
    with pytest.raises(RuleBroken) as refused:
        decide(shop, number, CardAction.ACCEPT)
    assert refused.value.rule == "WC-6"
    assert file(shop) == "BXK-2026-000002"


def test_who_decides_an_older_sight_of_the_card_is_told(shop: World) -> None:
    number = file(shop)
    with shop.acting("mei"):
        seen = queries.get(number).version
    decide(
        shop,
        number,
        CardAction.SEND_BACK,
        reason=RejectReason.UNCLEAR_PHOTO,
        text="补照片",
        seen_version=seen,
    )
    with shop.acting("mei"):
        before = rows()
    with pytest.raises(Conflict):
        decide(shop, number, CardAction.REJECT, reason=RejectReason.DUPLICATE, seen_version=seen)
    with shop.acting("mei"):
        assert rows() == before


def test_nobody_decides_a_card_that_they_filed(shop: World) -> None:
    """FE-1: Ida is the importer's person; made a reviewer of MF as well, she still can't decide her own card."""
    number = file(shop, "ida", "I1")
    with shop.acting("mei"):
        filer = queries.get(number).filed_by_id
    reviewer = shop.actor("mei")
    with shop.acting("mei"), pytest.raises(RuleBroken) as refused:
        commands.review(replace(reviewer, person_id=filer), number, CardAction.ACCEPT)
    assert refused.value.rule == "FE-1"


def test_revealing_a_number_is_recorded_with_its_reason(shop: World) -> None:
    number = file(shop)
    with shop.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.reveal(mei, number, reason=" ")
    assert refused.value.rule == "PII-1"
    with shop.acting("mei") as mei:
        assert commands.reveal(mei, number, reason="核实购买") == "13800005678"
    with shop.acting("lin") as lin, pytest.raises(Forbidden):
        commands.reveal(lin, number, reason="好奇")
    with shop.acting("lin"):
        facts = timeline(number)
        assert (facts[-1].tag.value, facts[-1].data["reason"]) == ("warranty:customer:revealed", "核实购买")
        assert "138" not in str([fact.data for fact in facts])
    with shop.acting("dana") as dana:
        assert [fact.tag.value for fact in timeline(number)] == ["warranty:card:filed"]
        commands.reveal(dana, number, reason="回访")
    with shop.acting("dana"):
        assert timeline(number)[-1].tag.value == "warranty:customer:revealed"


def test_bulk_filing_saves_the_good_rows_or_none(shop: World) -> None:
    lines = [card(shop, "A1"), card(shop, "NOPE"), card(shop, "A1"), card(shop, "A2", phone="1")]
    with shop.acting("mei"):
        before = rows()
    with shop.acting("dana") as dana, pytest.raises(Refused) as refused:
        commands.file_bulk(dana, lines, keep_good=False)
    assert [(f.rule, f.line) for f in refused.value.findings] == [("WC-3", 2), ("WC-1", 3), ("WC-3", 4)]
    with shop.acting("mei"):
        assert rows() == before
    with shop.acting("dana") as dana:
        assert commands.file_bulk(dana, lines, keep_good=True) == {"filed": ["BXK-2026-000001"], "refused": 3}
    with shop.acting("dana") as dana, pytest.raises(Refused):
        commands.file_bulk(dana, lines[1:3], keep_good=True)
    with shop.acting("dana") as dana, pytest.raises(RuleBroken) as empty:
        commands.file_bulk(dana, [], keep_good=True)
    assert empty.value.rule == "WC-6"


def test_photos_and_draft_become_the_cards(shop: World) -> None:
    with shop.acting("dana") as dana:
        draft = drafts.save(dana, "warranty.card", {"serial": "A1"})
    with shop.acting("dana") as dana:
        photo = drafts.receive_photo(dana, content=b"jpeg", fingerprint="00ff00ff00ff00ff")
    with shop.acting("rival") as rival, pytest.raises(RuleBroken) as refused:
        commands.file(rival, card(shop, "X1", "D02"), photos=[(PhotoKind.PLATE, photo)])
    assert (refused.value.rule, refused.value.field) == ("FD-2", "photos")
    with shop.acting("dana") as dana:
        number = commands.file(dana, card(shop), photos=[(PhotoKind.PLATE, photo)], draft_id=draft)
    with shop.acting("mei"):
        (kept,) = queries.photos(queries.get(number).id)
        assert (kept.kind, kept.fingerprint) == (PhotoKind.PLATE, "00ff00ff00ff00ff")
        assert queries.photo(number, kept.id).content == b"jpeg"
    with shop.acting("rival"), pytest.raises(NotFound):
        queries.photo(number, kept.id)
    with shop.acting("dana"):
        assert session().scalar(sa.select(sa.func.count(Draft.id))) == 0
        assert session().scalar(sa.select(sa.func.count(Upload.id))) == 0


def test_signals_are_the_manufacturers_alone(shop: World) -> None:
    for serial in ("A1", "A2", "A3", "A4", "A5"):
        file(shop, serial=serial)
    run_all(shop.app)
    with shop.acting("mei"):
        first = queries.get("BXK-2026-000001")
        risk = queries.risk_of(first)
        assert risk.signals == (Signal.SAME_PHONE, Signal.SERIAL_RUN, Signal.SAME_DAY)
        stored = queries.stored_risks([first.id])[first.id]
        assert (stored.score, stored.signals) == (65, ["same_phone", "serial_run", "same_day"])
    with shop.acting("dana"):
        assert queries.stored_risks([queries.get("BXK-2026-000001").id]) == {}


def test_the_cards_of_a_month_are_counted_by_what_became_of_them(shop: World) -> None:
    numbers = [file(shop, serial=serial) for serial in ("A1", "A2", "A3", "A4")]
    decide(shop, numbers[0], CardAction.ACCEPT)
    decide(shop, numbers[1], CardAction.REJECT, reason=RejectReason.NOT_OUR_PRODUCT)
    decide(shop, numbers[2], CardAction.ACCEPT)
    decide(shop, numbers[2], CardAction.VOID, text="假")
    file(shop, serial="A5", on=dt.date(2026, 6, 30))
    with shop.acting("dana"):
        agreement = agreements.get(shop.agreements["D01"]).id
        may = queries.cards_in(agreement, Month(2026, 5))
        assert (may.filed, may.undecided, may.accepted, may.rejected, may.void) == (4, 1, 1, 1, 1)
        assert queries.cards_in(agreement, Month(2026, 6)).filed == 1
        assert queries.cards_undecided(agreement, Q2) == 2

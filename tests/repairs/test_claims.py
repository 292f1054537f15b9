"""Claims on both engines: raised with their record, decided line by line, posted, objected to once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal.agreements import commands as agreement_terms
from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.catalogue import commands as catalogue
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.ledger import queries as ledger
from portal.ledger import steps
from portal.ledger.models import Entry
from portal.repairs import commands, queries
from portal.repairs.models.claims import Claim, ClaimGrant, ClaimLine
from portal.repairs.queries import Promptness
from portal.repairs.rules.claims import ClaimAction, ClaimReason, ClaimState
from portal.repairs.rules.records import Category, PartUse
from tests.people import TODAY, World
from tests.races import together
from tests.repairs.claims import BASES, decide, draft, file, file_clean, posted, sold, terms

D = Decimal
Q2 = Quarter(2026, 2)
#: What no engine can change is tried on one.
ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def shop(world: World) -> World:
    terms(world, bases=BASES, claims="draw")
    return sold(world)


def state_of(world: World, number: str) -> ClaimState:
    with world.acting("mei"):
        return queries.claim(number).state


def as_person(world: World, person_id: int, number: str, on: dt.date = TODAY, **said: Any) -> str:
    """Approve as somebody else with a reviewer's rights."""
    with world.acting("mei", on=on) as mei:
        other = type(mei)(**{**vars(mei), "person_id": person_id, "name": "Lin"})
        return commands.decide_claim(other, number, ClaimAction.APPROVE, **said)


def refuse(rule: str, world: World, number: str, *args: Any, **kwargs: Any) -> None:
    """A decision is refused and changes nothing."""
    with world.acting("mei"):
        before = (queries.claim(number).version, session().scalar(sa.select(sa.func.count(Entry.id))))
    with pytest.raises(RuleBroken) as refused:
        decide(world, number, *args, **kwargs)
    assert refused.value.rule == rule
    with world.acting("mei"):
        assert (queries.claim(number).version, session().scalar(sa.select(sa.func.count(Entry.id)))) == before


def test_a_covered_repair_raises_a_claim_that_holds_its_quarter_until_it_is_decided(shop: World) -> None:
    number = file(shop)
    with shop.acting("mei"):
        claim = queries.claim(number)
        assert (claim.state, claim.asked, claim.granted) == (ClaimState.SUBMITTED, D("75.00"), None)
        assert [(line.key, line.asked, line.bearer.value) for line in queries.claim_lines(claim)] == [
            ("labour", D("50.00"), "manufacturer"),
            ("onsite", D("25.00"), "manufacturer"),
        ]
        assert claim.concerns == ["fault", "photo", "signature"]
        assert queries.undecided_claims([claim.agreement_id], Q2) == {claim.agreement_id: 1}
        assert queries.undecided_claims([claim.agreement_id], Quarter(2026, 1)) == {}
        agreement_id = claim.agreement_id
    assert decide(shop, number) == "approved"
    with shop.acting("mei"):
        assert queries.undecided_claims([agreement_id], Q2) == {}
        figures = ledger.figures(agreements.by_id(agreement_id), Q2)
        # The card's fee is granted by other bases; these terms have none.
        assert (figures.granted, figures.claims, figures.result) == (D("140.00"), D("75.00"), D("65.00"))
        assert audit.first_break() is None
    assert posted(shop, number) == [
        ("claim:flat_per_repair", "65.00", "2026Q2"),
        ("claim:approved_claims", "75.00", "2026Q2"),
        ("claim:draw", "-75.00", "2026Q2"),
    ]


@ONE_ENGINE
@pytest.mark.parametrize(
    "changes",
    [
        {"category": Category.PAID},
        {"serial": "A2"},
        {"serial": "X1"},
    ],
    ids=["paid", "unsold", "another dealer's, unsold"],
)
def test_what_nobody_pays_for_raises_no_claim(shop: World, changes: dict[str, Any]) -> None:
    number = file(shop, **changes)
    with shop.acting("mei"):
        assert queries.find_claim(number) is None
    with pytest.raises(RuleBroken) as refused:
        decide(shop, number)
    assert refused.value.rule == "RP-6"


def test_another_dealers_unit_is_claimed_by_who_repairs_it(shop: World) -> None:
    number = file(shop, "rival")
    assert decide(shop, number) == "approved"
    with shop.acting("mei"):
        claim = queries.claim(number)
        assert claim.dealer_id == shop.dealers["D02"]
    # D02's own terms pay nothing for claims.
    assert posted(shop, number) == []
    with shop.acting("dana"), pytest.raises(NotFound):
        queries.claim(number)


def test_a_line_is_cut_with_a_reason_and_the_rest_is_paid(shop: World) -> None:
    number = file(shop)
    refuse("RP-7", shop, number, granted={"labour": D("60.00")})
    refuse("RP-7", shop, number, granted={"labour": D("40.00")})
    cut = {"labour": D("40.00")}
    assert (
        decide(shop, number, granted=cut, reasons={"labour": ClaimReason.FEE_ABOVE_SCHEDULE})
        == "partly_approved"
    )
    with shop.acting("dana"):
        claim = queries.claim(number)
        assert (claim.asked, claim.granted) == (D("75.00"), D("65.00"))
        (decided,) = queries.claim_decisions(claim)
        assert decided.granted == {"labour": D("40.00"), "onsite": D("25.00")}
        assert decided.grants["labour"].reason is ClaimReason.FEE_ABOVE_SCHEDULE
        assert decided.grants["onsite"].reason is None
        assert session().scalar(sa.select(sa.func.count(ClaimGrant.id))) == 2
    assert posted(shop, number)[1:] == [
        ("claim:approved_claims", "65.00", "2026Q2"),
        ("claim:draw", "-65.00", "2026Q2"),
    ]


@ONE_ENGINE
def test_a_rejected_claim_moves_nothing_and_a_decided_one_is_decided(shop: World) -> None:
    number = file(shop)
    refuse("RP-7", shop, number, ClaimAction.REJECT)
    assert decide(shop, number, ClaimAction.REJECT, reason=ClaimReason.MISUSE) == "rejected"
    assert posted(shop, number) == []
    for decision in (ClaimAction.APPROVE, ClaimAction.REJECT, ClaimAction.RETURN, ClaimAction.OBJECT):
        refuse("RP-6", shop, number, decision, reason=ClaimReason.MISUSE, text="…")


@ONE_ENGINE
def test_a_claim_is_never_approved_twice(shop: World) -> None:
    number = file(shop)
    decide(shop, number)
    refuse("RP-6", shop, number)
    assert len(posted(shop, number)) == 3


@ONE_ENGINE
def test_a_returned_claim_waits_for_the_dealer_and_comes_back(shop: World) -> None:
    number = file(shop)
    refuse("RP-7", shop, number, ClaimAction.RETURN, reason=ClaimReason.UNCLEAR_PHOTO)
    assert (
        decide(shop, number, ClaimAction.RETURN, reason=ClaimReason.UNCLEAR_PHOTO, text="请补拍铭牌")
        == "needs_info"
    )
    with shop.acting("mei"):
        assert queries.undecided_claims([queries.claim(number).agreement_id], Q2) != {}
    refuse("RP-6", shop, number)
    with shop.acting("dana", on=TODAY + dt.timedelta(days=1)) as dana, pytest.raises(RuleBroken):
        commands.answer_claim(dana, number, text=" ")
    with shop.acting("dana", on=TODAY + dt.timedelta(days=1)) as dana:
        commands.answer_claim(dana, number, text="已补拍")
    with shop.acting("mei"):
        claim = queries.claim(number)
        assert claim.state is ClaimState.SUBMITTED
        assert claim.waiting_since.date() == TODAY + dt.timedelta(days=1)
        assert [answer.text for answer in queries.claim_answers(claim)] == ["已补拍"]
    assert decide(shop, number) == "approved"


@ONE_ENGINE
def test_nobody_decides_what_they_filed_and_no_dealer_decides(shop: World) -> None:
    with shop.acting("ida", "MF") as ida:
        number = commands.file(ida, draft("I1", incident=dt.date(2026, 5, 5)))
    with shop.acting("mei"):
        claim = queries.claim(number)
        assert claim.cost_class.value == "doa"
    with pytest.raises(Forbidden):
        decide(shop, number, who="dana")
    with pytest.raises(Forbidden):
        decide(shop, number, who="fei")
    with pytest.raises(NotFound):
        decide(shop, number, who="otto", tenant="OM")
    with pytest.raises(RuleBroken) as refused:
        as_person(shop, shop.people["ida"], number)
    assert refused.value.rule == "FE-1"


@ONE_ENGINE
def test_who_saw_an_older_claim_is_told(shop: World) -> None:
    number = file(shop)
    with shop.acting("mei"):
        version = queries.claim(number).version
    decide(shop, number, ClaimAction.RETURN, reason=ClaimReason.UNCLEAR_PHOTO, text="请补")
    with pytest.raises(Conflict):
        decide(shop, number, ClaimAction.REJECT, reason=ClaimReason.MISUSE, seen_version=version)


def test_the_same_fault_of_a_unit_is_claimed_once_also_by_another_dealer(shop: World) -> None:
    with shop.acting("mei") as mei:
        commands.add_default_faults(mei)
    fault: dict[str, Any] = {"symptom": "S01", "reason": "C01", "location": "L01"}
    first = file(shop, **fault)
    for who in ("dana", "rival"):
        again = file(shop, who, on=dt.date(2026, 6, 19), **fault)
        with shop.acting(who, on=dt.date(2026, 6, 19)):
            assert queries.find_claim(again) is None
            finding = queries.why_no_claim(queries.get(again))
            assert finding is not None
            assert [one.text for one in finding.evidence] == ([first] if who == "dana" else [])
    second = file(shop, on=dt.date(2026, 6, 20), **fault)
    with shop.acting("mei"):
        assert "repeat" in queries.claim(second).concerns
    other = file(shop, symptom="S01", reason="C01", location="L02")
    with shop.acting("mei"):
        assert queries.claim(other).state is ClaimState.SUBMITTED


@ONE_ENGINE
def test_a_rejected_claim_does_not_keep_the_fault_from_being_claimed(shop: World) -> None:
    with shop.acting("mei") as mei:
        commands.add_default_faults(mei)
    fault: dict[str, Any] = {"symptom": "S01", "reason": "C01", "location": "L01"}
    first = file(shop, **fault)
    decide(shop, first, ClaimAction.REJECT, reason=ClaimReason.INSUFFICIENT_INFORMATION)
    second = file(shop, **fault)
    assert state_of(shop, second) is ClaimState.SUBMITTED
    with shop.acting("dana") as dana, pytest.raises(RuleBroken) as refused:
        commands.object_to_claim(dana, first, text="请复核")
    assert refused.value.rule == "RP-7"


def test_an_objection_brings_one_new_decision_by_another_person_and_the_difference(shop: World) -> None:
    number = file(shop)
    decide(shop, number, granted={"labour": D("30.00")}, reason=ClaimReason.FEE_ABOVE_SCHEDULE)
    with shop.acting("dana", on=TODAY + dt.timedelta(days=16)) as dana, pytest.raises(RuleBroken):
        commands.object_to_claim(dana, number, text="工时符合标准")
    last = TODAY + dt.timedelta(days=15)
    with shop.acting("dana", on=last) as dana:
        commands.object_to_claim(dana, number, text="工时符合标准")
    refuse("FE-1", shop, number, on=last)
    with shop.acting("mei", on=last):
        claim = queries.claim(number)
        assert (claim.state, claim.objected) == (ClaimState.SUBMITTED, True)
    other = shop.people["lin"]
    with pytest.raises(RuleBroken) as refused:
        as_person(shop, other, number, last, granted={"labour": D("20.00")}, reason=ClaimReason.MISUSE)
    assert refused.value.rule == "RP-7"
    assert as_person(shop, other, number, last) == "approved"
    assert posted(shop, number)[3:] == [
        ("claim-2:approved_claims", "20.00", "2026Q2"),
        ("claim-2:draw", "-20.00", "2026Q2"),
    ]
    with shop.acting("dana", on=last):
        now = dt.datetime.combine(last, dt.time(3), dt.UTC)
        assert queries.promptness(now) == Promptness(decided=1, hours=360, objected=1, reversed=1)
    with shop.acting("dana", on=last) as dana, pytest.raises(RuleBroken) as again:
        commands.object_to_claim(dana, number, text="再次")
    assert again.value.rule == "RP-7"


@ONE_ENGINE
def test_a_late_decision_counts_in_the_next_open_quarter_by_its_terms(shop: World) -> None:
    with shop.acting("mei", on=dt.date(2026, 6, 1)) as mei:
        agreement_terms.version_terms(
            mei,
            shop.agreements["D01"],
            starts=dt.date(2026, 7, 1),
            terms={"bases": [{"kind": "flat_per_repair", "fee": "30.00"}]},
            reason="test",
        )
    number = file(shop)
    freeze(shop)
    decide(shop, number, on=dt.date(2026, 6, 30))
    assert posted(shop, number) == [("claim:flat_per_repair", "30.00", "2026Q3")]
    with shop.acting("mei"):
        (entry,) = session().scalars(sa.select(Entry).where(Entry.document == number))
        assert (str(entry.belongs_to), entry.basis) == ("2026Q2", "flat_per_repair")


@command(allow=Permission.CLOCK, silent=True)
def _freeze(_actor: Actor, number: str) -> None:
    steps.freeze(steps.lock_fund(agreements.get(number)), Q2)


def freeze(world: World) -> None:
    """The statement of the second quarter is issued."""
    with world.acting("mei") as mei:
        clock = Actor("clock", frozenset({Permission.CLOCK}), manufacturer_id=mei.manufacturer_id)
        _freeze(clock, world.agreements["D01"])


def test_a_correction_before_the_decision_is_what_is_claimed_and_keeps_what_was_asked(shop: World) -> None:
    number = file(shop)
    with shop.acting("dana") as dana:
        commands.correct(dana, number, draft(labour=D("40.00"), onsite=D("0.00")), why="写错")
    with shop.acting("mei"):
        claim = queries.claim(number)
        assert (claim.asked, [line.key for line in queries.claim_lines(claim)]) == (D("40.00"), ["labour"])
        assert session().scalar(sa.select(sa.func.count(ClaimLine.id))) == 3
    with shop.acting("dana") as dana:
        commands.correct(dana, number, draft(category=Category.PAID), why="自费")
    assert state_of(shop, number) is ClaimState.WITHDRAWN
    refuse("RP-6", shop, number)
    with shop.acting("dana") as dana:
        commands.correct(dana, number, draft(), why="还是三包")
    assert decide(shop, number) == "approved"
    assert posted(shop, number)[1] == ("claim:approved_claims", "75.00", "2026Q2")


@ONE_ENGINE
def test_a_record_that_is_taken_back_takes_its_claim_back(shop: World) -> None:
    number = file(shop)
    with shop.acting("dana") as dana:
        commands.void(dana, number, reason="重复")
    assert state_of(shop, number) is ClaimState.WITHDRAWN
    refuse("RP-6", shop, number)


@ONE_ENGINE
def test_a_check_that_needs_a_person_is_overridden_in_words_and_counted(shop: World) -> None:
    with shop.acting("mei") as mei:
        catalogue.add_part(
            mei, code="P-X", name="异型件", unit="件", price=D("10.00"), starts=dt.date(2026, 1, 1)
        )
    with shop.acting("mei") as mei:
        catalogue.add_product(mei, model="EB-60", name="电动车 60V", months=12)
    with shop.acting("mei") as mei:
        catalogue.change_part(mei, "P-X", name="异型件", name_en="", unit="件", active=True, fits=["eb-60"])
    number = file(shop, parts=(PartUse("P-X", 2),))
    with shop.acting("mei"):
        claim = queries.claim(number)
        assert (claim.grave, claim.concerns[0], claim.asked) == (True, "parts", D("95.00"))
    refuse("FD-2", shop, number)
    assert decide(shop, number, text="型号资料未更新，实物相符") == "approved"
    # Parts are paid in kind: only work is posted.
    assert posted(shop, number)[1] == ("claim:approved_claims", "75.00", "2026Q2")
    with shop.acting("mei"):
        assert queries.overrides(since=TODAY) == {"parts": 1, "fault": 1, "photo": 1, "signature": 1}


@pytest.mark.parametrize(
    ("limit", "who", "state"),
    [("75.00", "dana", "auto_approved"), ("74.99", "dana", "submitted"), ("75.00", "sub", "submitted")],
)
def test_clean_claims_within_the_limit_approve_themselves_when_the_customer_signs(
    world: World, limit: str, who: str, state: str
) -> None:
    terms(world, bases=BASES, claim_auto_limit=limit)
    sold(world)
    with world.acting("mei") as mei:
        commands.add_default_faults(mei)
    number = file_clean(world, who)
    assert state_of(world, number).value == state
    approved = [("claim:flat_per_repair", "65.00", "2026Q2"), ("claim:approved_claims", "75.00", "2026Q2")]
    assert posted(world, number) == (approved if state == "auto_approved" else [])
    with world.acting("mei"):
        assert audit.first_break() is None


CLIENTS = 16


def test_of_many_who_claim_the_same_fault_at_once_one_does(shop: World) -> None:
    with shop.acting("mei") as mei:
        commands.add_default_faults(mei)
    fault: dict[str, Any] = {"symptom": "S01", "reason": "C01", "location": "L01"}
    who = ("dana", "rival", "tom")
    results = together(lambda place: file(shop, who[place % 3], **fault), CLIENTS)
    assert sorted(results) == [f"WX-2026-{n:06d}" for n in range(1, CLIENTS + 1)]
    with shop.acting("mei"):
        assert session().scalars(sa.select(Claim.number)).all() == ["WX-2026-000001"]
        assert audit.first_break() is None


def test_of_approving_and_rejecting_a_claim_at_once_exactly_one_wins(shop: World) -> None:
    number = file(shop)

    def client(place: int) -> str:
        if place % 2:
            return decide(shop, number)
        return decide(shop, number, ClaimAction.REJECT, reason=ClaimReason.MISUSE)

    results = together(client, CLIENTS)
    (winner,) = [result for result in results if isinstance(result, str)]
    assert all(isinstance(result, str | Conflict | RuleBroken) for result in results)
    assert state_of(shop, number).value == winner
    assert len(posted(shop, number)) == (3 if winner == "approved" else 0)

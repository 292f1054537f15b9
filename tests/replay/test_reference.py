"""The reference model against the shared scenarios, and against quarters that are computed by hand here."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.replay.basics import Invalid
from tests.replay.generate import generate, with_expectations
from tests.replay.reference import Model, load, mismatch, run

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
OK = {"outcome": "ok"}


def play(name: str) -> tuple[Model, list[tuple[int, dict[str, Any]]]]:
    """The model after a shared scenario, and what did not come as the file expects."""
    scenario = load(SCENARIOS / f"{name}.yaml")
    model, wrong = Model(scenario), []
    for number, event in enumerate(scenario["events"], start=1):
        if found := mismatch({**OK, **event.get("expect", {})}, model.play(event)):
            wrong.append((number, found))
    return model, wrong


def summary(model: Model) -> list[tuple[str, str, int, str, str]]:
    keys = ("dealer", "quarter", "revision", "state", "result")
    return [tuple(statement[key] for key in keys) for statement in model.report()]  # type: ignore[misc]


SHARED = {
    "quota-and-settlement": [
        ("D01", "2026Q1", 1, "closed", "935.00"),
        ("D01", "2026Q2", 1, "closed", "492.50"),
        ("D02", "2026Q1", 2, "closed", "137.34"),
        ("D02", "2026Q2", 1, "closed", "137.34"),
    ],
    "card-fee-falsified": [
        ("D01", "2026Q1", 1, "closed", "75.00"),
        ("D01", "2026Q2", 1, "closed", "-15.00"),
        ("D02", "2026Q1", 1, "confirmed", "15.00"),
    ],
    "old-for-new-flat-fee": [
        ("D01", "2026Q3", 1, "closed", "65.00"),
        ("D01", "2026Q4", 1, "confirmed", "4000.00"),
    ],
    "remittance-share-year": [
        ("D01", "2026Q1", 1, "closed", "5213.78"),
        ("D01", "2026Q2", 2, "closed", "-474.82"),
        ("D01", "2026Q3", 1, "closed", "5000.00"),
        ("D01", "2026Q4", 1, "closed", "7500.00"),
    ],
}


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_scenario_comes_out_as_it_expects(name: str) -> None:
    model, wrong = play(name)
    assert wrong == []
    assert summary(model) == SHARED[name]


def scene(
    *events: dict[str, Any], terms: dict[str, Any] | None = None, starts: str = "2026-01-01"
) -> dict[str, Any]:
    """One dealer with a sub-dealer, no forms owed, unless `terms` say so."""
    return {
        "parts": [
            {"part": "P", "name": "零件", "supply": "fund", "price": "100.00", "cost": "1.00"},
            {"part": "F", "name": "零件", "supply": "free", "price": "9.00", "cost": "1.00"},
            {"part": "B", "name": "零件", "supply": "purchase", "price": "9.00", "cost": "1.00"},
        ],
        "dealers": [{"code": "D", "name": "甲"}, {"code": "DS", "name": "乙", "parent": "D"}],
        "agreements": [{"dealer": "D", "starts": starts, "terms": {"forms": False, **(terms or {})}}],
        "events": list(events),
    }


def at(day: str, do: str, **arguments: Any) -> dict[str, Any]:
    return {"at": day, "do": do, **arguments}


def filed(day: str, serial: str, sold: str, dealer: str = "D") -> dict[str, Any]:
    return at(
        day,
        "file_card",
        dealer=dealer,
        serial=serial,
        sale_date=sold,
        customer="顾客",
        phone="13800005678",
        invoice="I",
    )


def outcomes(scenario: dict[str, Any]) -> list[str]:
    return [got["rule"] or got["outcome"] for got in run(scenario)[0]]


FEE = {"bases": [{"kind": "card_fee", "fee": "15.00"}]}


def test_a_card_accepted_after_the_statement_was_issued_earns_in_the_next_quarter() -> None:
    scenario = scene(
        at("2026-01-05", "ship_units", dealer="DS", model="M", serials=["S1"]),
        filed("2026-03-31", "S1", "2026-03-30", dealer="DS"),
        at("2026-04-02", "settle", quarter="2026Q1", override=["D"]),
        at("2026-04-03", "review_card", serial="S1", decision="accept"),
        at("2026-04-13", "close", quarter="2026Q1"),
        at("2026-07-02", "settle", quarter="2026Q2"),
        terms=FEE,
    )
    assert [(s["quarter"], s["state"], s["granted"]) for s in run(scenario)[1]] == [
        ("2026Q1", "closed", "0.00"),
        ("2026Q2", "issued", "15.00"),
    ]


def test_one_serial_earns_one_fee_ever_and_a_void_takes_it_back_on_its_day() -> None:
    scenario = scene(
        at("2026-01-05", "ship_units", dealer="D", model="M", serials=["S1"]),
        filed("2026-01-06", "S1", "2026-01-06"),
        filed("2026-01-06", "S1", "2026-01-06", dealer="DS"),
        filed("2026-01-06", "S1", "2026-01-06"),
        at("2026-01-07", "review_card", serial="S1", decision="accept"),
        at("2026-04-02", "settle", quarter="2026Q1"),
        at("2026-04-13", "close", quarter="2026Q1"),
        at("2026-05-10", "review_card", serial="S1", decision="void"),
        filed("2026-05-11", "S1", "2026-05-11"),
        at("2026-05-12", "review_card", serial="S1", decision="accept"),
        at("2026-05-13", "review_card", serial="S1", decision="void"),
        at("2026-07-02", "settle", quarter="2026Q2"),
        terms={**FEE, "surplus": "pay_out"},
    )
    # the sub-dealer may not file a unit of the dealer above it; the dealer may not file twice
    assert outcomes(scenario)[1:4] == ["ok", "WC-3", "WC-1"]
    assert [(s["granted"], s["paid_out"], s["due"]) for s in run(scenario)[1]] == [
        ("15.00", "15.00", "0.00"),
        ("-15.00", "0.00", "15.00"),
    ]


def test_consent_takes_the_fund_below_zero_and_what_is_missing_is_due() -> None:
    scenario = scene(
        at("2026-01-05", "remit", dealer="D", amount="10000.00", bank_ref="B1"),
        at("2026-01-06", "request_parts", dealer="D", request="R1", parts={"P": 3, "F": 2}),
        at("2026-01-06", "request_parts", dealer="DS", request="R2", parts={"P": 3}, consent=True, express="7.00"),
        at("2026-01-07", "decide_parts", request="R2", parts={"P": 4}),
        at("2026-01-07", "ship_parts", request="R2", parts={"P": 1}),
        at("2026-01-07", "decide_parts", request="R2", parts={"P": 3}),
        at("2026-01-08", "ship_parts", request="R2", parts={"P": 2}),
        at("2026-01-09", "ship_parts", request="R2", parts={"P": 2}),
        at("2026-01-09", "ship_parts", request="R2", parts={"P": 1}),
        at("2026-01-09", "ship_parts", request="R2", parts={"P": 1}),
        at("2026-01-09", "cancel_parts", request="R2"),
        at("2026-01-10", "request_parts", dealer="D", request="R3", parts={"P": 1}, consent=True),
        at("2026-01-10", "request_parts", dealer="D", request="R4", parts={"F": 1, "B": 1}),
        at("2026-01-10", "decide_parts", request="R4", parts={"B": 1}),
        at("2026-01-10", "ship_parts", request="R4", parts={"B": 1}),
        at("2026-01-10", "cancel_parts", request="R3"),
        at("2026-04-02", "settle", quarter="2026Q1"),
    )  # fmt: skip
    events, statements = run(scenario)
    assert [got["rule"] for got in events] == [
        None, "PT-2", None, "PT-3", "PT-3", None, None, "PT-6", None, "PT-6", "PT-3", None, None, None, "PT-5",
        None, None,
    ]  # fmt: skip
    assert events[2]["result"] == {
        "total": "300.00",
        "available": "200.00",
        "covered": "200.00",
        "excess": "100.00",
    }
    assert events[11]["result"]["available"] == "0.00"
    assert [(s["drawn"], s["result"], s["overspent"], s["direct"], s["due"]) for s in statements] == [
        ("300.00", "-100.00", "100.00", "7.00", "107.00")
    ]


def test_an_open_quarter_hands_on_its_surplus_and_its_statement_waits_for_the_one_before() -> None:
    scenario = scene(
        at("2026-02-20", "remit", dealer="D", amount="10000.00", bank_ref="B1"),
        at("2026-04-20", "request_parts", dealer="D", request="R1", parts={"P": 1}),
        at("2026-07-01", "settle", quarter="2026Q2"),
        at("2026-07-01", "settle", quarter="2025Q4"),
        at("2026-07-01", "settle", quarter="2026Q1"),
        at("2026-07-12", "close", quarter="2026Q1"),
        at("2026-07-12", "settle", quarter="2026Q2"),
        starts="2026-02-15",
    )
    events, _ = run(scenario)
    assert events[1]["result"]["available"] == "200.00"
    assert events[2]["result"] == {"statements": {}, "held": {"D": ["previous_open"]}}
    assert events[3]["result"] == {"statements": {}, "held": {}}
    assert events[4]["result"]["statements"]["D"]["carried"] == "200.00"
    assert events[6]["result"]["statements"]["D"]["opening"] == "200.00"


def test_an_adjustment_goes_into_the_disputed_quarter_and_later_ones_into_the_next() -> None:
    scenario = scene(
        at("2026-04-01", "settle", quarter="2026Q1"),
        at("2026-04-02", "adjust", dealer="D", amount="1.00", reason="a"),
        at("2026-04-03", "dispute", dealer="D", quarter="2026Q1", reason="b"),
        at("2026-04-20", "adjust", dealer="D", amount="-2.50", reason="c"),
        at("2026-04-21", "confirm", dealer="D", quarter="2026Q1"),
        at("2026-04-21", "settle", quarter="2026Q1"),
        at("2026-05-01", "adjust", dealer="D", amount="4.00", reason="d"),
        at("2026-05-01", "close", quarter="2026Q1"),
        at("2026-05-02", "close", quarter="2026Q1"),
        at("2026-07-01", "settle", quarter="2026Q2"),
    )
    assert outcomes(scenario)[4] == "ST-5"
    assert [(s["quarter"], s["revision"], s["state"], s["result"], s["due"]) for s in run(scenario)[1]] == [
        ("2026Q1", 2, "closed", "-2.50", "2.50"),
        ("2026Q2", 1, "issued", "5.00", "0.00"),
    ]


@pytest.mark.parametrize(("days", "state"), [(0, "issued"), (10, "confirmed"), (11, "issued")])
def test_silence_confirms_on_the_day_after_its_last_day(days: int, state: str) -> None:
    scenario = scene(
        at("2026-04-01", "settle", quarter="2026Q1"),
        at("2026-04-12", "nothing"),
        terms={"deemed_confirm_days": days},
    )
    assert run(scenario)[1][0]["state"] == state


def test_forms_hold_while_missing_then_while_not_accepted() -> None:
    months = [("2026-02", "2026-04-01"), ("2026-03", "2026-04-02")]
    scenario = scene(
        at("2026-03-31", "settle", quarter="2026Q1"),
        *(at(day, "submit_forms", dealer="D", month=month) for month, day in months),
        at("2026-04-02", "settle", quarter="2026Q1"),
        *(at("2026-04-03", "accept_forms", dealer="D", month=month) for month, _ in months),
        at("2026-04-03", "settle", quarter="2026Q1"),
        terms={"forms": True},
        starts="2026-02-28",
    )
    settled = [got["result"]["held"] for got in run(scenario)[0] if "held" in got["result"]]
    assert settled == [{"D": ["quarter_open", "forms_missing"]}, {"D": ["forms_not_accepted"]}, {}]


def test_what_does_not_exist_makes_a_scenario_invalid() -> None:
    for event in (
        at("2026-01-05", "decide_parts", request="R", parts={}),
        at("2026-01-05", "review_card", serial="S", decision="accept"),
        at("2026-01-05", "confirm", dealer="D", quarter="2026Q1"),
        at("2026-01-05", "remit", dealer="X", amount="1.00", bank_ref="B"),
        at("2026-01-05", "reverse_remit", bank_ref="B"),
    ):
        with pytest.raises(Invalid):
            run(scene(event))


SEEDS = range(30)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])
def test_a_generated_scenario_repeats_and_survives_being_written(seed: int) -> None:
    scenario = generate(seed)
    assert generate(seed) == scenario
    judged = with_expectations(scenario)
    read = yaml.safe_load(yaml.safe_dump(judged, allow_unicode=True, sort_keys=False))
    assert read == judged
    events, statements = run(read)
    assert [mismatch(event["expect"], got) for event, got in zip(read["events"], events, strict=True)] == [
        {}
    ] * len(events)
    for one in statements:
        following = [
            other
            for other in statements
            if other["dealer"] == one["dealer"] and other["quarter"] > one["quarter"]
        ]
        if following:
            assert one["state"] == "closed"
            assert following[0]["opening"] == one["carried"]


def test_generated_scenarios_contain_everything_that_can_happen() -> None:
    seen: set[tuple[str, str]] = set()
    for seed in SEEDS:
        scenario = generate(seed)
        events, statements = run(scenario)
        for event, got in zip(scenario["events"], events, strict=True):
            seen.add((event["do"], got["rule"] or "ok"))
            result = got["result"]
            seen |= {("held", reason) for reasons in result.get("held", {}).values() for reason in reasons}
            if event["do"] == "review_card":
                seen.add(("card", result.get("state", "-")))
            if result.get("excess", "0.00") != "0.00":
                seen.add(("request", "consent"))
        seen |= {("statement", statement["state"]) for statement in statements}
        seen |= {("revision", str(statement["revision"])) for statement in statements}
        seen |= {("due", "yes") for statement in statements if statement["overspent"] != "0.00"}
        seen |= {("paid out", "yes") for statement in statements if statement["paid_out"] != "0.00"}
    assert {
        *(("file_card", rule) for rule in ("ok", "WC-1", "WC-3")),
        *(("review_card", rule) for rule in ("ok", "WC-6")),
        *(("card", state) for state in ("accepted", "accepted_late", "rejected", "void")),
        *(("remit", rule) for rule in ("ok", "ST-11")),
        *(("reverse_remit", rule) for rule in ("ok", "ST-11")),
        *(("request_parts", rule) for rule in ("ok", "PT-2")),
        ("request", "consent"),
        *(("decide_parts", rule) for rule in ("ok", "PT-3")),
        *(("ship_parts", rule) for rule in ("ok", "PT-3", "PT-5", "PT-6")),
        *(("cancel_parts", rule) for rule in ("ok", "PT-3")),
        *(("ship_units", rule) for rule in ("ok", "SH-1")),
        *(("confirm", rule) for rule in ("ok", "ST-5")),
        *(("dispute", rule) for rule in ("ok", "ST-5")),
        *(("held", reason) for reason in ("quarter_open", "previous_open", "cards_undecided")),
        *(("held", reason) for reason in ("forms_missing", "forms_not_accepted")),
        *(("statement", state) for state in ("issued", "confirmed", "disputed", "closed")),
        *(("revision", number) for number in ("1", "2", "3")),
        ("due", "yes"),
        ("paid out", "yes"),
    } <= seen

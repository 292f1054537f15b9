"""Replay through the real commands: the shared scenario on both engines, random ones against the reference."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from portal import cli
from portal.replay.fields import ScenarioError
from portal.replay.player import play
from portal.replay.report import mismatch
from portal.replay.scenario import load
from tests import databases
from tests.replay import generate, generate_aftersales, reference

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
COMPARED = (
    "dealer",
    "quarter",
    "revision",
    "state",
    "opening",
    "granted",
    "drawn",
    "charged",
    "claims",
    "adjusted",
    "cancelled",
    "direct",
    "result",
    "due",
    "payable",
)


def replayed(app: Flask, content: str) -> dict[str, Any]:
    return play(app, load("test", content))


def wrong(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(event["n"], event["mismatch"]) for event in report["events"] if event["mismatch"]]


def statements(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[name]) for name in COMPARED) for row in rows)


@pytest.mark.parametrize("name", sorted(path.stem for path in SCENARIOS.glob("*.yaml")))
def test_a_shared_scenario_comes_out_exact(app: Flask, name: str) -> None:
    content = (SCENARIOS / f"{name}.yaml").read_text()
    report = replayed(app, content)
    assert wrong(report) == []
    assert report["ok"] is True
    assert statements(report["statements"]) == statements(reference.run(yaml.safe_load(content))[1])


@pytest.mark.parametrize("seed", range(3))
def test_a_random_scenario_comes_out_as_the_reference_has_it(sqlite_app: Flask, seed: int) -> None:
    judge(sqlite_app, seed)


@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize("seed", [101])
def test_a_random_scenario_comes_out_the_same_on_postgresql(app: Flask, seed: int) -> None:
    judge(app, seed)


def test_many_random_scenarios_do(tmp_path: Path, long: bool) -> None:
    for seed in range(200, 280 if long else 201):
        url = databases.sqlite_copy(tmp_path / f"{seed}.sqlite3")
        app = databases.make_app(url, tmp_path)
        judge(app, seed)
        databases.dispose(app)


def judge(app: Flask, seed: int) -> None:
    kind = generate_aftersales.AfterSalesWriter if seed % 3 else generate.Writer
    scenario = generate.with_expectations(generate.generate(seed, quarters=2, kind=kind))
    report = replayed(app, json.dumps(scenario, ensure_ascii=False))
    assert wrong(report) == []
    assert statements(report["statements"]) == statements(reference.run(scenario)[1])


def test_a_wrong_expectation_is_told(sqlite_app: Flask) -> None:
    scenario = scene(
        {
            "at": "2026-01-06",
            "do": "remit",
            "dealer": "D",
            "amount": "100.00",
            "bank_ref": "B",
            "expect": {"outcome": "refused"},
        }
    )
    report = replayed(sqlite_app, json.dumps(scenario))
    assert report["ok"] is False
    assert wrong(report) == [(1, "outcome: expected 'refused', got 'ok'")]


def scene(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "portal_scenario": 1,
        "name": "a scene",
        "manufacturer": {"code": "MF", "name": "示例"},
        "products": [{"model": "M", "name": "M", "months": 12}],
        "parts": [{"part": "P", "name": "P", "supply": "fund", "price": "10.00", "cost": "5.00"}],
        "dealers": [{"code": "D", "name": "D"}, {"code": "S", "name": "S", "parent": "D"}],
        "agreements": [{"dealer": "D", "starts": "2026-01-01", "terms": {}}],
        "events": list(events),
        **changes,
    }


def under(**terms: Any) -> dict[str, Any]:
    return scene(agreements=[{"dealer": "D", "starts": "2026-01-01", "terms": terms}])


LINE = {"serial": "S", "found": "2026-01-05", "cause": "product"}
RETURN = {"at": "2026-01-06", "do": "request_return", "dealer": "D", "request": "T"}
REMIT = {"at": "2026-01-06", "do": "remit", "dealer": "D", "amount": "1.00", "bank_ref": "B"}


@pytest.mark.parametrize(
    ("scenario", "place", "reason"),
    [
        (scene(portal_scenario=2), "portal_scenario", "must be 1"),
        (scene(extra=1), "extra", "unknown key"),
        (scene({**REMIT, "amount": 1.0}), "events.0.amount", "as text"),
        (scene({**REMIT, "amount": "1.005"}), "events.0.amount", "as text"),
        (scene({**REMIT, "dealer": "X"}), "events.0.dealer", "no dealer X"),
        (scene({**REMIT, "colour": "red"}), "events.0.colour", "unknown key"),
        (scene({"at": "2026-01-06", "do": "fly"}), "events.0.do", "no event fly"),
        (scene({"at": "2026-01-06", "do": "file_repair"}), "events.0", "is missing"),
        (scene({"at": "2026-01-06", "do": "decide_claim", "repair": "R", "decision": "approve"}), "events.0", "repair"),
        (scene({"at": "2026-01-06", "do": "ship_return", "request": "R"}), "events.0", "return"),
        (scene({**RETURN, "lines": []}), "events.0.lines", "name a unit"),
        (scene({**RETURN, "lines": [{**LINE, "repair": "R"}]}), "events.0.lines.0.repair", "no repair R"),
        (scene({**RETURN, "lines": [{**LINE, "cause": "rain"}]}), "events.0.lines.0.cause", "one of"),
        (scene({"at": "2026-13-06", "do": "nothing"}), "events.0.at", "date"),
        (scene({"at": "2026-01-06", "do": "review_card", "serial": "A", "decision": "accept"}), "events.0", "card"),
        (scene({"at": "2026-01-06", "do": "decide_parts", "request": "R", "parts": {}}), "events.0", "request"),
        (scene({"at": "2026-01-06", "do": "confirm", "dealer": "D", "quarter": "2026Q1"}), "events.0", "settlement"),
        (scene(agreements=[{"dealer": "S", "starts": "2026-01-01"}]), "agreements.0.dealer", "sub-dealer"),
        (under(card_due_days=1000), "agreements.0.terms.card_due_days", "whole number"),
        (
            scene(parts=[{"part": "P", "name": "P", "supply": "floor_stock", "price": "1.00"}]),
            "parts.0.supply",
            "one of",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_scenario_names_line_and_field(
    scenario: dict[str, Any], place: str, reason: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        load("file.yaml", json.dumps(scenario, indent=1))
    assert f"{place}: " in str(refused.value)
    assert reason in str(refused.value)
    assert "file.yaml, line " in str(refused.value)


def test_the_line_of_the_fault_is_the_line_in_the_file() -> None:
    text = json.dumps(scene({**REMIT, "amount": 5}), indent=1)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if '"amount"' in row)
    with pytest.raises(ScenarioError, match=f"line {line},"):
        load("f", text)


@pytest.mark.parametrize("content", ["", "a: [", "- 1", "a: 1\na: 2", "\x00", "portal_scenario: 1"])
def test_what_is_no_mapping_or_not_readable_is_refused(content: str) -> None:
    with pytest.raises(ScenarioError):
        load("f", content)


@pytest.mark.parametrize(
    ("expected", "outcome", "said"),
    [
        ({}, {"outcome": "refused", "rule": "X", "result": {}}, None),
        ({"rule": "X"}, {"outcome": "refused", "rule": "X", "result": {}}, None),
        ({"total": "1.00"}, {"outcome": "ok", "result": {}}, "total: expected '1.00', there is none"),
        ({"s": {}}, {"outcome": "ok", "result": {"s": {"D": 1}}}, "s: expected {}, got {'D': 1}"),
        ({"s": {"D": {"a": "1"}}}, {"outcome": "ok", "result": {"s": {"D": {"a": "1", "b": "2"}}}}, None),
        (
            {"held": ["a"]},
            {"outcome": "ok", "result": {"held": ["a", "b"]}},
            "held: expected ['a'], got ['a', 'b']",
        ),
    ],
)
def test_what_an_expectation_does_not_name_is_not_compared(
    expected: dict[str, Any], outcome: dict[str, Any], said: str | None
) -> None:
    assert mismatch(expected, outcome) == said


def test_replaying_on_a_database_that_is_not_fresh_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scene.json"
    file.write_text(json.dumps(scene(REMIT)))
    url = databases.sqlite_copy(tmp_path / "once.sqlite3")
    assert cli.main(["replay", "--database", url, str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert cli.main(["replay", "--database", url, str(file)]) == 2
    assert "not fresh" in capsys.readouterr().err


def test_several_files_report_a_line_each_and_a_bad_one_plays_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, false = (tmp_path / name for name in ("good.json", "bad.json", "false.json"))
    good.write_text(json.dumps(scene(REMIT)))
    false.write_text(json.dumps(scene({**REMIT, "expect": {"outcome": "refused"}})))
    bad.write_text(json.dumps(scene({**REMIT, "amount": 1})))
    assert cli.main(["replay", str(good), str(false)]) == 1
    assert [json.loads(line)["ok"] for line in capsys.readouterr().out.splitlines()] == [True, False]
    assert cli.main(["replay", str(good), str(bad)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "events.0.amount" in told.err

"""Playing a scenario in order: time first, then the event, then the comparison (scenario.md)."""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

from flask import Flask

from portal.documents import queries as documents
from portal.jobs import worker
from portal.jobs.daily import begin_day
from portal.kernel import clock
from portal.kernel.db import session
from portal.kernel.errors import PortalError, RuleBroken
from portal.kernel.period import Quarter
from portal.mail import steps as mail
from portal.replay.events import Player
from portal.replay.report import mismatch
from portal.replay.scenario import Scenario
from portal.replay.stage import Stage, set_up
from portal.settlement import queries as settlement
from portal.settlement.rules import FIGURES


def play(app: Flask, scenario: Scenario, *, pdf: Path | None = None) -> dict[str, Any]:
    """Play every event of a valid scenario on the app's empty database; the report (scenario.md, Report)."""
    stage = set_up(app, scenario)
    player = Player(stage)
    events = []
    present = dt.datetime.min.replace(tzinfo=dt.UTC)
    day: dt.date | None = None
    for event in scenario.events:
        # A later line may carry an earlier date; the clock never goes back.
        present = max(present, event.at)
        now = present.astimezone(stage.zone).date()
        if now != day:
            _begin(stage, now)
            day = now
        with clock.fixed(present):
            events.append(_play_one(player, event.n, event.do, event.values, event.expect))
    with clock.fixed(max(present, dt.datetime(1990, 1, 1, tzinfo=dt.UTC))):
        if pdf is not None:
            worker.run_all(app)
        statements = _statements(stage, pdf)
    return {
        "scenario": scenario.name,
        "ok": all(event["mismatch"] is None for event in events),
        "events": events,
        "statements": statements,
    }


def _begin(stage: Stage, day: dt.date) -> None:
    """Everything that time brings up to the end of the day before."""
    with clock.fixed(dt.datetime.combine(day, dt.time(0), stage.zone)), stage.app.app_context():
        actor = stage.clock_actor()
        assert actor.scope is not None
        session().enter(actor.scope)
        with mail.closed():
            begin_day(actor)


def _play_one(player: Player, n: int, do: str, values: Any, expect: Any) -> dict[str, Any]:
    try:
        outcome: dict[str, Any] = {"outcome": "ok", "result": player.play(do, values)}
    except PortalError as error:
        rule = error.rule if isinstance(error, RuleBroken) else None
        outcome = {"outcome": "refused", "rule": rule, "message": str(error), "result": {}}
    return {"n": n, "do": do, **outcome, "mismatch": mismatch(expect, outcome)}


def _statements(stage: Stage, pdf: Path | None) -> list[dict[str, Any]]:
    codes = {row: code for code, (row, _) in stage.dealers.items()}
    auditor = stage.desk("finance")
    with stage.app.app_context():
        assert auditor.scope is not None
        session().enter(auditor.scope)
        rows = sorted(settlement.all_statements(), key=lambda row: (row.quarter, codes[row.dealer_id]))
        return [
            {
                "dealer": codes[row.dealer_id],
                "quarter": str(row.quarter),
                "revision": row.revision,
                "state": row.state.value,
                **{name: row.figures[name] for name in FIGURES},
                "pdf_sha256": _write(pdf, row.number, row.revision, codes[row.dealer_id], row.quarter),
            }
            for row in rows
        ]


def _write(directory: Path | None, number: str, revision: int, dealer: str, quarter: Quarter) -> str | None:
    """Write the PDFs of every revision of a statement; the hash of the one in force."""
    if directory is None:
        return None
    directory.mkdir(parents=True, exist_ok=True)
    sha256 = None
    for issued in range(1, revision + 1):
        content = documents.find("statement", number, issued).content
        (directory / f"{dealer}-{quarter}-{issued}.pdf").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
    return sha256

"""Adjustments, recorded figures, cancelled fees, endings and write-off notices of the stage."""

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from portal.agreements import commands as agreed
from portal.agreements import queries as agreements
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.ledger import commands as ledger
from portal.ledger import steps
from portal.ledger.queries import COLUMNS_OF
from portal.ledger.rules import EntryKind, FigureKind
from portal.settlement import commands as settlement
from tests.people import TODAY
from tests.security.stage import DEALERS, HOLDERS, MARKS, PERSONAS, Stage, csv

LAST_DAY = dt.date(2030, 12, 31)


@command(allow=Permission.CLOCK, silent=True)
def _claim(actor: Actor, dealer_id: int, name: str) -> None:
    """A claim that the fund paid."""
    agreement = agreements.of_dealer(dealer_id)[0]
    steps.post(
        actor,
        steps.lock_fund(agreement),
        EntryKind.CLAIM,
        Decimal("10.00"),
        source=f"{name}:claim:draw",
        date=TODAY,
        document=name,
        memo=name,
    )


def fill(stage: Stage) -> None:
    """Of each holder: an adjustment, sales, cancelled fees and a proposal, a last day with an offer, a notice."""
    for dealer in HOLDERS:
        dealer_id = stage.world.dealers[dealer]
        made = _maker(stage, dealer)
        stage.put(
            "adjustment",
            dealer,
            number=made(ledger.adjust, dealer_id, amount=Decimal("1.00"), reason=MARKS[dealer]),
        )
        stage.put(
            "figure",
            dealer,
            number=made(ledger.record_sales, dealer_id, amount=Decimal("9.00"), note=MARKS[dealer]),
        )
        told = {"reason": MARKS[dealer]}
        cancelled = made(settlement.propose_cancellation, dealer_id, Quarter(2026, 4), **told)
        made(settlement.confirm_cancellation, cancelled)
        stage.put("cancelled_fee", dealer, number=cancelled)
        proposed = made(settlement.propose_cancellation, dealer_id, Quarter(2026, 3), **told)
        stage.put("fee_proposal", dealer, number=proposed)
        with stage.acting(dealer):
            agreement = agreements.of_dealer(dealer_id)[0].number
        made(agreed.terminate, agreement, last_day=LAST_DAY, **told)
        offered = made(settlement.offer_handover, agreement, amount=Decimal("1.00"), **told)
        stage.put("handover", dealer, number=offered)
        made(_claim, dealer_id, f"WX-{dealer}")
        notice = made(settlement.prepare_write_off, dealer_id, note=MARKS[dealer])
        made(settlement.issue_write_off, notice)
        stage.put("write_off", dealer, number=notice)
        made(_claim, dealer_id, f"WY-{dealer}")
        prepared = made(settlement.prepare_write_off, dealer_id, note=MARKS[dealer])
        stage.put("prepared_write_off", dealer, number=prepared)
        made(_claim, dealer_id, f"WZ-{dealer}")


def _maker(stage: Stage, dealer: str) -> Callable[..., Any]:
    """Runs commands of the dealer's manufacturer by nobody in particular, so that four eyes stop no persona."""
    manufacturer_id = stage.world.manufacturers[DEALERS[dealer][0]]

    def run(act: Callable[..., Any], *args: Any, **told: Any) -> Any:
        actor = Actor("setup", frozenset(Permission), manufacturer_id=manufacturer_id)
        with stage.world.at(TODAY), stage.app.app_context():
            assert actor.scope is not None
            session().enter(actor.scope)
            return act(actor, *args, **told)

    return run


def figures_file(dealer: str, note: str) -> tuple[io.BytesIO, str]:
    """A file of one row of sales."""
    return csv(COLUMNS_OF[FigureKind.SALES], dealer=dealer, date="2026-05-01", income="10.00", note=note)


def _dealer(name: str) -> str:
    return PERSONAS[name].dealer or ("X01" if PERSONAS[name].tenant == "OM" else "D01")


#: What is sent with the calls of the table of routes.
DATA: dict[str, dict[str, Any] | Callable[..., dict[str, Any]]] = {
    "agreements.discard": {"reason": "because", "version": ""},
    "agreements.resume": {"reason": "because", "version": ""},
    "agreements.suspend": {"reason": "because", "version": ""},
    "agreements.terminate": {"reason": "because", "version": "", "last_day": "2026-12-31"},
    "cancellations.propose": lambda stage, name, _: {
        "dealer": _dealer(name),
        "quarter": "2026Q2",
        "reason": "because",
    },
    "endings.decline": {"text": "because", "version": ""},
    "endings.offer": {"amount": "5.00", "reason": "because"},
    "figures.judge": lambda stage, name, _: {"kind": "sales", "file": figures_file(_dealer(name), "N")},
    "figures.record": lambda stage, name, _: {
        "kind": "sales",
        "dealer": _dealer(name),
        "date": "2026-05-19",
        "income": "5.00",
    },
    "figures.reverse": {"text": "because"},
    "figures.save": {"good": "1"},
    "write_offs.object_to": {"text": "because", "version": ""},
}

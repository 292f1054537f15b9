"""One function per event: which command it is, who gives it, what it answers. No rule lives here."""

from collections.abc import Callable
from typing import Any

from portal.agreements import queries as agreements
from portal.catalogue import commands as catalogue
from portal.catalogue import queries as catalogue_queries
from portal.jobs import worker
from portal.kernel.actor import Actor
from portal.kernel.clock import today
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO
from portal.kernel.text import T
from portal.ledger import commands as ledger
from portal.ledger import queries as ledger_queries
from portal.parts import commands as parts
from portal.parts import queries as parts_queries
from portal.parts.rules import Shipping
from portal.replay.aftersales import WORDS, AfterSales, Result, Values
from portal.replay.stage import Stage
from portal.reports import commands as reports
from portal.settlement import commands as settlement
from portal.settlement import queries as settlement_queries
from portal.warranty import commands as warranty
from portal.warranty import queries as warranty_queries
from portal.warranty.models import Card
from portal.warranty.rules import CardAction, CardDraft, RejectReason


class Player(AfterSales):
    """Plays events on a stage; remembers which document each name of the scenario became."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.requests: dict[str, tuple[str, str]] = {}

    def play(self, do: str, values: Values) -> Result:
        """Play one event. Raises PortalError when the portal refuses it."""
        handler: Callable[[Values], Result] = getattr(self, do)
        return handler(values)

    def give(self, actor: Actor, call: Callable[[Actor], Any]) -> Any:
        """Run a command, or a read, as `actor` in a session of its own."""
        with self.stage.app.app_context():
            assert actor.scope is not None
            session().enter(actor.scope)
            return call(actor)

    # Manufacturer

    def ship_units(self, v: Values) -> Result:
        self.give(
            self.stage.desk("warehouse"),
            lambda a: catalogue.ship_units(
                a,
                v["dealer"],
                v["model"],
                v["serials"],
                batch=v.get("batch", ""),
                shipped_on=today(a.timezone),
            ),
        )
        return {}

    def remit(self, v: Values) -> Result:
        self.give(
            self.stage.desk("finance"),
            lambda a: ledger.record_remittance(
                a,
                self.stage.dealers[v["dealer"]][1],
                date=today(a.timezone),
                amount=v["amount"],
                bank_ref=v["bank_ref"],
            ),
        )
        return {}

    def reverse_remit(self, v: Values) -> Result:
        finance = self.stage.desk("finance")
        found = self.give(finance, lambda _: ledger_queries.remittance_by_reference(v["bank_ref"]))
        if found is None:
            raise RuleBroken("ST-11", T("There is no remittance {ref}.", ref=v["bank_ref"]))
        number = found.number
        self.give(finance, lambda a: ledger.reverse_remittance(a, number))
        return {}

    def review_card(self, v: Values) -> Result:
        reviewer = self.stage.desk("reviewer")
        card = self.give(reviewer, lambda _: self._card(v["serial"]))
        if card is None:
            raise RuleBroken("WC-6", T("Serial {serial} has no warranty card.", serial=v["serial"]))
        number, decision = card.number, CardAction(v["decision"])
        state = self.give(
            reviewer,
            lambda a: warranty.review(
                a,
                number,
                decision,
                reason=RejectReason.INSUFFICIENT_INFORMATION if decision is CardAction.REJECT else None,
                text="" if decision is CardAction.ACCEPT and not v.get("waive_late") else WORDS,
                waive_late=v.get("waive_late", False),
            ),
        )
        return {"state": state}

    def decide_parts(self, v: Values) -> Result:
        number = self._request(v)
        self.give(self.stage.desk("reviewer"), lambda a: parts.decide(a, number, v["parts"]))
        return {}

    def ship_parts(self, v: Values) -> Result:
        number = self._request(v)
        self.give(self.stage.desk("warehouse"), lambda a: parts.ship(a, number, v["parts"]))
        return {}

    def accept_forms(self, v: Values) -> Result:
        dealer = self.stage.dealers[v["dealer"]][1]
        self.give(self.stage.desk("reviewer"), lambda a: reports.accept_month(a, dealer, v["month"]))
        return {}

    def adjust(self, v: Values) -> Result:
        self.give(
            self.stage.desk("finance"),
            lambda a: ledger.adjust(
                a, self.stage.dealers[v["dealer"]][1], amount=v["amount"], reason=v["reason"]
            ),
        )
        return {}

    def settle(self, v: Values) -> Result:
        finance = self.stage.desk("finance")
        overrides = dict.fromkeys(v.get("override", []), "override")
        number = self.give(finance, lambda a: settlement.start_run(a, v["quarter"], overrides=overrides))
        self._work("settlement.compute")
        self.give(finance, lambda a: settlement.issue_run(a, number))
        self._work("settlement.issue")
        return self.give(finance, lambda _: self._settled(number))  # type: ignore[no-any-return]

    def close(self, v: Values) -> Result:
        self.give(self.stage.desk("second finance"), lambda a: settlement.close_quarter(a, v["quarter"]))
        self._work("settlement.close")
        return {}

    # Dealer

    def receive_units(self, v: Values) -> Result:
        self.give(
            self.stage.owner(v["dealer"]),
            lambda a: catalogue.receive_units(a, v["serials"], on=today(a.timezone)),
        )
        return {}

    def file_card(self, v: Values) -> Result:
        draft = CardDraft(
            serial=v["serial"],
            sale_date=v["sale_date"],
            customer=v["customer"],
            phone=v["phone"],
            invoice=v.get("invoice", ""),
            point_id=self.stage.dealers[v["dealer"]][0],
        )
        self.give(self.stage.owner(v["dealer"]), lambda a: warranty.file(a, draft))
        return {}

    def request_parts(self, v: Values) -> Result:
        dealer = self.stage.holder(v["dealer"])
        number = self.give(
            dealer,
            lambda a: parts.request(
                a,
                v["parts"],
                shipping=Shipping.EXPRESS if v.get("express") else Shipping.ORDINARY,
                express=v.get("express", ZERO),
                consent=v.get("consent", False),
            ),
        )
        self.requests[v["request"]] = (v["dealer"], number)
        row = self.give(dealer, lambda _: parts_queries.get(number))
        return {name: str(getattr(row, name)) for name in ("total", "available", "covered", "excess")}

    def cancel_parts(self, v: Values) -> Result:
        number = self._request(v)
        dealer = self.requests[v["request"]][0]
        self.give(self.stage.holder(dealer), lambda a: parts.cancel(a, number))
        return {}

    def submit_forms(self, v: Values) -> Result:
        self.give(self.stage.holder(v["dealer"]), lambda a: reports.submit(a, v["month"]))
        return {}

    def confirm(self, v: Values) -> Result:
        number = self._statement(v)
        self.give(self.stage.holder(v["dealer"]), lambda a: settlement.confirm(a, number))
        return {}

    def dispute(self, v: Values) -> Result:
        number = self._statement(v)
        self.give(self.stage.holder(v["dealer"]), lambda a: settlement.dispute(a, number, reason=v["reason"]))
        return {}

    def nothing(self, _: Values) -> Result:
        return {}

    # What the portal calls by another name

    def _request(self, v: Values) -> str:
        if v["request"] not in self.requests:
            raise RuleBroken("PT-3", T("There is no parts request {request}.", request=v["request"]))
        return self.requests[v["request"]][1]

    def _statement(self, v: Values) -> str:
        def number(_: Actor) -> str | None:
            agreement = agreements.in_force(self.stage.dealers[v["dealer"]][1], action=False)
            found = settlement_queries.of_quarter(agreement.id, v["quarter"])
            return found.number if found else None

        found = self.give(self.stage.desk("finance"), number)
        if found is None:
            raise RuleBroken("ST-5", T("There is no statement of {quarter}.", quarter=v["quarter"]))
        return str(found)

    @staticmethod
    def _card(serial: str) -> Card | None:
        """The card of a unit; one that waited when the unit was exchanged is with the unit in exchange."""
        found = warranty_queries.card_of_unit(serial)
        unit = catalogue_queries.find_unit(serial)
        while found is None and unit is not None:
            unit = catalogue_queries.exchanged_for(unit)
            found = warranty_queries.card_of_unit(unit.serial) if unit is not None else None
        return found

    def _settled(self, number: str) -> Result:
        codes = {row: code for code, (row, _) in self.stage.dealers.items()}
        lines = settlement_queries.lines(settlement_queries.run(number).id)
        return {
            "statements": {codes[line.dealer]: dict(line.figures) for line in lines if line.statement},
            "held": {codes[line.dealer]: list(line.holds) for line in lines if line.holds},
        }

    def _work(self, kind: str) -> None:
        """Do the background work that a command has asked for, as a worker would."""
        for job_id in worker.waiting(self.stage.app, kind):
            worker.run(self.stage.app, job_id)
        if worker.waiting(self.stage.app, kind):
            raise RuntimeError(f"the background work {kind} did not succeed")

"""Events of repairs, claims, returns, old parts and the other bases; see `portal.replay.events`."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.agreements.rules import CostColumn
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO
from portal.kernel.text import T
from portal.ledger import commands as ledger
from portal.parts import commands as parts
from portal.quality import commands as quality
from portal.repairs import commands as repairs
from portal.repairs import queries as repair_queries
from portal.repairs.rules import Category, RepairDraft
from portal.repairs.rules.claims import ClaimAction, ClaimReason
from portal.replay.stage import Stage
from portal.returns import commands as returns
from portal.returns import queries as return_queries
from portal.returns.rules import Disposition, ReturnLine
from portal.settlement import commands as settlement
from portal.warranty.rules import Cause

Values = Mapping[str, Any]
Result = dict[str, Any]
#: What a decision says in words; a scenario carries none.
WORDS = "as the scenario says"


class AfterSales:
    """The part of the player that knows what happens to units once they are sold."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        #: Repair of the scenario → number of its record.
        self.repairs: dict[str, str] = {}
        #: Return of the scenario → the dealer that asked, its number.
        self.returns: dict[str, tuple[str, str]] = {}

    def give(self, actor: Actor, call: Callable[[Actor], Any]) -> Any:
        raise NotImplementedError

    # Manufacturer

    def declare_batch(self, v: Values) -> Result:
        self.give(
            self.stage.desk("quality"),
            lambda a: quality.declare_batch(a, v["model"], v["batch"], reason=WORDS),
        )
        return {}

    def record_sales(self, v: Values) -> Result:
        dealer = self.stage.dealers[v["dealer"]][1]
        self.give(self.stage.desk("finance"), lambda a: ledger.record_sales(a, dealer, amount=v["amount"]))
        return {}

    def record_result(self, v: Values) -> Result:
        dealer = self.stage.dealers[v["dealer"]][1]
        self.give(
            self.stage.desk("finance"),
            lambda a: ledger.record_result(a, dealer, income=v["income"], cost=v["cost"]),
        )
        return {}

    def cancel_fee(self, v: Values) -> Result:
        dealer = self.stage.dealers[v["dealer"]][1]
        try:
            number = self.give(
                self.stage.desk("finance"),
                lambda a: settlement.propose_cancellation(a, dealer, v["quarter"], reason=v["reason"]),
            )
        except RuleBroken as refused:
            if refused.rule != "ST-9":
                raise
            # The quarter has lost its fees already, and what it grants later goes the same way: nothing is left to do.
            return {}
        self.give(self.stage.desk("second finance"), lambda a: settlement.confirm_cancellation(a, number))
        return {}

    def decide_claim(self, v: Values) -> Result:
        number = self._repair(v)
        granted = {name: v[name] for name in ("labour", "onsite") if name in v}
        self.give(
            self.stage.desk("reviewer"),
            lambda a: repairs.decide_claim(
                a,
                number,
                ClaimAction(v["decision"]),
                granted=granted or None,
                reason=ClaimReason.INSUFFICIENT_INFORMATION,
                text=WORDS,
            ),
        )
        return {}

    def decide_return(self, v: Values) -> Result:
        number = self._return(v, "RT-3")
        state = self.give(
            self.stage.desk("reviewer"),
            lambda a: returns.decide(a, number, v["approve"], waive_repair=v.get("waive_repair", False)),
        )
        return {"state": state}

    def receive_return(self, v: Values) -> Result:
        number = self._return(v, "RT-1")
        self.give(self.stage.desk("warehouse"), lambda a: returns.receive(a, number, v["serials"]))
        return {}

    def dispose_return(self, v: Values) -> Result:
        number = self._return(v, "RT-3")
        self.give(
            self.stage.desk("reviewer"),
            lambda a: returns.dispose(
                a,
                number,
                v["serial"],
                Disposition(v["disposition"]),
                new_serial=v.get("new_serial"),
                costs=v.get("costs", {}),
            ),
        )
        return {}

    def confirm_payment(self, v: Values) -> Result:
        number = self._request(v)
        try:
            self.give(self.stage.desk("finance"), lambda a: parts.confirm_payment(a, number))
        except RuleBroken as refused:
            # Nothing is to be paid, or no more: the scenario's word for it is that it is paid.
            if refused.rule != "PT-5":
                raise
        return {}

    def receive_old_parts(self, v: Values) -> Result:
        dealer = self.stage.dealers[v["dealer"]][1]
        self.give(self.stage.desk("warehouse"), lambda a: parts.receive_old_parts(a, dealer, v["parts"]))
        return {}

    # Dealer

    def file_repair(self, v: Values) -> Result:
        dealer = self.stage.owner(v["dealer"])
        draft = RepairDraft(
            serial=v["serial"],
            incident=v["incident"],
            cause=Cause(v["cause"]),
            category=Category(v["category"]),
            component=v.get("component", ""),
            labour=v.get("labour", ZERO),
            onsite=v.get("onsite", ZERO),
        )
        number = self.give(dealer, lambda a: repairs.file(a, draft))
        self.repairs[v["repair"]] = number
        return {"entitlement": self.give(dealer, lambda _: repair_queries.get(number).cost_class.value)}

    def request_return(self, v: Values) -> Result:
        dealer = self.stage.owner(v["dealer"])
        lines = [
            ReturnLine(
                serial=line["serial"],
                found=line["found"],
                cause=Cause(line["cause"]),
                repair_number=self.repairs.get(line.get("repair", ""), ""),
            )
            for line in v["lines"]
        ]
        number = self.give(dealer, lambda a: returns.request(a, lines))
        self.returns[v["request"]] = (v["dealer"], number)

        classes = self.give(dealer, lambda _: return_queries.classes(number))
        lines_of = {
            serial: {
                "class": line.cost_class.value,
                **{column.value: getattr(line, column.value).value for column in CostColumn},
            }
            for serial, line in classes.items()
        }
        return {"lines": lines_of}

    def ship_return(self, v: Values) -> Result:
        number = self._return(v, "RT-1")
        dealer = self.stage.owner(self.returns[v["request"]][0])
        self.give(dealer, lambda a: returns.ship(a, number))
        return {}

    # What the portal calls by another name

    def _request(self, v: Values) -> str:
        raise NotImplementedError

    def _repair(self, v: Values) -> str:
        if v["repair"] not in self.repairs:
            raise RuleBroken("RP-6", T("There is no repair {repair}.", repair=v["repair"]))
        return self.repairs[v["repair"]]

    def _return(self, v: Values, rule: str) -> str:
        if v["request"] not in self.returns:
            raise RuleBroken(rule, T("There is no return request {request}.", request=v["request"]))
        return self.returns[v["request"]][1]

"""Repairs, claims, returns and old parts of the reference model, as plain as the rest of it."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.replay.basics import NIL, Invalid, Quarter, Refused, add_months, day_of, quarter_of

if TYPE_CHECKING:
    from tests.replay.reference import Agreement, Card

MAKER, FUND, DEALER = "manufacturer", "fund", "dealer"
COLUMNS = ("inbound", "outbound", "parts", "labour")
MATRIX = {
    "doa": (MAKER, MAKER, MAKER, MAKER),
    "early_failure": (MAKER, MAKER, MAKER, MAKER),
    "in_warranty": (FUND, MAKER, FUND, MAKER),
    "out_of_warranty": (DEALER, DEALER, DEALER, DEALER),
    "not_recognised": (DEALER, DEALER, DEALER, DEALER),
    "user_caused": (DEALER, DEALER, DEALER, DEALER),
    "dealer_caused": (DEALER, DEALER, DEALER, DEALER),
    "transport": (DEALER, DEALER, DEALER, DEALER),
    "batch": (MAKER, MAKER, MAKER, MAKER),
    "stock": (DEALER, DEALER, DEALER, DEALER),
}
OPEN = ("submitted", "approved", "shipped", "received")
LEAVE = ("exchanged", "credited", "scrapped")


class Unit:
    def __init__(self, dealer: str, model: str, batch: str, shipped_on: dt.date) -> None:
        self.dealer = dealer
        self.model = model
        self.batch = batch
        self.shipped_on = shipped_on
        self.received_on: dt.date | None = None
        self.left_field = False


class Repair:
    def __init__(
        self, agreement: "Agreement", filed_on: dt.date, event: dict[str, Any], outcome: str
    ) -> None:
        self.agreement = agreement
        self.filed_on = filed_on
        self.serial = event["serial"]
        self.category = event["category"]
        self.labour = Decimal(event["labour"])
        self.onsite = Decimal(event["onsite"])
        self.outcome = outcome
        claimed = outcome in ("in_warranty", "doa") and self.category != "A"
        self.state = "submitted" if claimed else "no claim"


class Line:
    def __init__(self, outcome: str, repaired: bool) -> None:
        self.outcome = outcome
        self.repaired = repaired
        self.state = "open"


class Return:
    def __init__(self, agreement: "Agreement", asked_on: dt.date, lines: dict[str, Line]) -> None:
        self.agreement = agreement
        self.asked_on = asked_on
        self.lines = lines
        self.state = "submitted"
        self.last_day = dt.date.max

    def holds(self, serial: str) -> bool:
        """Whether the unit is in this return now."""
        line = self.lines.get(serial)
        return self.state in OPEN and line is not None and line.state not in ("rejected", "disposed")


class Debt:
    def __init__(self, agreement: "Agreement", part: str, pieces: int, due: dt.date) -> None:
        self.agreement = agreement
        self.part = part
        self.pieces = pieces
        self.due = due


class AfterSales:
    """What happens to units once they are sold."""

    if TYPE_CHECKING:
        today: dt.date
        parts: dict[str, dict[str, Any]]
        parents: dict[str, str | None]
        cards: dict[str, list[Card]]

        def agreement(self, dealer: str) -> Agreement: ...

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.products = {product["model"]: product for product in scenario.get("products") or []}
        self.units: dict[str, Unit] = {}
        self.repairs: dict[str, Repair] = {}
        self.returns: dict[str, Return] = {}
        self.debts: list[Debt] = []
        self.bad_batches: set[tuple[str, str]] = set()

    # what time brings

    def let_time_pass(self) -> None:
        for asked in self.returns.values():
            if asked.state == "approved" and self.today > asked.last_day:
                asked.state = "expired"
        for debt in self.debts:
            if debt.pieces and self.today > debt.due:
                cost = Decimal(self.parts[debt.part].get("cost", "0.00")) * debt.pieces
                debt.agreement.move(debt.due + dt.timedelta(days=1), "direct", cost)
                debt.pieces = 0

    def undecided(self, agreement: "Agreement", quarter: Quarter) -> list[str]:
        claims = any(
            r.agreement is agreement and r.state == "submitted" and quarter_of(r.filed_on) == quarter
            for r in self.repairs.values()
        )
        returns = any(
            r.agreement is agreement and r.state == "submitted" and quarter_of(r.asked_on) == quarter
            for r in self.returns.values()
        )
        return ["claims_undecided"] * claims + ["returns_undecided"] * returns

    # who is covered

    def sale(self, serial: str, day: dt.date) -> "Card | None":
        cards = [card for card in self.cards.get(serial, []) if card.in_force and card.sale_date <= day]
        return cards[-1] if cards else None

    def terms(self, unit: Unit) -> dict[str, Any]:
        return self.agreement(unit.dealer).terms

    def dead_on_arrival(self, unit: Unit, day: dt.date) -> bool:
        terms = self.terms(unit)
        received = unit.received_on or unit.shipped_on + dt.timedelta(
            days=terms.get("deemed_receipt_days", 3)
        )
        return day <= received + dt.timedelta(days=terms.get("doa_days", 7))

    def recognised(self, unit: Unit, card: "Card") -> bool:
        refuses = self.terms(unit).get("late_card", "not_recognised") == "not_recognised"
        return not (card.late and refuses and not card.waived)

    def by_months(self, unit: Unit, card: "Card", day: dt.date, component: str | None) -> str:
        product = self.products[unit.model]
        months = (product.get("components") or {}).get(component, product["months"])
        last = add_months(card.sale_date, months + self.terms(unit).get("extra_months", 0))
        return "in_warranty" if day <= last else "out_of_warranty"

    def entitlement(self, serial: str, day: dt.date, cause: str, component: str | None) -> str:
        unit, card = self.units[serial], self.sale(serial, day)
        if cause in ("user", "dealer"):
            return f"{cause}_caused"
        if card is None:
            if self.dead_on_arrival(unit, day):
                return "doa"
            shelf = self.terms(unit).get("shelf_months", 0)
            on_shelf = shelf and day <= add_months(unit.shipped_on, shelf)
            return "in_warranty" if on_shelf else "not_recognised"
        if not self.recognised(unit, card):
            return "not_recognised"
        return self.by_months(unit, card, day, component)

    def classify(self, serial: str, day: dt.date, cause: str) -> str:
        unit, card = self.units[serial], self.sale(serial, day)
        if cause == "transport":
            return "transport"
        if cause in ("user", "dealer"):
            return f"{cause}_caused"
        if (unit.model, unit.batch) in self.bad_batches:
            return "batch"
        if card is None:
            return "doa" if self.dead_on_arrival(unit, day) else "stock"
        if not self.recognised(unit, card):
            return "not_recognised"
        if day <= card.sale_date + dt.timedelta(days=self.terms(unit).get("early_failure_days", 15)):
            return "early_failure"
        return self.by_months(unit, card, day, None)

    def bearers(self, agreement: "Agreement", outcome: str) -> dict[str, str]:
        changed = agreement.terms.get("matrix", {}).get(outcome, {})
        return {**dict(zip(COLUMNS, MATRIX[outcome], strict=True)), **changed}

    def do_declare_batch(self, model: str, batch: str) -> None:
        self.bad_batches.add((model, batch))

    # repairs and claims

    def do_file_repair(self, dealer: str, repair: str, **event: Any) -> dict[str, str]:
        if repair in self.repairs:
            raise Invalid(repair)
        serial, incident = event["serial"], day_of(event["incident"])
        if serial not in self.units:
            raise Refused("WC-3")
        if incident > self.today or self.units[serial].left_field:
            raise Refused("RP-3")
        outcome = self.entitlement(serial, incident, event["cause"], event.get("component"))
        self.repairs[repair] = Repair(self.agreement(dealer), self.today, event, outcome)
        return {"entitlement": outcome}

    def do_decide_claim(
        self, repair: str, decision: str, labour: str | None = None, onsite: str | None = None
    ) -> None:
        claim = self.repairs[repair]
        if claim.state != "submitted":
            raise Refused("RP-6")
        if decision == "reject":
            claim.state = "rejected"
            return
        paid = [Decimal(labour or claim.labour), Decimal(onsite or claim.onsite)]
        if paid[0] > claim.labour or paid[1] > claim.onsite:
            raise Refused("RP-7")
        claim.state = "approved"
        agreement = claim.agreement
        for base in agreement.bases:
            if base["kind"] == "flat_per_repair" and claim.category == "C":
                extra = Decimal(base.get("onsite", "0.00")) if claim.onsite else NIL
                agreement.move(self.today, "flat", Decimal(base["fee"]) + extra)
            if base["kind"] == "approved_claims":
                agreement.move(self.today, "approved", sum(paid, NIL))
        if agreement.draws_claims:
            agreement.move(self.today, "claims", sum(paid, NIL))

    # returns: from the request to the disposition

    def do_request_return(
        self, dealer: str, request: str, lines: list[dict[str, Any]]
    ) -> dict[str, dict[str, dict[str, str]]]:
        if request in self.returns:
            raise Invalid(request)
        agreement, found, result = self.agreement(dealer), {}, {}
        for line in lines:
            serial, day = line["serial"], day_of(line["found"])
            if serial not in self.units:
                raise Refused("WC-3")
            unit = self.units[serial]
            if dealer not in (unit.dealer, self.parents[unit.dealer]):
                raise Refused("WC-3")
            if day > self.today or unit.left_field or any(r.holds(serial) for r in self.returns.values()):
                raise Refused("RT-1")
            outcome = self.classify(serial, day, line["cause"])
            repair = self.repairs.get(line.get("repair") or "")
            found[serial] = Line(outcome, repair is not None and repair.serial == serial)
            result[serial] = {"class": outcome, **self.bearers(agreement, outcome)}
        self.returns[request] = Return(agreement, self.today, found)
        return {"lines": result}

    def do_decide_return(
        self, request: str, approve: list[str], waive_repair: bool = False
    ) -> dict[str, str]:
        asked = self.returns[request]
        if asked.state != "submitted":
            raise Refused("RT-3")
        for serial in approve:
            line = asked.lines[serial]
            if line.outcome in ("doa", "early_failure") and not line.repaired and not waive_repair:
                raise Refused("RT-2")
        for serial, line in asked.lines.items():
            line.state = "approved" if serial in approve else "rejected"
        asked.state = "approved" if approve else "rejected"
        asked.last_day = self.today + dt.timedelta(days=asked.agreement.terms.get("return_approval_days", 30))
        return {"state": asked.state}

    def do_ship_return(self, request: str) -> None:
        asked = self.returns[request]
        if asked.state == "submitted":
            raise Refused("RT-1")
        if asked.state != "approved":
            raise Refused("RT-3")
        asked.state = "shipped"

    def do_receive_return(self, request: str, serials: list[str]) -> None:
        asked = self.returns[request]
        if asked.state != "shipped" or any(asked.lines[serial].state != "approved" for serial in serials):
            raise Refused("RT-1")
        for serial in serials:
            asked.lines[serial].state = "received"
        asked.state = "received"

    def do_dispose_return(
        self,
        request: str,
        serial: str,
        disposition: str,
        new_serial: str | None = None,
        costs: dict[str, str] | None = None,
    ) -> None:
        asked = self.returns[request]
        line, unit = asked.lines[serial], self.units[serial]
        if asked.state != "received" or line.state != "received":
            raise Refused("RT-3")
        if disposition == "exchanged":
            if new_serial is None:
                raise Invalid(request)
            if new_serial in self.units:
                raise Refused("SH-1")
            self.exchange(serial, new_serial)
        cards = self.cards.get(serial, [])
        if disposition == "credited" and cards:
            cards[-1].take_fee_back(self.today)
        unit.left_field = disposition in LEAVE
        line.state = "disposed"
        for column, bearer in self.bearers(asked.agreement, line.outcome).items():
            cost = Decimal((costs or {}).get(column, "0.00"))
            if bearer in ("fund", "dealer"):
                asked.agreement.move(self.today, "charged" if bearer == "fund" else "direct", cost)
        if not any(other.state in ("approved", "received") for other in asked.lines.values()):
            asked.state = "settled"

    def exchange(self, serial: str, new_serial: str) -> None:
        """The new unit takes over what the old one was, its card too; it earns no second fee."""
        old = self.units[serial]
        new = self.units[new_serial] = Unit(old.dealer, old.model, old.batch, old.shipped_on)
        new.received_on = old.received_on
        self.cards[new_serial] = [card.inherited() for card in self.cards.get(serial, []) if card.in_force]

    # old parts

    def owe(self, agreement: "Agreement", part: str, pieces: int) -> None:
        days = agreement.terms.get("old_part_days", 30)
        self.debts.append(Debt(agreement, part, pieces, self.today + dt.timedelta(days=days)))

    def do_receive_old_parts(self, dealer: str, parts: dict[str, int]) -> None:
        agreement = self.agreement(dealer)
        for part, pieces in parts.items():
            left = pieces
            for debt in self.debts:
                if debt.agreement is agreement and debt.part == part:
                    cleared = min(debt.pieces, left)
                    debt.pieces -= cleared
                    left -= cleared

"""What a scenario must come to, computed a second time: naive, without any code of the portal.

Everything is recomputed from plain lists whenever somebody asks; nothing is cached, posted or locked. Repairs and
returns stand in `aftersales`. A file that asks for something that does not exist (deciding an unknown request …)
raises Invalid.
"""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.replay.aftersales import AfterSales, Unit
from tests.replay.basics import (
    NIL,
    Invalid,
    Quarter,
    Refused,
    after,
    before,
    cents,
    day_of,
    last_day,
    last_of_month,
    months_of,
    parse_quarter,
    quarter_of,
)


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


class Agreement:
    """One dealer's contract and everything that counts under it."""

    def __init__(self, given: dict[str, Any]) -> None:
        terms = given.get("terms") or {}
        bases = terms.get("bases", [{"kind": "remittance_share", "rate": "2%"}])
        self.starts = day_of(given["starts"])
        self.terms = terms
        self.bases = bases
        self.rates = self.shares("remittance_share", "rate")
        self.sales_rates = self.shares("sales_share", "rate")
        self.ratios = self.shares("profit_share", "ratio")
        self.fees = [Decimal(base["fee"]) for base in bases if base["kind"] == "card_fee"]
        self.draws_claims = terms.get("claims", "none") == "draw"
        self.cancellable = terms.get("cancellable", ["card_fee"])
        self.carry = terms.get("surplus", "carry") == "carry"
        self.card_due_days = terms.get("card_due_days", 30)
        self.forms_owed = terms.get("forms", True)
        self.silence_days = terms.get("deemed_confirm_days", 10)
        self.remitted: list[tuple[Quarter, Decimal]] = []
        #: (year, amount)
        self.sales: list[tuple[int, Decimal]] = []
        #: Fees of cards: the quarter that granted it, the quarter that took it back or None, the amount.
        self.card_fees: list[CardFee] = []
        #: Quarters whose fees are cancelled.
        self.cancelled_quarters: set[Quarter] = set()
        #: (quarter, figure, amount) of everything but remittances.
        self.moves: list[tuple[Quarter, str, Decimal]] = []
        self.statements: dict[Quarter, Statement] = {}
        self.forms: dict[str, str] = {}

    def shares(self, kind: str, key: str) -> list[Decimal]:
        return [Decimal(base[key].rstrip("%")) / 100 for base in self.bases if base["kind"] == kind]

    def counts_in(self, day: dt.date) -> Quarter:
        """Its own quarter, or the one after the last that has a statement."""
        quarter = quarter_of(day)
        if self.statements and quarter <= max(self.statements):
            return after(max(self.statements))
        return quarter

    def move(self, day: dt.date, figure: str, amount: Decimal) -> None:
        self.moves.append((self.counts_in(day), figure, amount))

    def moved(self, quarter: Quarter, figure: str) -> Decimal:
        return sum((amount for q, f, amount in self.moves if (q, f) == (quarter, figure)), NIL)

    def granted_by(self, quarter: Quarter) -> dict[str, Decimal]:
        """What each kind of base granted in a quarter."""
        remitted = sum((amount for q, amount in self.remitted if q == quarter), NIL)
        year, number = quarter
        sold = sum((amount for y, amount in self.sales if y == year), NIL) if number == 4 else NIL
        return {
            "remittance_share": sum((cents(rate * remitted) for rate in self.rates), NIL),
            "card_fee": sum((fee.amount for fee in self.card_fees if fee.granted == quarter), NIL)
            - sum((fee.amount for fee in self.card_fees if fee.taken_back == quarter), NIL),
            "sales_share": sum((cents(rate * sold) for rate in self.sales_rates), NIL),
            "flat_per_repair": self.moved(quarter, "flat"),
            "approved_claims": self.moved(quarter, "approved"),
            "profit_share": self.moved(quarter, "profit"),
        }

    def granted(self, quarter: Quarter) -> Decimal:
        return sum(self.granted_by(quarter).values(), NIL)

    def cancelled(self, quarter: Quarter) -> Decimal:
        """The fees that a cancelled quarter granted; what it took back itself is gone already."""
        if quarter not in self.cancelled_quarters:
            return NIL
        kept = sum(
            (fee.amount for fee in self.card_fees if fee.granted == quarter and fee.taken_back != quarter),
            NIL,
        )
        granted = {**self.granted_by(quarter), "card_fee": kept}
        return sum((granted[kind] for kind in self.cancellable), NIL)

    def opening(self, quarter: Quarter) -> Decimal:
        earlier = before(quarter)
        if earlier < quarter_of(self.starts):
            return NIL
        if self.state(earlier) == "closed":
            return self.statements[earlier].figures["carried"]
        return max(self.result(earlier), NIL) if self.carry else NIL

    def result(self, quarter: Quarter) -> Decimal:
        return (
            self.opening(quarter)
            + self.granted(quarter)
            - self.moved(quarter, "drawn")
            - self.moved(quarter, "charged")
            - self.moved(quarter, "claims")
            + self.moved(quarter, "adjusted")
            - self.cancelled(quarter)
        )

    def state(self, quarter: Quarter) -> str | None:
        return self.statements[quarter].state if quarter in self.statements else None

    def figures(self, quarter: Quarter) -> dict[str, Decimal]:
        result = self.result(quarter)
        surplus, missing = max(result, NIL), max(-result, NIL)
        direct, claims = self.moved(quarter, "direct"), self.moved(quarter, "claims")
        return {
            "opening": self.opening(quarter),
            "granted": self.granted(quarter),
            "drawn": self.moved(quarter, "drawn"),
            "charged": self.moved(quarter, "charged"),
            "claims": claims,
            "adjusted": self.moved(quarter, "adjusted"),
            "cancelled": self.cancelled(quarter),
            "result": result,
            "carried": surplus if self.carry else NIL,
            "paid_out": NIL if self.carry else surplus,
            "overspent": missing,
            "direct": direct,
            "due": missing + direct,
            "payable": claims + (NIL if self.carry else surplus),
        }

    def let_silence_count(self, today: dt.date) -> None:
        for statement in self.statements.values():
            last = statement.issued_on + dt.timedelta(days=self.silence_days)
            if statement.state == "issued" and self.silence_days and today > last:
                statement.state = "confirmed"


class Statement:
    def __init__(self) -> None:
        self.revision = 0
        self.state = "draft"
        self.figures: dict[str, Decimal] = {}
        self.issued_on = dt.date.min

    def written(self) -> dict[str, str]:
        return {name: str(amount) for name, amount in self.figures.items()}


class CardFee:
    def __init__(self, granted: Quarter, amount: Decimal) -> None:
        self.granted = granted
        self.amount = amount
        self.taken_back: Quarter | None = None


class Card:
    def __init__(self, agreement: Agreement, filed_on: dt.date, sale_date: dt.date) -> None:
        self.agreement = agreement
        self.filed_on = filed_on
        self.late = filed_on > sale_date + dt.timedelta(days=agreement.card_due_days)
        self.sale_date = sale_date
        self.waived = False
        self.state = "submitted"
        self.fee: CardFee | None = None

    @property
    def in_force(self) -> bool:
        return self.state in ("accepted", "accepted_late")

    def inherited(self) -> "Card":
        """The same card on an exchange unit: in force, without a fee."""
        card = Card(self.agreement, self.filed_on, self.sale_date)
        card.state, card.late, card.waived = self.state, self.late, self.waived
        return card

    def take_fee_back(self, today: dt.date) -> None:
        if self.fee and self.fee.taken_back is None:
            self.fee.taken_back = self.agreement.counts_in(today)


class Request:
    def __init__(self, agreement: Agreement, asked: dict[str, int], prices: dict[str, Decimal]) -> None:
        self.agreement = agreement
        self.asked = asked
        self.prices = prices
        self.approved: dict[str, int] = {}
        self.shipped = dict.fromkeys(asked, 0)
        self.express = NIL
        self.paid = False
        self.state = "submitted"

    def holds(self) -> Decimal:
        if self.state == "submitted":
            return sum((self.prices[part] * count for part, count in self.asked.items()), NIL)
        if self.state == "decided":
            return sum((self.prices[part] * self.open(part) for part in self.asked), NIL)
        return NIL

    def open(self, part: str) -> int:
        return self.approved.get(part, 0) - self.shipped.get(part, 0)


class Model(AfterSales):
    """Plays events one by one; `play` answers with what a replay reports of the event."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        super().__init__(scenario)
        self.parts = {part["part"]: part for part in scenario.get("parts") or []}
        self.parents = {dealer["code"]: dealer.get("parent") for dealer in scenario["dealers"]}
        self.agreements = {given["dealer"]: Agreement(given) for given in scenario["agreements"]}
        #: serial → its cards, oldest first
        self.cards: dict[str, list[Card]] = {}
        self.paid_serials: set[str] = set()
        #: bank reference → (agreement, amount, reversed)
        self.remittances: dict[str, tuple[Agreement, Decimal, bool]] = {}
        self.requests: dict[str, Request] = {}
        self.today = dt.date.min

    def play(self, event: dict[str, Any]) -> dict[str, Any]:
        """`{"outcome": "ok", "result": {…}}` or `{"outcome": "refused", "rule": "WC-3", "result": {}}`."""
        arguments = {key: value for key, value in event.items() if key not in ("at", "do", "expect")}
        act = getattr(self, f"do_{event['do']}")
        # An earlier date stands still: time never goes back.
        self.today = max(day_of(event["at"]), self.today)
        for agreement in self.agreements.values():
            agreement.let_silence_count(self.today)
        self.let_time_pass()
        try:
            return {"outcome": "ok", "rule": None, "result": act(**arguments) or {}}
        except Refused as refused:
            return {"outcome": "refused", "rule": str(refused), "result": {}}

    def agreement(self, dealer: str) -> Agreement:
        """The contract under which a dealer or a sub-dealer works."""
        try:
            return self.agreements[self.parents[dealer] or dealer]
        except KeyError:
            raise Invalid(dealer) from None

    def quota(self, agreement: Agreement) -> Decimal:
        reserved = sum((r.holds() for r in self.requests.values() if r.agreement is agreement), NIL)
        return agreement.result(agreement.counts_in(self.today)) - reserved

    # units and cards

    def do_nothing(self) -> None:
        pass

    def do_ship_units(self, dealer: str, model: str, serials: list[str], batch: str | None = None) -> None:
        self.agreement(dealer)
        if any(serial in self.units for serial in serials):
            raise Refused("SH-1")
        for serial in serials:
            self.units[serial] = Unit(dealer, model, batch or "", self.today)

    def do_receive_units(self, dealer: str, serials: list[str]) -> None:
        if any(serial not in self.units for serial in serials):
            raise Invalid("receives what was never shipped")
        for serial in serials:
            self.units[serial].received_on = self.today

    def do_file_card(
        self, dealer: str, serial: str, sale_date: Any, customer: str, phone: str, invoice: str
    ) -> None:
        agreement, sold = self.agreement(dealer), day_of(sale_date)
        if serial not in self.units:
            raise Refused("WC-3")
        unit = self.units[serial]
        if dealer not in (unit.dealer, self.parents[unit.dealer]) or unit.left_field:
            raise Refused("WC-3")
        cards = self.cards.setdefault(serial, [])
        if cards and cards[-1].state in ("submitted", "accepted", "accepted_late"):
            raise Refused("WC-1")
        if sold > self.today or sold < unit.shipped_on or sold < agreement.starts:
            raise Refused("WC-3")
        if not re.fullmatch(r"1[3-9][0-9]{9}", phone):
            raise Refused("WC-3")
        cards.append(Card(agreement, self.today, sold))

    def do_review_card(self, serial: str, decision: str, waive_late: bool = False) -> dict[str, Any]:
        if not self.cards.get(serial):
            raise Invalid(f"no card of {serial}")
        card = self.cards[serial][-1]
        if decision == "void":
            if card.state not in ("accepted", "accepted_late"):
                raise Refused("WC-6")
            card.state = "void"
            card.take_fee_back(self.today)
            return {"state": card.state}
        if card.state != "submitted":
            raise Refused("WC-6")
        if decision == "reject":
            card.state = "rejected"
            return {"state": card.state}
        card.state = "accepted_late" if card.late else "accepted"
        card.waived = waive_late and card.late
        if not card.late and serial not in self.paid_serials and card.agreement.fees:
            self.paid_serials.add(serial)
            counted = card.agreement.counts_in(card.filed_on)
            card.fee = CardFee(counted, sum(card.agreement.fees, NIL))
            card.agreement.card_fees.append(card.fee)
        return {"state": card.state}

    # money in

    def do_remit(self, dealer: str, amount: str, bank_ref: str) -> None:
        if bank_ref in self.remittances:
            raise Refused("ST-11")
        agreement = self.agreement(dealer)
        self.remittances[bank_ref] = (agreement, Decimal(amount), False)
        agreement.remitted.append((agreement.counts_in(self.today), Decimal(amount)))

    def do_reverse_remit(self, bank_ref: str) -> None:
        if bank_ref not in self.remittances:
            raise Invalid(bank_ref)
        agreement, amount, reversed_already = self.remittances[bank_ref]
        if reversed_already:
            raise Refused("ST-11")
        self.remittances[bank_ref] = (agreement, amount, True)
        agreement.remitted.append((agreement.counts_in(self.today), -amount))

    def do_record_sales(self, dealer: str, amount: str) -> None:
        self.agreement(dealer).sales.append((self.today.year, Decimal(amount)))

    def do_record_result(self, dealer: str, income: str, cost: str) -> None:
        agreement, gained = self.agreement(dealer), Decimal(income) - Decimal(cost)
        for ratio in agreement.ratios:
            agreement.move(self.today, "profit", cents(ratio * gained))

    def do_cancel_fee(self, dealer: str, quarter: str, reason: str) -> None:
        agreement, cancelled = self.agreement(dealer), parse_quarter(quarter)
        if agreement.state(cancelled) not in (None, "disputed"):
            raise Refused("ST-5")
        agreement.cancelled_quarters.add(cancelled)

    def do_adjust(self, dealer: str, amount: str, reason: str) -> None:
        agreement = self.agreement(dealer)
        disputed = [q for q, statement in agreement.statements.items() if statement.state == "disputed"]
        quarter = disputed[0] if disputed else agreement.counts_in(self.today)
        agreement.moves.append((quarter, "adjusted", Decimal(amount)))

    # parts

    def do_request_parts(
        self,
        dealer: str,
        request: str,
        parts: dict[str, int],
        express: str = "0.00",
        consent: bool = False,
    ) -> dict[str, str]:
        if request in self.requests or any(part not in self.parts for part in parts):
            raise Invalid(request)
        prices = {
            part: Decimal(self.parts[part]["price"]) if self.parts[part]["supply"] == "fund" else NIL
            for part in parts
        }
        agreement = self.agreement(dealer)
        asked = Request(agreement, dict(parts), prices)
        asked.express = Decimal(express)
        total = asked.holds()
        available = max(self.quota(agreement), NIL)
        covered = min(total, available)
        if total > available and not consent:
            raise Refused("PT-2")
        self.requests[request] = asked
        amounts = {"total": total, "available": available, "covered": covered, "excess": total - covered}
        return {name: str(cents(amount)) for name, amount in amounts.items()}

    def request(self, name: str) -> Request:
        if name not in self.requests:
            raise Invalid(name)
        return self.requests[name]

    def do_decide_parts(self, request: str, parts: dict[str, int]) -> None:
        asked = self.request(request)
        if asked.state != "submitted":
            raise Refused("PT-3")
        if any(count > asked.asked.get(part, 0) for part, count in parts.items()):
            raise Refused("PT-3")
        asked.approved = dict(parts)
        asked.state = "decided" if any(parts.values()) else "rejected"

    def do_ship_parts(self, request: str, parts: dict[str, int]) -> None:
        asked = self.request(request)
        if asked.state != "decided":
            raise Refused("PT-3")
        if not any(parts.values()):
            raise Refused("PT-6")
        for part, count in parts.items():
            if count and part in asked.asked and self.parts[part]["supply"] == "purchase" and not asked.paid:
                raise Refused("PT-5")
        if any(count > asked.open(part) for part, count in parts.items()):
            raise Refused("PT-6")
        if not any(asked.shipped.values()):
            asked.agreement.move(self.today, "direct", asked.express)
        for part, count in parts.items():
            if part in asked.shipped:
                asked.shipped[part] += count
                asked.agreement.move(self.today, "drawn", asked.prices[part] * count)
                if self.parts[part]["supply"] == "exchange" and count:
                    self.owe(asked.agreement, part, count)

    def do_confirm_payment(self, request: str) -> None:
        self.request(request).paid = True

    def do_cancel_parts(self, request: str) -> None:
        asked = self.request(request)
        all_shipped = asked.state == "decided" and not any(asked.open(part) for part in asked.asked)
        if asked.state not in ("submitted", "decided") or all_shipped:
            raise Refused("PT-3")
        asked.state = "cancelled"

    # forms and settlement

    def do_submit_forms(self, dealer: str, month: str) -> None:
        agreement = self.agreement(dealer)
        if agreement.forms.get(str(month)) is not None:
            raise Refused("MF-4")
        agreement.forms[str(month)] = "submitted"

    def do_accept_forms(self, dealer: str, month: str) -> None:
        agreement = self.agreement(dealer)
        if agreement.forms.get(str(month)) != "submitted":
            raise Refused("MF-4")
        agreement.forms[str(month)] = "accepted"

    def holds(self, agreement: Agreement, quarter: Quarter) -> list[str]:
        found = []
        if self.today <= last_day(quarter):
            found.append("quarter_open")
        if before(quarter) >= quarter_of(agreement.starts) and agreement.state(before(quarter)) != "closed":
            found.append("previous_open")
        if agreement.forms_owed:
            months = [m for m in months_of(quarter) if last_of_month(m) >= agreement.starts]
            states = [agreement.forms.get(month) for month in months]
            if None in states:
                found.append("forms_missing")
            elif "submitted" in states:
                found.append("forms_not_accepted")
        if agreement.fees and any(
            card.agreement is agreement and card.state == "submitted" and quarter_of(card.filed_on) == quarter
            for cards in self.cards.values()
            for card in cards
        ):
            found.append("cards_undecided")
        return found + self.undecided(agreement, quarter)

    def do_settle(self, quarter: str, override: list[str] | None = None) -> dict[str, Any]:
        settled, statements, held = parse_quarter(quarter), {}, {}
        for dealer, agreement in self.agreements.items():
            if quarter_of(agreement.starts) > settled:
                continue
            if agreement.state(settled) in ("issued", "confirmed", "closed"):
                continue
            reasons = self.holds(agreement, settled)
            if dealer in (override or []):
                reasons = [reason for reason in reasons if reason in ("quarter_open", "previous_open")]
            if reasons:
                held[dealer] = reasons
                continue
            statement = agreement.statements.setdefault(settled, Statement())
            statement.figures = agreement.figures(settled)
            statement.revision += 1
            statement.state = "issued"
            statement.issued_on = self.today
            statements[dealer] = statement.written()
        return {"statements": statements, "held": held}

    def statement(self, dealer: str, quarter: str) -> Statement:
        statements = self.agreement(dealer).statements
        if parse_quarter(quarter) not in statements:
            raise Invalid(f"{dealer} has no statement of {quarter}")
        return statements[parse_quarter(quarter)]

    def do_confirm(self, dealer: str, quarter: str) -> None:
        statement = self.statement(dealer, quarter)
        if statement.state != "issued":
            raise Refused("ST-5")
        statement.state = "confirmed"

    def do_dispute(self, dealer: str, quarter: str, reason: str) -> None:
        statement = self.statement(dealer, quarter)
        if statement.state != "issued":
            raise Refused("ST-5")
        statement.state = "disputed"

    def do_close(self, quarter: str) -> None:
        for agreement in self.agreements.values():
            if agreement.state(parse_quarter(quarter)) == "confirmed":
                agreement.statements[parse_quarter(quarter)].state = "closed"

    def report(self) -> list[dict[str, Any]]:
        """The last revision of each statement, in dealer order, then quarter order."""
        return [
            {
                "dealer": dealer,
                "quarter": f"{quarter[0]}Q{quarter[1]}",
                "revision": statement.revision,
                "state": statement.state,
                **statement.written(),
            }
            for dealer, agreement in sorted(self.agreements.items())
            for quarter, statement in sorted(agreement.statements.items())
        ]


def run(scenario: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every event's outcome, and the statements at the end."""
    model = Model(scenario)
    return [model.play(event) for event in scenario["events"]], model.report()


def mismatch(expected: dict[str, Any], got: dict[str, Any]) -> dict[str, Any]:
    """What an `expect` names and the outcome doesn't have: key → what came instead."""
    found = {"outcome": got["outcome"], "rule": got["rule"], **got["result"]}
    return {key: found.get(key) for key, value in expected.items() if found.get(key) != value}

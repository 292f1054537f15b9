"""Random scenario files: valid, seeded, full of what goes wrong between a manufacturer and its dealers.

`generate(seed)` plays each event against the reference model while it writes it, so it knows what is open, due
or closed and chooses what is possible as well as what has to be refused. `with_expectations` adds what the
reference says to each event; such a file judges a replay by itself.
"""

import copy
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from tests.replay.reference import Model, after, before, last_of_month, months_of, quarter_of

Event = dict[str, Any]
MODELS = ["EB-48", "EB-60"]
#: No exchange part: what an unreturned one costs belongs to old parts.
PARTS = [
    {"part": "P-MOTOR", "name": "电机", "supply": "fund", "price": "120.00", "cost": "80.00"},
    {"part": "P-CTRL", "name": "控制器", "supply": "fund", "price": "88.50", "cost": "60.00"},
    {"part": "P-BOLT", "name": "螺栓", "supply": "fund", "price": "0.37", "cost": "0.10"},
    {"part": "P-SEAL", "name": "密封圈", "supply": "free", "price": "0.80", "cost": "0.30"},
    {"part": "P-FRAME", "name": "车架", "supply": "purchase", "price": "450.00", "cost": "300.00"},
]


class Writer:
    """One scenario in the making."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.day = dt.date(self.random.choice([2025, 2026]), self.random.choice([1, 4, 7, 10]), 1)
        self.scenario = self.head(seed)
        self.model = Model(self.scenario)
        self.holders = [given["dealer"] for given in self.scenario["agreements"]]
        self.number = 0
        self.sent: set[tuple[str, str]] = set()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def amount(self, low: int, high: int) -> str:
        """Between `low` and `high` cents, often round, often not."""
        cents = self.random.randint(low, high)
        if self.chance(0.3):
            cents = cents // 100 * 100
        return f"{Decimal(cents).scaleb(-2):.2f}"

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number:04d}"

    def head(self, seed: int) -> dict[str, Any]:
        count = self.random.randint(2, 3)
        dealers: list[dict[str, Any]] = [
            {"code": f"D{place:02d}", "name": f"示例经销商{place}"} for place in range(1, count + 1)
        ]
        sub_dealers = [
            {"code": f"D{place:02d}S", "name": f"示例分销商{place}", "parent": f"D{place:02d}"}
            for place in range(1, self.random.randint(1, count) + 1)
        ]
        return {
            "portal_scenario": 1,
            "name": f"Generated, seed {seed}",
            "manufacturer": {"code": "MF", "name": "示例车业有限公司", "timezone": "Asia/Shanghai"},
            "products": [{"model": model, "name": f"电动车 {model}", "months": 12} for model in MODELS],
            "parts": copy.deepcopy(PARTS),
            "dealers": dealers + sub_dealers,
            "agreements": [
                {"dealer": dealer["code"], "starts": self.start(), "terms": self.terms()}
                for dealer in dealers
            ],
            "events": [],
        }

    def start(self) -> str:
        """Mostly the first day of the scenario, sometimes within a quarter, sometimes a quarter later."""
        days = self.random.choice([0, 0, 0, 17, 45, 100])
        return (self.day + dt.timedelta(days=days)).isoformat()

    def terms(self) -> dict[str, Any]:
        rate = self.random.choice(["2%", "2.5%", "1.25%", "0.0333%", "3.1415%"])
        share = {"kind": "remittance_share", "rate": rate}
        fee = {"kind": "card_fee", "fee": self.random.choice(["15.00", "7.77", "0.05"])}
        terms: dict[str, Any] = {"bases": self.random.choice([[share, fee], [share, fee], [share], [fee]])}
        if self.chance(0.4):
            terms["surplus"] = "pay_out"
        if self.chance(0.4):
            terms["card_due_days"] = self.random.choice([0, 5, 20])
        if self.chance(0.3):
            terms["deemed_confirm_days"] = self.random.choice([0, 1, 30])
        if self.chance(0.4):
            terms["forms"] = False
        return terms

    def play(self, **event: Any) -> dict[str, Any]:
        written = {"at": self.day.isoformat(), **event}
        self.scenario["events"].append(written)
        return self.model.play(copy.deepcopy(written))

    # who and what

    def active(self) -> list[str]:
        return [dealer for dealer in self.holders if self.model.agreements[dealer].starts <= self.day]

    def points(self, dealer: str) -> list[str]:
        return [code for code, parent in self.model.parents.items() if dealer in (code, parent)]

    def dealer(self) -> str:
        return self.random.choice(self.active())

    # units, cards

    def ship_units(self) -> None:
        serials = [self.name("S") for _ in range(self.random.randint(1, 6))]
        if self.model.units and self.chance(0.1):
            serials.append(self.random.choice(list(self.model.units)))
        point = self.random.choice(self.points(self.dealer()))
        model = self.random.choice(MODELS)
        shipped = self.play(do="ship_units", dealer=point, model=model, batch="B1", serials=serials)
        if shipped["outcome"] == "ok" and self.chance(0.3):
            self.play(do="receive_units", dealer=point, serials=serials)

    def file_card(self) -> None:
        if not self.model.units:
            return
        serial = self.random.choice(list(self.model.units))
        point, shipped_on = self.model.units[serial].dealer, self.model.units[serial].shipped_on
        holder = self.model.parents[point] or point
        filing = self.random.choice([point, holder])
        lateness = self.random.choice([0, 1, 3, 10, 20, 29, 30, 31, 45])
        sold = max(self.day - dt.timedelta(days=lateness), shipped_on, self.model.agreement(point).starts)
        phone = f"139{self.random.randint(0, 99_999_999):08d}"
        if self.chance(0.2):
            wrong = self.random.choice(["serial", "dealer", "future", "shipment", "phone"])
            serial = self.name("X") if wrong == "serial" else serial
            filing = self.dealer() if wrong == "dealer" else filing
            sold = self.day + dt.timedelta(days=1) if wrong == "future" else sold
            sold = shipped_on - dt.timedelta(days=1) if wrong == "shipment" else sold
            phone = "12345" if wrong == "phone" else phone
        self.play(
            do="file_card",
            dealer=filing,
            serial=serial,
            sale_date=sold.isoformat(),
            customer=f"顾客{self.number}",
            phone=phone,
            invoice=self.name("INV-"),
        )

    def review_card(self) -> None:
        if not (known := [serial for serial, cards in self.model.cards.items() if cards]):
            return
        waiting = [serial for serial in known if self.model.cards[serial][-1].state == "submitted"]
        serial = self.random.choice(waiting if waiting and self.chance(0.8) else known)
        waits = self.model.cards[serial][-1].state == "submitted"
        kinds = ["accept", "accept", "accept", "reject", "void"] if waits else ["void", "void", "accept"]
        event = {"do": "review_card", "serial": serial, "decision": self.random.choice(kinds)}
        if self.chance(0.2):
            event["waive_late"] = True
        self.play(**event)

    # money

    def remit(self) -> None:
        dealer, amount = self.dealer(), self.amount(1, 20_000_000)
        reference = self.name("B-")
        if self.model.remittances and self.chance(0.1):
            reference = self.random.choice(list(self.model.remittances))
        self.play(do="remit", dealer=dealer, amount=amount, bank_ref=reference)

    def reverse_remit(self) -> None:
        if self.model.remittances:
            self.play(do="reverse_remit", bank_ref=self.random.choice(list(self.model.remittances)))

    def adjust(self) -> None:
        sign = self.random.choice(["", "-"])
        self.play(do="adjust", dealer=self.dealer(), amount=sign + self.amount(1, 50_000), reason="补记")

    # parts

    def pieces(self, at_most: int) -> dict[str, int]:
        chosen = self.random.sample(PARTS, self.random.randint(1, 3))
        return {part["part"]: self.random.randint(1, at_most) for part in chosen}

    def request_parts(self) -> None:
        event = {
            "do": "request_parts",
            "dealer": self.random.choice(self.points(self.dealer())),
            "request": self.name("PR-"),
            "parts": self.pieces(self.random.choice([3, 12, 40])),
        }
        if self.chance(0.3):
            event["express"] = self.amount(0, 20_000)
        if self.chance(0.4):
            event["consent"] = self.chance(0.8)
        self.play(**event)

    def some_request(self, state: str) -> str | None:
        """Mostly one in `state`, now and then any."""
        names = [name for name, request in self.model.requests.items() if request.state == state]
        if self.chance(0.1):
            names = list(self.model.requests)
        return self.random.choice(names) if names else None

    def decide_parts(self) -> None:
        if (name := self.some_request("submitted")) is None:
            return
        asked = self.model.requests[name].asked
        approved = {part: self.random.choice([count, count, count // 2, 0]) for part, count in asked.items()}
        if self.chance(0.1):
            part = self.random.choice(list(asked))
            approved[part] = asked[part] + 1
        self.play(do="decide_parts", request=name, parts={part: n for part, n in approved.items() if n})

    def ship_parts(self) -> None:
        if (name := self.some_request("decided")) is None:
            return
        request = self.model.requests[name]
        pieces = {part: self.random.randint(0, max(request.open(part), 0)) for part in request.asked}
        if self.chance(0.4):
            pieces = {part: max(request.open(part), 0) for part in request.asked}
        if self.chance(0.7):
            pieces.pop("P-FRAME", None)
        if self.chance(0.1):
            part = self.random.choice(list(request.asked))
            pieces[part] = max(request.open(part), 0) + 1
        pieces = {part: count for part, count in pieces.items() if count}
        if pieces:
            self.play(do="ship_parts", request=name, parts=pieces)

    def cancel_parts(self) -> None:
        if name := self.some_request(self.random.choice(["submitted", "decided"])):
            self.play(do="cancel_parts", request=name)

    # forms and settlement

    def send_forms(self) -> None:
        """Each dealer sends what is over and not sent yet, mostly; the manufacturer accepts it, mostly."""
        for dealer in self.active():
            agreement = self.model.agreements[dealer]
            if not agreement.forms_owed:
                continue
            for month in self.months_over(agreement.starts):
                if (dealer, month) not in self.sent and self.chance(0.8):
                    self.sent.add((dealer, month))
                    self.play(do="submit_forms", dealer=dealer, month=month)
                if agreement.forms.get(month) == "submitted" and self.chance(0.85):
                    self.play(do="accept_forms", dealer=dealer, month=month)

    def months_over(self, starts: dt.date) -> list[str]:
        quarter, found = quarter_of(starts), []
        while quarter <= quarter_of(self.day):
            found += [m for m in months_of(quarter) if starts <= last_of_month(m) < self.day]
            quarter = after(quarter)
        return found

    def settle(self) -> None:
        now = quarter_of(self.day)
        year, number = self.random.choice([before(now), before(now), before(now), before(before(now)), now])
        event: Event = {"do": "settle", "quarter": f"{year}Q{number}"}
        if self.chance(0.5):
            event["override"] = self.random.sample(self.holders, self.random.randint(1, len(self.holders)))
        self.play(**event)

    def answer(self) -> None:
        """The dealer confirms or disputes a statement; sometimes one that is beyond that."""
        known = [
            (dealer, quarter, statement.state)
            for dealer, agreement in self.model.agreements.items()
            for quarter, statement in agreement.statements.items()
        ]
        fresh = [entry for entry in known if entry[2] == "issued"]
        if not known:
            return
        dealer, (year, number), _ = self.random.choice(fresh if fresh and self.chance(0.9) else known)
        event = {"do": "confirm", "dealer": dealer, "quarter": f"{year}Q{number}"}
        if self.chance(0.4):
            event |= {"do": "dispute", "reason": "回款少计"}
        self.play(**event)

    def revise(self) -> None:
        """A disputed statement is adjusted, mostly, and settled again."""
        for dealer, agreement in self.model.agreements.items():
            for (year, number), statement in list(agreement.statements.items()):
                if statement.state == "disputed":
                    if self.chance(0.7):
                        self.play(do="adjust", dealer=dealer, amount=self.amount(1, 30_000), reason="补记")
                    override = {"override": [dealer]} if self.chance(0.7) else {}
                    self.play(do="settle", quarter=f"{year}Q{number}", **override)

    def close(self) -> None:
        quarter = before(quarter_of(self.day))
        year, number = self.random.choice([quarter, quarter, before(quarter)])
        self.play(do="close", quarter=f"{year}Q{number}")

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        """What happens on any day, with its weight."""
        return [
            (self.ship_units, 4),
            (self.file_card, 10),
            (self.review_card, 9),
            (self.remit, 4),
            (self.reverse_remit, 1),
            (self.adjust, 1),
            (self.request_parts, 4),
            (self.decide_parts, 5),
            (self.ship_parts, 6),
            (self.cancel_parts, 1),
        ]

    def write(self, quarters: int) -> None:
        ordinary = self.acts()
        settling: list[tuple[Callable[[], None], int]] = [
            (self.send_forms, 3),
            (self.settle, 4),
            (self.answer, 4),
            (self.revise, 3),
            (self.close, 4),
        ]
        end = self.day + dt.timedelta(days=91 * quarters + 40)
        while self.day < end:
            if self.active():
                early = (self.day - dt.date(self.day.year, (self.day.month - 1) // 3 * 3 + 1, 1)).days < 40
                acts = ordinary + settling if early else ordinary
                weights = [weight * (3 if act in settling else 1) for act, weight in acts]
                for act, _ in self.random.choices(acts, weights, k=self.random.randint(1, 3)):
                    act()
            self.day += dt.timedelta(days=self.random.choice([0, 0, 1, 1, 2, 3, 6]))
        self.play(do="nothing")


def generate(seed: int, *, quarters: int = 3, kind: type[Writer] = Writer) -> dict[str, Any]:
    """A valid scenario over about `quarters` quarters; the same seed gives the same file."""
    writer = kind(seed)
    writer.write(quarters)
    return writer.scenario


def with_expectations(scenario: dict[str, Any]) -> dict[str, Any]:
    """The scenario with an `expect` on each event: outcome, rule and result as the reference has them."""
    judged = copy.deepcopy(scenario)
    model = Model(judged)
    for event in judged["events"]:
        got = model.play(event)
        rule = {"rule": got["rule"]} if got["rule"] else {}
        event["expect"] = {"outcome": got["outcome"], **rule, **got["result"]}
    return judged

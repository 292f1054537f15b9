"""Random scenario files with everything: repairs, claims, returns, old parts and every basis of the grant."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.replay.aftersales import COLUMNS, LEAVE, MATRIX, OPEN
from tests.replay.generate import Event, Writer
from tests.replay.reference import before, quarter_of

EXCHANGE = [
    {"part": "P-VALVE", "name": "水气阀", "supply": "exchange", "price": "95.00", "cost": "61.25"},
    {"part": "P-PUMP", "name": "水泵", "supply": "exchange", "price": "40.00", "cost": "0.33"},
]
CANCELLABLE = ["card_fee", "flat_per_repair", "remittance_share", "approved_claims"]


class AfterSalesWriter(Writer):
    """One scenario in the making, with what happens to units once they are sold."""

    def head(self, seed: int) -> dict[str, Any]:
        head = super().head(seed)
        for product in head["products"]:
            product["components"] = {"controller": 24, "battery": 6}
            product["months"] = self.random.choice([1, 2, 12])
        head["parts"] += [dict(part) for part in EXCHANGE]
        return head

    def terms(self) -> dict[str, Any]:
        terms = super().terms()
        more = [
            {"kind": "flat_per_repair", "fee": "45.00", "onsite": "20.00"},
            {"kind": "flat_per_repair", "fee": "0.01"},
            {"kind": "approved_claims"},
            {"kind": "sales_share", "rate": self.random.choice(["0.8%", "0.3333%"])},
            {"kind": "profit_share", "ratio": self.random.choice(["50%", "33.3333%"])},
        ]
        terms["bases"] = terms["bases"] + self.random.sample(more, self.random.randint(1, 4))
        choices: dict[str, list[Any]] = {
            "claims": ["draw", "none"],
            "late_card": ["recognised", "not_recognised"],
            "shelf_months": [0, 1, 3],
            "deemed_receipt_days": [0, 3, 10],
            "doa_days": [0, 7, 20],
            "early_failure_days": [0, 15],
            "extra_months": [0, 1, 6],
            "old_part_days": [0, 5, 30],
            "return_approval_days": [0, 3, 30],
            "cancellable": [[], ["card_fee"], self.random.sample(CANCELLABLE, 2)],
        }
        for key, values in choices.items():
            if self.chance(0.4):
                terms[key] = self.random.choice(values)
        if self.chance(0.5):
            row, column = self.random.choice(list(MATRIX)), self.random.choice(COLUMNS)
            terms["matrix"] = {
                row: {column: self.random.choice(["fund", "dealer", "customer", "manufacturer"])}
            }
        return terms

    # units

    def some_serial(self) -> str | None:
        return self.random.choice(list(self.model.units)) if self.model.units else None

    def past(self, serial: str) -> dt.date:
        """A day on which a fault may have shown; mostly not before the unit was shipped."""
        shipped = self.model.units[serial].shipped_on
        found = max(
            self.day - dt.timedelta(days=self.random.choice([0, 1, 5, 7, 8, 14, 15, 16, 30, 60])), shipped
        )
        return self.day + dt.timedelta(days=1) if self.chance(0.04) else found

    def declare_batch(self) -> None:
        if self.chance(0.3) and (serial := self.some_serial()):
            unit = self.model.units[serial]
            self.play(do="declare_batch", model=unit.model, batch=unit.batch)

    # repairs

    def file_repair(self) -> None:
        if (serial := self.some_serial()) is None:
            return
        cause = self.random.choice(["product"] * 5 + ["user", "dealer", "transport"])
        event = {
            "do": "file_repair",
            "dealer": self.random.choice(self.points(self.dealer())),
            "repair": self.name("R-"),
            "serial": self.name("X") if self.chance(0.03) else serial,
            "incident": self.past(serial).isoformat(),
            "cause": cause,
            "labour": self.amount(0, 20_000),
            "onsite": self.random.choice(["0.00", "25.00", self.amount(1, 5_000)]),
            "category": self.random.choice("CCCCCABD"),
        }
        if self.chance(0.3):
            event["component"] = self.random.choice(["controller", "battery"])
        self.play(**event)

    def decide_claim(self) -> None:
        known = list(self.model.repairs)
        waiting = [name for name in known if self.model.repairs[name].state == "submitted"]
        if not known:
            return
        name = self.random.choice(waiting if waiting and self.chance(0.9) else known)
        claim = self.model.repairs[name]
        event: Event = {"do": "decide_claim", "repair": name, "decision": "approve"}
        if self.chance(0.2):
            event["decision"] = "reject"
        elif self.chance(0.5):
            event["labour"] = str(claim.labour // 2 if self.chance(0.5) else claim.labour)
            event["labour"] = f"{float(event['labour']):.2f}"
            event["onsite"] = str(claim.onsite)
            if self.chance(0.15):
                event["onsite"] = f"{claim.onsite + 1:.2f}"
        self.play(**event)

    # returns, from the request to the disposition

    def request_return(self) -> None:
        point = self.random.choice(self.points(self.dealer()))
        own = [
            serial
            for serial, unit in self.model.units.items()
            if point in (unit.dealer, self.model.parents[unit.dealer])
        ]
        if not own:
            return
        lines = []
        if self.chance(0.05):
            own = list(self.model.units)
        for serial in self.random.sample(own, min(len(own), self.random.randint(1, 3))):
            causes = ["product"] * 5 + ["user", "dealer", "transport"]
            line = {
                "serial": serial,
                "found": self.past(serial).isoformat(),
                "cause": self.random.choice(causes),
            }
            repairs = [name for name, repair in self.model.repairs.items() if repair.serial == serial]
            if repairs and self.chance(0.7):
                line["repair"] = self.random.choice(repairs)
            lines.append(line)
        self.play(do="request_return", dealer=point, request=self.name("RT-"), lines=lines)

    def some_return(self, state: str) -> str | None:
        names = [name for name, asked in self.model.returns.items() if asked.state == state]
        return self.random.choice(names) if names else None

    def decide_return(self) -> None:
        state = "submitted" if self.chance(0.9) else self.random.choice(OPEN)
        if name := self.some_return(state):
            serials = list(self.model.returns[name].lines)
            chosen = [serial for serial in serials if self.chance(0.8)]
            event = {"do": "decide_return", "request": name, "approve": chosen}
            if self.chance(0.5):
                event["waive_repair"] = True
            self.play(**event)

    def ship_return(self) -> None:
        if name := self.some_return(
            self.random.choice(["approved"] * 6 + ["submitted", "expired", "shipped"])
        ):
            self.play(do="ship_return", request=name)

    def receive_return(self) -> None:
        if name := self.some_return("shipped"):
            lines = self.model.returns[name].lines
            serials = [serial for serial, line in lines.items() if line.state == "approved"]
            if self.chance(0.1):
                serials = list(lines)
            self.play(do="receive_return", request=name, serials=serials)

    def dispose_return(self) -> None:
        if (name := self.some_return("received")) is None:
            return
        lines = self.model.returns[name].lines
        serials = [serial for serial, line in lines.items() if line.state in ("received", "disposed")]
        serial = self.random.choice(serials)
        dispositions = ["repaired", "no_fault"]
        # What becomes of a card that waits when its unit leaves the field, nobody has said.
        if not any(card.state == "submitted" for card in self.model.cards.get(serial, [])):
            dispositions += LEAVE
        event: Event = {
            "do": "dispose_return",
            "request": name,
            "serial": serial,
            "disposition": self.random.choice(dispositions),
            "costs": {column: self.amount(0, 9_000) for column in COLUMNS if self.chance(0.7)},
        }
        if event["disposition"] == "exchanged":
            taken = self.chance(0.1)
            event["new_serial"] = self.random.choice(list(self.model.units)) if taken else self.name("N")
        self.play(**event)

    # money and old parts

    def record_sales(self) -> None:
        self.play(do="record_sales", dealer=self.dealer(), amount=self.amount(1, 90_000_000))

    def record_result(self) -> None:
        income, cost = self.amount(0, 900_000), self.amount(0, 900_000)
        self.play(do="record_result", dealer=self.dealer(), income=income, cost=cost)

    def cancel_fee(self) -> None:
        dealer, now = self.dealer(), quarter_of(self.day)
        agreement = self.model.agreements[dealer]
        choices = [q for q in (now, before(now)) if q >= quarter_of(agreement.starts)]
        choices = [q for q in choices if q not in agreement.cancelled_quarters]
        if choices:
            year, number = self.random.choice(choices)
            self.play(do="cancel_fee", dealer=dealer, quarter=f"{year}Q{number}", reason="弄虚作假")

    def confirm_payment(self) -> None:
        if (name := self.some_request("decided")) is None:
            return
        request = self.model.requests[name]
        bought = [
            part
            for part in request.asked
            if self.model.parts[part]["supply"] == "purchase" and request.open(part) > 0
        ]
        if bought and not request.paid:
            self.play(do="confirm_payment", request=name)

    def receive_old_parts(self) -> None:
        dealer = self.dealer()
        parts = {part["part"]: self.random.randint(1, 6) for part in EXCHANGE if self.chance(0.7)}
        if parts:
            self.play(do="receive_old_parts", dealer=dealer, parts=parts)

    def pieces(self, at_most: int) -> dict[str, int]:
        asked = super().pieces(at_most)
        if self.chance(0.4):
            asked[self.random.choice(EXCHANGE)["part"]] = self.random.randint(1, 5)
        return asked

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        return [
            *super().acts(),
            (self.declare_batch, 1),
            (self.file_repair, 8),
            (self.decide_claim, 7),
            (self.request_return, 6),
            (self.decide_return, 6),
            (self.ship_return, 5),
            (self.receive_return, 5),
            (self.dispose_return, 6),
            (self.record_sales, 1),
            (self.record_result, 2),
            (self.cancel_fee, 1),
            (self.confirm_payment, 3),
            (self.receive_old_parts, 2),
        ]

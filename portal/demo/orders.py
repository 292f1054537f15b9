"""Parts requests: asked for, decided, shipped in one or two parcels, received."""

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from portal.agreements import queries as agreements
from portal.catalogue.rules import Supply
from portal.demo.agenda import Agenda
from portal.demo.cast import Business
from portal.demo.goods import RANGES
from portal.demo.stage import Stage
from portal.kernel import clock
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.parts import commands as parts
from portal.parts import queries
from portal.parts.rules import DifferenceOutcome, DifferenceState, Purpose, Shipping

#: What becomes of a request, in parts of a hundred; the rest is approved as asked.
REDUCED, REFUSED, CANCELLED = 12, 4, 5
#: How many of a hundred approved requests go in two parcels, and how many parcels arrive with something missing.
SPLIT, SHORT = 22, 6
CARRIERS = ("示例物流", "样板快运", "Example Express")

Pieces = dict[str, int]


@dataclass
class Orders:
    """What one dealer orders from one manufacturer."""

    stage: Stage
    agenda: Agenda
    business: Business
    reviewer: str
    warehouse: str
    dice: random.Random

    def month(self, month: Month, share: float) -> None:
        """Put the month's requests on the agenda."""
        wanted = self.business.requests * share
        for _ in range(int(wanted) + (self.dice.random() < wanted % 1)):
            day = month.first + dt.timedelta(days=self.dice.randrange(6, 27))
            self.agenda.at(day, 9 + self.dice.random() * 8, self._one)

    def ask(
        self,
        pieces: Pieces,
        *,
        consent: bool = False,
        purpose: Purpose = Purpose.STOCK,
        express: Decimal | None = None,
    ) -> str:
        """The clerk files a request now. Returns its number."""
        return self.stage.act(
            self.business.clerk,
            self.business.tenant,
            parts.request,
            pieces,
            purpose=purpose,
            needed_by=clock.today(self.agenda.zone.key) + dt.timedelta(days=self.dice.randrange(7, 21)),
            shipping=Shipping.EXPRESS if express else Shipping.ORDINARY,
            express=express or Decimal("0.00"),
            consent=consent,
        )

    def decide(self, number: str, approved: Pieces, reason: str = "") -> None:
        """The manufacturer decides now; `reason` is said of every part."""
        self.stage.act(
            self.reviewer,
            self.business.maker,
            parts.decide,
            number,
            approved,
            reasons=dict.fromkeys(approved, reason) if reason else None,
        )

    def ship(self, number: str, pieces: Pieces) -> str:
        """The warehouse ships now. Returns the shipment's number."""
        return self.stage.act(
            self.warehouse,
            self.business.maker,
            parts.ship,
            number,
            pieces,
            carrier=self.dice.choice(CARRIERS),
            waybill=f"SL{self.dice.randrange(10**9):09d}",
        )

    def receive(self, shipment: str, pieces: Pieces) -> None:
        """The clerk counts a parcel now; now and then a piece is missing."""
        counted, notes = dict(pieces), {}
        if self.dice.randrange(100) < SHORT:
            part = self.dice.choice(sorted(counted))
            counted[part] -= 1
            notes[part] = "少一件"
        self.stage.act(
            self.business.clerk, self.business.tenant, parts.receive, shipment, counted, notes=notes
        )
        if notes:
            self.agenda.after(2, 15, self.credit_differences)

    def credit_differences(self) -> None:
        """The reviewer credits what this dealer missed and nobody has answered yet."""
        dealer = self.stage.dealers[self.business.maker, self.business.code]
        actor = self.stage.actor(self.reviewer, self.business.maker)

        def waiting() -> list[str]:
            cases = session().execute(queries.difference_list(DifferenceState.OPEN, dealer))
            return [case[0].number for case in cases]

        for number in self.stage.look(actor, waiting):
            self.stage.give(actor, parts.answer_difference, number, DifferenceOutcome.CREDIT)

    def cancel(self, number: str, reason: str) -> None:
        """The dealer no longer needs what was not shipped."""
        self.stage.act(self.business.clerk, self.business.tenant, parts.cancel, number, reason=reason)

    def wish(self, lines: int) -> Pieces:
        """Some parts that the fund pays for."""
        offered = [part for part in RANGES[self.business.maker].parts if part.supply is Supply.FUND]
        chosen = self.dice.sample(offered, lines)
        return {part.code: self.dice.randrange(1, 3 if Decimal(part.price) > 200 else 7) for part in chosen}

    def affordable(self, pieces: Pieces) -> Pieces:
        """So much of it as the quota covers now."""
        left = dict(pieces)
        while left and self._excess(left) > 0:
            part, count = max(left.items(), key=lambda line: line[1])
            if count > 1:
                left[part] = count // 2
            else:
                left.popitem()
        return left

    def _excess(self, pieces: Pieces) -> Decimal:
        def read() -> Decimal:
            agreement = agreements.get(self.stage.agreements[self.business.maker, self.business.code])
            return queries.preview(agreement, pieces, clock.today(self.agenda.zone.key)).cover.excess

        return self.stage.look(self.stage.actor(self.business.clerk, self.business.tenant), read)

    def _one(self) -> None:
        pieces = self.affordable(self.wish(self.dice.randrange(1, 5)))
        if not pieces:
            return
        express = Decimal(self.dice.randrange(18, 60)) if self.dice.random() < 0.12 else None
        purpose = Purpose.REPAIR if self.dice.random() < 0.4 else Purpose.STOCK
        number = self.ask(pieces, purpose=purpose, express=express)
        if self.dice.randrange(100) < CANCELLED:
            self.agenda.after(0, 17.9, partial(self.cancel, number, "填错了数量，重新申请。"))
        else:
            self.agenda.after(1, 9 + self.dice.random() * 8, partial(self._judge, number, pieces))

    def _judge(self, number: str, pieces: Pieces) -> None:
        roll = self.dice.randrange(100)
        if roll < REFUSED:
            self.decide(number, {}, "")
            return
        approved = dict(pieces)
        if roll < REFUSED + REDUCED:
            approved = {part: max(1, count // 2) for part, count in pieces.items()}
        reason = "库存不足，先发一半。" if approved != pieces else ""
        self.decide(number, approved, reason)
        first, rest = approved, dict[str, int]()
        if self.dice.randrange(100) < SPLIT and sum(approved.values()) > 1:
            first, rest = _split(approved)
        self.agenda.after(
            self.dice.randrange(1, 4), 9 + self.dice.random() * 7, partial(self._send, number, first)
        )
        if rest:
            self.agenda.after(
                self.dice.randrange(6, 11), 10 + self.dice.random() * 6, partial(self._send, number, rest)
            )

    def _send(self, number: str, pieces: Pieces) -> None:
        shipment = self.ship(number, pieces)
        days, hour = self.dice.randrange(2, 6), 9 + self.dice.random() * 8
        self.agenda.after(days, hour, partial(self.receive, shipment, pieces))


def _split(pieces: Pieces) -> tuple[Pieces, Pieces]:
    """What goes at once and what goes later; both are something."""
    first = {part: (count + 1) // 2 for part, count in pieces.items()}
    rest = {part: count - first[part] for part, count in pieces.items() if count > first[part]}
    if not rest:
        part = next(iter(first))
        rest = {part: first.pop(part)}
    return first, rest

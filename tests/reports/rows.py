"""A dealer's months at random: service requests, records, parts, returned units and old parts, as plain rows.

The rows are drawn as dictionaries first; a test counts those by itself and never asks the database.
"""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from portal.agreements import queries as agreements
from portal.agreements.rules import Bearer, CostClass
from portal.catalogue import commands as catalogue
from portal.catalogue.models import Part, Product, Unit
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import Base, session
from portal.kernel.permissions import Permission
from portal.parts.models.old_parts import OldPartBatch, OldPartCount, OldPartDebt, OldPartItem
from portal.parts.rules.old_parts import BatchState, OldPartOrigin
from portal.repairs import commands as repairs
from portal.repairs.models import Repair, RepairPart, ServiceRequest
from portal.repairs.rules.records import Category, OldPart, RepairState, Way
from portal.repairs.rules.service import Area, Channel, ServicePriority, ServiceState
from portal.returns.models import ReturnDisposition, ReturnedUnit, ReturnRequest
from portal.returns.rules import Disposition, Packing, ReturnState
from portal.warranty.rules import Cause
from tests.people import World

#: From the middle of a month to the middle of another, over a year's end.
FIRST, LAST = dt.date(2026, 10, 14), dt.date(2027, 3, 12)
NOON = dt.datetime(2026, 10, 14, 4, tzinfo=dt.UTC)
MODELS = ("EB-48", "EB-60", "EB-72")
PARTS = {"P-CTRL": "控制器", "P-MOTOR": "电机", "P-SEAT": "鞍座"}
SYMPTOMS = ("S01", "S04", "S09", "")
ONE_DAY = dt.timedelta(days=1)
Plain = dict[str, Any]


@command(allow=Permission.HOME, silent=True)
def add_rows(_actor: Actor, rows: Sequence[tuple[type[Base], Plain]]) -> None:
    """Write rows as they are, each table's after what they belong to."""
    for table, values in rows:
        session().add(table(**values))
        session().flush()


@dataclass
class Drawn:
    """What happened, by table."""

    requests: list[Plain] = field(default_factory=list)
    records: list[Plain] = field(default_factory=list)
    parts: list[Plain] = field(default_factory=list)
    returned: list[Plain] = field(default_factory=list)
    came_back: list[Plain] = field(default_factory=list)


def furnish(world: World) -> None:
    """Three models, three units of each at two dealers and a sub-dealer, three parts with fault codes."""
    with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
        repairs.add_default_faults(mei)
    for model in MODELS:
        with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
            catalogue.add_product(mei, model=model, name=f"电动车 {model}", months=12)
        for dealer in ("D01", "D01S", "D02"):
            with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
                serials = [f"{dealer}-{model}-{place}" for place in range(3)]
                shipped = dt.date(2026, 1, 2)
                catalogue.ship_units(mei, dealer, model, serials, batch="B1", shipped_on=shipped)
    for code, name in PARTS.items():
        with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
            catalogue.add_part(
                mei, code=code, name=name, unit="件", price=Decimal("10.00"), starts=dt.date(2026, 1, 1)
            )


class Draw:
    """Rows of one dealer, drawn by one seed."""

    def __init__(self, world: World, seed: int, dealer: str = "D01", points: Sequence[str] = ("D01", "D01S")):
        self.dice = random.Random(f"{seed} {dealer}")
        self.dealer, self.points = dealer, points
        self.base = 10_000 * (seed + 1) + (0 if dealer == "D01" else 5_000)
        self.made = Drawn()
        with world.acting("lin"):
            self.dealer_id = world.dealers[dealer]
            self.point_ids = {point: world.dealers[point] for point in points}
            self.agreement_id = agreements.of_dealer(self.dealer_id)[0].id
            self.units = {row.serial: row.id for row in session().scalars(select(Unit))}
            self.products = {row.model: row.id for row in session().scalars(select(Product))}
            self.part_ids = {row.code: row.id for row in session().scalars(select(Part))}

    def take(self) -> int:
        """The next number."""
        self.base += 1
        return self.base

    def day(self, first: dt.date = FIRST, last: dt.date = LAST) -> dt.date:
        return first + ONE_DAY * self.dice.randrange((last - first).days + 1)

    def after(self, day: dt.date, most: int) -> dt.date:
        """A day at most so many days later; often at the turn of a month."""
        return day + ONE_DAY * self.dice.choice((0, 0, 1, 2, 5, most // 2, most))

    def chance(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def whole(self, size: int) -> Drawn:
        """So many requests and walk-ins, and a fifth as many returned units and batches."""
        for _ in range(size):
            self._request()
            self._walk_in()
        for _ in range(size // 5 + 1):
            self._returned()
            self._batch()
        return self.made

    def _at(self) -> Plain:
        point = self.dice.choice(self.points)
        model = self.dice.choice(MODELS)
        return {
            "agreement_id": self.agreement_id,
            "dealer_id": self.dealer_id,
            "point_id": self.point_ids[point],
            "model": model,
            "serial": f"{point}-{model}-{self.dice.randrange(3)}",
        }

    def _request(self) -> None:
        number = f"BX-2026-{self.take():06d}"
        received = self.day()
        row = self._at() | {
            "number": number,
            "received_on": received,
            "way": self.dice.choice(list(Way)),
            "symptom": self.dice.choice(SYMPTOMS),
            "done_on": None,
            "repair_record": "",
            "state": ServiceState.IN_PROGRESS,
        }
        if self.chance(10):
            row |= {"model": "", "serial": ""}
        if self.chance(10):
            row["state"] = ServiceState.CANCELLED
        elif self.chance(80):
            row |= {"done_on": self.after(received, 44), "state": ServiceState.SIGNED}
        self.made.requests.append(row)
        ended = row["done_on"] or self.after(received, 20)
        if self.chance(20):
            self._record(number, received, self.dice.choice((received, ended)), resolved=False)
        if row["done_on"] and self.chance(85):
            row["repair_record"] = self._record(number, received, ended)["number"]

    def _walk_in(self) -> None:
        filed = self.day()
        record = self._record("", filed - ONE_DAY * self.dice.choice((0, 1, 3, 30, 31)), filed)
        if self.chance(25):
            # Opened for its follow-up.
            self.made.requests.append(
                self._at()
                | {name: record[name] for name in ("model", "serial", "point_id", "way", "symptom")}
                | {
                    "number": f"BX-2026-{self.take():06d}",
                    "received_on": record["filed_on"],
                    "done_on": record["finished_on"] or record["filed_on"],
                    "state": ServiceState.SIGNED,
                    "repair_record": record["number"],
                }
            )

    def _record(self, request: str, received: dt.date, filed: dt.date, *, resolved: bool = True) -> Plain:
        finished = filed - ONE_DAY * self.dice.choice((0, 0, 1, 2))
        category = self.dice.choice(list(Category))
        labour, onsite = Decimal(self.dice.randrange(9000)) / 100, Decimal(self.dice.choice((0, 50)))
        number = self.take()
        row = self._at() | {
            "id": number,
            "number": f"WX-2026-{number:06d}",
            "request_number": request,
            "revision": self.dice.choice((1, 1, 2)),
            "state": self.dice.choice((*[RepairState.SIGNED] * 6, RepairState.UNSIGNED, RepairState.VOID)),
            "category": category,
            "way": self.dice.choice(list(Way)),
            "cost_class": self.dice.choice(list(CostClass)),
            "received_on": self.dice.choice((None, min(received, finished))),
            "finished_on": finished if resolved and self.chance(80) else None,
            "handed_over_on": None,
            "filed_on": filed,
            "resolved": resolved,
            "labour": labour,
            "onsite": onsite,
            "price": labour + onsite + 10 if category is Category.PAID else Decimal("0.00"),
            "symptom": self.dice.choice(SYMPTOMS),
            "symptom_text": self.dice.choice(("", "异响")),
        }
        if row["finished_on"] and self.chance(50):
            row["handed_over_on"] = self.after(finished, 3)
        self.made.records.append(row)
        for revision in range(1, row["revision"] + 1):
            for line, code in enumerate(self.dice.sample(sorted(PARTS), self.dice.choice((0, 1, 2))), 1):
                self.made.parts.append(
                    {
                        "repair_id": row["id"],
                        "revision": revision,
                        "line": line,
                        "code": code,
                        "name": PARTS[code],
                        "pieces": self.dice.randrange(1, 4),
                        "price": Decimal(self.dice.choice((0, 1050, 8850))) / 100,
                    }
                )
        return row

    def _returned(self) -> None:
        number = self.take()
        unit = self._at()
        self.made.returned.append(
            unit
            | {
                "id": number,
                "number": f"RMA-2026-{number:06d}",
                "disposition": self.dice.choice((None, *Disposition)),
                "disposed_on": self.day(),
            }
        )

    def _batch(self) -> None:
        """Some lines of an old parts' batch: listed for a repair, listed for a shipment, or not listed."""
        batch = self.take()
        counted = self.dice.choice((None, self.day()))
        documents = [row["number"] for row in self.made.records]
        for place in range(1, 4):
            debt = self.take()
            self.made.came_back.append(
                {
                    "batch": batch,
                    "number": f"OP-2026-{batch:06d}",
                    "counted_on": counted,
                    "place": place,
                    "debt": debt,
                    "document": self.dice.choice(("", f"BL-2026-{debt:06d}", self.dice.choice(documents))),
                    "code": self.dice.choice(sorted(PARTS)),
                    "matching": self.dice.randrange(3),
                }
            )

    def dealers_rows(self) -> Iterator[tuple[type[Base], Plain]]:
        """What the dealer writes."""
        for row in self.made.requests:
            yield ServiceRequest, _REQUEST | row | {"agreement_id": self.agreement_id}
        for row in self.made.records:
            filled = {"unit_id": self.units[row["serial"]], "product_id": self.products[row["model"]]}
            yield Repair, _REPAIR | row | filled | {"incident": row["received_on"] or row["filed_on"]}
        points = {row["id"]: row["point_id"] for row in self.made.records}
        for row in self.made.parts:
            part = {"part_id": self.part_ids[row["code"]], "point_id": points[row["repair_id"]]}
            yield RepairPart, row | part | {"dealer_id": self.dealer_id, "old": OldPart.KEPT}
        for row in self.made.returned:
            party = {name: row[name] for name in ("dealer_id", "point_id")}
            yield (
                ReturnRequest,
                _RETURN
                | party
                | {
                    "id": row["id"],
                    "number": row["number"],
                    "agreement_id": self.agreement_id,
                },
            )
            unit = {"unit_id": self.units[row["serial"]], "serial": row["serial"], "model": row["model"]}
            yield ReturnedUnit, _UNIT | party | unit | {"id": row["id"], "request_id": row["id"]}

    def makers_rows(self) -> Iterator[tuple[type[Base], Plain]]:
        """What the manufacturer writes."""
        for row in self.made.returned:
            if row["disposition"] is not None:
                party = {name: row[name] for name in ("dealer_id", "point_id", "disposition", "disposed_on")}
                yield ReturnDisposition, _DISPOSITION | party | {"line_id": row["id"]}
        seen = set()
        for row in self.made.came_back:
            owner = {"agreement_id": self.agreement_id, "dealer_id": self.dealer_id}
            if row["batch"] not in seen:
                state = BatchState.COUNTED if row["counted_on"] else BatchState.ARRIVED
                batch = {"id": row["batch"], "number": row["number"], "counted_on": row["counted_on"]}
                yield OldPartBatch, owner | batch | {"state": state}
                seen.add(row["batch"])
            if row["document"]:
                yield (
                    OldPartDebt,
                    owner
                    | _DEBT
                    | {
                        "id": row["debt"],
                        "point_id": self.dealer_id,
                        "part_id": self.part_ids[row["code"]],
                        "code": row["code"],
                        "name": PARTS[row["code"]],
                        "source": f"{row['document']}/{row['debt']}",
                        "document": row["document"],
                    },
                )

    def items(self) -> Iterator[tuple[type[Base], Plain]]:
        """The lists of the batches, which the dealer writes."""
        for row in self.made.came_back:
            if row["document"]:
                yield (
                    OldPartItem,
                    {
                        "id": row["debt"],
                        "dealer_id": self.dealer_id,
                        "batch_id": row["batch"],
                        "place": row["place"],
                        "debt_id": row["debt"],
                        "pieces": row["matching"] + 1,
                    },
                )

    def counts(self) -> Iterator[tuple[type[Base], Plain]]:
        """The counts, which the manufacturer writes."""
        for row in self.made.came_back:
            if row["counted_on"]:
                yield (
                    OldPartCount,
                    {
                        "dealer_id": self.dealer_id,
                        "batch_id": row["batch"],
                        "place": row["place"],
                        "item_id": row["debt"] if row["document"] else None,
                        "part_id": self.part_ids[row["code"]],
                        "code": row["code"],
                        "name": PARTS[row["code"]],
                        "came": row["matching"] + 1,
                        "matching": row["matching"],
                        "reusable": 0,
                    },
                )


def write(world: World, drawn: Draw, who: str = "dana") -> None:
    """Put what was drawn into the database; `who` acts for the dealer."""
    for person, rows in (
        (who, drawn.dealers_rows()),
        ("mei", drawn.makers_rows()),
        (who, drawn.items()),
        ("mei", drawn.counts()),
    ):
        with world.acting(person) as actor:
            add_rows(actor, list(rows))


_REQUEST: Plain = {
    "since": NOON,
    "received_at": NOON,
    "received_by": "Dana",
    "channel": Channel.PHONE,
    "area": Area.URBAN,
    "priority": ServicePriority.ORDINARY,
    "customer": "王小明",
    "phone": "+8613800005678",
    "phone_hash": "x",
    "phone_last4": "5678",
    "respond_hours": 2,
}
_REPAIR: Plain = {
    "cause": Cause.PRODUCT,
    "operations": [],
    "parts_total": Decimal("0.00"),
    "reasons": [],
    "filed_at": NOON,
    "filed_by": "Dana",
    "customer": "王小明",
    "phone": "+8613800005678",
}
_RETURN: Plain = {
    "state": ReturnState.RECEIVED,
    "filed_on": FIRST,
    "filed_at": NOON,
    "filed_by": "Dana",
    "waiting_since": NOON,
}
_UNIT: Plain = {
    "place": 1,
    "found": FIRST,
    "cause": Cause.PRODUCT,
    "packing": Packing.ORIGINAL,
    "cost_class": CostClass.IN_WARRANTY,
    **dict.fromkeys(("inbound", "outbound", "parts", "labour"), Bearer.MANUFACTURER),
    "explanation": {},
}
_DISPOSITION: Plain = {
    **dict.fromkeys(("inbound", "outbound", "parts", "labour"), Decimal("0.00")),
    "person": "Mei",
    "at": NOON,
}
_DEBT: Plain = {
    "origin": OldPartOrigin.WARRANTY,
    "since": FIRST,
    "due": LAST,
    "pieces": 9,
    "left_open": 9,
}

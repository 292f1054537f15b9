"""A manufacturer of the demo with everything that goes on between it and its dealers."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portal.demo.agenda import Agenda
from portal.demo.cast import BUSINESSES
from portal.demo.money import Payments, Settlements
from portal.demo.orders import Orders
from portal.demo.sales import Sales
from portal.demo.stage import Stage
from portal.demo.workshop import Workshop
from portal.kernel.period import Month, Quarter

#: Who does what at each manufacturer: reviews, ships, keeps the money, closes quarters.
DESKS = {"EV": ("mei", "wen", "fei", "fay"), "FM": ("otto", "otto", "otto", "ida")}


@dataclass
class House:
    """One manufacturer; its dealers by code."""

    maker: str
    finance: str
    stage: Stage
    agenda: Agenda
    settlements: Settlements
    sales: dict[str, Sales] = field(default_factory=dict)
    orders: dict[str, Orders] = field(default_factory=dict)
    payments: dict[str, Payments] = field(default_factory=dict)
    workshops: dict[str, Workshop] = field(default_factory=dict)


def build(
    stage: Stage,
    agenda: Agenda,
    maker: str,
    ready: Quarter,
    serials: Callable[[str], str],
    *,
    seed: int,
    prints: bool,
) -> House:
    """The house of a manufacturer; `ready` is the newest quarter that is to be settled."""
    reviewer, warehouse, finance, second = DESKS[maker]
    businesses = [business for business in BUSINESSES if business.maker == maker]
    dice = random.Random(f"{seed}:{maker}")  # noqa: S311 -- made-up data, the same each time
    house = House(
        maker,
        finance,
        stage,
        agenda,
        Settlements(stage, agenda, maker, finance, second, businesses, dice, prints),
    )
    for business in businesses:
        dice = random.Random(f"{seed}:{business.tenant}")  # noqa: S311 -- as above
        house.sales[business.code] = Sales(
            stage, agenda, business, reviewer, warehouse, dice, serials, settled_until=ready.last
        )
        dice = random.Random(f"{seed}:{business.tenant}:workshop")  # noqa: S311 -- as above
        house.workshops[business.code] = Workshop(
            stage, agenda, business, reviewer, dice, house.sales[business.code], settled_until=ready.last
        )
        dice = random.Random(f"{seed}:{business.tenant}:orders")  # noqa: S311 -- as above
        if not business.parent:
            house.orders[business.code] = Orders(stage, agenda, business, reviewer, warehouse, dice)
            house.payments[business.code] = Payments(
                stage, agenda, business, finance, reviewer, dice, settled_until=ready.last
            )
    return house


def do_business(house: House, quarters: Sequence[Quarter], today: Month, share: float) -> None:
    """Put the business of every month on the agenda; `share` of what is usual."""
    for code, sales in house.sales.items():
        for quarter in quarters[min(sales.business.joins, len(quarters) - 2) :]:
            for month in quarter.months:
                if month <= today:
                    sales.month(month, share)
                    house.workshops[code].month(month, share)
                    if code in house.orders:
                        house.orders[code].month(month, share)
                        house.payments[code].month(month)

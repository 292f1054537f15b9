"""Floor stock (PT-5): parts that stay the manufacturer's until they are used, refilled one for one.

What an agreement consigns may be worth a share of the dealer's sales of its latest full months. A piece that a repair
used is refilled whatever the sales are now; a refill adds nothing to what is consigned:

    2 % of 100000.00 = 2000.00 may be consigned; 12 seals at 100.00 are, 3 of them used: 3 refills, and 8 more pieces
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO, round_money, total
from portal.kernel.period import Month
from portal.kernel.text import T


@dataclass(frozen=True)
class FloorLine:
    """A line of a request for floor stock: pieces that are with the dealer or promised, refills among them."""

    part: str
    price: Decimal
    pieces: int
    refills: int

    @property
    def consigned(self) -> int:
        """Pieces that made the floor stock larger; a refill did not."""
        return self.pieces - self.refilled

    @property
    def refilled(self) -> int:
        return min(self.pieces, self.refills)


@dataclass(frozen=True)
class Floor:
    """The floor stock of an agreement. `limit`: what may be consigned; None: the terms set none."""

    limit: Decimal | None
    consigned: Decimal
    #: Part → pieces that repairs used and that were not refilled.
    used: Mapping[str, int]

    @property
    def room(self) -> Decimal | None:
        """What may be consigned more; None: the terms set no limit."""
        return None if self.limit is None else max(self.limit - self.consigned, ZERO)


def floor_limit(rate: Decimal, months: int, sales: Decimal) -> Decimal | None:
    """What may be consigned: a share of the sales of those months; None when the terms don't say."""
    return round_money(rate * sales) if rate and months else None


def latest_months(month: Month, count: int) -> tuple[Month, ...]:
    """The latest `count` full months before `month`, oldest first."""
    found = []
    for _ in range(count):
        month = month.previous
        found.append(month)
    return tuple(reversed(found))


def floor(limit: Decimal | None, lines: Iterable[FloorLine], used: Mapping[str, int]) -> Floor:
    """What the lines so far consign, and what is left to refill of the pieces that repairs `used`."""
    kept = list(lines)
    left = dict(used)
    for line in kept:
        left[line.part] = left.get(line.part, 0) - line.refilled
    return Floor(
        limit,
        total(line.price * line.consigned for line in kept),
        {part: pieces for part, pieces in left.items() if pieces > 0},
    )


def check_floor(found: Floor, asked: Iterable[tuple[str, Decimal, int]]) -> dict[str, int]:
    """PT-5: what is asked for beyond refills fits what may be consigned. Part → refills of (part, price, pieces).

    Raises RuleBroken PT-5.
    """
    wanted = list(asked)
    refills = {part: min(pieces, found.used.get(part, 0)) for part, _, pieces in wanted}
    more = total(price * (pieces - refills[part]) for part, price, pieces in wanted)
    if found.room is not None and more > found.room:
        raise RuleBroken(
            "PT-5",
            T("Floor stock worth {more} is asked for; {room} can be consigned.", more=more, room=found.room),
            field="lines",
        )
    return refills

"""What a request would cost on a day, and how far the quota covers it (PT-1, PT-2, PT-10)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.agreements.models import Agreement
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Part
from portal.catalogue.rules import Supply
from portal.kernel.errors import RuleBroken
from portal.kernel.money import total
from portal.kernel.text import T
from portal.ledger import queries as ledger
from portal.ledger.rules import Cover, Quota, counting_quarter
from portal.parts.rules import RequestLine, request_total


@dataclass(frozen=True)
class Preview:
    """What a request would cost and how far the quota covers it (PT-1, PT-2)."""

    lines: tuple[tuple[Part, RequestLine], ...]
    cover: Cover

    @property
    def pieces(self) -> int:
        return sum(line.asked for _, line in self.lines)

    @property
    def bought(self) -> Decimal:
        """What the bought parts are to be paid before they are shipped (PT-5)."""
        return total(line.bill(line.asked) for _, line in self.lines)

    @property
    def classes(self) -> frozenset[Supply]:
        """The supply classes of its parts; each costs something else."""
        return frozenset(line.supply for _, line in self.lines)


def priced(pieces: Mapping[str, int], day: dt.date) -> tuple[tuple[Part, RequestLine], ...]:
    """The lines that `pieces` (part → pieces) make at the prices of `day` (PT-10), in their order.

    Raises RuleBroken PT-1 for a part that is unknown or not supplied any more, PT-10 for one without a price.
    """
    known = catalogue.parts_by_code(pieces)
    prices = catalogue.prices_on(day, [part.id for part in known.values()])
    lines = []
    for code, count in pieces.items():
        part = known.get(code.strip().upper())
        if part is None or not part.active:
            raise RuleBroken("PT-1", T("There is no part {part} to request.", part=code), field="lines")
        if part.id not in prices:
            raise RuleBroken("PT-10", T("Part {part} has no price yet.", part=part.code), field="lines")
        lines.append((part, RequestLine(part.code, part.supply, prices[part.id], count)))
    return tuple(lines)


def substitutes(codes: Mapping[str, str], day: dt.date) -> dict[str, tuple[Part, Decimal]]:
    """Part as asked → the part in its place with its price of `day` (PT-6, PT-10).

    Raises RuleBroken PT-6 for a part that is unknown or not supplied any more, PT-10 for one without a price.
    """
    known = catalogue.parts_by_code(codes.values())
    prices = catalogue.prices_on(day, [part.id for part in known.values()])
    found = {}
    for code, other in codes.items():
        part = known.get(other)
        if part is None or not part.active:
            raise RuleBroken("PT-6", T("There is no part {part} to supply.", part=other), field=code)
        if part.id not in prices:
            raise RuleBroken("PT-10", T("Part {part} has no price yet.", part=part.code), field=code)
        found[code] = part, prices[part.id]
    return found


def preview(agreement: Agreement, pieces: Mapping[str, int], day: dt.date) -> Preview:
    """What a request for `pieces` would cost on `day` and how far the quota covers it now (PT-2).

    Raises RuleBroken like `priced`.
    """
    lines = priced(pieces, day)
    return Preview(lines, cover(agreement, request_total(line for _, line in lines), day))


def cover(agreement: Agreement, cost: Decimal, day: dt.date) -> Cover:
    """How far the quota of `day` covers fund parts that cost `cost`."""
    return quota(agreement, day).cover(cost)


def quota(agreement: Agreement, day: dt.date) -> Quota:
    """The quota on which a request of `day` would draw, with every term of its formula."""
    fund = ledger.fund(agreement.id)
    return ledger.quota(agreement, counting_quarter(day, fund.frozen_until if fund else None))


def choices(day: dt.date) -> list[tuple[Part, Decimal]]:
    """The parts that the request form offers, with their prices of `day`, by code."""
    parts = catalogue.parts(active_only=True)
    prices = catalogue.prices_on(day)
    return [(part, prices[part.id]) for part in parts if part.id in prices]

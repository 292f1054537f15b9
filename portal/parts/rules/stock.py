"""A dealer's own stock of parts (PT-8): in by receipt, out by repair, counted by stocktaking, refilled by need.

level = the larger of the minimum and what is used up in a month (90 days' use ÷ 3, rounded up)
suggestion = level − in stock − on order, if that is more than nothing

minimum 4, 31 used in 90 days, 6 in stock, 2 on order: level 11, suggestion 3
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding, Severity
from portal.kernel.text import T

#: Days whose use a suggestion is made from, and how many months they are.
USE_DAYS = 90
USE_MONTHS = 3
#: The most pieces of a part that stock, a count or a minimum may say.
MOST_STOCK = 99_999
#: The most lines of one count.
MOST_COUNTED = 500


class MovementKind(StrEnum):
    """Why stock changed."""

    RECEIPT = "receipt"
    REPAIR = "repair"
    STOCKTAKE = "stocktake"
    #: Unused parts that went back to the manufacturer.
    RETURN = "return"


@dataclass(frozen=True)
class Need:
    """One part with what a suggestion for the next request is made from."""

    code: str
    stock: int
    minimum: int
    #: Pieces fitted in the last USE_DAYS days.
    used: int
    #: Pieces asked for and not received yet.
    on_order: int

    @property
    def level(self) -> int:
        """What should be there, or on its way."""
        return max(self.minimum, -(-self.used // USE_MONTHS))

    @property
    def suggestion(self) -> int:
        """Pieces to ask for."""
        return max(self.level - self.stock - self.on_order, 0)

    @property
    def is_low(self) -> bool:
        """Whether less than the minimum is there, or less than nothing."""
        return self.stock < self.minimum or self.stock < 0


@dataclass(frozen=True)
class CountLine:
    """One part of a count: what the books say, what was counted, why they differ."""

    code: str
    book: int
    counted: int
    reason: str = ""

    @property
    def difference(self) -> int:
        return self.counted - self.book


def use_since(today: dt.date) -> dt.date:
    """The first of the days whose use counts."""
    return today - dt.timedelta(days=USE_DAYS - 1)


def check_use(stock: Mapping[str, int], pieces: Mapping[str, int], *, confirmed: bool) -> list[Finding]:
    """Taking `pieces` out of `stock`: a warning for each part of which the books hold less (PT-8).

    Raises RuleBroken PT-8 when there is one and the person has not confirmed it.
    """
    found = [
        Finding(
            "PT-8",
            Severity.WARNING,
            T(
                "{part}: {pieces} fitted, {stock} in stock by the books.",
                part=code,
                pieces=count,
                stock=stock.get(code, 0),
            ),
            field=code,
            cure=T("Confirm a shipment that has arrived, or count the stock."),
        )
        for code, count in pieces.items()
        if count > 0 and count > stock.get(code, 0)
    ]
    if found and not confirmed:
        raise RuleBroken(
            "PT-8",
            T(
                "By the books there are not enough of {parts}. Confirm that they were there, and count the stock soon.",
                parts=", ".join(str(finding.field) for finding in found),
            ),
            field="stock",
        )
    return found


def check_counts(lines: Mapping[str, CountLine], seen: Mapping[str, int]) -> None:
    """PT-8: a count says what is there, once for each part, and explains each difference.

    `seen`: part → what the books said when the sheet was drawn; a part that moved meanwhile is counted anew. Raises
    RuleBroken PT-8 at the part.
    """
    if not lines:
        raise RuleBroken("PT-8", T("Enter what you counted of at least one part."), field="lines")
    if len(lines) > MOST_COUNTED:
        raise RuleBroken("PT-8", T("Count at most {most} parts at a time.", most=MOST_COUNTED), field="lines")
    for code, line in lines.items():
        if not 0 <= line.counted <= MOST_STOCK:
            raise RuleBroken("PT-8", T("Enter a number from 0 to {most}.", most=MOST_STOCK), field=code)
        if line.book != seen.get(code, line.book):
            raise RuleBroken(
                "PT-8",
                T(
                    "{part} moved while you counted: the books now say {book}. Count it again.",
                    part=code,
                    book=line.book,
                ),
                field=code,
            )
        if line.difference and not line.reason.strip():
            raise RuleBroken(
                "PT-8",
                T(
                    "{part}: {counted} counted, {book} by the books. Say why.",
                    part=code,
                    counted=line.counted,
                    book=line.book,
                ),
                field=code,
            )

"""Products, parts, prices and shipped units (SH-1, PT-10, EN-1): codes in one spelling, values of a day."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding, Severity
from portal.kernel.money import ZERO
from portal.kernel.period import last_day_within
from portal.kernel.text import T

#: Longest serial or code.
LONGEST = 40
#: Longest warranty, in months.
LONGEST_WARRANTY = 240
#: Highest price, cost or fee of one piece.
HIGHEST = Decimal("10000000.00")
_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?")


class Supply(StrEnum):
    """How a part is supplied (PT-5)."""

    #: Drawn on the repair fund at the price of the request's day.
    FUND = "fund"
    #: Paid before shipping; never touches the statement.
    PURCHASE = "purchase"
    #: Costs nothing as long as the old part comes back.
    EXCHANGE = "exchange"
    FREE = "free"
    #: Consigned and refilled one for one.
    FLOOR_STOCK = "floor_stock"


def normalise_serial(text: str) -> str:
    """A serial in the spelling that is kept: `" eb48-0001 "` → `"EB48-0001"`.

    Trimmed, full-width characters made narrow, upper case; letters and digits with `-` `.` `_` between.
    Raises RuleBroken SH-1 (field `serial`).
    """
    serial = _narrow(text)
    if not _is_code(serial):
        raise RuleBroken(
            "SH-1",
            T(
                "A serial has up to {longest} letters and digits, with - . _ only between them.",
                longest=LONGEST,
            ),
            field="serial",
        )
    return serial


def normalise_code(text: str, *, field: str = "code") -> str:
    """The code of a model or part in the spelling that is kept; formed like a serial. RuleBroken PT-10."""
    code = _narrow(text)
    if not _is_code(code):
        raise RuleBroken(
            "PT-10",
            T(
                "A code has up to {longest} letters and digits, with - . _ only between them.",
                longest=LONGEST,
            ),
            field=field,
        )
    return code


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def _is_code(text: str) -> bool:
    return len(text) <= LONGEST and _CODE.fullmatch(text) is not None


@dataclass(frozen=True)
class PriceVersion:
    """What one piece of a part, or one operation, costs from a day on."""

    starts: dt.date
    price: Decimal
    #: Counts the versions; of two with the same start the later one rules.
    number: int = 0


def price_on(versions: Sequence[PriceVersion], day: dt.date) -> Decimal:
    """PT-10: the price of `day`, which a document of that day keeps. RuleBroken when there is none yet.

    With 120.00 from 2026-01-01 and 125.00 from 2026-04-01: 120.00 on 2026-03-31, 125.00 on 2026-04-01.
    """
    started = [version for version in versions if version.starts <= day]
    if not started:
        raise RuleBroken("PT-10", T("There is no price for {day}.", day=day))
    return max(started, key=lambda version: (version.starts, version.number)).price


class Standing(StrEnum):
    """How a version of a price or fee stands to a day."""

    #: Replaced by a later one.
    PAST = "past"
    CURRENT = "current"
    #: Begins after the day.
    COMING = "coming"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return {"current": "ok", "coming": "info"}.get(self.value, "mute")


def standing(version: PriceVersion, versions: Sequence[PriceVersion], day: dt.date) -> Standing:
    """How `version`, one of `versions`, stands to `day`; of two with the same start the earlier one never rules."""
    if any(other.starts == version.starts and other.number > version.number for other in versions):
        return Standing.PAST
    if version.starts > day:
        return Standing.COMING
    later = any(version.starts < other.starts <= day for other in versions)
    return Standing.PAST if later else Standing.CURRENT


def check_price_start(starts: dt.date, today: dt.date, *, first: bool) -> None:
    """PT-10: a part's first price starts any day, later ones after today, so that no past document changes.

    Raises RuleBroken PT-10 (field `starts`).
    """
    if not first and starts <= today:
        raise RuleBroken("PT-10", T("A new price starts after today, {day}.", day=today), field="starts")


def check_amount(amount: Decimal, *, field: str) -> None:
    """PT-10: a price, cost or fee lies between zero and HIGHEST. RuleBroken PT-10."""
    if not ZERO <= amount <= HIGHEST:
        raise RuleBroken("PT-10", T("Enter an amount from 0.00 to {highest}.", highest=HIGHEST), field=field)


def check_months(months: int) -> None:
    """EN-1: a warranty runs for 0 to LONGEST_WARRANTY months. RuleBroken EN-1 (field `months`)."""
    if not 0 <= months <= LONGEST_WARRANTY:
        raise RuleBroken(
            "EN-1",
            T("Enter a number of months from 0 to {longest}.", longest=LONGEST_WARRANTY),
            field="months",
        )


def received_on(shipped_on: dt.date, confirmed_on: dt.date | None, deemed_receipt_days: int) -> dt.date:
    """SH-1: the day that the dealer confirmed, else N days after shipment: shipped 5 January, 8 January."""
    return confirmed_on or last_day_within(shipped_on, deemed_receipt_days)


def warranty_months(months: int, components: Mapping[str, int], component: str | None = None) -> int:
    """EN-1: the months of the component if it has its own, else those of the product."""
    return months if component is None else components.get(component, months)


def check_shipment(
    serial: str, *, known: bool, shipped_on: dt.date, today: dt.date, repeated: bool = False
) -> list[Finding]:
    """SH-1: the findings about one unit of a shipment.

    `known`: the manufacturer shipped this serial before; `repeated`: it is listed twice in this shipment.
    """
    found: list[Finding] = []
    if known:
        found.append(_block(T("Serial {serial} was shipped before.", serial=serial), "serial"))
    if repeated:
        found.append(_block(T("Serial {serial} is listed twice.", serial=serial), "serial"))
    if shipped_on > today:
        found.append(_block(T("The ship date {day} is in the future.", day=shipped_on), "shipped_on"))
    return found


def check_receipt(shipped_on: dt.date, confirmed_on: dt.date, today: dt.date) -> list[Finding]:
    """SH-1: a receipt is confirmed for a day between shipment and today."""
    if confirmed_on < shipped_on:
        return [
            _block(
                T(
                    "Receipt on {day} is before the shipment on {shipped}.",
                    day=confirmed_on,
                    shipped=shipped_on,
                ),
                "received_on",
            )
        ]
    if confirmed_on > today:
        return [_block(T("The day of receipt, {day}, is in the future.", day=confirmed_on), "received_on")]
    return []


def _block(text: T, field: str) -> Finding:
    return Finding("SH-1", Severity.BLOCKS, text, field=field)

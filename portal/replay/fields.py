"""The values of a scenario file: read, checked, and located by the line that they stand on."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal.agreements.rules import CostColumn, Terms, TermsError
from portal.catalogue.rules import Supply
from portal.kernel.money import parse_money
from portal.kernel.period import Month, Quarter

#: Terms that the format has no word for and that would judge an event: what it doesn't carry doesn't judge it.
UNJUDGED: Mapping[str, object] = {"batch_refund": True}
#: How a part of a scenario may be supplied; consigned stock has no place in one.
SUPPLIES = (Supply.FUND, Supply.PURCHASE, Supply.EXCHANGE, Supply.FREE)

Path = tuple[str | int, ...]
Reader = Callable[["File", Path, Any], Any]


class ScenarioError(Exception):
    """The file is not a valid scenario; the message names the line and the field. Nothing was played."""


@dataclass
class File:
    """The values of a file, and the line of each."""

    name: str
    root: Any
    lines: dict[Path, int] = field(default_factory=dict)
    dealers: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    #: What earlier events brought into being: ("request", "PR-1"), ("card", "A1") …
    known: set[tuple[str, ...]] = field(default_factory=set)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    def wrong(self, path: Path, reason: str) -> ScenarioError:
        line = next(
            (self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), 1
        )
        return ScenarioError(f"{self.name}, line {line}, {'.'.join(map(str, path)) or 'file'}: {reason}")

    def mapping(
        self, path: Path, value: Any, required: Mapping[str, Reader], optional: Mapping[str, Reader]
    ) -> dict[str, Any]:
        """Read a mapping with these keys; what is optional and missing, or null, is left out."""
        if not isinstance(value, dict):
            raise self.wrong(path, "must be a mapping")
        for key in value:
            if key not in required and key not in optional:
                raise self.wrong((*path, key), "unknown key")
        for key in required:
            if key not in value:
                raise self.wrong(path, f"{key} is missing")
        given = {key: item for key, item in value.items() if key in required or item is not None}
        return {key: {**required, **optional}[key](self, (*path, key), item) for key, item in given.items()}

    def listed(self, path: Path, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.wrong(path, "must be a list")
        return value


def text(file: File, path: Path, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise file.wrong(path, "must be text")
    return value


def flag(file: File, path: Path, value: Any) -> bool:
    if not isinstance(value, bool):
        raise file.wrong(path, "must be true or false")
    return value


def whole(file: File, path: Path, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise file.wrong(path, "must be a whole number")
    return value


def money(file: File, path: Path, value: Any) -> Decimal:
    try:
        return parse_money(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, 'must be an amount as text, such as "120.00"') from None


def amount(file: File, path: Path, value: Any) -> Decimal:
    """Money that can't be negative."""
    found = money(file, path, value)
    if found < 0:
        raise file.wrong(path, "must not be negative")
    return found


def day(file: File, path: Path, value: Any) -> dt.date:
    try:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        return dt.date.fromisoformat(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, "must be a date such as 2026-01-31") from None


def moment(file: File, path: Path, value: Any) -> dt.datetime:
    """A date (noon is taken) or a date-time in the manufacturer's zone."""
    try:
        if isinstance(value, str):
            value = dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
        if isinstance(value, dt.datetime):
            return value if value.tzinfo else value.replace(tzinfo=file.zone)
        if isinstance(value, dt.date):
            return dt.datetime.combine(value, dt.time(12), file.zone)
        raise ValueError
    except ValueError:
        raise file.wrong(path, "must be a date or a date-time") from None


def month(file: File, path: Path, value: Any) -> Month:
    try:
        return Month.parse(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, "must be a month such as 2026-01") from None


def quarter(file: File, path: Path, value: Any) -> Quarter:
    try:
        return Quarter.parse(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, "must be a quarter such as 2026Q1") from None


def texts(file: File, path: Path, value: Any) -> list[str]:
    return [text(file, (*path, place), item) for place, item in enumerate(file.listed(path, value))]


def dealer(file: File, path: Path, value: Any) -> str:
    if text(file, path, value) not in file.dealers:
        raise file.wrong(path, f"there is no dealer {value}")
    return str(value)


def dealers(file: File, path: Path, value: Any) -> list[str]:
    return [dealer(file, (*path, place), item) for place, item in enumerate(file.listed(path, value))]


def model(file: File, path: Path, value: Any) -> str:
    if text(file, path, value) not in file.models:
        raise file.wrong(path, f"there is no product {value}")
    return str(value)


def quantities(file: File, path: Path, value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping of parts to quantities")
    for part in value:
        if part not in file.parts:
            raise file.wrong((*path, part), f"there is no part {part}")
    return {part: whole(file, (*path, part), quantity) for part, quantity in value.items()}


def months(file: File, path: Path, value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping of components to months")
    return {
        text(file, (*path, name), name): whole(file, (*path, name), count) for name, count in value.items()
    }


def choice(*names: str) -> Reader:
    def read(file: File, path: Path, value: Any) -> str:
        if value not in names:
            raise file.wrong(path, f"must be one of {', '.join(names)}")
        return str(value)

    return read


cause = choice("product", "user", "dealer", "transport")
category = choice("A", "B", "C", "D")
disposition = choice("repaired", "exchanged", "credited", "scrapped", "no_fault")


def supply(file: File, path: Path, value: Any) -> Supply:
    return Supply(choice(*SUPPLIES)(file, path, value))


def terms(file: File, path: Path, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping")
    try:
        return Terms.parse({**UNJUDGED, **value}).as_json()
    except TermsError as error:
        raise file.wrong((*path, *error.key.split(".")), str(error.reason)) from None


def costs(file: File, path: Path, value: Any) -> dict[CostColumn, Decimal]:
    columns = {column.value: amount for column in CostColumn}
    return {CostColumn(name): read for name, read in file.mapping(path, value, {}, columns).items()}


def return_lines(file: File, path: Path, value: Any) -> list[dict[str, Any]]:
    required: Mapping[str, Reader] = {"serial": text, "found": day, "cause": cause}
    lines = [
        file.mapping((*path, place), item, required, {"repair": repair})
        for place, item in enumerate(file.listed(path, value))
    ]
    if not lines:
        raise file.wrong(path, "must name a unit")
    return lines


def repair(file: File, path: Path, value: Any) -> str:
    """A repair that an event before brought about."""
    if ("repair", text(file, path, value)) not in file.known:
        raise file.wrong(path, f"there is no repair {value}")
    return str(value)


def anything(_file: File, _path: Path, value: Any) -> Any:
    return value


def expectation(file: File, path: Path, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping")
    return dict(value)

"""Scenario files: read, located and validated as a whole before anything is played (scenario.md)."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from portal.agreements.rules import BaseKind, Claims, Terms, TermsError
from portal.catalogue.rules import Supply
from portal.kernel.money import parse_money
from portal.kernel.period import Month, Quarter
from portal.parts.rules import ON_REQUEST

Path = tuple[str | int, ...]


class ScenarioError(Exception):
    """The file is not a valid scenario; the message names the line and the field. Nothing was played."""


@dataclass(frozen=True)
class Event:
    """One event as it stands in the file, its values read."""

    n: int
    at: dt.datetime
    do: str
    values: Mapping[str, Any]
    expect: Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """A valid file."""

    name: str
    manufacturer: Mapping[str, Any]
    timezone: str
    products: list[Mapping[str, Any]]
    parts: list[Mapping[str, Any]]
    dealers: list[Mapping[str, Any]]
    agreements: list[Mapping[str, Any]]
    events: list[Event]


Reader = Callable[["_File", Path, Any], Any]


@dataclass
class _File:
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
        """Read a mapping with these keys; what is optional and missing is left out."""
        if not isinstance(value, dict):
            raise self.wrong(path, "must be a mapping")
        for key in value:
            if key not in required and key not in optional:
                raise self.wrong((*path, key), "unknown key")
        for key in required:
            if key not in value:
                raise self.wrong(path, f"{key} is missing")
        return {key: {**required, **optional}[key](self, (*path, key), item) for key, item in value.items()}

    def listed(self, path: Path, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.wrong(path, "must be a list")
        return value


def text(file: _File, path: Path, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise file.wrong(path, "must be text")
    return value


def flag(file: _File, path: Path, value: Any) -> bool:
    if not isinstance(value, bool):
        raise file.wrong(path, "must be true or false")
    return value


def whole(file: _File, path: Path, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise file.wrong(path, "must be a whole number")
    return value


def money(file: _File, path: Path, value: Any) -> Decimal:
    try:
        return parse_money(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, 'must be an amount as text, such as "120.00"') from None


def day(file: _File, path: Path, value: Any) -> dt.date:
    try:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        return dt.date.fromisoformat(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, "must be a date such as 2026-01-31") from None


def moment(file: _File, path: Path, value: Any) -> dt.datetime:
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


def month(file: _File, path: Path, value: Any) -> Month:
    try:
        return Month.parse(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, "must be a month such as 2026-01") from None


def quarter(file: _File, path: Path, value: Any) -> Quarter:
    try:
        return Quarter.parse(value if isinstance(value, str) else "?")
    except ValueError:
        raise file.wrong(path, "must be a quarter such as 2026Q1") from None


def texts(file: _File, path: Path, value: Any) -> list[str]:
    return [text(file, (*path, place), item) for place, item in enumerate(file.listed(path, value))]


def dealer(file: _File, path: Path, value: Any) -> str:
    if text(file, path, value) not in file.dealers:
        raise file.wrong(path, f"there is no dealer {value}")
    return str(value)


def dealers(file: _File, path: Path, value: Any) -> list[str]:
    return [dealer(file, (*path, place), item) for place, item in enumerate(file.listed(path, value))]


def model(file: _File, path: Path, value: Any) -> str:
    if text(file, path, value) not in file.models:
        raise file.wrong(path, f"there is no product {value}")
    return str(value)


def quantities(file: _File, path: Path, value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping of parts to quantities")
    for part in value:
        if part not in file.parts:
            raise file.wrong((*path, part), f"there is no part {part}")
    return {part: whole(file, (*path, part), quantity) for part, quantity in value.items()}


def months(file: _File, path: Path, value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping of components to months")
    return {
        text(file, (*path, name), name): whole(file, (*path, name), count) for name, count in value.items()
    }


def choice(*names: str) -> Reader:
    def read(file: _File, path: Path, value: Any) -> str:
        if value not in names:
            raise file.wrong(path, f"must be one of {', '.join(names)}")
        return str(value)

    return read


def supply(file: _File, path: Path, value: Any) -> Supply:
    choice(*Supply)(file, path, value)
    if Supply(value) not in ON_REQUEST:
        raise file.wrong(path, f"supply {value} is not yet supported")
    return Supply(value)


def terms(file: _File, path: Path, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping")
    try:
        parsed = Terms.parse(value)
    except TermsError as error:
        raise file.wrong((*path, *error.key.split(".")), str(error.reason)) from None
    for place, base in enumerate(parsed.bases):
        if base.kind not in (BaseKind.REMITTANCE_SHARE, BaseKind.CARD_FEE):
            raise file.wrong((*path, "bases", place), f"{base.kind.value} is not yet supported")
    if parsed.claims is not Claims.NONE:
        raise file.wrong((*path, "claims"), f"{parsed.claims.value} is not yet supported")
    return parsed.as_json()


def anything(_file: _File, _path: Path, value: Any) -> Any:
    return value


def expectation(file: _File, path: Path, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping")
    return dict(value)


#: Event → (required keys, optional keys).
EVENTS: Mapping[str, tuple[Mapping[str, Reader], Mapping[str, Reader]]] = {
    "ship_units": ({"dealer": dealer, "model": model, "serials": texts}, {"batch": text}),
    "receive_units": ({"dealer": dealer, "serials": texts}, {}),
    "remit": ({"dealer": dealer, "amount": money, "bank_ref": text}, {}),
    "reverse_remit": ({"bank_ref": text}, {}),
    "file_card": (
        {"dealer": dealer, "serial": text, "sale_date": day, "customer": text, "phone": text},
        {"invoice": text},
    ),
    "review_card": ({"serial": text, "decision": choice("accept", "reject", "void")}, {"waive_late": flag}),
    "request_parts": (
        {"dealer": dealer, "request": text, "parts": quantities},
        {"express": money, "consent": flag},
    ),
    "decide_parts": ({"request": text, "parts": quantities}, {}),
    "ship_parts": ({"request": text, "parts": quantities}, {}),
    "cancel_parts": ({"request": text}, {}),
    "submit_forms": ({"dealer": dealer, "month": month}, {}),
    "accept_forms": ({"dealer": dealer, "month": month}, {}),
    "adjust": ({"dealer": dealer, "amount": money, "reason": text}, {}),
    "settle": ({"quarter": quarter}, {"override": dealers}),
    "close": ({"quarter": quarter}, {}),
    "confirm": ({"dealer": dealer, "quarter": quarter}, {}),
    "dispute": ({"dealer": dealer, "quarter": quarter, "reason": text}, {}),
    "nothing": ({}, {}),
}
LATER = frozenset(
    [
        "declare_batch",
        "record_sales",
        "record_result",
        "decide_claim",
        "confirm_payment",
        "receive_old_parts",
        "decide_return",
        "receive_return",
        "dispose_return",
        "cancel_fee",
        "file_repair",
        "request_return",
        "ship_return",
    ]
)
#: Event → what it brings into being, by keys of the event.
_MAKES = {
    "remit": ("remittance", "bank_ref"),
    "file_card": ("card", "serial"),
    "request_parts": ("request", "request"),
    "submit_forms": ("forms", "dealer", "month"),
    "settle": ("settlement", "quarter"),
}
#: Event → what must have been brought into being before.
_NEEDS = {
    "reverse_remit": ("remittance", "bank_ref"),
    "review_card": ("card", "serial"),
    "decide_parts": ("request", "request"),
    "ship_parts": ("request", "request"),
    "cancel_parts": ("request", "request"),
    "accept_forms": ("forms", "dealer", "month"),
    "confirm": ("settlement", "quarter"),
    "dispute": ("settlement", "quarter"),
}


def load(name: str, content: str) -> Scenario:
    """Read and validate a scenario. Raises ScenarioError at the first thing wrong."""
    file = _parse(name, content)
    root = file.mapping(
        (),
        file.root,
        {
            "portal_scenario": anything,
            "name": text,
            "manufacturer": anything,
            "products": anything,
            "parts": anything,
            "dealers": anything,
            "agreements": anything,
            "events": anything,
        },
        {},
    )
    if root["portal_scenario"] != 1 or isinstance(root["portal_scenario"], bool):
        raise file.wrong(("portal_scenario",), "must be 1")
    manufacturer = file.mapping(
        ("manufacturer",), root["manufacturer"], {"code": text, "name": text}, {"timezone": text}
    )
    timezone = manufacturer.get("timezone", "Asia/Shanghai")
    try:
        file.zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise file.wrong(("manufacturer", "timezone"), f"there is no zone {timezone}") from None
    products = _rows(
        file, "products", "model", {"model": text, "name": text, "months": whole}, {"components": months}
    )
    file.models = {row["model"] for row in products}
    parts = _rows(
        file, "parts", "part", {"part": text, "name": text, "supply": supply, "price": money}, {"cost": money}
    )
    file.parts = {row["part"] for row in parts}
    found = _rows(file, "dealers", "code", {"code": text, "name": text}, {"parent": text})
    file.dealers = {row["code"] for row in found}
    for place, row in enumerate(found):
        parents = {other["code"] for other in found[:place] if "parent" not in other}
        if "parent" in row and row["parent"] not in parents:
            raise file.wrong(("dealers", place, "parent"), "must be a dealer above, not a sub-dealer")
    agreements = _rows(file, "agreements", "dealer", {"dealer": dealer, "starts": day}, {"terms": terms})
    holders = {row["code"] for row in found if "parent" not in row}
    for place, row in enumerate(agreements):
        if row["dealer"] not in holders:
            raise file.wrong(("agreements", place, "dealer"), "a sub-dealer has no agreement of its own")
    events = [
        _event(file, place, value) for place, value in enumerate(file.listed(("events",), root["events"]))
    ]
    return Scenario(root["name"], manufacturer, timezone, products, parts, found, agreements, events)


def _rows(
    file: _File, name: str, key: str, required: Mapping[str, Reader], optional: Mapping[str, Reader]
) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for place, value in enumerate(file.listed((name,), file.root[name])):
        row = file.mapping((name, place), value, required, optional)
        if any(row[key] == other[key] for other in rows):
            raise file.wrong((name, place, key), f"{row[key]} stands here twice")
        rows.append(row)
    return rows


def _event(file: _File, place: int, value: Any) -> Event:
    path: Path = ("events", place)
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping")
    do = text(file, (*path, "do") if "do" in value else path, value.get("do"))
    if do in LATER:
        raise file.wrong((*path, "do"), f"{do} is not yet supported")
    if do not in EVENTS:
        raise file.wrong((*path, "do"), f"there is no event {do}")
    required, optional = EVENTS[do]
    frame: Mapping[str, Reader] = {"at": moment, "do": text}
    read = file.mapping(path, value, {**frame, **required}, {**optional, "expect": expectation})
    if do in _NEEDS and _thing(_NEEDS[do], read) not in file.known:
        kind = _NEEDS[do][0]
        raise file.wrong(path, f"no event before this one brings about its {kind}")
    if do in _MAKES:
        file.known.add(_thing(_MAKES[do], read))
    values = {key: item for key, item in read.items() if key not in ("at", "do", "expect")}
    return Event(place + 1, read["at"], do, values, read.get("expect", {}))


def _thing(made_of: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, ...]:
    return (made_of[0], *(str(values[key]) for key in made_of[1:]))


def _parse(name: str, content: str) -> _File:
    """The values of YAML or JSON with the line of each; a key that stands twice in a mapping is refused."""
    try:
        node = yaml.compose(content, Loader=yaml.SafeLoader)
        values = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ScenarioError(f"{name}, line {line}: not readable as YAML or JSON") from None
    file = _File(name, values)
    if node is not None:
        _locate(file, (), node)
    return file


def _locate(file: _File, path: Path, node: yaml.Node) -> None:
    file.lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise ScenarioError(
                    f"{file.name}, line {key.start_mark.line + 1}: {key.value} stands here twice"
                )
            seen.add(key.value)
            _locate(file, (*path, key.value), value)
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            _locate(file, (*path, place), value)

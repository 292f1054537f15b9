"""Scenario files: read, located and validated as a whole before anything is played (scenario.md)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from portal.replay.fields import (
    File,
    Path,
    Reader,
    ScenarioError,
    amount,
    anything,
    category,
    cause,
    choice,
    costs,
    day,
    dealer,
    dealers,
    disposition,
    expectation,
    flag,
    model,
    moment,
    money,
    month,
    months,
    quantities,
    quarter,
    return_lines,
    supply,
    terms,
    text,
    texts,
    whole,
)


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
    "declare_batch": ({"model": model, "batch": text}, {}),
    "record_sales": ({"dealer": dealer, "amount": amount}, {}),
    "record_result": ({"dealer": dealer, "income": amount, "cost": amount}, {}),
    "cancel_fee": ({"dealer": dealer, "quarter": quarter, "reason": text}, {}),
    "confirm_payment": ({"request": text}, {}),
    "receive_old_parts": ({"dealer": dealer, "parts": quantities}, {}),
    "file_repair": (
        {
            "dealer": dealer,
            "repair": text,
            "serial": text,
            "incident": day,
            "cause": cause,
            "category": category,
        },
        {"component": text, "labour": amount, "onsite": amount},
    ),
    "decide_claim": (
        {"repair": text, "decision": choice("approve", "reject")},
        {"labour": amount, "onsite": amount},
    ),
    "request_return": ({"dealer": dealer, "request": text, "lines": return_lines}, {}),
    "decide_return": ({"request": text, "approve": texts}, {"waive_repair": flag}),
    "ship_return": ({"request": text}, {}),
    "receive_return": ({"request": text, "serials": texts}, {}),
    "dispose_return": (
        {"request": text, "serial": text, "disposition": disposition},
        {"new_serial": text, "costs": costs},
    ),
    "nothing": ({}, {}),
}
#: Event → what it brings into being, by keys of the event.
_MAKES = {
    "remit": ("remittance", "bank_ref"),
    "file_card": ("card", "serial"),
    "request_parts": ("request", "request"),
    "submit_forms": ("forms", "dealer", "month"),
    "settle": ("settlement", "quarter"),
    "file_repair": ("repair", "repair"),
    "request_return": ("return", "request"),
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
    "confirm_payment": ("request", "request"),
    "decide_claim": ("repair", "repair"),
    "decide_return": ("return", "request"),
    "ship_return": ("return", "request"),
    "receive_return": ("return", "request"),
    "dispose_return": ("return", "request"),
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
    file: File, name: str, key: str, required: Mapping[str, Reader], optional: Mapping[str, Reader]
) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for place, value in enumerate(file.listed((name,), file.root[name])):
        row = file.mapping((name, place), value, required, optional)
        if any(row[key] == other[key] for other in rows):
            raise file.wrong((name, place, key), f"{row[key]} stands here twice")
        rows.append(row)
    return rows


def _event(file: File, place: int, value: Any) -> Event:
    path: Path = ("events", place)
    if not isinstance(value, dict):
        raise file.wrong(path, "must be a mapping")
    do = text(file, (*path, "do") if "do" in value else path, value.get("do"))
    if do not in EVENTS:
        raise file.wrong((*path, "do"), f"there is no event {do}")
    required, optional = EVENTS[do]
    frame: Mapping[str, Reader] = {"at": moment, "do": text}
    read = file.mapping(path, value, {**frame, **required}, {**optional, "expect": expectation})
    if do in _NEEDS and _thing(_NEEDS[do], read) not in file.known:
        kind = _NEEDS[do][0]
        raise file.wrong(path, f"no event before this one brings about its {kind}")
    if do == "dispose_return" and (read["disposition"] == "exchanged") != ("new_serial" in read):
        raise file.wrong(path, "new_serial belongs to an exchanged unit, and to no other")
    if do in _MAKES:
        file.known.add(_thing(_MAKES[do], read))
    if "new_serial" in read and ("card", read["serial"]) in file.known:
        # The unit that was given in exchange takes over the card.
        file.known.add(("card", read["new_serial"]))
    values = {key: item for key, item in read.items() if key not in ("at", "do", "expect")}
    return Event(place + 1, read["at"], do, values, read.get("expect", {}))


def _thing(made_of: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, ...]:
    return (made_of[0], *(str(values[key]) for key in made_of[1:]))


def _parse(name: str, content: str) -> File:
    """The values of YAML or JSON with the line of each; a key that stands twice in a mapping is refused."""
    try:
        node = yaml.compose(content, Loader=yaml.SafeLoader)
        values = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ScenarioError(f"{name}, line {line}: not readable as YAML or JSON") from None
    file = File(name, values)
    if node is not None:
        _locate(file, (), node)
    return file


def _locate(file: File, path: Path, node: yaml.Node) -> None:
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

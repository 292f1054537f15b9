"""What a replay tells: each event's outcome against what was expected, and the statements at the end."""

from collections.abc import Mapping
from typing import Any


def mismatch(expected: Mapping[str, Any], outcome: Mapping[str, Any]) -> str | None:
    """The first difference between what an event was expected to do and what it did; None when all fits.

    `expected` names any part of outcome, rule and result; what it doesn't name isn't compared.
    """
    actual = {**outcome["result"], "outcome": outcome["outcome"], "rule": outcome.get("rule")}
    for name, value in expected.items():
        if name not in actual:
            return f"{name}: expected {value!r}, there is none"
        if (difference := _difference(name, _plain(value), actual[name])) is not None:
            return difference
    return None


def _difference(name: str, expected: Any, actual: Any) -> str | None:
    if isinstance(expected, dict) and expected and isinstance(actual, dict):
        for key, value in expected.items():
            if key not in actual:
                return f"{name}.{key}: expected {value!r}, there is none"
            if (found := _difference(f"{name}.{key}", value, actual[key])) is not None:
                return found
        return None
    return None if expected == actual else f"{name}: expected {expected!r}, got {actual!r}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)

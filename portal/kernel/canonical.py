"""Content in one spelling, and its hash: the same figures have the same SHA-256 wherever they are made."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from portal.kernel.period import Month, Quarter


def canonical_json(data: Mapping[str, Any]) -> str:
    """`data` as JSON with sorted keys and no blanks.

    Decimals, months and quarters are written as they print, dates as ISO, members of an enum by value. Raises
    TypeError for a float (money is exact, MN-1) and for anything else unknown.
    """
    return json.dumps(_plain(data), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_hash(data: Mapping[str, Any]) -> str:
    """Hexadecimal SHA-256 of `canonical_json(data)`."""
    return hashlib.sha256(canonical_json(data).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal | Month | Quarter):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _key(key: Any) -> str:
    plain = _plain(key)
    if not isinstance(plain, str):
        raise TypeError(f"a name is text, not {type(key).__name__}")
    return plain

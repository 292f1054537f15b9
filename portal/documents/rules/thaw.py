"""Reading a stored view back: the reverse of `canonical_json`."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

V = TypeVar("V")


def thaw(kind: type[V], data: Mapping[str, Any]) -> V:
    """The view of class `kind` whose canonical JSON was `data`; its proof is not part of the data."""
    hints = typing.get_type_hints(kind)
    names = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _value(hints[name], value) for name, value in data.items() if name in names})


def _value(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return tuple(_value(arguments[0], item) for item in value)
    if origin in (typing.Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return None if value is None else _value(inner, value)
    if dataclasses.is_dataclass(hint):
        return thaw(typing.cast(type[Any], hint), value)
    if isinstance(hint, type) and issubclass(hint, Decimal | Enum):
        return hint(value)
    return value

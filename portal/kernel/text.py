"""Sentences that pure code speaks. They are written in English and translated only where they are shown."""

from collections.abc import Mapping
from typing import Any


class T:
    """One sentence with named values: `T("Serial {serial} is not known", serial="A1")`.

    Babel finds the first argument by the keyword `T`. `str()` gives English, which is what replay reports
    and logs print; pages translate it with `kernel.i18n.translate`.
    """

    __slots__ = ("msgid", "params")

    def __init__(self, msgid: str, /, **params: Any) -> None:
        self.msgid = msgid
        self.params: Mapping[str, Any] = params

    def __str__(self) -> str:
        return self.msgid.format(**{name: _plain(value) for name, value in self.params.items()})

    def __repr__(self) -> str:
        return f"T({self.msgid!r}, {dict(self.params)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, T) and self.msgid == other.msgid and dict(self.params) == dict(other.params)

    def __hash__(self) -> int:
        return hash((self.msgid, tuple(sorted((name, str(value)) for name, value in self.params.items()))))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, T) else value

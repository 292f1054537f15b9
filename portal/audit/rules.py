"""How facts are read: the colour of a kind, the remark in it, what changed (AU-1)."""

from collections.abc import Mapping
from typing import Any

from portal.audit.tags import Tag

#: Where commands keep what somebody wrote; the first one there is the fact's remark.
NOTES = ("reason", "note", "remark", "text")
_SIDES = ("before", "after")
#: Kinds of facts that the log can be narrowed to: the beginnings of the tags, in the order of the house.
KINDS = tuple(dict.fromkeys(tag.value.rpartition(":")[0] for tag in Tag))


def tags_below(kind: str) -> list[Tag]:
    """The tags that `kind` names: a tag itself, or the beginning of several (`warranty:card`, `warranty`)."""
    return [tag for tag in Tag if tag.value == kind or tag.value.startswith(f"{kind}:")]


def changes(data: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What a fact recorded as (name, before, after), remarks left out.

    Commands record `before={…}, after={…}` where something changed; a plain value has no before (None).
    """
    old = data["before"] if isinstance(data.get("before"), Mapping) else {}
    new = data["after"] if isinstance(data.get("after"), Mapping) else {}
    rows = [(name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]
    plain = {
        name: value for name, value in data.items() if not isinstance(value, Mapping) or name not in _SIDES
    }
    return rows + [(name, None, value) for name, value in plain.items() if name not in NOTES]

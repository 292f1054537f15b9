"""Where a document opens: each feature says which numbers are its own, pages and search turn numbers into addresses."""

import re
from dataclasses import dataclass

from flask import url_for

from portal.kernel.actor import Actor
from portal.kernel.permissions import Permission

_NUMBER = re.compile(r"([A-Z]{2,4})-[0-9]{4}(?:Q[1-4])?-[0-9]{4,9}")


@dataclass(frozen=True)
class Door:
    """The page of one kind of document; its route takes the number as `number`."""

    endpoint: str
    allow: Permission


_doors: dict[str, Door] = {}


def add(prefix: str, endpoint: str, allow: Permission) -> None:
    """Documents numbered `prefix-2026-000001` open at `endpoint` for whoever has the right `allow`."""
    _doors[prefix] = Door(endpoint, allow)


def url_of(number: str, actor: Actor) -> str | None:
    """The address of a document's page; None when the number has no page, or the actor may not read such documents.

    Whether this one exists and is the actor's to see, its page says.
    """
    match = _NUMBER.fullmatch(number)
    door = _doors.get(match[1]) if match else None
    if door is None or not actor.may(door.allow):
        return None
    return url_for(door.endpoint, number=number)


def looks_like(text: str) -> bool:
    """Whether a text is the number of a document, of whatever kind."""
    return _NUMBER.fullmatch(text) is not None

"""The left rail, the bottom bar and the home page's tasks: each feature says what it has, the layout draws it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from portal.kernel.actor import Actor, Side
from portal.kernel.i18n import translate
from portal.kernel.permissions import Permission
from portal.kernel.text import T


@dataclass(frozen=True)
class Item:
    """One entry of the navigation. `count` is read each time the rail is drawn; keep it one indexed query."""

    #: A key of GROUPS.
    group: str
    text: T
    endpoint: str
    allow: Permission
    side: Side | None = None
    count: Callable[[Actor], int] | None = None
    #: Whether the count asks for action (amber).
    hot: bool = False
    #: Position in the phone's bottom bar, which has room for four: who may use few entries sees later ones too.
    bottom: int | None = None
    #: What the bottom bar draws: an icon of `components/icons.html`; `short` where `text` is longer than
    #: four Han characters.
    icon: str = "report"
    short: T | None = None
    order: int = 50


@dataclass(frozen=True)
class Waiting:
    """Something that waits for the reader, for the home page: one verb and a due date."""

    text: T
    #: What the link says: review, confirm, fill in …
    verb: T
    url: str
    due: dt.date | None = None
    overdue: bool = False
    count: int = 1


GROUPS = {
    "todo": T("To do"),
    "service": T("Service"),
    "work": T("Work"),
    "money": T("Money"),
    "data": T("Master data"),
    "settings": T("Settings"),
}
_items: list[Item] = []
_waiting: list[Callable[[Actor, dt.date], list[Waiting]]] = []


def add(*items: Item) -> None:
    """Put a feature's entries into the navigation; called once, when its views are imported."""
    _items.extend(item for item in items if item not in _items)


def add_waiting(
    source: Callable[[Actor, dt.date], list[Waiting]],
) -> Callable[[Actor, dt.date], list[Waiting]]:
    """Register what waits for an actor on a day; decorates a function of a feature's views."""
    if source not in _waiting:
        _waiting.append(source)
    return source


def waiting(actor: Actor, today: dt.date) -> list[Waiting]:
    """Everything that waits for the actor: overdue first, then by due date."""
    tasks = [task for source in _waiting for task in source(actor, today)]
    return sorted(tasks, key=lambda task: (not task.overdue, task.due or dt.date.max))


def _shown(actor: Actor) -> list[Item]:
    usable = [i for i in _items if actor.may(i.allow) and i.side in (None, actor.side)]
    return sorted(usable, key=lambda item: (list(GROUPS).index(item.group), item.order))


def _drawn(item: Item, actor: Actor) -> dict[str, Any]:
    blueprint = (request.endpoint or "").partition(".")[0]
    return {
        "label": translate(item.text),
        "short": translate(item.short or item.text),
        "icon": item.icon,
        "url": url_for(item.endpoint),
        "count": _counted(item, actor) if item.count else 0,
        "hot": item.hot,
        "current": request.endpoint == item.endpoint
        or (blueprint == item.endpoint.partition(".")[0] and not _has_own_entry(request.endpoint)),
    }


def _counted(item: Item, actor: Actor) -> int:
    """The count of an entry, read once though rail and bottom bar both draw it."""
    assert item.count is not None
    known: dict[Callable[[Actor], int], int] = g.setdefault("nav_counts", {})
    if item.count not in known:
        known[item.count] = item.count(actor)
    return known[item.count]


def _has_own_entry(endpoint: str | None) -> bool:
    return any(item.endpoint == endpoint for item in _items)


def rail(actor: Actor) -> list[dict[str, Any]]:
    """Groups of entries that the actor may use: `{title, items: [{label, url, count, hot, current}]}`."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in _shown(actor):
        groups.setdefault(item.group, []).append(_drawn(item, actor))
    return [{"title": translate(GROUPS[group]), "items": items} for group, items in groups.items()]


def bottom(actor: Actor) -> list[dict[str, Any]]:
    """The phone's bottom bar: at most four entries."""
    chosen = sorted((i for i in _shown(actor) if i.bottom), key=lambda item: item.bottom or 0)[:4]
    return [_drawn(item, actor) for item in chosen]

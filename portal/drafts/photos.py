"""Photos of forms: sent ahead one by one or with the form, kept in its draft, shown beside it and on what it becomes.

A feature whose forms ask for several kinds of photo says once `PHOTOS = Kinds(tuple(PhotoKind))`, and then:

    chosen, errors = PHOTOS.received()        # a submitted form; its command is given `flat(chosen)`
    data["photos"] = as_data(chosen)          # into a draft, and out of it again: `PHOTOS.of_data(draft.data)`
    PHOTOS.fields(chosen, errors)             # the page draws each with `ui.photo_field(photo)`

A field that is no kind is `received(name)` and `field(name, *received)`. The form is multipart. The command moves the
content into its document with `drafts.steps.take_uploads`. The feature serves what it kept by a route of its own, with
`number` and `photo_id`, that answers `picture(content, name)`; `ui.thumbs` draws `shown("its.route", number, photos)`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from flask import Response, request, url_for

from portal.drafts import commands, queries
from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, translate
from portal.web import limits
from portal.web.forms import sent_number
from portal.web.pages import download
from portal.web.routing import actor
from portal.web.uploads import read_photo

#: Photos of one field, and what a person sends within an hour.
LIMIT, MOST_AN_HOUR = 6, 600

K = TypeVar("K", bound=StrEnum)
#: Ids of waiting photos, and what is wrong with files that can't be taken.
Received = tuple[list[int], list[str]]


@dataclass(frozen=True)
class Shown:
    """A photo as `ui.thumbs` draws it."""

    url: str
    title: str
    #: Of a waiting photo: what its form sends back.
    id: int | None = None


@dataclass(frozen=True)
class Field:
    """What `ui.photo_field` draws."""

    name: str
    photos: list[Shown]
    errors: Sequence[str]
    limit: int
    title: str

    @property
    def send_to(self) -> str:
        """Where the page sends each photo ahead of the form."""
        return url_for("photos.send")


def keep(data: bytes) -> tuple[int, int]:
    """Read one picture and keep it for its form: (id, bytes). RuleBroken UP-1, TooMany."""
    limits.take("photo", str(actor().person_id), limit=MOST_AN_HOUR, window=dt.timedelta(hours=1))
    photo = read_photo(data)
    kept = commands.receive_photo(actor(), content=photo.content, fingerprint=photo.fingerprint)
    return kept, len(photo.content)


def upload_id(value: str | None) -> int | None:
    """An upload's id as the browser sent it, if it is one."""
    return sent_number(value)


def received(name: str, limit: int = LIMIT) -> Received:
    """The photos of one field of a submitted form: sent ahead and not taken out, and files that came with it."""
    taken_out = set(request.form.getlist(f"{name}_remove"))
    sent = [upload_id(text) for text in request.form.getlist(name) if text not in taken_out]
    ids, errors = queries.known_uploads([one for one in sent if one is not None]), []
    for file in request.files.getlist(f"{name}_files"):
        content = file.read()
        if not content and not file.filename:
            continue
        try:
            ids.append(keep(content)[0])
        except PortalError as refused:
            errors.append(translate(refused.text))
    return ids[:limit], errors


def field(
    name: str, ids: Sequence[int] = (), errors: Sequence[str] = (), *, title: str = "", limit: int = LIMIT
) -> Field:
    """One photo field. `title`: its label and its photos' name, if the template doesn't name it."""
    return Field(name, waiting(ids, title), errors, limit, title)


def waiting(ids: Iterable[int], title: str = "") -> list[Shown]:
    """Waiting photos, beside their form and at its last check."""
    return [Shown(url_for("photos.waiting", upload_id=one), title or _("Photo"), one) for one in ids]


def shown(endpoint: str, number: str, photos: Iterable[Any]) -> list[Shown]:
    """A document's own photos: rows with an id and, where there are several, a kind."""
    return [
        Shown(url_for(endpoint, number=number, photo_id=row.id), label(row.kind) if kind else _("Photo"))
        for row in photos
        for kind in [getattr(row, "kind", None)]
    ]


def picture(content: bytes, name: str) -> Response:
    """A photo for the page; what never changes may stay in the reader's own cache."""
    response = download(content, name=name, media_type="image/jpeg", inline=True)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@dataclass(frozen=True)
class Kinds(Generic[K]):
    """The kinds of photo that forms of one feature ask for: one field each, `photo_<kind>`."""

    asked: tuple[K, ...]
    limit: int = LIMIT

    def received(self) -> tuple[dict[K, list[int]], dict[K, list[str]]]:
        """The photos of a submitted form, with what is wrong with files that can't be taken."""
        found = {kind: received(f"photo_{kind.value}", self.limit) for kind in self.asked}
        return (
            {kind: ids for kind, (ids, _errors) in found.items()},
            {kind: errors for kind, (_ids, errors) in found.items() if errors},
        )

    def of_data(self, data: Mapping[str, Any]) -> dict[K, list[int]]:
        """The waiting photos of a draft that are still there."""
        kept = data.get("photos") or {}
        return {kind: queries.known_uploads(kept.get(kind.value) or []) for kind in self.asked}

    def fields(
        self, chosen: Mapping[K, Sequence[int]], errors: Mapping[K, Sequence[str]] | None = None
    ) -> list[Field]:
        """The photo fields of a form."""
        return [
            field(
                f"photo_{kind.value}",
                chosen.get(kind, ()),
                (errors or {}).get(kind, ()),
                title=label(kind),
                limit=self.limit,
            )
            for kind in self.asked
        ]


def flat(chosen: Mapping[K, Sequence[int]]) -> list[tuple[K, int]]:
    """As commands take them."""
    return [(kind, one) for kind, ids in chosen.items() for one in ids]


def as_data(chosen: Mapping[K, Sequence[int]]) -> dict[str, list[int]]:
    """As drafts keep them."""
    return {kind.value: list(ids) for kind, ids in chosen.items()}


def of_kinds(chosen: Mapping[K, Sequence[int]]) -> list[Shown]:
    """Waiting photos of several kinds, at their form's last check."""
    return [photo for kind, ids in chosen.items() for photo in waiting(ids, label(kind))]

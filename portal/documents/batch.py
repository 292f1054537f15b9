"""Printing many documents in worker processes, and joining them into one print file (ST-7, ST-8)."""

import hashlib
import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pikepdf

from portal.documents import rules
from portal.documents.pool import Pool
from portal.documents.render import render, render_key

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One document to print; `id` is the caller's own name for it."""

    id: int
    template: str
    view: rules.DocumentView


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished document; `key` names the rendering, see `render_key`."""

    id: int
    pdf: bytes
    sha256: str
    key: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A document that could not be printed; the others are not concerned (ST-4)."""

    id: int
    reason: str


def render_many(orders: Iterable[Order], *, workers: int | None = None) -> Iterator[Printed | Failed]:
    """Print `orders` in as many processes as there are cores, the largest first; yield each when it is done.

    What was yielded is the caller's to store at once: if he dies, only the rest has to be printed again. Must
    not be called from a daemonic process.
    """
    ordered = sorted(orders, key=lambda order: len(rules.canonical_json(order.view)), reverse=True)
    for index, result in Pool(_print, workers=workers).run(ordered):
        if isinstance(result, BaseException):
            log.error("document %s was not printed", ordered[index].view.number, exc_info=result)
            yield Failed(ordered[index].id, f"{type(result).__name__}: {result}")
        else:
            yield result


def _print(order: Order) -> Printed:
    pdf = render(order.template, order.view)
    return Printed(order.id, pdf, hashlib.sha256(pdf).hexdigest(), render_key(order.template, order.view))


def merge(documents: Iterable[tuple[str, bytes]]) -> bytes:
    """One print file of `(title, pdf)` in the given order, with a bookmark for each; always the same bytes.

    It is for paper: attachments and structure stay with the single documents. Raises ValueError for none.
    """
    joined = pikepdf.new()
    sources = []
    bookmarks = []
    for title, pdf in documents:
        source = pikepdf.open(io.BytesIO(pdf))
        sources.append(source)
        bookmarks.append(pikepdf.OutlineItem(title, len(joined.pages)))
        joined.pages.extend(source.pages)
    if not sources:
        raise ValueError("there is nothing to print")
    for page in joined.pages:
        if "/StructParents" in page:
            del page["/StructParents"]
    with joined.open_outline() as outline:
        outline.root.extend(bookmarks)
    out = io.BytesIO()
    joined.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()

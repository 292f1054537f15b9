"""Lists: one page of rows at a time, counted up to a cap, everything in the URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import request

from portal.kernel.db import session
from portal.web.routing import here

T_ = TypeVar("T_")
SIZES = (20, 50, 100)
#: Rows are counted no further than this; beyond it the list asks for a narrower search.
CAP = 2000


@dataclass(frozen=True)
class Page(Generic[T_]):
    """One page of a list, as the pager draws it."""

    rows: Sequence[T_]
    number: int
    size: int
    total: int
    #: There are more than `total`; they are not counted.
    total_is_capped: bool = False
    #: The page that the links lead to; None: the one that is asked for.
    endpoint: str | None = None

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def prev_url(self) -> str | None:
        return self.url(self.number - 1) if self.number > 1 else None

    @property
    def next_url(self) -> str | None:
        return self.url(self.number + 1) if self.number < self.count else None

    @property
    def pages(self) -> list[tuple[int, str | None]]:
        """(number, address) of the pages to show; address None for a gap."""
        near = {1, self.count, *range(self.number - 1, self.number + 2)}
        shown: list[tuple[int, str | None]] = []
        for number in sorted(n for n in near if 1 <= n <= self.count):
            if shown and number - shown[-1][0] > 1:
                shown.append((number - 1, None))
            shown.append((number, self.url(number)))
        return shown

    def url(self, number: int) -> str:
        return here(self.endpoint, page=number if number > 1 else None)


def paged(
    statement: sa.Select[*tuple[Any, ...]], *, size: int | None = None, endpoint: str | None = None
) -> Page[Any]:
    """The page of `statement` that the request asks for (`?page=`, `?size=`); the statement must be ordered.

    It must not be distinct: what is counted are rows without their columns.
    `endpoint`: see `Page.endpoint`; needed where a refused submit draws the list again.
    """
    number, size = _asked(size)
    # Without its columns: of a row that is counted only, nothing has to be read or computed.
    bare = statement.with_only_columns(sa.literal(1), maintain_column_froms=True).order_by(None)
    counted = session().scalar(sa.select(sa.func.count()).select_from(bare.limit(CAP + 1).subquery()))
    total = min(counted or 0, CAP)
    number = min(number, max(1, -(-total // size)))
    rows = session().execute(statement.limit(size).offset((number - 1) * size)).all()
    listed = [row[0] if len(row) == 1 else row for row in rows]
    return Page(listed, number, size, total, (counted or 0) > CAP, endpoint)


def sliced(rows: Sequence[T_], *, size: int | None = None, endpoint: str | None = None) -> Page[T_]:
    """The page that the request asks for of rows that are at hand already."""
    number, size = _asked(size)
    number = min(number, max(1, -(-len(rows) // size)))
    return Page(rows[(number - 1) * size : number * size], number, size, len(rows), endpoint=endpoint)


def _asked(size: int | None) -> tuple[int, int]:
    def whole(name: str, default: int) -> int:
        text = request.args.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default

    chosen = whole("size", size or SIZES[0])
    return max(1, whole("page", 1)), chosen if chosen in SIZES else (size or SIZES[0])

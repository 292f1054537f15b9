"""The papers of old parts and of stock, filled in."""

import datetime as dt
from collections.abc import Iterable

from portal.kernel.actor import Actor
from portal.parts.models.old_parts import OldPartBatch
from portal.parts.queries.old_parts import items_of
from portal.parts.queries.stock import Kept, point_of
from portal.parts.rules.papers import (
    BOX_LIST,
    COUNT_SHEET,
    TAGS,
    BoxLine,
    BoxList,
    CountSheet,
    SheetLine,
    Tag,
    TagSheet,
    tag_text,
)
from portal.tenants import queries as tenants

#: The most tags of one sheet; a batch of thousands is not tied tag by tag.
MOST_TAGS = 600


def box_list(batch: OldPartBatch, today: dt.date) -> BoxList:
    """The list of a batch."""
    dealer = tenants.dealer_by_id(batch.dealer_id)
    lines = tuple(
        BoxLine(
            place=item.place,
            code=item.code,
            name=item.name,
            document=item.debt.document,
            since=str(item.debt.since),
            due=str(item.debt.due),
            pieces=item.listed,
            unit=item.debt.unit,
        )
        for item in items_of(batch.id)
        if item.debt is not None
    )
    return BoxList(
        title=BOX_LIST,
        number=batch.number,
        issuer=dealer.name,
        issued_on=str(batch.packed_on or today),
        dealer=dealer.name,
        dealer_code=dealer.code,
        boxes=batch.boxes,
        carrier=batch.carrier,
        waybill=batch.waybill,
        note=batch.note,
        lines=lines,
    )


def tags(batch: OldPartBatch, today: dt.date) -> TagSheet:
    """A tag for each piece that a batch lists."""
    dealer = tenants.dealer_by_id(batch.dealer_id)
    found = [
        Tag(
            text=tag_text(batch.number, item.place, piece),
            code=item.code,
            name=item.name,
            document=item.debt.document,
            since=str(item.debt.since),
        )
        for item in items_of(batch.id)
        if item.debt is not None
        for piece in range(1, item.listed + 1)
    ]
    return TagSheet(
        title=TAGS,
        number=batch.number,
        issuer=dealer.name,
        issued_on=str(batch.packed_on or today),
        dealer=dealer.name,
        tags=tuple(found[:MOST_TAGS]),
    )


def count_sheet(who: Actor, kept: Iterable[Kept], today: dt.date) -> CountSheet:
    """The sheet for counting the stock of the actor's selling point."""
    dealer = tenants.dealer_by_id(point_of(who))
    lines = tuple(
        SheetLine(
            place=place,
            code=one.part.code,
            name=one.part.title,
            unit=one.part.unit,
            book=one.need.stock,
        )
        for place, one in enumerate(kept, start=1)
    )
    return CountSheet(
        title=COUNT_SHEET,
        number=f"{dealer.code} {today}",
        issuer=dealer.name,
        issued_on=str(today),
        dealer=dealer.name,
        dealer_code=dealer.code,
        lines=lines,
    )

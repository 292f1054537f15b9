"""A request that is being put together: the lines of its draft."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.drafts import queries as drafts
from portal.kernel.errors import NotFound
from portal.returns.rules import Packing, ReturnLine
from portal.warranty.rules import Cause

#: The kind of saved drafts of requests.
DRAFT = "returns.request"


@dataclass(frozen=True)
class Basket:
    """A draft of a request: the units in it, in the order in which they were put in."""

    draft_id: int
    person: str
    updated_at: dt.datetime
    lines: tuple[ReturnLine, ...]
    note: str = ""

    def line(self, serial: str) -> ReturnLine:
        """The line of a serial. Raises NotFound."""
        for line in self.lines:
            if line.serial == serial:
                return line
        raise NotFound


def basket(draft_id: int) -> Basket:
    """A basket of this party. Raises NotFound."""
    draft = drafts.get(draft_id, DRAFT)
    return Basket(
        draft.id,
        draft.person,
        draft.updated_at,
        tuple(_line(data) for data in draft.data.get("lines", [])),
        draft.data.get("note", ""),
    )


def baskets() -> list[Basket]:
    """The party's baskets, the last changed first."""
    return [basket(draft.id) for draft in drafts.of_kind(DRAFT)]


def as_data(lines: tuple[ReturnLine, ...], note: str = "") -> dict[str, Any]:
    """As drafts keep it."""
    return {
        "lines": [
            {
                "serial": line.serial,
                "found": str(line.found),
                "cause": line.cause.value,
                "repair": line.repair_number,
                "fault": line.fault,
                "packing": line.packing.value,
                "photos": list(line.photos),
            }
            for line in lines
        ],
        "note": note,
    }


def _line(data: Mapping[str, Any]) -> ReturnLine:
    return ReturnLine(
        serial=data["serial"],
        found=dt.date.fromisoformat(data["found"]),
        cause=Cause(data["cause"]),
        repair_number=data["repair"],
        fault=data["fault"],
        packing=Packing(data["packing"]),
        photos=tuple(drafts.known_uploads(data["photos"])),
    )

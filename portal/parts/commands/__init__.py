"""Acting on parts requests, on old parts that are owed, on a dealer's stock."""

from portal.parts.commands.old_parts import (
    arrive_old_parts,
    charge_old_part,
    count_old_parts,
    pack_old_parts,
    receive_old_parts,
    send_old_parts,
    unpack_old_parts,
)
from portal.parts.commands.requests import cancel, decide, request
from portal.parts.commands.shipments import receive, ship
from portal.parts.commands.stock import count_stock, send_back_stock, set_minimums

__all__ = [
    "arrive_old_parts",
    "cancel",
    "charge_old_part",
    "count_old_parts",
    "count_stock",
    "decide",
    "pack_old_parts",
    "receive",
    "receive_old_parts",
    "request",
    "send_back_stock",
    "send_old_parts",
    "set_minimums",
    "ship",
    "unpack_old_parts",
]

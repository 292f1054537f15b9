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
from portal.parts.commands.payments import confirm_payment
from portal.parts.commands.receipts import answer_difference, receive, report_difference
from portal.parts.commands.reconciliation import confirm_month
from portal.parts.commands.requests import cancel, decide, end_rest, request
from portal.parts.commands.shipments import ship, ship_again
from portal.parts.commands.stock import count_stock, send_back_stock, set_minimums

__all__ = [
    "answer_difference",
    "arrive_old_parts",
    "cancel",
    "charge_old_part",
    "confirm_month",
    "confirm_payment",
    "count_old_parts",
    "count_stock",
    "decide",
    "end_rest",
    "pack_old_parts",
    "receive",
    "receive_old_parts",
    "report_difference",
    "request",
    "send_back_stock",
    "send_old_parts",
    "set_minimums",
    "ship",
    "ship_again",
    "unpack_old_parts",
]

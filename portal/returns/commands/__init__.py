"""Use cases of return requests, in the order of a unit's way: asked, decided, sent, counted, dealt with."""

from portal.returns.commands.baskets import describe, note_down, put_in, take_out
from portal.returns.commands.deciding import ask, decide, expire, send_ahead
from portal.returns.commands.disposing import dispose
from portal.returns.commands.filing import answer, cancel, request, ship
from portal.returns.commands.losing import let_go
from portal.returns.commands.receiving import count, inspect, receive, release, scan

__all__ = [
    "answer",
    "ask",
    "cancel",
    "count",
    "decide",
    "describe",
    "dispose",
    "expire",
    "inspect",
    "let_go",
    "note_down",
    "put_in",
    "receive",
    "release",
    "request",
    "scan",
    "send_ahead",
    "ship",
    "take_out",
]

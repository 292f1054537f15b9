"""Use cases of return requests, in the order of a unit's way: asked, decided, sent, counted, dealt with."""

from portal.returns.commands.deciding import ask, decide, expire, send_ahead
from portal.returns.commands.disposing import dispose
from portal.returns.commands.filing import answer, cancel, request, ship
from portal.returns.commands.receiving import count, inspect, receive, release, scan

__all__ = [
    "answer",
    "ask",
    "cancel",
    "count",
    "decide",
    "dispose",
    "expire",
    "inspect",
    "receive",
    "release",
    "request",
    "scan",
    "send_ahead",
    "ship",
]

"""Acting on parts requests."""

from portal.parts.commands.requests import cancel, decide, request
from portal.parts.commands.shipments import receive, ship

__all__ = ["cancel", "decide", "receive", "request", "ship"]

"""Use cases of quality: defective batches, and feedback from its filing to its end."""

from portal.quality.commands.answering import answer, ask, hold_back, inform, release, take_on, upgrade
from portal.quality.commands.batches import declare_batch, lift_batch
from portal.quality.commands.closing import close, escalate, go_on, offer, report
from portal.quality.commands.filing import agree, file, object_to, propose, tell

__all__ = [
    "agree",
    "answer",
    "ask",
    "close",
    "declare_batch",
    "escalate",
    "file",
    "go_on",
    "hold_back",
    "inform",
    "lift_batch",
    "object_to",
    "offer",
    "propose",
    "release",
    "report",
    "take_on",
    "tell",
    "upgrade",
]

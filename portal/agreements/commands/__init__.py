"""Writing agreements: their terms (`terms`) and their states (`states`)."""

from portal.agreements.commands.states import activate, discard, end, resume, suspend, terminate
from portal.agreements.commands.terms import draft, redraft, version_terms

__all__ = [
    "activate",
    "discard",
    "draft",
    "end",
    "redraft",
    "resume",
    "suspend",
    "terminate",
    "version_terms",
]

"""Writing repairs."""

from portal.repairs.commands.faults import (
    add_default_faults,
    add_fault,
    change_fault,
)
from portal.repairs.commands.proofs import (
    add_photos,
    reveal,
    sign,
)
from portal.repairs.commands.records import (
    correct,
    file,
    void,
)

__all__ = [
    "add_default_faults",
    "add_fault",
    "add_photos",
    "change_fault",
    "correct",
    "file",
    "reveal",
    "sign",
    "void",
]

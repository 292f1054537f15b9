"""Writing repairs."""

from portal.repairs.commands.claims import answer_claim, decide_claim, object_to_claim
from portal.repairs.commands.drafting import begin
from portal.repairs.commands.faults import (
    add_default_faults,
    add_fault,
    change_fault,
)
from portal.repairs.commands.proofs import (
    add_photos,
    print_receipt,
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
    "answer_claim",
    "begin",
    "change_fault",
    "correct",
    "decide_claim",
    "file",
    "object_to_claim",
    "print_receipt",
    "reveal",
    "sign",
    "void",
]

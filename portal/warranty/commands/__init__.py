"""Writing warranty cards and extensions of warranties."""

from portal.warranty.commands.extensions import ask_extension, decide_extension, extend, withdraw_extension
from portal.warranty.commands.filing import begin, file, file_bulk, resubmit, withdraw
from portal.warranty.commands.review import reveal, review, waive
from portal.warranty.commands.risk import save_risks

__all__ = [
    "ask_extension",
    "begin",
    "decide_extension",
    "extend",
    "file",
    "file_bulk",
    "resubmit",
    "reveal",
    "review",
    "save_risks",
    "waive",
    "withdraw",
    "withdraw_extension",
]

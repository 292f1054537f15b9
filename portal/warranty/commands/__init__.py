"""Writing warranty cards."""

from portal.warranty.commands.filing import begin, file, file_bulk, resubmit, withdraw
from portal.warranty.commands.review import reveal, review, waive
from portal.warranty.commands.risk import save_risks

__all__ = ["begin", "file", "file_bulk", "resubmit", "reveal", "review", "save_risks", "waive", "withdraw"]

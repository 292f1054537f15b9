"""What dealers do with their monthly forms (`preparing`, `submitting`), the manufacturer (`auditing`), and time."""

from portal.reports.commands.auditing import (
    accept,
    accept_many,
    accept_month,
    check_record,
    remark,
    send_back,
)
from portal.reports.commands.preparing import prepare, save
from portal.reports.commands.reminding import remind
from portal.reports.commands.submitting import resubmit, submit, withdraw

__all__ = [
    "accept",
    "accept_many",
    "accept_month",
    "check_record",
    "prepare",
    "remark",
    "remind",
    "resubmit",
    "save",
    "send_back",
    "submit",
    "withdraw",
]

"""What dealers do with their monthly forms (`preparing`, `submitting`), and the manufacturer (`auditing`)."""

from portal.reports.commands.auditing import (
    accept,
    accept_many,
    accept_month,
    check_record,
    remark,
    send_back,
)
from portal.reports.commands.preparing import prepare, save
from portal.reports.commands.submitting import resubmit, submit, withdraw

__all__ = [
    "accept",
    "accept_many",
    "accept_month",
    "check_record",
    "prepare",
    "remark",
    "resubmit",
    "save",
    "send_back",
    "submit",
    "withdraw",
]

"""Settling a quarter: runs (`runs`), issuing and printing (`issue`), the parties' answers and the closing (`answers`)."""

from portal.settlement.commands.answers import close, close_quarter, confirm, deem, dispute, reply
from portal.settlement.commands.issue import (
    ask_for_print,
    issue_line,
    issue_run,
    store_print,
    store_print_file,
)
from portal.settlement.commands.runs import (
    begin_run,
    compute_line,
    fail_run,
    finish_run,
    present_run,
    resume_run,
    start_run,
    stop_run,
)

__all__ = [
    "ask_for_print",
    "begin_run",
    "close",
    "close_quarter",
    "compute_line",
    "confirm",
    "deem",
    "dispute",
    "fail_run",
    "finish_run",
    "issue_line",
    "issue_run",
    "present_run",
    "reply",
    "resume_run",
    "start_run",
    "stop_run",
    "store_print",
    "store_print_file",
]

"""Settling a quarter: runs (`runs`), issuing and printing (`issue`), answers and closing (`answers`)."""

from portal.settlement.commands.answers import close, close_quarter, confirm, deem, dispute, reply
from portal.settlement.commands.cancelling import (
    confirm_cancellation,
    propose_cancellation,
    withdraw_cancellation,
)
from portal.settlement.commands.endings import (
    agree_handover,
    decline_handover,
    offer_handover,
    withdraw_handover,
)
from portal.settlement.commands.issue import (
    ask_for_print,
    issue_line,
    issue_run,
    store_print,
    store_print_file,
)
from portal.settlement.commands.runs import (
    begin_run,
    check_lines,
    compute_lines,
    fail_run,
    finish_run,
    lift_holds,
    present_run,
    resume_run,
    start_run,
    stop_run,
)
from portal.settlement.commands.write_offs import (
    confirm_write_off,
    issue_write_off,
    object_to_write_off,
    prepare_write_off,
    withdraw_write_off,
)

__all__ = [
    "agree_handover",
    "ask_for_print",
    "begin_run",
    "check_lines",
    "close",
    "close_quarter",
    "compute_lines",
    "confirm",
    "confirm_cancellation",
    "confirm_write_off",
    "decline_handover",
    "deem",
    "dispute",
    "fail_run",
    "finish_run",
    "issue_line",
    "issue_run",
    "issue_write_off",
    "lift_holds",
    "object_to_write_off",
    "offer_handover",
    "prepare_write_off",
    "present_run",
    "propose_cancellation",
    "reply",
    "resume_run",
    "start_run",
    "stop_run",
    "store_print",
    "store_print_file",
    "withdraw_cancellation",
    "withdraw_handover",
    "withdraw_write_off",
]

"""Tables of the settlement: runs and statements, and what cancels, writes off and ends (`endings`)."""

from portal.settlement.models.endings import DutyHandover, FeeCancellation, WriteOff, WriteOffLine
from portal.settlement.models.statements import (
    RunLine,
    SettlementRun,
    Statement,
    StatementMessage,
    StatementRevision,
)

__all__ = [
    "DutyHandover",
    "FeeCancellation",
    "RunLine",
    "SettlementRun",
    "Statement",
    "StatementMessage",
    "StatementRevision",
    "WriteOff",
    "WriteOffLine",
]

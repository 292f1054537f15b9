"""Reading runs (`runs`), statements (`statements`), and what settling them needs (`settling`)."""

from portal.settlement.queries.runs import at_work, issuing_line, line, line_of, lines, run, run_by_id, runs
from portal.settlement.queries.settling import hold_facts, printable, result, to_settle, touching
from portal.settlement.queries.statements import (
    all_statements,
    get,
    in_quarter,
    messages,
    of_quarter,
    revision,
    revisions,
    silent,
)

__all__ = [
    "all_statements",
    "at_work",
    "get",
    "hold_facts",
    "in_quarter",
    "issuing_line",
    "line",
    "line_of",
    "lines",
    "messages",
    "of_quarter",
    "printable",
    "result",
    "revision",
    "revisions",
    "run",
    "run_by_id",
    "runs",
    "silent",
    "to_settle",
    "touching",
]

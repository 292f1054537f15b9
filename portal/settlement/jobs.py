"""Background work of the settlement; each step can be interrupted anywhere and goes on where it was (ST-7)."""

from flask import current_app

from portal.documents import queries as documents
from portal.documents.batch import Failed, Order, merge, render_many
from portal.jobs.daily import daily
from portal.jobs.worker import Progress, job
from portal.kernel.actor import Actor
from portal.kernel.clock import today
from portal.kernel.period import Quarter
from portal.settlement import commands, queries
from portal.settlement.rules import RunStep, StatementState

#: How many statements one merged print file holds.
PER_FILE = 200


@job("settlement.compute", failed=commands.fail_run)
def compute(actor: Actor, progress: Progress, *, run_id: int) -> None:
    """Check and compute every dealer of the run, then present it."""
    commands.begin_run(actor, run_id, RunStep.COMPUTE)
    lines = [(line.id, line.computed) for line in queries.lines(run_id)]
    for done, (line_id, computed) in enumerate(lines):
        progress(done, len(lines))
        if not computed:
            commands.compute_line(actor, line_id)
    progress(len(lines), len(lines))
    commands.present_run(actor, run_id)


@job("settlement.issue", failed=commands.fail_run)
def issue(actor: Actor, progress: Progress, *, run_id: int) -> None:
    """Issue a statement to every dealer that nothing holds, then ask for the PDFs."""
    commands.begin_run(actor, run_id, RunStep.ISSUE)
    lines = [(line.id, line.statement) for line in queries.lines(run_id)]
    for done, (line_id, statement) in enumerate(lines):
        progress(done, len(lines))
        if not statement:
            commands.issue_line(actor, line_id)
    progress(len(lines), len(lines))
    commands.ask_for_print(actor, run_id)


@job("settlement.print", failed=commands.fail_run)
def print_run(actor: Actor, progress: Progress, *, run_id: int) -> None:
    """Render and store the PDFs of the run, then the merged print files in dealer order (ST-8)."""
    commands.begin_run(actor, run_id, RunStep.PRINT)
    public_url: str = current_app.extensions["settings"].public_url
    issued = [line for line in queries.lines(run_id) if line.statement]
    waiting = [
        Order(line.id, "documents/statement.html", queries.printable(line, public_url))
        for line in issued
        if not line.printed
    ]
    done, total = len(issued) - len(waiting), len(issued)
    progress(done, total)
    failures = []
    for printed in render_many(waiting):
        if isinstance(printed, Failed):
            failures.append(printed)
            continue
        commands.store_print(actor, printed.id, printed, public_url)
        done += 1
        progress(done, total)
    if failures:
        raise RuntimeError(f"{len(failures)} of {total} statements were not printed: {failures[0].reason}")
    _merge(actor, run_id)
    commands.finish_run(actor, run_id)


def _merge(actor: Actor, run_id: int) -> None:
    numbers = [(line.statement, line.revision) for line in queries.lines(run_id) if line.statement]
    parts = max(1, -(-len(numbers) // PER_FILE)) if numbers else 0
    for part in range(parts):
        chunk = numbers[part * PER_FILE : (part + 1) * PER_FILE]
        pdf = merge((number, documents.find("statement", number, revision).content) for number, revision in chunk)
        commands.store_print_file(actor, run_id, part + 1, parts, len(chunk), pdf)


@job("settlement.close")
def close(actor: Actor, progress: Progress, *, quarter: str) -> None:
    """Close every confirmed statement of the quarter."""
    numbers = [s.number for s in queries.in_quarter(Quarter.parse(quarter), StatementState.CONFIRMED)]
    for done, number in enumerate(numbers):
        progress(done, len(numbers), number)
        commands.close(actor, number)
    progress(len(numbers), len(numbers))


@daily
def deem(actor: Actor) -> None:
    """Silence has confirmed what nobody answered in time (ST-5)."""
    for statement_id in queries.silent(today(actor.timezone)):
        commands.deem(actor, statement_id)



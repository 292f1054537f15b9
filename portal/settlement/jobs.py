"""Background work of the settlement; each step can be interrupted anywhere and goes on where it was (ST-7)."""

from collections.abc import Callable, Sequence

from flask import current_app

from portal.documents import queries as documents
from portal.documents.batch import Failed, Order, merge, render_many
from portal.jobs.daily import daily
from portal.jobs.worker import Progress, job
from portal.kernel.actor import Actor
from portal.kernel.clock import today
from portal.kernel.period import Quarter
from portal.settlement import commands, queries
from portal.settlement.rules import LineState, RunStep, StatementState

#: How many dealers are checked or computed in one transaction.
PER_STEP = 50
#: How many statements are printed together, so that no more than these are in memory.
PER_BATCH = 500
#: How many statements one merged print file holds.
PER_FILE = 200


@job("settlement.compute", failed=commands.fail_run)
def compute(actor: Actor, progress: Progress, *, run_id: int) -> None:
    """Check every dealer of the run, compute every dealer, then present the run."""
    lines = [(line.id, line.checked, line.state is not LineState.WAITING) for line in queries.lines(run_id)]
    checked = [(line, had) for line, had, _ in lines]
    computed = [(line, had) for line, _, had in lines]
    _each(actor, progress, run_id, RunStep.CHECK, checked, commands.check_lines)
    _each(actor, progress, run_id, RunStep.COMPUTE, computed, commands.compute_lines)
    commands.present_run(actor, run_id)


@job("settlement.issue", failed=commands.fail_run)
def issue(actor: Actor, progress: Progress, *, run_id: int) -> None:
    """Issue a statement to every dealer that nothing holds, then ask for the PDFs."""
    lines = [(line.id, bool(line.statement)) for line in queries.lines(run_id)]
    _each(actor, progress, run_id, RunStep.ISSUE, lines, _issue, size=1)
    commands.ask_for_print(actor, run_id)


def _issue(actor: Actor, line_ids: Sequence[int]) -> None:
    """Each in a transaction of its own, so that one never stops the others (ST-6)."""
    for line_id in line_ids:
        commands.issue_line(actor, line_id)


def _each(
    actor: Actor,
    progress: Progress,
    run_id: int,
    step: RunStep,
    lines: Sequence[tuple[int, bool]],
    work: Callable[[Actor, Sequence[int]], object],
    *,
    size: int = PER_STEP,
) -> None:
    """Do the work of a step for the lines that have not had it, `size` of them at a time."""
    waiting = [line_id for line_id, had in lines if not had]
    done = len(lines) - len(waiting)
    commands.begin_run(actor, run_id, step, done=done)
    for start in range(0, len(waiting), size):
        progress(done + start, len(lines))
        work(actor, waiting[start : start + size])
    progress(len(lines), len(lines))


@job("settlement.print", failed=commands.fail_run)
def print_run(actor: Actor, progress: Progress, *, run_id: int) -> None:
    """Render and store the PDFs of the run, then the merged print files in dealer order (ST-8)."""
    public_url: str = current_app.extensions["settings"].public_url
    issued = [(line.id, line.printed) for line in queries.lines(run_id) if line.statement]
    waiting = [line_id for line_id, printed in issued if not printed]
    done = len(issued) - len(waiting)
    commands.begin_run(actor, run_id, RunStep.PRINT, done=done)
    progress(done, len(issued))
    failures = []
    for start in range(0, len(waiting), PER_BATCH):
        orders = [
            Order(line_id, "documents/statement.html", queries.printable(line_id, public_url))
            for line_id in waiting[start : start + PER_BATCH]
        ]
        for printed in render_many(orders):
            if isinstance(printed, Failed):
                failures.append(printed)
                continue
            commands.store_print(actor, printed.id, printed, public_url)
            done += 1
            progress(done, len(issued))
    if failures:
        raise RuntimeError(
            f"{len(failures)} of {len(issued)} statements were not printed: {failures[0].reason}"
        )
    _merge(actor, progress, run_id)
    commands.finish_run(actor, run_id)


def _merge(actor: Actor, progress: Progress, run_id: int) -> None:
    numbers = [(line.statement, line.revision) for line in queries.lines(run_id) if line.statement]
    parts = -(-len(numbers) // PER_FILE)
    for part in range(parts):
        chunk = numbers[part * PER_FILE : (part + 1) * PER_FILE]
        pdf = merge(
            (number, documents.find("statement", number, revision).content) for number, revision in chunk
        )
        commands.store_print_file(actor, run_id, part + 1, parts, len(chunk), pdf)
        progress(len(numbers), len(numbers))


@job("settlement.close")
def close(actor: Actor, progress: Progress, *, quarter: str) -> None:
    """Close every confirmed statement of the quarter."""
    numbers = [s.number for s in queries.in_quarter(Quarter.parse(quarter), StatementState.CONFIRMED)]
    for done, number in enumerate(numbers):
        progress(done, len(numbers), number)
        if queries.get(number).state is StatementState.CONFIRMED:
            commands.close(actor, number)
    progress(len(numbers), len(numbers))


@daily
def deem(actor: Actor) -> None:
    """Silence has confirmed what nobody answered in time (ST-5)."""
    for statement_id in queries.silent(today(actor.timezone)):
        commands.deem(actor, statement_id)

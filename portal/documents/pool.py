"""Work in several processes that survives the death of any of them.

Processes, never threads: neither Pango nor its font configuration may be shared. They are spawned, so that
a worker begins clean, whatever the parent has loaded. If one dies (memory, a crash in a library, too long),
the tasks that were under way are done again one by one in a worker of their own; the one that dies again is
given up, and the others never notice. A worker whose parent is gone ends by itself.
"""

import logging
import multiprocessing as mp
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

#: A task that takes longer kills its worker.
SECONDS = 300
#: A worker is replaced after so many tasks, before late garbage makes it grow.
TASKS_PER_WORKER = 400

log = logging.getLogger(__name__)


class Lost(Exception):
    """The worker died over this task, twice."""


class Pool(Generic[Task, Result]):
    """Applies `work`, a function at the top level of a module, to tasks; see the module's text.

    The caller must not be a daemonic process, for these may not have children.
    """

    def __init__(
        self, work: Callable[[Task], Result], *, workers: int | None = None, seconds: int = SECONDS
    ) -> None:
        self._work = work
        self._workers = workers or os.cpu_count() or 1
        self._seconds = seconds

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Result | BaseException]]:
        """Yield each task's index with its result, what it raised, or Lost; in the order of completion."""
        waiting = deque(range(len(tasks)))
        suspects: deque[int] = deque()
        while waiting or suspects:
            alone = bool(suspects)
            queue = suspects if alone else waiting
            workers = 1 if alone else min(self._workers, len(queue))
            interrupted = yield from self._until_death(queue, tasks, workers)
            if alone and interrupted:
                log.error("a worker died twice over the same task, number %s", interrupted[0])
                yield interrupted[0], Lost("the worker died")
            else:
                suspects.extend(interrupted)

    def _until_death(
        self, queue: deque[int], tasks: Sequence[Task], workers: int
    ) -> Generator[tuple[int, Result | BaseException], None, list[int]]:
        """Work through `queue` with one set of workers; return the tasks that were under way if one died."""
        left = workers * TASKS_PER_WORKER
        running: dict[Future[Result], int] = {}
        pool = ProcessPoolExecutor(workers, mp.get_context("spawn"), _follow_parent)
        try:
            while running or (queue and left):
                while queue and left and len(running) < workers + (workers > 1):
                    left -= 1
                    running[pool.submit(_timed, self._work, tasks[queue[0]], self._seconds)] = queue[0]
                    queue.popleft()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    error = future.exception()
                    if not isinstance(error, BrokenProcessPool):
                        yield running.pop(future), error or future.result()
                if not done.isdisjoint(running):
                    break
        except BrokenProcessPool:
            log.warning("a worker died between two tasks")
        finally:
            pool.shutdown(cancel_futures=True)
        return sorted(running.values())


def _timed(work: Callable[[Task], Result], task: Task, seconds: int) -> Result:
    """In the worker: the alarm's default action is death, which reaches into libraries that hang."""
    signal.alarm(seconds)
    try:
        return work(task)
    finally:
        signal.alarm(0)


def _follow_parent() -> None:
    """In the worker, at its start: end when the parent has ended, however it did."""
    parent = mp.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    mp.connection.wait([sentinel])
    os._exit(1)

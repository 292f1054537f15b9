"""The worker processes: whatever happens to one of them, every other task gets its result."""

import os
import signal
import subprocess
import sys
from functools import partial
from operator import call
from pathlib import Path

import pytest

from portal.documents import pool as pools
from portal.documents.pool import Lost, Pool

ROOT = Path(__file__).parents[2]


def run(*tasks: object, workers: int = 2, seconds: int = 60) -> dict[int, object]:
    return dict(Pool(call, workers=workers, seconds=seconds).run(tasks))  # type: ignore[arg-type]


def test_every_task_gets_its_result() -> None:
    assert run(*[partial(max, n, 3) for n in range(8)]) == {n: max(n, 3) for n in range(8)}


def test_no_task_starts_no_worker() -> None:
    assert run() == {}


def test_a_task_that_raises_concerns_itself_alone() -> None:
    results = run(partial(int, "x"), partial(int, "7"))
    assert isinstance(results[0], ValueError)
    assert results[1] == 7


def test_a_worker_that_dies_takes_only_its_own_task_with_it(caplog: pytest.LogCaptureFixture) -> None:
    results = run(
        *[partial(max, n, 3) for n in range(5)], partial(os._exit, 9), *[partial(max, n, 9) for n in range(5)]
    )
    assert isinstance(results.pop(5), Lost)
    assert results == {0: 3, 1: 3, 2: 3, 3: 3, 4: 4, 6: 9, 7: 9, 8: 9, 9: 9, 10: 9}
    assert "died twice" in caplog.text


def test_two_deaths_are_two_lost_tasks() -> None:
    results = run(partial(os._exit, 9), partial(os._exit, 9), partial(max, 1, 2))
    assert isinstance(results[0], Lost)
    assert isinstance(results[1], Lost)
    assert results[2] == 2


def test_a_task_that_hangs_is_killed() -> None:
    results = run(signal.pause, partial(max, 1, 2), workers=1, seconds=1)
    assert isinstance(results[0], Lost)
    assert results[1] == 2


def test_workers_are_replaced_after_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "TASKS_PER_WORKER", 2)
    results = run(*[os.getpid] * 6, workers=1)
    assert len(set(results.values())) == 3


def test_a_worker_ends_when_its_parent_is_killed() -> None:
    program = (
        "import os, signal\n"
        "from operator import call\n"
        "from portal.documents.pool import Pool\n"
        "if __name__ == '__main__':\n"
        "    for _ in Pool(call, workers=1).run([os.getpid, os.getpid]):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # The worker holds the pipe too: it has ended when the pipe is closed.
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL

"""Printing in the process of the test: workers of their own take seconds to start, and `tests/documents` tests them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from portal.documents import batch, pool


class _Here(pool.Pool[Any, Any]):
    def run(self, tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        for place, task in enumerate(tasks):
            yield place, self._work(task)


@contextmanager
def printed_here() -> Iterator[None]:
    """Print runs start no process until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "Pool", _Here)
        yield

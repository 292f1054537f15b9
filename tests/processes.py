"""Processes of their own that begin at once: they are forked from one that has loaded the portal and done nothing."""

import multiprocessing as mp
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

from portal.app import import_all

import_all()

CONTEXT = mp.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


def begun(work: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """A process that does `work`, a function at the top level of a module. What it prints is the test's."""
    process = CONTEXT.Process(target=work, args=arguments)
    process.start()
    return process

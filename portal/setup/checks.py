"""`python3 -m portal test`: the checks, then the tests; all of them run, so that one sees everything."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
#: What each check is called, and its command in the virtual environment.
CHECKS = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy", "--strict", "portal"],
    "djlint": ["djlint", "--lint", "--quiet", "templates"],
}
#: Files as they stand in their folders: sorted by the number of their tests, the longest journeys would come last.
TESTS = ["pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
#: How this Python runs a module.
MODULE = ["-m"]


def commands(arguments: Sequence[str]) -> dict[str, list[str]]:
    """What to run: everything, or with `arguments` only pytest with them."""
    if not arguments:
        return {**CHECKS, "pytest": TESTS}
    chosen = any(word.startswith(("-n", "--numprocesses")) for word in arguments)
    return {"pytest": [*(TESTS[:1] if chosen else TESTS), *arguments]}


def main(arguments: Sequence[str]) -> int:
    """Runs the checks; returns the exit code of the first that failed, or 0."""
    failed: dict[str, int] = {}
    for name, words in commands(arguments).items():
        print(f"== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run([sys.executable, *MODULE, *words], cwd=ROOT, check=False).returncode
        print(f"== {name}: {'failed' if code else 'ok'}, {time.monotonic() - started:.1f} s", flush=True)
        if code:
            failed[name] = code
    if failed:
        print("== failed: " + ", ".join(failed), flush=True)
    return next(iter(failed.values()), 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

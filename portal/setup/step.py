"""What the steps of set-up share: places, what they say, when they are skipped. Standard library only."""

import errno
import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
#: System libraries and programs that an ordinary user's set-up unpacks for the portal alone.
NATIVE = ROOT / ".native"
STAMPS = VENV / "set-up"

_started = time.monotonic()
_lock: list[int] = []


class Refused(Exception):
    """Set-up cannot go on; the message says what is missing and the command that helps, in two languages."""

    def __init__(self, chinese: str, english: str, command: str = "") -> None:
        super().__init__("\n".join(["", chinese, english, *([f"    {command}"] if command else [])]))


def say(chinese: str, english: str) -> None:
    """One line on the terminal."""
    print(f"[{time.monotonic() - _started:5.1f}s] {chinese} / {english}", flush=True)


def fingerprint(inputs: Iterable[bytes]) -> str:
    """SHA-256 of `inputs`, each told apart from its neighbour."""
    digest = hashlib.sha256()
    for part in inputs:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def is_done(stamp: Path, digest: str, outputs: Iterable[Path]) -> bool:
    """The step was finished with the same inputs, and what it made is still there."""
    return stamp.is_file() and stamp.read_text() == digest and all(path.exists() for path in outputs)


def only_one_at_a_time() -> None:
    """Waits for any other set-up of this folder; holds until this process ends or becomes another.

    Raises PermissionError where this account may not write the folder.
    """
    if _lock:
        return
    if not os.access(ROOT, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(ROOT))
    _lock.append(os.open(ROOT, os.O_RDONLY))
    try:
        fcntl.flock(_lock[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("等待另一个安装过程结束", "waiting for another set-up to finish")
        fcntl.flock(_lock[0], fcntl.LOCK_EX)


def step(
    name: str,
    text: tuple[str, str],
    inputs: Sequence[bytes],
    outputs: Sequence[Path],
    work: Callable[[], object],
) -> bool:
    """Does `work` unless it was done with the same `inputs` and its `outputs` are there. True if it did."""
    stamp, digest = STAMPS / name, fingerprint(inputs)
    if is_done(stamp, digest, outputs):
        return False
    only_one_at_a_time()
    if is_done(stamp, digest, outputs):
        return False
    say(*text)
    stamp.unlink(missing_ok=True)
    work()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
    return True


def quiet_home(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with caches in a temporary folder where the person has no home to keep them in."""
    if os.access(environment.get("HOME", "/nonexistent"), os.W_OK | os.X_OK):
        return dict(environment)
    cache = Path(tempfile.gettempdir()) / f"portal-set-up-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    if cache.stat().st_uid != os.getuid():
        cache = Path(tempfile.mkdtemp(prefix="portal-set-up-"))
    return {
        **environment,
        "HOME": str(cache),
        "XDG_CACHE_HOME": str(cache),
        "npm_config_cache": str(cache / "npm"),
    }


def run(*command: str | Path, environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> None:
    """Runs a program quietly. Raises CalledProcessError whose `output` holds the last lines printed."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=folder,
        env=quiet_home({**os.environ, **(environment or {})}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-30:])
        raise subprocess.CalledProcessError(done.returncode, words, last)


def works(*command: str | Path, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a program is there and ends without an error."""
    try:
        run(*command, environment=environment)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def show(error: subprocess.CalledProcessError) -> None:
    """Prints what a failed program said last."""
    print(f"$ {' '.join(error.cmd)}\n{error.output}", file=sys.stderr, flush=True)

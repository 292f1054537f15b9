"""Sets up what a command needs, then becomes that command in .venv. Standard library only."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from portal.setup import system
from portal.setup.assets import npm_packages, start_faces
from portal.setup.python import packages, virtual_environment
from portal.setup.step import PYTHON, ROOT, Refused, say, show

USAGE = """\
python3 -m portal demo      打开演示门户 http://127.0.0.1:8000 / opens the portal with made-up records
python3 -m portal test      运行全部检查与测试 / runs all checks and tests (arguments go to pytest)
python3 -m portal serve     生产运行 / runs the portal in production; it says which settings are missing
python3 -m portal worker    后台任务 / runs background work in production
python3 -m portal replay    回放场景文件 / replays scenario files
python3 -m portal setup     只安装，不运行 / only sets up
python3 -m portal help      全部命令 / all commands
"""


def main(arguments: Sequence[str]) -> int:
    """Runs `python3 -m portal <arguments>`; returns the exit code unless the process became another one."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if arguments else 2
    command, *rest = arguments
    try:
        if platform.system() not in ("Linux", "Darwin"):
            raise Refused(
                "本系统运行于 Linux 与 macOS；Windows 请使用 WSL，在其中重试：",
                "The portal runs on Linux and macOS; on Windows use WSL, and there:",
                "python3 -m portal " + " ".join(arguments),
            )
        environment = set_up(tests=command == "test")
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(not_writable(error), file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        show(error)
        print(stopped(arguments), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if command == "setup":
        say("安装完毕", "set up")
        return 0
    if command == "test":
        return run_tests(rest, environment)
    return hand_over(["--help"] if command == "help" else [command, *rest], environment)


def not_writable(error: PermissionError) -> Refused:
    return Refused(
        f"本账号不能写入 {error.filename or ROOT}。请由管理员执行：",
        f"This account may not write {error.filename or ROOT}. Ask an administrator to run this:",
        f"sudo chown -R {os.getuid()} {ROOT}",
    )


def stopped(arguments: Sequence[str]) -> Refused:
    return Refused(
        "安装未完成（见上）。排除原因后重试，已完成的步骤会跳过：",
        "Set-up did not finish (see above). Try again when the cause is gone; what is done is skipped:",
        "python3 -m portal " + " ".join(arguments),
    )


def hand_over(words: Sequence[str], environment: dict[str, str]) -> NoReturn:
    """Becomes the command line of the portal, in the virtual environment."""
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), "-m", "portal.cli", *words], {**os.environ, **environment})


def set_up(*, tests: bool) -> dict[str, str]:
    """Does what isn't done yet; returns the additions to the environment that the command runs in."""
    virtual_environment()
    packages("requirements")
    faces = start_faces()
    try:
        environment = system.libraries(system.TEST_LIBRARIES if tests else system.LIBRARIES)
        if tests:
            packages("requirements-test")
        npm_packages("test" if tests else "page")
        if tests:
            environment["PORTAL_CHROMIUM"] = str(system.chromium())
            environment["PORTAL_PG_BIN"] = str(system.postgres())
            environment["FONTCONFIG_FILE"] = str(system.fonts_conf())
    finally:
        faces()
    return environment


def run_tests(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """The checks and tests, in the virtual environment; the exit code is that of the first that failed."""
    folder = system.for_everybody(Path(environment["PORTAL_PG_BIN"]))
    variables = {**os.environ, **environment, "PORTAL_PG_BIN": str(folder)}
    try:
        return subprocess.run(
            [PYTHON, "-m", "portal.setup.checks", *arguments], cwd=ROOT, env=variables, check=False
        ).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        if str(folder) != environment["PORTAL_PG_BIN"]:
            shutil.rmtree(folder.parents[2], ignore_errors=True)

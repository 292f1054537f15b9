"""The virtual environment and the hash-pinned packages in it. Standard library only."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.setup.step import PYTHON, ROOT, VENV, Refused, only_one_at_a_time, run, say, show, step

#: Settings of pip that uv does not read: whoever has them gets pip, so that his mirror or proxy is used.
PIP_ONLY = ("index-url", "proxy", "trusted-host", "client-cert", "no-index")


def is_usable() -> bool:
    """The environment's Python runs, and is of the version whose packages lie in it."""
    if not PYTHON.exists():
        return False
    question = "import sys; print('python%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([PYTHON, "-I", "-S", "-c", question], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and (VENV / "lib" / answer.stdout.strip() / "site-packages").is_dir()


def virtual_environment() -> None:
    """Makes .venv, also where the system's Python comes without ensurepip."""
    if is_usable():
        return
    only_one_at_a_time()
    if is_usable():
        return
    say("建立虚拟环境 .venv", "making the virtual environment .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    bare = ["--without-pip"] if importlib.util.find_spec("ensurepip") is None else []
    try:
        run(sys.executable, "-m", "venv", *bare, VENV)
    except subprocess.CalledProcessError as error:
        show(error)
        raise Refused(
            "无法建立虚拟环境。请安装 Python 的 venv 模块，然后重试：",
            "The virtual environment could not be made. Install Python's venv module and try again:",
            f"sudo apt-get install -y python{sys.version_info[0]}.{sys.version_info[1]}-venv",
        ) from None


def packages(name: str, *, fast: bool = True) -> bool:
    """Installs `<name>.txt` into .venv by hash. True if something was installed."""
    lock = ROOT / f"{name}.txt"
    text = (f"安装 Python 依赖 {lock.name}", f"installing the Python packages of {lock.name}")
    version = (VENV / "pyvenv.cfg").read_bytes()
    return step(name, text, [lock.read_bytes(), version], [PYTHON], lambda: install(lock, fast=fast))


def install(lock: Path, *, fast: bool) -> None:
    """Installs one lock file: by uv; by pip if that has settings of its own or uv does not get through."""
    wanted = ["install", "--quiet", "--require-hashes", "-r", str(lock)]
    uv = VENV / "bin" / "uv"
    if fast and not pip_is_set_up():
        packages("requirements-uv", fast=False)
        try:
            run(
                uv,
                "pip",
                wanted[0],
                "--python",
                PYTHON,
                # As pip does: every start of the portal is seconds quicker, also where Python may not cache.
                "--compile-bytecode",
                *wanted[1:],
                environment={"UV_PYTHON_DOWNLOADS": "never"},
            )
        except (OSError, subprocess.CalledProcessError):
            say("改用 pip 安装", "installing by pip instead")
        else:
            return
    try:
        run(*pip(), *wanted, environment={"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"})
    except subprocess.CalledProcessError as error:
        show(error)
        raise Refused(
            f"{lock.name} 未能安装（见上）。请检查网络；如用镜像，请执行：",
            f"{lock.name} was not installed (see above). Check the network; for a mirror, run:",
            "python3 -m pip config set global.index-url <mirror>",
        ) from None


def pip_is_set_up() -> bool:
    """pip has a mirror, a proxy or a certificate of its own, and uv was told nothing."""
    if any(name.startswith("UV_") and ("INDEX" in name or "FIND" in name) for name in os.environ):
        return False
    answer = subprocess.run([*pip(), "config", "list"], capture_output=True, text=True, check=False)
    keys = {line.partition("=")[0].rpartition(".")[2].strip() for line in answer.stdout.splitlines()}
    return not keys.isdisjoint(PIP_ONLY)


def pip() -> list[str]:
    """The command that installs into .venv: its own pip, this Python's, or the one of Debian's package."""
    own = list(VENV.glob("lib/python*/site-packages/pip/__main__.py"))
    if own:
        return [str(PYTHON), "-m", "pip"]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    wheel = VENV / "pip.whl"
    if not wheel.exists():
        fetch_pip(wheel)
    return [str(PYTHON), str(wheel / "pip")]


def fetch_pip(target: Path) -> None:
    """Takes pip out of Debian's package python3-pip-whl; needs no administrator and installs nothing."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            run("apt-get", "download", "-qq", "python3-pip-whl", folder=Path(folder))
            run("dpkg-deb", "-x", *Path(folder).glob("*.deb"), folder)
            shutil.copy(next(Path(folder).glob("usr/share/python-wheels/pip-*.whl")), target)
        except (OSError, subprocess.CalledProcessError, StopIteration):
            raise Refused(
                "这个 Python 没有 pip 和 ensurepip。请由管理员执行后重试：",
                "This Python has neither pip nor ensurepip. Ask an administrator to run this, and try again:",
                f"sudo apt-get install -y python{sys.version_info[0]}.{sys.version_info[1]}-venv",
            ) from None

"""System packages of Debian and its relatives, as an administrator or not. Standard library only."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from portal.setup.step import run, say, works

#: Where another system keeps what the portal needs; only told to people, never run.
OTHERS = {
    "dnf": "sudo dnf install -y {}",
    "zypper": "sudo zypper install -y {}",
    "pacman": "sudo pacman -S {}",
}


def is_here() -> bool:
    return shutil.which("apt-get") is not None


def administrator() -> list[str] | None:
    """What to put before a command to run it as an administrator; None if that takes a password."""
    if os.getuid() == 0:
        return []
    return ["sudo", "-n"] if works("sudo", "-n", "true") else None


def command(names: list[str]) -> str:
    """The command for a person to type."""
    if not is_here():
        for program, text in OTHERS.items():
            if shutil.which(program):
                return text.format(" ".join(names))
    return "sudo apt-get install -y --no-install-recommends " + " ".join(names)


def install(names: list[str]) -> bool:
    """Installs system packages if that is allowed; False if not, or if it failed."""
    before = administrator() if is_here() else None
    if before is None:
        return False
    say("安装系统软件包 " + " ".join(names), "installing system packages")
    words = [
        *before,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-y",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]
    if works(*words, "install", "--no-install-recommends", *names):
        return True
    return works(*words, "update") and works(*words, "install", "--no-install-recommends", *names)


def unpack(names: list[str], target: Path) -> bool:
    """Unpacks packages, and what they need and the system lacks, into `target`; needs no rights."""
    if not (is_here() and shutil.which("dpkg-deb")):
        return False
    with tempfile.TemporaryDirectory() as folder:
        options: list[str] = []
        lacking = not_installed(names, options)
        if lacking is None:  # no package lists on this machine, or old ones: fetch some for this once
            options = own_lists(Path(folder) / "lists")
            lacking = not_installed(names, options) if works("apt-get", *options, "update") else None
        if not lacking:
            return False
        place = Path(folder) / "packages"
        place.mkdir()
        try:
            run("apt-get", *options, "download", *lacking, folder=place)
            target.mkdir(parents=True, exist_ok=True)
            for package in sorted(place.glob("*.deb")):
                run("dpkg-deb", "-x", package, target)
        except subprocess.CalledProcessError:
            return False
    return True


def own_lists(folder: Path) -> list[str]:
    """Options that make apt keep its package lists in `folder`."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    places = {
        "Dir::State": folder / "state",
        "Dir::Cache": folder / "cache",
        "Dir::State::status": DPKG_STATUS,
    }
    return [word for key, place in places.items() for word in ("-o", f"{key}={place}")]


DPKG_STATUS = Path("/var/lib/dpkg/status")


def not_installed(names: list[str], options: list[str]) -> list[str] | None:
    """What installing `names` would add to the system; None if apt does not know them."""
    words = ["apt-get", *options, "install", "--simulate", "--no-install-recommends", *names]
    answer = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    if answer.returncode:
        return None
    return [line.split()[1] for line in answer.stdout.splitlines() if line.startswith("Inst ")]

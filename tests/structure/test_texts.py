"""The texts for people keep up with the code."""

import dataclasses
import re

from portal.app import import_all
from portal.config import Settings
from portal.kernel.db import Base
from tests.structure import code

GLOSSARY = (code.PORTAL / "GLOSSARY.md").read_text(encoding="utf-8")
DECISIONS = (code.PORTAL / "DECISIONS.md").read_text(encoding="utf-8")
README = (code.ROOT / "README.md").read_text(encoding="utf-8")


def rows() -> list[list[str]]:
    """The cells of the glossary's tables, without their heads."""
    lines = [line for line in GLOSSARY.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in ("English (code)", "---")]


def test_every_word_has_three_languages_a_meaning_and_a_place() -> None:
    for row in rows():
        assert len(row) == 5
        assert all(row), row


def test_no_word_stands_in_the_glossary_twice() -> None:
    words = [row[0] for row in rows()]
    assert len(set(words)) == len(words)


def test_the_glossary_names_every_table_and_no_other() -> None:
    import_all()
    named = {name for row in rows() for name in re.findall(r"`([a-z_]+)`", row[4])}
    assert named == set(Base.metadata.tables)


def test_every_decision_says_context_decision_and_consequences() -> None:
    entries = re.split(r"^## ", DECISIONS, flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        title, _, body = entry.partition("\n")
        assert re.match(r"20\d\d-\d\d-\d\d · ", title), title
        for part in ("Context:", "Decision:", "Consequences:"):
            assert part in body, (title, part)
    dates = [entry[:10] for entry in entries]
    assert dates == sorted(dates), "newest last"


def test_the_readme_names_every_setting_and_every_module() -> None:
    settings = {f"PORTAL_{field.name.upper()}" for field in dataclasses.fields(Settings)} - {"PORTAL_SECURE"}
    assert {name for name in settings if f"`{name}`" not in README} == set()
    modules = {path.parent.name for path in code.PORTAL.glob("*/__init__.py")} - {"setup"}
    assert {name for name in modules if f"`{name}`" not in README} == set()

"""Every value that a command records has a word; every tag belongs to a kind that the log can be narrowed to."""

import ast

from portal.audit.rules import NOTES, LogKind, Recorded, tags_below
from portal.audit.tags import Tag
from tests.structure import code


def test_every_recorded_value_has_a_word() -> None:
    unknown = {
        f"{code.name(path)}: {keyword.arg}"
        for path in code.files()
        for node in ast.walk(code.tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "record"
        for keyword in node.keywords
        if keyword.arg not in (None, "dealer_id", "point_id", "before", "after", *NOTES, *Recorded)
    }
    assert unknown == set()


def test_every_tag_belongs_to_a_kind() -> None:
    covered = {tag for kind in LogKind for tag in tags_below(kind)}
    assert set(Tag) - covered == set()


def test_every_kind_has_tags() -> None:
    assert [kind for kind in LogKind if not tags_below(kind)] == []

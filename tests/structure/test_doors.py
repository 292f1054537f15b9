"""Routes and commands say who may use them; words exist in every language."""

import ast
import re

import pytest
from flask import Flask

from portal.app import import_all
from portal.audit.tags import Tag
from portal.kernel.command import COMMANDS
from portal.kernel.permissions import Permission
from portal.tenants.rules import GRANTS, OPERATOR_PERMISSIONS
from portal.web.routing import Pages
from tests.structure import code

import_all()


def test_every_route_says_who_may_use_it(sqlite_app: Flask) -> None:
    undeclared = [
        name
        for name, view in sqlite_app.view_functions.items()
        if name != "static" and not hasattr(view, "allow")
    ]
    assert undeclared == []


def test_a_route_without_allow_can_not_be_registered() -> None:
    pages = Pages("x", __name__, prefix="/x")
    with pytest.raises(TypeError):
        pages.get("/")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        pages.route("/")


def test_a_document_s_number_is_not_taken_for_a_month_or_a_code(sqlite_app: Flask) -> None:
    routes = sqlite_app.url_map.bind("localhost")
    taken = []
    for rule in sqlite_app.url_map.iter_rules():
        if rule.rule.endswith("/<number:number>"):
            path = "/m/MF" + rule.rule.removeprefix("/m/<tenant:tenant>").replace("<quarter>", "2026Q1")
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            found, _ = routes.match(path.replace("<number:number>", "YB-2026-000001"), method=method)
            if found != rule.endpoint:
                taken.append((path, found))
    assert taken == []


def test_every_command_says_who_may_run_it() -> None:
    assert COMMANDS
    assert all(isinstance(command.allow, Permission) for command in COMMANDS.values())


def test_every_permission_is_granted_to_somebody_or_is_the_platform_s() -> None:
    granted = frozenset().union(*GRANTS.values()) | OPERATOR_PERMISSIONS | {Permission.CLOCK}
    assert set(Permission) - granted == set()


@pytest.mark.parametrize("enum", [Permission, Tag], ids=lambda e: e.__name__)
def test_registries_are_sorted_and_well_formed(enum: type[Permission] | type[Tag]) -> None:
    names = [member.name for member in enum]
    assert names == sorted(names)
    for member in enum:
        assert re.fullmatch(r"[a-z]+(:[a-z_]+){1,2}", member.value), member.value


def test_every_tag_is_recorded_somewhere() -> None:
    used = {
        node.attr
        for path in code.files()
        for node in ast.walk(code.tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Tag"
    }
    assert {tag.name for tag in Tag} - used == set()


def test_every_permission_guards_something() -> None:
    used = {
        node.attr
        for path in code.files()
        if code.name(path) not in ("kernel/permissions.py", "tenants/rules.py")
        for node in ast.walk(code.tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("Permission", "P")
    }
    assert {permission.name for permission in Permission} - used == set()

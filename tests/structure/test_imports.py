"""The house keeps its order: imports point down and through open doors, rules are pure, files stay small."""

import ast
import re
from pathlib import Path

import pytest

from tests.structure import code

FILES = code.files()
IDS = [code.name(path) for path in FILES]
#: What rules may use besides the standard library and lower rules.
PURE_KERNEL = {
    "text",
    "money",
    "period",
    "calendar",
    "findings",
    "transitions",
    "errors",
    "canonical",
    "foureyes",
    "permissions",
}
PURE_LIBRARIES = {"phonenumbers", "holidays", "segno"}
IMPURE = {
    "flask",
    "sqlalchemy",
    "wtforms",
    "flask_wtf",
    "flask_login",
    "time",
    "random",
    "secrets",
    "os",
    "socket",
    "uuid",
}
#: What only the kernel may say: it owns transactions and the way to the database.
KERNEL_ONLY = {"commit", "connection", "raw_connection", "exec_driver_sql"}
#: Files that reach the database as its owner or as the worker's frame, and why.
OWNERS = {
    "app.py": "prepares the schema",
    "migrate.py": "asks for the schema's version",
    "serving.py": "checks the schema before it serves",
    "bench/scratch.py": "measures against the bare driver, in a database of its own",
    "bench/copies.py": "prepares that database in bulk",
}


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports_point_down_and_only_at_open_doors(path: Path) -> None:
    me = code.module_of(path)
    for imported in code.imports(path):
        parts = imported.split(".")
        if parts[0] != "portal" or len(parts) < 2 or parts[1] == me:
            continue
        assert code.rank(parts[1]) < code.rank(me), f"{me} imports {imported}"
        if (
            len(parts) > 2
            and me not in ("app", "cli", "checks", "replay", "demo", "bench")
            and parts[1] not in code.PLATFORM
        ):
            platform = code.rank(parts[1]) < code.rank("tenants")
            assert platform or parts[2] in code.OPEN_DOORS, f"{me} imports {imported}"


@pytest.mark.parametrize("path", [p for p in FILES if code.role_of(p) == "rules"], ids=code.name)
def test_rules_are_pure(path: Path) -> None:
    for imported in code.imports(path):
        parts = imported.split(".")
        assert parts[0] not in IMPURE, imported
        if parts[0] == "portal" and parts[1] == "kernel" and len(parts) > 2:
            assert parts[2] in PURE_KERNEL, imported
        elif parts[0] == "portal" and len(parts) > 2:
            assert parts[2] in ("rules", "tags"), imported
    for node in ast.walk(code.tree(path)):
        if isinstance(node, ast.Call) and re.search(
            r"date(time)?\.(today|now|utcnow)$", ast.unparse(node.func)
        ):
            pytest.fail(f"line {node.lineno}: time is an argument")


@pytest.mark.parametrize("path", [p for p in FILES if code.role_of(p) in ("views", "forms")], ids=code.name)
def test_views_and_forms_never_touch_the_database(path: Path) -> None:
    for imported in code.imports(path):
        assert imported.split(".")[0] != "sqlalchemy"
        assert imported != "portal.kernel.db"


@pytest.mark.parametrize("path", [p for p in FILES if code.role_of(p) == "queries"], ids=code.name)
def test_queries_never_write(path: Path) -> None:
    for node in ast.walk(code.tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target = ast.unparse(node.func)
            assert target not in (
                "session().add",
                "session().delete",
                "sa.update",
                "sa.insert",
                "sa.delete",
            ), target


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_the_kernel_owns_transactions(path: Path) -> None:
    if code.module_of(path) == "kernel" or code.name(path) in OWNERS:
        return
    for node in ast.walk(code.tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in KERNEL_ONLY, f"line {node.lineno}: .{node.func.attr}()"
            raw = ("sa.text",) if code.role_of(path) != "models" else ()
            assert ast.unparse(node.func) not in (*raw, "db.engine.connect"), f"line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_command_calls_no_other_command(path: Path) -> None:
    if code.role_of(path) in ("commands", "steps"):
        for imported in code.imports(path):
            parts = imported.split(".")
            foreign = parts[0] == "portal" and len(parts) > 2 and parts[1] != code.module_of(path)
            assert not (foreign and parts[2] == "commands"), imported


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_file_outgrows_a_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_nothing_goes_round_the_session_but_what_is_listed(path: Path) -> None:
    """Statements on owned tables that the session can't filter: each filters, or names its parties, by hand."""
    allowed = {"kernel/numbering.py": {"numbering"}, "ledger/steps.py": {"ledger"}}
    for node in ast.walk(code.tree(path)):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "goes_round":
                    assert ast.literal_eval(value) in allowed.get(code.name(path), set()), code.name(path)


def test_the_packages_that_exist_have_a_rank() -> None:
    for path in FILES:
        if code.name(path) != "__init__.py":
            assert code.rank(code.module_of(path)) >= 0

"""The source of the portal as the structure tests read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTAL = ROOT / "portal"
#: Groups of modules, lowest first: a module imports only from groups before its own.
RANKS: tuple[frozenset[str], ...] = (
    frozenset({"kernel"}),
    frozenset({"config"}),
    frozenset({"web"}),
    frozenset({"spreadsheets"}),
    frozenset({"audit", "jobs"}),
    frozenset({"documents", "drafts", "mail"}),
    frozenset({"tenants"}),
    frozenset({"agreements"}),
    frozenset({"catalogue"}),
    frozenset({"ledger"}),
    frozenset({"warranty"}),
    frozenset({"quality"}),
    frozenset({"parts"}),
    frozenset({"repairs"}),
    frozenset({"returns"}),
    frozenset({"reports"}),
    frozenset({"settlement"}),
    frozenset({"assessment"}),
    frozenset({"insight"}),
    frozenset({"notifications", "replay", "demo"}),
    frozenset({"migrate"}),
    frozenset({"app"}),
    frozenset({"checks", "serving", "bench"}),
    frozenset({"cli"}),
)
#: Modules that belong to no feature: everything of them may be used.
PLATFORM = frozenset({"kernel", "web", "config", "migrate", "app"})
#: What another module may use of a feature.
OPEN_DOORS = frozenset({"models", "rules", "queries", "steps", "tags", "checks"})


def rank(module: str) -> int:
    """The place of a module in the import order."""
    return next(place for place, group in enumerate(RANKS) if module in group)


@cache
def files(folder: Path = PORTAL) -> tuple[Path, ...]:
    """Every Python file with something in it; the set-up that runs before anything is installed stands apart."""
    found = (path for path in sorted(folder.rglob("*.py")) if path.read_text().strip())
    return tuple(path for path in found if path.relative_to(PORTAL).parts[0] not in ("setup", "__main__.py"))


def name(path: Path) -> str:
    """The path below `portal/`."""
    return str(path.relative_to(PORTAL))


def module_of(path: Path) -> str:
    """The feature (or platform module) that a file belongs to."""
    return path.relative_to(PORTAL).parts[0].removesuffix(".py")


def role_of(path: Path) -> str:
    """Which of the eight names a file lives under: `commands` for `commands/issue.py` too."""
    parts = path.relative_to(PORTAL).parts
    return parts[1].removesuffix(".py") if len(parts) > 1 else parts[0].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports: `portal.parts.queries`, `flask` …; imports for type checking too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.count(".") <= 1 and node.module.startswith("portal"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)

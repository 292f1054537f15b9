"""Keeping the manufacturer's lists of fault codes (RP-3)."""

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, NotFound, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.models.records import FaultCode
from portal.repairs.queries import records as queries
from portal.repairs.rules.faults import DEFAULTS, FaultKind, normalise_fault


@command(allow=Permission.CATALOGUE_WRITE)
def add_fault(actor: Actor, kind: FaultKind, code: str, *, name: str, name_en: str = "") -> str:
    """Add a code to a list. Returns the code. Raises RuleBroken RP-3 for an impossible or a known one."""
    kept = normalise_fault(code)
    try:
        queries.fault_code(kind, kept)
    except NotFound:
        pass
    else:
        raise RuleBroken("RP-3", T("Code {code} stands in this list already.", code=kept), field="code")
    session().add(FaultCode(kind=kind, code=kept, name=_named(name), name_en=name_en.strip()[:120]))
    session().flush()
    record(Tag.REPAIR_FAULTS_CHANGED, actor, kept, name=name.strip(), kind=f"FaultKind.{kind.name}")
    return kept


@command(allow=Permission.CATALOGUE_WRITE)
def change_fault(
    actor: Actor,
    kind: FaultKind,
    code: str,
    *,
    name: str,
    name_en: str = "",
    active: bool = True,
    seen_version: int | None = None,
) -> str:
    """Rename a code, or stop offering it; records keep it. Returns the code. Raises NotFound, RP-3, Conflict."""
    row = queries.fault_code(kind, code)
    if seen_version is not None and row.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    before = {"name": row.name, "active": row.active}
    row.name, row.name_en, row.active = _named(name), name_en.strip()[:120], active
    session().flush()
    record(
        Tag.REPAIR_FAULTS_CHANGED,
        actor,
        row.code,
        kind=f"FaultKind.{kind.name}",
        before=before,
        after={"name": row.name, "active": row.active},
    )
    return row.code


@command(allow=Permission.CATALOGUE_WRITE)
def add_default_faults(actor: Actor) -> int:
    """Add the codes of the set to begin with that are not there yet. Returns how many. RP-3 when none is missing."""
    known = {(row.kind, row.code) for rows in queries.fault_codes(active=False).values() for row in rows}
    missing = [
        FaultCode(kind=kind, code=code, name=name, name_en=name_en)
        for kind, rows in DEFAULTS.items()
        for code, name, name_en in rows
        if (kind, code) not in known
    ]
    if not missing:
        raise RuleBroken("RP-3", T("All codes of the set to begin with are there already."))
    session().add_all(missing)
    session().flush()
    record(Tag.REPAIR_FAULTS_CHANGED, actor, "", count=len(missing))
    return len(missing)


def _named(name: str) -> str:
    words = name.strip()
    if not words or len(words) > 120:
        raise RuleBroken("RP-3", T("Enter a name of up to 120 characters."), field="name")
    return words

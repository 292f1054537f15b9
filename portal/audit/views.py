"""The tenant's log: read, narrowed, exported, and its chain checked (AU-1)."""

import datetime as dt
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from portal.audit import queries
from portal.audit.rules import LogKind
from portal.kernel import clock
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.writing import Kind, OutColumn, write_csv, write_xlsx
from portal.web import nav
from portal.web.nav import Item
from portal.web.pages import download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import Page, paged

pages = Pages("audit", __name__, prefix="/log")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: An export holds no more facts than this; who needs more narrows the dates.
MOST = 50_000


@pages.get("", allow=Permission.AUDIT_READ)
def index() -> Response:
    chosen = _chosen()
    found = paged(queries.log(**_narrowed(chosen)), size=50)
    lines = [queries.line(fact) for fact in found.rows]
    seq, _hash = queries.head()
    return page(
        "audit/index.html",
        fragment="listing",
        found=Page(lines, found.number, found.size, found.total, found.total_is_capped),
        chosen=chosen,
        kinds=[("", _("All")), *((kind.value, label(kind)) for kind in LogKind)],
        all_of_them=seq,
        excel=here().replace("/log", "/log/export.xlsx", 1),
        csv=here().replace("/log", "/log/export.csv", 1),
    )


@pages.get("/check", allow=Permission.AUDIT_READ)
def check() -> Response:
    broken = queries.first_break()
    seq, digest = queries.head()
    return page("audit/check.html", broken=broken, seq=seq, digest=digest, at=clock.now())


@pages.get("/export.xlsx", allow=Permission.AUDIT_READ)
def export_xlsx() -> Response:
    chosen = _chosen()
    filters = " · ".join(value for value in chosen.values() if value) or _("All")
    content = write_xlsx(
        _columns(),
        _rows(chosen),
        title=_("Audit log"),
        filters=filters,
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=_("Audit log") + ".xlsx", media_type=XLSX)


@pages.get("/export.csv", allow=Permission.AUDIT_READ)
def export_csv() -> Response:
    content = write_csv(_columns(), _rows(_chosen()), timezone=actor().timezone)
    return download(content, name=_("Audit log") + ".csv", media_type="text/csv; charset=utf-8")


def _chosen() -> dict[str, str]:
    """What the query form says."""
    names = ("kind", "subject", "person", "since", "until")
    return {name: request.args.get(name, "").strip() for name in names}


def _narrowed(chosen: dict[str, str]) -> dict[str, Any]:
    since, until = _midnight(chosen["since"]), _midnight(chosen["until"], days=1)
    return {**{name: chosen[name] for name in ("kind", "subject", "person")}, "since": since, "until": until}


def _midnight(text: str, *, days: int = 0) -> dt.datetime | None:
    """The beginning of a business date, `days` later; None for no date and for what is none."""
    try:
        day = dt.date.fromisoformat(text) + dt.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return dt.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(actor().timezone))


def _columns() -> list[OutColumn]:
    return [
        OutColumn(_("No."), Kind.WHOLE, 8),
        OutColumn(_("Time"), Kind.MOMENT, 18),
        OutColumn(_("Who")),
        OutColumn(_("Side"), width=10),
        OutColumn(_("From where")),
        OutColumn(_("Document"), width=20),
        OutColumn(_("What happened"), width=44),
        OutColumn(_("Remark"), width=30),
        OutColumn(_("Values"), width=60),
        OutColumn(_("Hash"), width=66),
    ]


def _rows(chosen: dict[str, str]) -> list[tuple[Any, ...]]:
    rows = []
    for fact in islice(queries.facts(queries.log(**_narrowed(chosen))), MOST):
        line = queries.line(fact)
        values = _("; ").join(
            f"{name}: {old} → {new}" if old else f"{name}: {new}" for name, old, new in line.values
        )
        rows.append(
            (
                line.seq,
                line.at,
                line.actor,
                label(line.side),
                line.address,
                line.subject,
                line.text,
                line.remark,
                values,
                fact.hash,
            )
        )
    return rows


nav.add(Item("settings", T("Audit log"), "audit.index", Permission.AUDIT_READ, order=30))

"""Filing many cards from a file: a verdict for every row before anything is saved (WC-6)."""

from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from portal.drafts import commands as drafts
from portal.drafts import queries as saved
from portal.drafts.models import Draft
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.findings import Finding, Severity, worst
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import translate
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.reading import Limits, read_rows
from portal.spreadsheets.rules import Row, RowVerdict, Sheet, judge, match
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.warranty import commands, queries, steps
from portal.warranty.commands.filing import MOST
from portal.warranty.forms import COLUMNS, FileManyForm, row_draft
from portal.warranty.rules import CardDraft
from portal.warranty.views.cards import XLSX, pages
from portal.web.forms import Form
from portal.web.pages import done, download, page
from portal.web.routing import actor

_LIMITS = Limits(rows=MOST)
#: Problem rows are shown first; of the others so many.
SHOWN = 200


@dataclass(frozen=True)
class Judged:
    """A row of the file: what was read, what is wrong with it, what else is to be said."""

    verdict: RowVerdict
    draft: CardDraft | None
    findings: list[Finding]

    @property
    def severity(self) -> Severity:
        return Severity.BLOCKS if self.verdict.problems else worst(self.findings)

    @property
    def ok(self) -> bool:
        return self.severity is not Severity.BLOCKS


@pages.get("/bulk", allow=Permission.CARDS_FILE, side=Side.DEALER)
def bulk() -> Response:
    return page("warranty/bulk.html", form=FileManyForm(), columns=COLUMNS, most=MOST)


@pages.get("/bulk/template.xlsx", allow=Permission.CARDS_FILE, side=Side.DEALER)
def template() -> Response:
    """An empty file with the right header, dates formatted as dates and numbers as text."""
    columns = [
        OutColumn(translate(column.label), Kind.DAY if column.key == "sale_date" else Kind.TEXT, 20)
        for column in COLUMNS
    ]
    content = write_xlsx(
        columns,
        [],
        title=_("Warranty cards"),
        filters=_("One row for each unit that was sold; at most %(most)s rows.", most=MOST),
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name="cards-template.xlsx", media_type=XLSX)


@pages.post("/bulk", allow=Permission.CARDS_FILE, side=Side.DEALER)
def read() -> Response:
    form = FileManyForm()
    draft_id = form.submit(_keep)
    if draft_id is None:
        return page("warranty/bulk.html", status=form.status, form=form, columns=COLUMNS, most=MOST)
    return done(url_for(".verdicts", draft_id=draft_id))


def _keep() -> int:
    """Keep the file's rows as text; they are judged anew each time they are shown."""
    file = request.files["file"]
    sheet = read_rows(file.read(), file.filename or "", _LIMITS)
    if not match(sheet, COLUMNS).rows:
        raise RuleBroken(
            "WC-6",
            T(
                "The file has a header and no row below it. Fill in one row for each unit, then send it again."
            ),
            field="file",
        )
    rows = [[row.number, list(row.cells)] for row in sheet.rows]
    return drafts.save(actor(), steps.MANY, {"name": (file.filename or "")[:120], "rows": rows})


@pages.get("/bulk/<int:draft_id>", allow=Permission.CARDS_FILE, side=Side.DEALER)
def verdicts(draft_id: int) -> Response:
    return _verdict_page(saved.get(draft_id, steps.MANY), Form(formdata=None))


@pages.post("/bulk/<int:draft_id>", allow=Permission.CARDS_FILE, side=Side.DEALER)
def file_good(draft_id: int) -> Response:
    form = Form()
    try:
        draft = saved.get(draft_id, steps.MANY)
    except NotFound:
        # A second click: the file went with the first one (ID-1).
        return _filed(len(queries.filed_from(draft_id)), 0)
    judged, _unknown = _judge(draft)
    rows = [row.draft for row in judged if row.draft is not None]
    filed = form.submit(
        lambda: commands.file_bulk(actor(), rows, keep_good=True, draft_id=draft_id, key=form.submit_key)
    )
    if filed is None:
        return _verdict_page(draft, form, form.status)
    return _filed(len(filed["filed"]), len(judged) - len(filed["filed"]))


@pages.post("/bulk/<int:draft_id>/discard", allow=Permission.CARDS_FILE, side=Side.DEALER)
def discard_file(draft_id: int) -> Response:
    form = Form()
    form.submit(lambda: drafts.discard(actor(), steps.MANY, draft_id))
    return done(url_for(".bulk"), T("The file is thrown away; nothing was filed."))


def _filed(count: int, left: int) -> Response:
    said = T("Cards filed: {count}. Rows left out: {left}.", count=count, left=left)
    return done(url_for(".index", state="submitted"), said)


def _judge(draft: Draft) -> tuple[list[Judged], tuple[str, ...]]:
    """Every row of a kept file, and the headers that nothing is read from."""
    sheet = Sheet("", tuple(Row(number, tuple(cells)) for number, cells in draft.data["rows"]))
    table = match(sheet, COLUMNS)
    point = actor().point_id or actor().dealer_id or 0
    read_well = [
        (verdict, row_draft(verdict.values, point) if verdict.ok else None)
        for verdict in judge(table, COLUMNS)
    ]
    rows = [row for _verdict, row in read_well if row is not None]
    filing = queries.filing(actor(), [row.serial for row in rows], clock.today(actor().timezone))
    found = iter(filing.check_rows(rows))
    return [
        Judged(verdict, row, next(found) if row is not None else []) for verdict, row in read_well
    ], table.unknown


def _verdict_page(draft: Draft, form: Form, status: int = 200) -> Response:
    judged, unknown = _judge(draft)
    bad = [row for row in judged if not row.ok]
    good = [row for row in judged if row.ok]
    late = sum(row.severity is Severity.WARNING for row in good)
    context: dict[str, Any] = {
        "name": draft.data["name"],
        "draft_id": draft.id,
        "form": form,
        "shown": (bad + good)[:SHOWN],
        "total": len(judged),
        "good": len(good),
        "bad": len(bad),
        "late": late,
        "unknown": unknown,
    }
    return page("warranty/verdicts.html", status=status, **context)

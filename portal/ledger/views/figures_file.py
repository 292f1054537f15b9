"""Sales or results from a file: upload, a verdict for every row, record the good ones or none (ST-1)."""

from flask import Response, request, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import label, ngettext, translate
from portal.kernel.permissions import Permission
from portal.ledger import commands, queries
from portal.ledger.forms import FiguresUploadForm, ImportForm
from portal.ledger.rules import FigureKind
from portal.ledger.views.figures import XLSX, pages
from portal.spreadsheets import reading
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.web.pages import done, download, page
from portal.web.routing import actor

LIMITS = reading.Limits(rows=queries.MOST)
KINDS = {"date": Kind.DAY, "income": Kind.MONEY, "cost": Kind.MONEY}


@pages.get("/file", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def upload() -> Response:
    return _upload(FiguresUploadForm(kind=request.args.get("kind", FigureKind.SALES.value)))


@pages.post("/file", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def judge() -> Response:
    form = FiguresUploadForm()
    draft_id = form.submit(lambda: _keep(form))
    if draft_id is None:
        return _upload(form, form.status)
    return done(url_for(".verdicts", draft_id=draft_id))


@pages.get("/file/<kind>.xlsx", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def template(kind: str) -> Response:
    """An empty table with the columns that an import of a kind takes."""
    if kind not in list(FigureKind):
        raise NotFound
    chosen = FigureKind(kind)
    columns = [
        OutColumn(translate(column.label), KINDS.get(column.key, Kind.TEXT), 20)
        for column in queries.COLUMNS_OF[chosen]
    ]
    content = write_xlsx(
        columns, (), title=label(chosen), filters="", generated=clock.now(), timezone=actor().timezone
    )
    return download(content, name=f"{chosen.value}.xlsx", media_type=XLSX)


@pages.get("/file/<int:draft_id>", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def verdicts(draft_id: int) -> Response:
    return _verdicts(draft_id, ImportForm())


@pages.post("/file/<int:draft_id>", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def save(draft_id: int) -> Response:
    form = ImportForm()
    recorded = form.submit(
        lambda: commands.import_figures(actor(), draft_id, seen_good=form.seen, key=form.submit_key)
    )
    if recorded is None:
        return _verdicts(draft_id, form, form.status)
    return done(
        url_for("figures.index"),
        ngettext("%(num)s figure is recorded.", "%(num)s figures are recorded.", len(recorded)),
    )


def _keep(form: FiguresUploadForm) -> int:
    sheet = reading.read_rows(form.file.data.read(), form.file.data.filename or "", LIMITS)
    rows = [(row.number, row.cells) for row in sheet.rows]
    queries.judge_figures(form.of, sheet.name, rows, clock.today(actor().timezone))
    return commands.keep_figures(actor(), form.of, form.file.data.filename or "", rows)


def _upload(form: FiguresUploadForm, status: int = 200) -> Response:
    return page(
        "ledger/figures_upload.html",
        status=status,
        form=form,
        columns=queries.COLUMNS_OF,
        kinds=list(FigureKind),
        most=queries.MOST,
    )


def _verdicts(draft_id: int, form: ImportForm, status: int = 200) -> Response:
    judged = queries.judge_kept_figures(draft_id, clock.today(actor().timezone))
    return page(
        "ledger/figures_verdicts.html",
        status=status,
        judged=judged,
        draft_id=draft_id,
        form=form,
        FigureKind=FigureKind,
    )

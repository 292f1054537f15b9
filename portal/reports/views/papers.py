"""Monthly forms on paper and as spreadsheets: one form, and the set of a month."""

from collections.abc import Sequence

from flask import Response, request

from portal.agreements.models import Agreement
from portal.documents.render import render
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import language
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.reports import papers, queries
from portal.reports.papers import MonthSet, Paper
from portal.reports.views.common import asked_agreement, asked_kind, asked_month, own_agreement, pages
from portal.spreadsheets.writing import write_book
from portal.tenants import queries as tenants
from portal.web.pages import download
from portal.web.routing import actor

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/<number:number>.pdf", allow=Permission.FORMS_READ)
def pdf(number: str) -> Response:
    """A submitted form as it is printed; `?revision=` an earlier submission."""
    return _print(_submitted(number), number)


@pages.get("/<number:number>.xlsx", allow=Permission.FORMS_READ)
def xlsx(number: str) -> Response:
    """The same as a spreadsheet."""
    return _book([_submitted(number)], number)


@pages.get("/<month>/<kind>.pdf", allow=Permission.FORMS_READ, side=Side.DEALER)
def own_pdf(month: str, kind: str) -> Response:
    """A form as it stands: what was submitted, else a draft that says so on every page."""
    return _print(_standing(month, kind), f"{month}-{kind}")


@pages.get("/<month>/<kind>.xlsx", allow=Permission.FORMS_READ, side=Side.DEALER)
def own_xlsx(month: str, kind: str) -> Response:
    """The same as a spreadsheet."""
    return _book([_standing(month, kind)], f"{month}-{kind}")


@pages.get("/<month>/set.pdf", allow=Permission.FORMS_READ, side=Side.DEALER)
def set_pdf(month: str) -> Response:
    """The forms of a month behind one cover."""
    asked = asked_month(month)
    return _print_set(_set(own_agreement(asked), asked), month)


@pages.get("/<month>/set.xlsx", allow=Permission.FORMS_READ, side=Side.DEALER)
def set_xlsx(month: str) -> Response:
    """The forms of a month, one sheet each."""
    asked = asked_month(month)
    return _book(_set(own_agreement(asked), asked).papers, f"forms-{month}")


@pages.get("/review/<dealer>/<month>/set.pdf", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def dealer_set_pdf(dealer: str, month: str) -> Response:
    """What a dealer submitted for a month, behind one cover that also names what is missing."""
    asked = asked_month(month)
    return _print_set(_set(_agreement_of(dealer, asked), asked), f"{dealer}-{month}")


@pages.get("/review/<dealer>/<month>/set.xlsx", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def dealer_set_xlsx(dealer: str, month: str) -> Response:
    """The same as a workbook, one sheet each."""
    asked = asked_month(month)
    return _book(_set(_agreement_of(dealer, asked), asked).papers, f"forms-{dealer}-{month}")


def _submitted(number: str) -> Paper:
    found = queries.by_number(number)
    revisions = queries.revisions(found.id)
    wanted = request.args.get("revision", "")
    row = next((row for row in revisions if not wanted or str(row.revision) == wanted), None)
    if row is None:
        raise NotFound
    return papers.submitted(found, row)


def _standing(month: str, kind: str) -> Paper:
    asked = asked_month(month)
    today = clock.today(actor().timezone)
    paper = papers.standing(own_agreement(asked), asked, asked_kind(kind), today, own=True)
    if paper is None:
        raise NotFound
    return paper


def _agreement_of(code: str, month: Month) -> Agreement:
    return queries.agreement_for(tenants.dealer(code).id, month, asked_agreement())


def _set(agreement: Agreement, month: Month) -> MonthSet:
    own = actor().side is Side.DEALER
    found = papers.month_set(agreement, month, clock.today(actor().timezone), own=own)
    if found is None:
        raise NotFound
    return found


def _print(paper: Paper, name: str) -> Response:
    content = render("documents/monthly_form.html", paper.view)
    return download(content, name=f"{name}.pdf", media_type=PDF, inline=True)


def _print_set(found: MonthSet, name: str) -> Response:
    content = render("documents/monthly_set.html", found.view)
    return download(content, name=f"forms-{name}.pdf", media_type=PDF, inline=True)


def _book(found: Sequence[Paper], name: str) -> Response:
    """A workbook with a sheet for each form. NotFound when there is none."""
    if not found:
        raise NotFound
    sheets = [papers.out_sheet(paper, language()) for paper in found]
    content = write_book(sheets, generated=clock.now(), timezone=actor().timezone)
    return download(content, name=f"{name}.xlsx", media_type=XLSX)

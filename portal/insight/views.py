"""The home page, the search and the annual record: reads of many modules, writes of none."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import base_in_words
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.documents.render import render
from portal.insight import queries
from portal.insight import year as yearly
from portal.insight.life import life_of
from portal.insight.news import news_for
from portal.insight.papers import annual_record
from portal.insight.rules import HitKind, YearFigure
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.warranty.rules import CardState
from portal.web import nav, numbers
from portal.web.filters import datetime, money
from portal.web.nav import Item, Waiting
from portal.web.pages import download, page
from portal.web.routing import Pages, actor
from portal.web.tables import sliced

pages = Pages("insight", __name__, prefix="")
#: From so many days before its due date a task is marked.
SOON = 3
#: Differences of parcels, write-offs, counts, cancellations, results, adjustments, sales, extensions, handovers.
ONLY_BY_NUMBER = frozenset({"CY", "HX", "PD", "QX", "SY", "TZ", "XS", "YC", "YJ"})


@dataclass(frozen=True)
class Quick:
    """Something that is begun from the home page."""

    text: T
    endpoint: str
    allow: Permission
    side: Side


QUICK = (
    Quick(T("New parts request"), "parts.new", Permission.PARTS_FILE, Side.DEALER),
    Quick(T("File a warranty card"), "warranty.new", Permission.CARDS_FILE, Side.DEALER),
    Quick(T("Take a call"), "service.new", Permission.REPAIRS_FILE, Side.DEALER),
    Quick(T("Ship units"), "units.ship", Permission.UNITS_SHIP, Side.MANUFACTURER),
    Quick(T("Record a remittance"), "remittances.new", Permission.REMITTANCES_WRITE, Side.MANUFACTURER),
    Quick(T("Review cards"), "card_review.queue", Permission.CARDS_REVIEW, Side.MANUFACTURER),
)
#: Where hits open that are no documents: the page, and how its address names them.
PLACES = {
    HitKind.UNIT: ("units.show", "serial"),
    HitKind.DEALER: ("dealers.show", "code"),
    HitKind.PART: ("part_list.show", "code"),
    HitKind.PRODUCT: ("products.show", "model"),
}
ICONS = {
    HitKind.UNIT: "product",
    HitKind.CARD: "card",
    HitKind.SERVICE_REQUEST: "review",
    HitKind.SERVICE_CARD: "card",
    HitKind.REPAIR: "card",
    HitKind.RETURN: "parts",
    HitKind.FEEDBACK: "report",
    HitKind.OLD_PARTS: "parts",
    HitKind.PARTS_REQUEST: "parts",
    HitKind.SHIPMENT: "parts",
    HitKind.STATEMENT: "money",
    HitKind.RUN: "money",
    HitKind.FORM: "report",
    HitKind.REMITTANCE: "money",
    HitKind.AGREEMENT: "report",
    HitKind.DELIVERY: "product",
    HitKind.DEALER: "people",
    HitKind.PART: "parts",
    HitKind.PRODUCT: "product",
}


@pages.get("/", allow=Permission.HOME)
def home() -> Response:
    who, today = actor(), clock.today(actor().timezone)
    tasks = [(task, _tone(task, today)) for task in nav.waiting(who, today)]
    return page(
        "insight/home.html",
        today=today,
        tasks=tasks,
        quick=_quick(who),
        figures=_figures(queries.month_figures(who, today)),
        news=news_for(who),
        now=clock.now(),
    )


@pages.get("/search", allow=Permission.HOME)
def search() -> Response:
    asked = request.args.get("q", "").strip()
    hits = [(hit, _address(hit)) for hit in queries.find(actor(), asked)]
    exact = [address for hit, address in hits if hit.is_exactly(asked)]
    if len(exact) == 1:
        return redirect(exact[0], 303)  # type: ignore[return-value]
    if not hits and (door := _door(queries.plain(asked).upper())):
        return redirect(door, 303)  # type: ignore[return-value]
    if not hits and queries.is_elsewhere(actor(), asked):
        # A unit of another dealer: what its repair needs, and nothing else (RP-12).
        return redirect(url_for("coverage.show", serial=queries.plain(asked)), 303)  # type: ignore[return-value]
    return page("insight/search.html", asked=asked, hits=hits, icons=ICONS)


def _door(number: str) -> str | None:
    """The address of a document that the search has no list of: its page says whether it exists (TN-1)."""
    return numbers.url_of(number, actor()) if number.partition("-")[0] in ONLY_BY_NUMBER else None


def _quick(who: Actor) -> list[tuple[T, str]]:
    return [(one.text, url_for(one.endpoint)) for one in QUICK if who.may(one.allow) and one.side is who.side]


def _tone(task: Waiting, today: dt.date) -> str:
    if task.overdue or (task.due is not None and task.due < today):
        return "bad"
    return "warn" if task.due is not None and task.due <= today + dt.timedelta(days=SOON) else "info"


def _figures(month: queries.MonthFigures) -> list[tuple[str, Any, str, str]]:
    """The figures as tiles: words, value, where they lead, and what is in them."""
    tiles: list[tuple[str, Any, str, str]] = []
    if month.cards is not None:
        accepted = month.cards.get(CardState.ACCEPTED, 0) + month.cards.get(CardState.ACCEPTED_LATE, 0)
        back = month.cards.get(CardState.SENT_BACK, 0)
        note = _("accepted %(accepted)s, sent back %(back)s", accepted=accepted, back=back)
        tiles.append((_("Cards this month"), sum(month.cards.values()), url_for("warranty.index"), note))
    if month.requests is not None:
        tiles.append((_("Parts requests this month"), month.requests, url_for("parts.index"), ""))
    if month.quota is not None:
        tiles.append((_("Available quota (CNY)"), money(month.quota), url_for("ledger.quota"), ""))
    if month.remitted is not None:
        tiles.append(
            (_("Remittances this month (CNY)"), money(month.remitted), url_for("remittances.index"), "")
        )
    if month.unanswered is not None:
        tiles.append((_("Statements to confirm"), month.unanswered, url_for("statements.index"), ""))
    return tiles


def _address(hit: queries.Hit) -> str:
    if hit.kind not in PLACES:
        return numbers.url_of(hit.key, actor()) or url_for(".home")
    endpoint, name = PLACES[hit.kind]
    values: dict[str, Any] = {name: hit.key}
    return url_for(endpoint, **values)


@pages.get("/year", allow=Permission.LEDGER_READ)
def years() -> Response:
    """The agreements of a year, for the manufacturer; a dealer goes on to its own."""
    who, today = actor(), clock.today(actor().timezone)
    asked = request.args.get("year", "")
    chosen = int(asked) if len(asked) == 4 and asked.isdecimal() and asked > "1900" else today.year
    if who.side is Side.DEALER:
        return redirect(url_for(".year", year=chosen), 303)  # type: ignore[return-value]
    text = request.args.get("q", "").strip()[:60]
    return page(
        "insight/years.html",
        fragment="listing",
        found=sliced(yearly.agreements_of(chosen, text), size=50),
        year=chosen,
        newest=today.year,
        q=text,
    )


@pages.get("/year/<int:year>", allow=Permission.LEDGER_READ)
def year(year: int) -> Response:
    """A dealer's annual record; each figure opens to its records."""
    found = _year(year)
    agreement = found.agreement
    return page(
        "insight/year.html",
        found=found,
        dealer=tenants.dealer_by_id(agreement.dealer_id),
        others=[row for row in yearly.touching(agreement.dealer_id, year) if row.id != agreement.id],
        years=yearly.years_of(agreement, clock.today(actor().timezone)),
        bases={v.number: [base_in_words(base) for base in v.terms.bases] for v in found.versions},
        manufacturer=actor().side is Side.MANUFACTURER,
        now=clock.now(),
    )


@pages.get("/year/<int:year>/record.pdf", allow=Permission.LEDGER_READ)
def year_pdf(year: int) -> Response:
    """The annual record on paper, with room for both seals."""
    found = _year(year)
    view = annual_record(found, today=clock.today(actor().timezone), moment=datetime(clock.now()))
    content = render("documents/annual_record.html", view)
    name = f"record-{found.agreement.number}-{year}.pdf"
    return download(content, name=name, media_type="application/pdf", inline=True)


@pages.get("/year/<int:year>/<figure>", allow=Permission.LEDGER_READ)
def year_figure(year: int, figure: str) -> Response:
    """The records behind a figure of the annual record, of `?quarter=` or of the whole year."""
    agreement, who = _agreement_in(year), actor()
    if figure not in list(YearFigure) or not who.may(yearly.SOURCES[YearFigure(figure)].allow):
        raise NotFound
    chosen = YearFigure(figure)
    quarter = request.args.get("quarter", "")
    span = next((q for q in (Quarter(year, n) for n in range(1, 5)) if str(q) == quarter), None)
    first, last = (span.first, span.last) if span else (dt.date(year, 1, 1), dt.date(year, 12, 31))
    items = yearly.items(agreement, chosen, first, last)
    found = sliced(items, size=50)
    return page(
        "insight/year_figure.html",
        figure=chosen,
        period=str(span or year),
        year=year,
        agreement=agreement,
        dealer=tenants.dealer_by_id(agreement.dealer_id),
        found=found,
        lines=[(item, numbers.url_of(item.number, who)) for item in found.rows],
        count=len(items),
        sum=yearly.sum_of(items),
    )


def _agreement_in(year: int) -> Agreement:
    """The agreement of the address, or the newest one of the year: of its dealer, for a dealer its own. NotFound."""
    number, code, who = request.args.get("agreement", ""), request.args.get("dealer", ""), actor()
    if number:
        found = agreements.get(number)
        own = [row for row in yearly.touching(found.dealer_id, year) if row.id == found.id]
    else:
        dealer_id = who.dealer_id or (tenants.dealer(code).holder_id if code else None)
        own = yearly.touching(dealer_id, year) if dealer_id else []
    if not own or year not in yearly.years_of(own[0], clock.today(who.timezone)):
        raise NotFound
    return own[0]


def _year(year: int) -> yearly.Year:
    who = actor()
    return yearly.year_of(who, _agreement_in(year), year, clock.today(who.timezone))


nav.add(Item("money", T("Annual records"), "insight.years", Permission.LEDGER_READ, order=60))
nav.add(Item("todo", T("Home"), "insight.home", Permission.HOME, bottom=1, icon="home", order=0))


def _life(who: Actor, unit: Unit) -> dict[str, Any]:
    """What a unit's page shows of its life, each moment with the page of its document."""
    moments = [(moment, numbers.url_of(moment.number, who)) for moment in life_of(who, unit)]
    return {"moments": moments}


catalogue.add_unit_section(
    catalogue.UnitSection(T("Life of the unit"), "insight/_life.html", _life, order=90)
)

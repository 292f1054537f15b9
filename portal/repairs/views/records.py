"""The list of repair records and a record's own page, for both sides."""

from typing import Any

from flask import Response, request

from portal.audit import queries as audit
from portal.catalogue import queries as catalogue
from portal.drafts import queries as drafts
from portal.drafts.photos import picture, shown
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.i18n import show as printed
from portal.kernel.permissions import Permission
from portal.repairs.models.records import Repair
from portal.repairs.queries import answers, record_lists
from portal.repairs.queries import records as queries
from portal.repairs.queries.claims import claims_of, is_decided
from portal.repairs.queries.record_lists import RepairFilter
from portal.repairs.rules.records import Category, RepairState, days_in_repair, offered
from portal.repairs.rules.versions import compared
from portal.repairs.steps.records import DRAFT
from portal.repairs.views.claims import claim_sight
from portal.repairs.views.pictures import shown_signatures
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.warranty.rules import mask_address, mask_name, mask_phone
from portal.web.forms import sent_number
from portal.web.pages import download, page
from portal.web.routing import Pages, actor, here, tenant_url
from portal.web.tables import paged

pages = Pages("repairs", __name__, prefix="/repairs")
#: Rows of one export.
MOST = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("", allow=Permission.REPAIRS_READ)
def index() -> Response:
    drafted = drafts.of_kind(DRAFT) if actor().may(Permission.REPAIRS_FILE) else []
    asks_drafts = bool(actor().may(Permission.REPAIRS_FILE)) and request.args.get("state") == "draft"
    found = None if asks_drafts else paged(record_lists.records(_asked()))
    return page(
        "repairs/index.html",
        fragment="listing",
        found=found,
        claims=claims_of(row[0].number for row in found.rows) if found else {},
        drafts=drafted,
        tabs=_tabs(drafted),
        **_frame(),
    )


def _asked() -> RepairFilter:
    """What the address narrows the list to; nonsense narrows to nothing."""
    state, category = request.args.get("state", ""), request.args.get("category", "")
    point = request.args.get("dealer", "")
    return RepairFilter(
        states=(RepairState(state),) if state in list(RepairState) else (),
        category=Category(category) if category in list(Category) else None,
        point_id=sent_number(point),
        model=request.args.get("model", "")[:40],
        text=request.args.get("q", "").strip()[:60],
    )


def _frame() -> dict[str, Any]:
    points, names = tenants.dealers(), _products()
    everywhere = _("All dealers") if actor().side is Side.MANUFACTURER else _("All selling points")
    return {
        "products": names,
        "points": points,
        "point_options": [("", everywhere), *((str(point.id), point.name) for point in points)],
        "model_options": [("", _("All models")), *((model, model) for model in names)],
        "category_options": [("", _("All categories")), *((one.value, label(one)) for one in Category)],
        **{name: request.args.get(name, "") for name in ("q", "state", "model", "category")},
        "point": request.args.get("dealer", ""),
        "mask_name": mask_name,
        "mask_phone": mask_phone,
    }


def _products() -> dict[str, str]:
    """Model → its name in the reader's language."""
    return {row.model: row.title for row in catalogue.products()}


def _tabs(drafted: list[Any]) -> list[dict[str, Any]]:
    counts = record_lists.count_records()
    state = request.args.get("state", "")
    rows: list[tuple[str, str, int]] = [("", _("All"), sum(counts.values()))]
    if drafted:
        rows.append(("draft", _("Drafts"), len(drafted)))
    rows += [(member.value, label(member), counts.get(member, 0)) for member in RepairState]
    return [
        {"label": words, "url": here(state=value or None), "count": count, "current": state == value}
        for value, words, count in rows
    ]


@pages.get("/export.xlsx", allow=Permission.REPAIRS_READ)
def export() -> Response:
    """The list as it is narrowed; customers stay masked (PII-1)."""
    names = _products()
    columns = [
        OutColumn(_("Number"), width=18),
        OutColumn(_("State"), width=12),
        OutColumn(_("Selling point"), width=24),
        OutColumn(_("Model"), width=12),
        OutColumn(_("Product"), width=18),
        OutColumn(_("Serial"), width=20),
        OutColumn(_("Fault showed on"), Kind.DAY, 12),
        OutColumn(_("Filed on"), Kind.DAY, 12),
        OutColumn(_("Category"), width=14),
        OutColumn(_("Who is covered"), width=14),
        OutColumn(_("Labour"), Kind.MONEY, 12),
        OutColumn(_("On-site fee"), Kind.MONEY, 12),
        OutColumn(_("Parts"), Kind.MONEY, 12),
        OutColumn(_("Customer pays"), Kind.MONEY, 12),
        OutColumn(_("Customer"), width=12),
        OutColumn(_("Phone"), width=14),
        OutColumn(_("Technician"), width=12),
    ]
    rows = [
        (
            repair.number,
            label(repair.state),
            point.name,
            repair.model,
            names.get(repair.model, ""),
            repair.serial,
            repair.incident,
            repair.filed_on,
            label(repair.category),
            label(repair.cost_class),
            repair.labour,
            repair.onsite,
            repair.parts_total,
            repair.price,
            mask_name(repair.customer),
            mask_phone(repair.phone) if repair.phone else "",
            repair.technician,
        )
        for repair, point in record_lists.first_records(_asked(), MOST)
    ]
    content = write_xlsx(
        columns,
        rows,
        title=_("Repair records"),
        filters=request.query_string.decode()[:200],
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"repairs-{clock.today(actor().timezone)}.xlsx", media_type=XLSX)


@pages.get("/<number:number>", allow=Permission.REPAIRS_READ)
def show(number: str) -> Response:
    return show_page(queries.get(number))


def show_page(repair: Repair, form: Any = None, status: int = 200, **more: Any) -> Response:
    """A record's page; `form` holds what was typed when something was refused."""
    return page("repairs/show.html", status=status, form=form, repair=repair, **{**sight(repair), **more})


def sight(repair: Repair) -> dict[str, Any]:
    """Everything that a record's page shows."""
    who = actor()
    draft = queries.draft_of(repair)
    photos, signatures = queries.photos(repair.id), queries.signatures(repair.id)
    signed = queries.signed_revision(repair.id)
    actions = offered(repair.state, repair.revision, signed=signed, decided=is_decided(repair.number))
    today = clock.today(who.timezone)
    judged = queries.judge(
        draft, today=today, priced_on=repair.filed_on, photos=len(photos), signed=bool(signatures)
    )
    versions = list(queries.versions(repair.id))
    return {
        "tenant_base": tenant_url("").rstrip("/"),
        "product": catalogue.product_by_id(repair.product_id),
        "own_unit": catalogue.find_unit(repair.serial) is not None,
        "point": tenants.dealer_by_id(repair.point_id),
        "answer": answers.kept_answer(repair),
        "parts": queries.parts_of(repair),
        "faults": {
            row.code: row.title for rows in queries.fault_codes(active=False).values() for row in rows
        },
        "findings": judged.findings,
        "photos": shown("repairs.photo", repair.number, photos),
        "signatures": shown_signatures(repair.number, signatures),
        "signed_revision": signed,
        "versions": versions,
        "chosen": _chosen_version(versions),
        "compared": _side_by_side(versions),
        "shown": printed,
        "days": days_in_repair(repair.received_on, repair.handed_over_on, repair.finished_on),
        "facts": audit.timeline_view(repair.number),
        "actions": {action.value for action in actions},
        "masked": masked(repair),
        "revealed": None,
        "reveal_form": None,
        **claim_sight(repair.number),
    }


def masked(repair: Repair) -> dict[str, str]:
    """The customer as this reader sees him: the repairing dealer knows the name."""
    dealers = actor().side is Side.DEALER
    return {
        "customer": repair.customer if dealers else mask_name(repair.customer),
        "phone": mask_phone(repair.phone) if repair.phone else "",
        "address": mask_address(repair.address),
    }


def _chosen_version(versions: list[Any]) -> int:
    """The version that is compared with the one before it; the newest unless another one is asked for."""
    asked = request.args.get("version", "")
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else len(versions)
    return min(max(wanted, 2), max(len(versions), 2))


def _side_by_side(versions: list[Any]) -> list[Any]:
    chosen = _chosen_version(versions)
    if len(versions) < chosen:
        return []
    return compared(versions[chosen - 2].content, versions[chosen - 1].content)


@pages.get("/<number:number>/photos/<int:photo_id>", allow=Permission.REPAIRS_READ)
def photo(number: str, photo_id: int) -> Response:
    return picture(queries.photo(number, photo_id).content, f"{number}-{photo_id}.jpg")


@pages.get("/<number:number>/signatures/<int:signature_id>", allow=Permission.REPAIRS_READ)
def signature(number: str, signature_id: int) -> Response:
    return picture(queries.signature(number, signature_id).content, f"{number}-s{signature_id}.jpg")


@pages.get("/<number:number>/customer", allow=Permission.REPAIRS_READ)
def customer(number: str) -> Response:
    """The customer, masked: what comes back when a shown number has been looked at long enough."""
    return show_customer(queries.get(number))


def show_customer(
    repair: Repair, *, revealed: str | None = None, form: Any = None, status: int = 200
) -> Response:
    """The customer's part of the page; `revealed` is the whole number."""
    return page(
        "repairs/show.html",
        fragment="customer",
        status=status,
        form=None,
        repair=repair,
        **{**sight(repair), "revealed": revealed, "reveal_form": form},
    )

"""The printed repair receipt, two copies on one sheet."""

from flask import Response

from portal.agreements import queries as agreements
from portal.catalogue import queries as catalogue
from portal.documents.render import render
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.repairs import commands
from portal.repairs.models.records import Repair, RepairSignature
from portal.repairs.queries import records as queries
from portal.repairs.queries.answers import kept_basis, nth_covered
from portal.repairs.sheet import ReceiptView, receipt
from portal.repairs.views.records import pages
from portal.tenants import queries as tenants
from portal.warranty.queries import coverage
from portal.web.filters import datetime
from portal.web.pages import download
from portal.web.routing import absolute, actor, tenant_url

PDF = "application/pdf"


@pages.get("/<number:number>/receipt.pdf", allow=Permission.REPAIRS_READ)
def masked_receipt(number: str) -> Response:
    """The receipt with the customer's number masked on both copies."""
    return _print(queries.get(number))


@pages.post("/<number:number>/receipt", allow=Permission.CARDS_REVEAL, side=Side.DEALER)
def print_receipt(number: str) -> Response:
    """The receipt with the whole number on the retained copy; that it was printed is recorded (PII-1)."""
    phone = commands.print_receipt(actor(), number)
    return _print(queries.get(number), phone)


def _print(repair: Repair, phone: str = "") -> Response:
    signature = queries.last_signature(repair.id)
    view = receipt_of(repair, signature, phone)
    pictures = [signature.content] if signature and view.signature else []
    name = f"{repair.number}-{repair.revision}.pdf"
    return download(render("documents/receipt.html", view, pictures=pictures), name=name, media_type=PDF)


def receipt_of(repair: Repair, signature: RepairSignature | None, phone: str = "") -> ReceiptView:
    """What is printed for a record; `phone`: the customer's whole number, for the retained copy."""
    return receipt(
        repair,
        queries.parts_of(repair),
        product=catalogue.product_by_id(repair.product_id),
        shop=tenants.dealer_by_id(repair.point_id),
        coverage=coverage(repair.serial, repair.incident),
        basis=kept_basis(repair),
        three_guarantees=agreements.terms_on(repair.agreement_id, repair.filed_on).three_guarantees,
        faults={row.code: row.name for rows in queries.fault_codes(active=False).values() for row in rows},
        nth=nth_covered(repair),
        url=absolute(tenant_url(f"repairs/{repair.number}")),
        issued_on=repair.filed_on,
        signed_at=datetime(signature.at) if signature else "",
        signature=signature,
        phone=phone,
    )

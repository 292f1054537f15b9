"""The papers of a return: the request sheet and the label of a carton, as values for printing."""

from portal.agreements import queries as agreements
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.documents.rules import (
    Bilingual,
    CartonLabelView,
    Party,
    ReturnRow,
    ReturnSheetView,
    Role,
)
from portal.documents.words import both
from portal.kernel.errors import RuleBroken
from portal.kernel.money import total
from portal.kernel.text import T
from portal.returns import queries
from portal.returns.models import ReturnRequest
from portal.returns.queries import Line
from portal.returns.rules import ReturnState, kept_reasons
from portal.tenants import queries as tenants
from portal.warranty.queries.printed import printed_basis


def return_address() -> str:
    """Where approved units go: the manufacturer's address, contact and phone in one line."""
    maker = tenants.manufacturer()
    return " ".join(filter(None, (maker.name, maker.address, maker.contact, maker.phone)))


def sheet(request: ReturnRequest, url: str) -> ReturnSheetView:
    """The request as the customary sheet; it says what is known by now."""
    lines = queries.lines_of(request)
    sent = queries.shipment_of(request.id)
    units = catalogue.units_by_serial(line.row.serial for line in lines)
    names = {product.model: product.name for product in catalogue.products()}
    filer = Role(Bilingual("申请人", "Filed by"), request.filed_by, str(request.filed_on))
    decider = next((line.decision for line in lines if line.decision is not None), None)
    checked = Role(
        Bilingual("审核", "Decided by"), decider.person if decider else "", str(request.decided_on or "")
    )
    return ReturnSheetView(
        title=Bilingual("退货／返修申请单", "Return request"),
        number=request.number,
        issuer=tenants.manufacturer().name,
        issued_on=str(request.decided_on or request.filed_on),
        currency=agreements.terms_on(request.agreement_id, request.filed_on).currency,
        copies=(Bilingual("第一联　厂方仓库", "Warehouse"), Bilingual("第二联　经销商", "Dealer")),
        roles=(filer, checked),
        manufacturer=_maker(),
        dealer=_dealer(request),
        state=both(request.state),
        agreement=agreements.by_id(request.agreement_id).number,
        filed_on=str(request.filed_on),
        decided_on=str(request.decided_on or ""),
        expires_on=str(request.expires_on or ""),
        address=return_address(),
        carrier=sent.carrier if sent else "",
        waybill=sent.waybill if sent else "",
        note=request.note,
        rows=tuple(_row(line, units[line.row.serial], names.get(line.row.model, "")) for line in lines),
        url=url,
    )


def _row(line: Line, unit: Unit, product: str) -> ReturnRow:
    row, gone, why = line.row, line.disposition, line.row.explanation
    reasons = [(one.text, one.clause) for one in kept_reasons(why)]
    said = line.lost or line.decision
    return ReturnRow(
        serial=row.serial,
        model=row.model,
        product=product,
        shipped_on=str(unit.shipped_on),
        days=(row.found - unit.shipped_on).days,
        found=str(row.found),
        cause=both(row.cause),
        fault=row.fault,
        repair=line.repair_number,
        cost_class=both(row.cost_class),
        basis=printed_basis(reasons, why["day"], why["days"]),
        bearers=tuple(both(bearer) for bearer in row.bearers.values()),
        verdict=both(said.verdict if said else None),
        disposition=both(gone.disposition if gone else None),
        new_serial=gone.new_serial if gone else "",
        amount=total(gone.costs.values()) if gone else None,
    )


def carton_label(request: ReturnRequest, url: str) -> CartonLabelView:
    """The label of a carton. RuleBroken RT-1 unless the units are approved: no label, no shipping."""
    if request.state not in (ReturnState.APPROVED, ReturnState.SHIPPED) or request.expires_on is None:
        raise RuleBroken("RT-1", T("A label is printed once the return is approved."))
    approved = [line.row.serial for line in queries.lines_of(request) if line.approved]
    return CartonLabelView(
        title=Bilingual("退货标签", "Return label"),
        number=request.number,
        issuer=tenants.manufacturer().name,
        issued_on=str(request.decided_on),
        receiver=_maker(),
        sender=_dealer(request),
        expires_on=str(request.expires_on),
        serials=tuple(approved),
        url=url,
    )


def _maker() -> Party:
    return Party.of(tenants.manufacturer(), bank=False)


def _dealer(request: ReturnRequest) -> Party:
    return Party.of(tenants.dealer_by_id(request.point_id), bank=False)

"""The papers of a return as values: the request sheet (A4) and the label of a carton (A6)."""

from dataclasses import dataclass
from decimal import Decimal

from portal.documents.rules.common import Bilingual, DocumentView, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow:
    """One unit of the sheet. What is not known yet is an empty string."""

    serial: str
    model: str
    product: str
    #: ISO date of its shipment to the dealer, and the days from there to the fault.
    shipped_on: str
    days: int
    found: str
    cause: Bilingual
    fault: str
    #: The repair record that shows the attempt.
    repair: str
    cost_class: Bilingual
    #: Why it has this class, as it was kept when the request was filed (EN-14).
    basis: Bilingual
    #: Who bears freight there, freight back, parts, labour.
    bearers: tuple[Bilingual, ...]
    verdict: Bilingual
    disposition: Bilingual
    new_serial: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSheetView(DocumentView):
    """退货/返修申请单: what the dealer asked for, how it was decided, what became of it."""

    manufacturer: Party
    dealer: Party
    state: Bilingual
    agreement: str
    filed_on: str
    decided_on: str
    expires_on: str
    #: Where the units go, in one line.
    address: str
    carrier: str
    waybill: str
    note: str
    rows: tuple[ReturnRow, ...]
    #: Absolute address of the request's page, which the QR opens.
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CartonLabelView(DocumentView):
    """纸箱标签: number large and as QR, from whom, to whom, until when, which units."""

    sender: Party
    receiver: Party
    expires_on: str
    serials: tuple[str, ...]
    url: str

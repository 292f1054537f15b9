"""The repair receipt (维修回执单): what is printed on its two copies, by the record's version of the moment.

It is printed from the record each time, the same bytes for the same version, and not stored: a stored one would keep
the customer's number longer than the record does (PII-1). The retained copy names the whole number only where
somebody was noted to print it; the customer's copy never does.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from portal.catalogue.models import Product
from portal.documents.render import picture_name
from portal.documents.rules import Bilingual, DocumentView, Proof, capital_amount, data_sha256
from portal.kernel.i18n import label, use_language
from portal.repairs.models.records import Repair, RepairPart, RepairSignature
from portal.repairs.rules.claims import raises_claim
from portal.repairs.rules.records import Category, SignatureKind, Way, days_in_repair
from portal.tenants.models import Dealer
from portal.warranty.rules import Coverage, mask_phone

#: Lines of parts that each half has room for; more stand on a page of their own.
ROOM = 4
#: Lines by which a half may be longer than the shortest one before it is set closer.
SPARE = 2


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """One part as it is printed."""

    code: str
    name: str
    pieces: int
    lot: str
    old: str
    #: Of one piece, and of all; None: free for the customer.
    price: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ReceiptCopy:
    """One of the two copies: what it is called, for whom, and the phone that it shows."""

    title: str
    holder: str
    phone: str
    #: Whether the customer keeps it; then it carries the notice about his data.
    customers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView(DocumentView):
    """Everything on a repair receipt."""

    copies_of_paper: tuple[ReceiptCopy, ...]
    shop: str
    shop_address: str
    shop_phone: str
    customer: str
    #: The ways in which a unit comes in, and whether it is this one.
    ways: tuple[tuple[str, bool], ...]
    model: str
    serial: str
    sold_on: str
    covered: bool
    covered_until: str
    outcome: str
    #: Why, as it was kept when the record was filed (EN-14).
    basis: Bilingual
    nth: int
    received_on: str
    finished_on: str
    handed_over_on: str
    days: int
    symptom: str
    cause: str
    action: str
    parts: tuple[ReceiptPart, ...]
    parts_total: Decimal
    labour: Decimal
    onsite: Decimal
    total: Decimal
    total_in_words: str
    #: Whether the terms have the three guarantees, which prolong by the repair and want proof of it (EN-13).
    three_guarantees: bool
    technician: str
    #: When the customer signed last, in words with what was signed; empty: room to sign by hand.
    signed: str
    #: Whether what was signed is this version; a correction is signed anew.
    signed_now: bool
    #: The drawn signature under this version, see `documents.render`; empty: none, or a scan that lies with the paper.
    signature: str

    @property
    def is_crowded(self) -> bool:
        """Whether the halves are set closer, because texts and names take more lines than the shortest ones."""
        texts = [
            (self.symptom, 92),
            (self.cause, 92),
            (self.action, 92),
            (f"{self.shop}　{self.shop_address}", 60),
        ]
        extra = sum(min(_lines(text, width), 2) - 1 for text, width in texts)
        parts = self.parts[:ROOM]
        return extra + sum(max(_lines(p.code, 15), _lines(p.name, 30)) - 1 for p in parts) > SPARE


def receipt(
    repair: Repair,
    parts: Sequence[RepairPart],
    *,
    product: Product,
    shop: Dealer,
    coverage: Coverage,
    basis: Bilingual,
    three_guarantees: bool,
    faults: Mapping[str, str],
    nth: int,
    url: str,
    issued_on: dt.date,
    signed_at: str = "",
    signature: RepairSignature | None = None,
    phone: str = "",
) -> ReceiptView:
    """The receipt of a record in Chinese, the language of the contract; `url` opens the record, for its QR.

    `signature`: the last one, with `signed_at`, its time as it is printed. `phone`: the customer's whole number for
    the retained copy; empty: both copies show it masked.
    """
    masked = mask_phone(repair.phone) if repair.phone else ""
    paid = repair.category is Category.PAID
    with use_language("zh_Hans"):
        view = ReceiptView(
            title=Bilingual("维修回执单", "Repair receipt"),
            number=repair.number,
            revision=repair.revision,
            issuer=shop.name,
            issued_on=issued_on.isoformat(),
            copies_of_paper=(
                ReceiptCopy("第一联 经销商存根", "存根联", phone or masked, customers=False),
                ReceiptCopy("第二联 顾客留存", "顾客联", masked, customers=True),
            ),
            shop=shop.name,
            shop_address=shop.address,
            shop_phone=shop.phone,
            customer=repair.customer,
            ways=tuple((label(way), way is repair.way) for way in Way),
            model=f"{repair.model} {product.name}",
            serial=repair.serial,
            sold_on=_day(coverage.sale.sale_date if coverage.sale else None),
            covered=raises_claim(repair.cost_class),
            covered_until=_day(repair.period_last),
            outcome=label(repair.cost_class),
            basis=basis,
            nth=nth,
            received_on=_day(repair.received_on),
            finished_on=_day(repair.finished_on),
            handed_over_on=_day(repair.handed_over_on),
            days=days_in_repair(repair.received_on, repair.handed_over_on, repair.finished_on),
            symptom=_words(faults.get(repair.symptom, ""), repair.symptom_text),
            cause=_words(faults.get(repair.reason, ""), repair.cause_text),
            action=repair.action_text,
            parts=tuple(_part(part, paid=paid) for part in parts),
            parts_total=repair.parts_total if paid else Decimal("0.00"),
            labour=repair.labour if paid else Decimal("0.00"),
            onsite=repair.onsite if paid else Decimal("0.00"),
            total=repair.price,
            total_in_words=capital_amount(repair.price),
            three_guarantees=three_guarantees,
            technician=repair.technician,
            signed=_signed(signature, signed_at),
            signed_now=signature is not None and signature.revision == repair.revision,
            signature=_drawn(repair, signature),
        )
    return _with_address(view, url)


def _lines(text: str, width: int) -> int:
    """Lines that a text takes where `width` narrow characters fit; a wide character counts two."""
    return max(1, -(-sum(2 if ord(sign) > 0x2E7F else 1 for sign in text) // width))


def _drawn(repair: Repair, signature: RepairSignature | None) -> str:
    """The name of the signature's picture, if it was drawn on the screen under the record's present version."""
    if (
        signature is None
        or signature.kind is not SignatureKind.DRAWN
        or signature.revision != repair.revision
    ):
        return ""
    return picture_name(signature.content)


def _signed(signature: RepairSignature | None, at: str) -> str:
    if signature is None:
        return ""
    way = "屏幕签字" if signature.kind is SignatureKind.DRAWN else "纸质签字"
    return f"第 {signature.revision} 版{way} {at}"


def _with_address(view: ReceiptView, url: str) -> ReceiptView:
    """With the address that its QR opens; the record behind it is for people who may sign in, so it needs no code."""
    return replace(view, proof=Proof(view.number, url, data_sha256(view)))


def _part(part: RepairPart, *, paid: bool) -> ReceiptPart:
    return ReceiptPart(
        code=part.code,
        name=part.name,
        pieces=part.pieces,
        lot=part.lot or part.serial_in,
        old=label(part.old),
        price=part.price if paid else None,
        amount=part.amount if paid else Decimal("0.00"),
    )


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _words(*words: str) -> str:
    return "；".join(word for word in words if word)

"""Who is covered on a day, and why: the classification of repairs and returns (EN-1 … EN-9, EN-14).

With 12 months a unit sold on 2026-01-31 is in warranty through 2027-01-31 and out of it on 2027-02-01. With
`doa_days` 7 an unsold unit received on 2026-07-05 is dead on arrival through 2026-07-12.

Nothing turns from out to in as days pass: only an event can do that (a sale that is accepted, a receipt, an
extension, new terms, a repair that prolongs, an exchange).
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.agreements.rules import CLAUSES, CostClass, LateCard, Terms
from portal.catalogue.rules import warranty_months
from portal.kernel.period import add_months, last_day_within
from portal.kernel.text import T


class Cause(StrEnum):
    """Who or what caused a fault."""

    PRODUCT = "product"
    USER = "user"
    DEALER = "dealer"
    TRANSPORT = "transport"


@dataclass(frozen=True)
class Sale:
    """What an accepted card says of a unit."""

    number: str
    sale_date: dt.date
    late: bool
    waived: bool


@dataclass(frozen=True)
class Coverage:
    """Everything about a unit that decides who is covered; nothing of a customer, and no money (RP-12)."""

    serial: str
    model: str
    batch: str
    shipped_on: dt.date
    #: Confirmed by the dealer, or the day on which it counts as received.
    received_on: dt.date
    months: int
    components: Mapping[str, int]
    #: The terms of the agreement that the unit was shipped under.
    terms: Terms
    sale: Sale | None = None
    left_field_on: dt.date | None = None
    #: Approved for this unit (EN-3), beside what the terms give to all.
    extension_months: int = 0
    #: Days that repairs and waiting for parts added, if the terms have three guarantees (EN-13).
    prolonged_days: int = 0
    #: An exchange that let the period start anew, likewise.
    restarted_on: dt.date | None = None
    #: Failed repairs of a performance fault, since the exchange if there was one (EN-13).
    failed_repairs: int = 0
    unit_id: int = 0
    product_id: int = 0
    agreement_id: int = 0
    dealer_id: int = 0

    def sold_on(self, day: dt.date) -> Sale | None:
        """The sale, if the unit has an accepted card with a sale date not after `day`."""
        return self.sale if self.sale is not None and self.sale.sale_date <= day else None

    @property
    def prolonged(self) -> int:
        """The days that prolong the warranty by the terms (EN-13)."""
        return self.prolonged_days if self.terms.three_guarantees else 0

    @property
    def restarted(self) -> dt.date | None:
        """The day on which the warranty began anew by the terms (EN-13)."""
        return self.restarted_on if self.terms.three_guarantees else None

    def first_day(self, sold: dt.date) -> dt.date:
        """The day that the warranty of a unit sold on `sold` counts from."""
        return self.restarted or sold

    def last_day(self, sold: dt.date, component: str | None = None) -> dt.date:
        """The last day of the warranty of a unit sold on `sold`, or of one of its components."""
        months = warranty_months(self.months, self.components, component)
        months += self.terms.extra_months + self.extension_months
        return add_months(self.first_day(sold), months) + dt.timedelta(days=self.prolonged)


@dataclass(frozen=True)
class Reason:
    """One fact that led to an outcome, with the rule behind it, in the words that both parties read (EN-14)."""

    rule: str
    text: T
    #: The number of the clause that holds the value, if one does: "3.4".
    clause: str = ""


@dataclass(frozen=True)
class Entitlement:
    """The outcome for one unit on one day."""

    cost_class: CostClass
    #: What decided, then each fact that was used.
    reasons: tuple[Reason, ...] = field(default=())
    #: The day in question.
    on: dt.date | None = None
    #: The period that decided, if one did: its first and its last day …
    first: dt.date | None = None
    last: dt.date | None = None
    #: … and which day of it the day in question is: "day 6 of 7".
    day: int | None = None
    days: int | None = None


def entitlement(
    coverage: Coverage, incident: dt.date, cause: Cause, component: str | None = None
) -> Entitlement:
    """Who is covered in a repair of a fault that showed on `incident`; the first rule that fits decides."""
    if cause in (Cause.USER, Cause.DEALER):
        return _caused(cause, incident)
    sale = coverage.sold_on(incident)
    if sale is None:
        return _unsold_repair(coverage, incident)
    # Codes are kept in capitals, whatever somebody typed.
    kept = component.strip().upper() if component else None
    return _not_recognised(coverage, sale, incident) or _by_months(coverage, sale, incident, kept)


def classify_return(
    coverage: Coverage, found: dt.date, cause: Cause, *, batch_defective: bool = False
) -> Entitlement:
    """The class of a unit that is to be sent back for a fault found on `found`; the first rule that fits decides."""
    if cause is not Cause.PRODUCT:
        return _caused(cause, found)
    if batch_defective:
        text = T("Batch {batch} is declared defective.", batch=coverage.batch)
        return Entitlement(CostClass.BATCH, (Reason("RT-6", text),), found)
    sale = coverage.sold_on(found)
    if sale is None:
        return _unsold_return(coverage, found)
    if refused := _not_recognised(coverage, sale, found):
        return refused
    days = coverage.terms.early_failure_days
    last = last_day_within(sale.sale_date, days)
    if found <= last:
        reason = _reason("EN-7", T("Found within {days} days of the sale.", days=days), "early_failure_days")
        return _within(CostClass.EARLY_FAILURE, (reason, *_sold(coverage, sale)), sale.sale_date, last, found)
    return _by_months(coverage, sale, found, None)


_CAUSED = {
    Cause.TRANSPORT: (CostClass.TRANSPORT, "EN-6", T("The fault came from transport.")),
    Cause.USER: (CostClass.USER_CAUSED, "EN-4", T("The user caused the fault.")),
    Cause.DEALER: (CostClass.DEALER_CAUSED, "EN-5", T("The dealer caused the fault.")),
}


def _reason(rule: str, text: T, key: str) -> Reason:
    """A fact whose value is a term."""
    return Reason(rule, text, CLAUSES[key].number)


def _caused(cause: Cause, day: dt.date) -> Entitlement:
    cost_class, rule, text = _CAUSED[cause]
    return Entitlement(cost_class, (Reason(rule, text),), day)


def _within(
    cost_class: CostClass, reasons: tuple[Reason, ...], first: dt.date, last: dt.date, day: dt.date
) -> Entitlement:
    """An outcome that a period decided; the day after its first one is day 1, as it is counted in the terms."""
    return Entitlement(cost_class, reasons, day, first, last, max((day - first).days, 0), (last - first).days)


def _unsold(coverage: Coverage) -> tuple[Reason, ...]:
    """The facts about a unit without a sale."""
    text = T(
        "Shipped on {shipped}; received, or counted as received, on {received}.",
        shipped=coverage.shipped_on,
        received=coverage.received_on,
    )
    return (_reason("SH-1", text, "deemed_receipt_days"),)


def _within_doa(coverage: Coverage, day: dt.date) -> Entitlement | None:
    last = last_day_within(coverage.received_on, coverage.terms.doa_days)
    if day > last:
        return None
    text = T("Found within {days} days of receipt, unsold.", days=coverage.terms.doa_days)
    reasons = (_reason("EN-6", text, "doa_days"), *_unsold(coverage))
    return _within(CostClass.DOA, reasons, coverage.received_on, last, day)


def _unsold_repair(coverage: Coverage, incident: dt.date) -> Entitlement:
    if doa := _within_doa(coverage, incident):
        return doa
    months = coverage.terms.shelf_months
    last = add_months(coverage.shipped_on, months)
    if months and incident <= last:
        text = T("Unsold, within the shelf allowance of {months} months.", months=months)
        reasons = (_reason("EN-2", text, "shelf_months"), *_unsold(coverage))
        return _within(CostClass.IN_WARRANTY, reasons, coverage.shipped_on, last, incident)
    text = T("On {day} the unit had no accepted warranty card.", day=incident)
    reasons = (_reason("EN-2", text, "shelf_months"), *_unsold(coverage))
    return Entitlement(CostClass.NOT_RECOGNISED, reasons, incident)


def _unsold_return(coverage: Coverage, found: dt.date) -> Entitlement:
    if doa := _within_doa(coverage, found):
        return doa
    text = T("The unit is unsold and past the days of dead on arrival.")
    last = last_day_within(coverage.received_on, coverage.terms.doa_days)
    reasons = (_reason("EN-12", text, "doa_days"), *_unsold(coverage))
    return _within(CostClass.STOCK, reasons, coverage.received_on, last, found)


def _sold(coverage: Coverage, sale: Sale) -> tuple[Reason, ...]:
    """The facts about a sale and its card."""
    sold = Reason("WC-1", T("Sold on {day}; the warranty card is accepted.", day=sale.sale_date))
    if not sale.late:
        return (sold,)
    if sale.waived:
        text = T("The warranty card was filed late; its lateness is forgiven.")
    elif coverage.terms.late_card is LateCard.RECOGNISED:
        text = T("The warranty card was filed late; by the terms the warranty is recognised all the same.")
    else:
        text = T("Cards are due within {days} days of the sale.", days=coverage.terms.card_due_days)
        return sold, _reason("WC-2", text, "card_due_days")
    return sold, _reason("WC-2", text, "late_card")


def _not_recognised(coverage: Coverage, sale: Sale, day: dt.date) -> Entitlement | None:
    if not sale.late or sale.waived or coverage.terms.late_card is not LateCard.NOT_RECOGNISED:
        return None
    text = T("The warranty card was filed late, and its lateness is not forgiven.")
    reasons = (_reason("WC-2", text, "late_card"), *_sold(coverage, sale))
    return Entitlement(CostClass.NOT_RECOGNISED, reasons, day)


def _by_months(coverage: Coverage, sale: Sale, day: dt.date, component: str | None) -> Entitlement:
    first, last = coverage.first_day(sale.sale_date), coverage.last_day(sale.sale_date, component)
    if day <= last:
        decided = Reason("EN-1", T("In warranty through {last}.", last=last))
        cost_class = CostClass.IN_WARRANTY
    else:
        decided = Reason("EN-9", T("The warranty ended on {last}.", last=last))
        cost_class = CostClass.OUT_OF_WARRANTY
    reasons = (decided, *_sold(coverage, sale), *_length(coverage, component))
    return _within(cost_class, reasons, first, last, day)


def _length(coverage: Coverage, component: str | None) -> Iterator[Reason]:
    """What the length of a warranty is made of."""
    months = warranty_months(coverage.months, coverage.components, component)
    if component is not None and component in coverage.components:
        text = T(
            "Warranty of component {component}, in months: {months}.", component=component, months=months
        )
    else:
        text = T("Warranty of the unit, in months: {months}.", months=months)
    yield Reason("EN-1", text)
    if extra := coverage.terms.extra_months:
        yield _reason(
            "EN-3", T("Longer warranty of the territory, in months: {months}.", months=extra), "extra_months"
        )
    if extra := coverage.extension_months:
        yield Reason("EN-3", T("Longer warranty approved for this unit, in months: {months}.", months=extra))
    if coverage.restarted is not None:
        text = T("The warranty began anew on {day}, after an exchange.", day=coverage.restarted)
        yield _reason("EN-13", text, "three_guarantees")
    if days := coverage.prolonged:
        text = T("Days in repair and waiting for parts that are added: {days}.", days=days)
        yield _reason("EN-13", text, "three_guarantees")

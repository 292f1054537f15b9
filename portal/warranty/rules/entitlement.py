"""Who is covered on a day, and why: the classification of repairs and returns (EN-1 … EN-9, EN-14).

With 12 months a unit sold on 2026-01-31 is in warranty through 2027-01-31 and out of it on 2027-02-01. With
`doa_days` 7 an unsold unit received on 2026-07-05 is dead on arrival through 2026-07-12.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.agreements.rules import CostClass, LateCard, Terms
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
    #: Days that repairs and waiting for parts added (EN-13).
    prolonged_days: int = 0
    #: An exchange that let the period start anew (EN-13).
    restarted_on: dt.date | None = None
    unit_id: int = 0
    product_id: int = 0
    agreement_id: int = 0
    dealer_id: int = 0

    def sold_on(self, day: dt.date) -> Sale | None:
        """The sale, if the unit has an accepted card with a sale date not after `day`."""
        return self.sale if self.sale is not None and self.sale.sale_date <= day else None

    def last_day(self, start: dt.date, component: str | None = None) -> dt.date:
        """The last day of a warranty that began on `start`, of the unit or of a component."""
        months = warranty_months(self.months, self.components, component)
        last = add_months(
            self.restarted_on or start, months + self.terms.extra_months + self.extension_months
        )
        return last + dt.timedelta(days=self.prolonged_days)


@dataclass(frozen=True)
class Reason:
    """One fact that led to an outcome, with the rule behind it, in the words that both parties read (EN-14)."""

    rule: str
    text: T


@dataclass(frozen=True)
class Entitlement:
    """The outcome for one unit on one day."""

    cost_class: CostClass
    reasons: tuple[Reason, ...] = field(default=())
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
    if cause is Cause.USER:
        return _caused(CostClass.USER_CAUSED, "EN-4", T("The user caused the fault."))
    if cause is Cause.DEALER:
        return _caused(CostClass.DEALER_CAUSED, "EN-5", T("The dealer caused the fault."))
    sale = coverage.sold_on(incident)
    if sale is None:
        return _unsold_repair(coverage, incident)
    return _not_recognised(coverage, sale) or _by_months(coverage, sale, incident, component)


def classify_return(
    coverage: Coverage, found: dt.date, cause: Cause, *, batch_defective: bool = False
) -> Entitlement:
    """The class of a unit that is to be sent back for a fault found on `found`; the first rule that fits decides."""
    caused = {
        Cause.TRANSPORT: (CostClass.TRANSPORT, "EN-6", T("The fault came from transport.")),
        Cause.USER: (CostClass.USER_CAUSED, "EN-4", T("The user caused the fault.")),
        Cause.DEALER: (CostClass.DEALER_CAUSED, "EN-5", T("The dealer caused the fault.")),
    }
    if cause in caused:
        return _caused(*caused[cause])
    if batch_defective:
        return _caused(
            CostClass.BATCH, "RT-6", T("Batch {batch} is declared defective.", batch=coverage.batch)
        )
    sale = coverage.sold_on(found)
    if sale is None:
        doa = _within_doa(coverage, found)
        return doa or _caused(
            CostClass.STOCK, "EN-12", T("The unit is unsold and past the days of dead on arrival.")
        )
    if refused := _not_recognised(coverage, sale):
        return refused
    last = last_day_within(sale.sale_date, coverage.terms.early_failure_days)
    if found <= last:
        text = T("Found within {days} days of the sale.", days=coverage.terms.early_failure_days)
        return _within(CostClass.EARLY_FAILURE, "EN-7", text, sale.sale_date, last, found)
    return _by_months(coverage, sale, found, None)


def _caused(cost_class: CostClass, rule: str, text: T) -> Entitlement:
    return Entitlement(cost_class, (Reason(rule, text),))


def _within(
    cost_class: CostClass, rule: str, text: T, first: dt.date, last: dt.date, day: dt.date
) -> Entitlement:
    """An outcome that a period decided; the day after its first one is day 1, as it is counted in the terms."""
    return Entitlement(
        cost_class, (Reason(rule, text),), first, last, max((day - first).days, 0), (last - first).days
    )


def _within_doa(coverage: Coverage, day: dt.date) -> Entitlement | None:
    last = last_day_within(coverage.received_on, coverage.terms.doa_days)
    if day > last:
        return None
    text = T("Found within {days} days of receipt, unsold.", days=coverage.terms.doa_days)
    return _within(CostClass.DOA, "EN-6", text, coverage.received_on, last, day)


def _unsold_repair(coverage: Coverage, incident: dt.date) -> Entitlement:
    if doa := _within_doa(coverage, incident):
        return doa
    last = add_months(coverage.shipped_on, coverage.terms.shelf_months)
    if coverage.terms.shelf_months and incident <= last:
        text = T("Unsold, within the shelf allowance of {months} months.", months=coverage.terms.shelf_months)
        return _within(CostClass.IN_WARRANTY, "EN-2", text, coverage.shipped_on, last, incident)
    return _caused(CostClass.NOT_RECOGNISED, "EN-2", T("The unit has no accepted warranty card."))


def _not_recognised(coverage: Coverage, sale: Sale) -> Entitlement | None:
    if not sale.late or sale.waived or coverage.terms.late_card is not LateCard.NOT_RECOGNISED:
        return None
    text = T("Card {number} was filed late and its lateness is not waived.", number=sale.number)
    return _caused(CostClass.NOT_RECOGNISED, "WC-2", text)


def _by_months(coverage: Coverage, sale: Sale, day: dt.date, component: str | None) -> Entitlement:
    last = coverage.last_day(sale.sale_date, component)
    if day <= last:
        text = T("Sold on {sold}, in warranty through {last}.", sold=sale.sale_date, last=last)
        return _within(CostClass.IN_WARRANTY, "EN-1", text, sale.sale_date, last, day)
    text = T("Sold on {sold}, the warranty ended on {last}.", sold=sale.sale_date, last=last)
    return _within(CostClass.OUT_OF_WARRANTY, "EN-9", text, sale.sale_date, last, day)

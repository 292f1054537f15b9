"""The clauses that hold the terms: number, title, explanation; forms, history and statements cite them."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.agreements.rules.clause import Clause
from portal.agreements.rules.clauses_service import SERVICE_CLAUSES
from portal.kernel.text import T

#: Titles of the chapters, by the number before the dot.
CHAPTERS: Mapping[str, T] = MappingProxyType(
    {
        "1": T("Repair fund"),
        "2": T("Warranty cards"),
        "3": T("Warranty and costs"),
        "4": T("Old parts and returns"),
        "5": T("Monthly forms and statements"),
        "6": T("Three guarantees"),
        "7": T("Claims for repairs"),
        "8": T("Service and follow-up"),
        "9": T("Supply of parts"),
    }
)

_DAYS = T("days")
_MONTHS = T("months")

_CLAUSES = (
    Clause(
        "currency",
        "1.1",
        T("Currency"),
        T("All amounts of this agreement are in this currency."),
        rules=("MN-1",),
    ),
    Clause(
        "bases",
        "1.2",
        T("What the fund is granted for"),
        T(
            "A share of remittances is counted month by month so that the months add up to the rounded "
            "quarter. A card fee is earned by each card that was filed in time and accepted, once per serial."
        ),
        rules=("ST-1",),
    ),
    Clause(
        "surplus",
        "1.3",
        T("Surplus at the quarter's end"),
        T("What is left is carried into the next quarter, over the year's end too, or is paid out."),
        rules=("ST-2",),
    ),
    Clause(
        "claims",
        "1.4",
        T("Labour and on-site fees"),
        T("Approved labour and on-site fees are paid to the dealer out of the fund, or not at all."),
        rules=("ST-1",),
    ),
    Clause(
        "cancellable",
        "1.5",
        T("Grants that can be cancelled"),
        T("What a quarter granted on these bases is cancelled when falsified cards are confirmed."),
        rules=("WC-5", "ST-9"),
    ),
    Clause(
        "card_due_days",
        "2.1",
        T("Warranty card is due after the sale"),
        T("A card filed up to the end of the last of these days counts as filed in time."),
        _DAYS,
        ("WC-2",),
    ),
    Clause(
        "late_card",
        "2.2",
        T("Warranty of a unit whose card came late"),
        T("Repairs of such a unit are not recognised unless a reviewer waives it, or they are all the same."),
        rules=("WC-2",),
    ),
    Clause(
        "shelf_months",
        "3.1",
        T("Shelf allowance"),
        T("A unit without an accepted card is covered for so long after its shipment; 0: not covered."),
        _MONTHS,
        ("EN-2",),
    ),
    Clause(
        "extra_months",
        "3.2",
        T("Longer warranty of the territory"),
        T("Approved by the manufacturer; added to the warranty of every product and component."),
        _MONTHS,
        ("EN-3",),
    ),
    Clause(
        "deemed_receipt_days",
        "3.3",
        T("Units count as received after shipment"),
        T("Unless the dealer confirms another day."),
        _DAYS,
        ("SH-1",),
    ),
    Clause(
        "doa_days",
        "3.4",
        T("Dead on arrival is found after receipt within"),
        T("Repair first, at the manufacturer's cost; otherwise return, freight on the manufacturer."),
        _DAYS,
        ("EN-6",),
    ),
    Clause(
        "early_failure_days",
        "3.5",
        T("Early failure is found after the sale within"),
        T("Dates are proven by card and invoice. Repair first; else return, freight on the manufacturer."),
        _DAYS,
        ("EN-7",),
    ),
    Clause(
        "matrix",
        "3.6",
        T("Who bears which cost"),
        T("Freight in, freight back, parts and labour for each class of case."),
        rules=("EN-12",),
    ),
    Clause(
        "old_part_days",
        "4.1",
        T("Old parts are due after shipment of the new ones"),
        T("What is not back after the last of these days is charged to the dealer at cost."),
        _DAYS,
        ("PT-9",),
    ),
    Clause(
        "return_approval_days",
        "4.2",
        T("Approval of a return is valid for"),
        T("Goods that are not shipped by the last of these days need a new approval."),
        _DAYS,
        ("RT-3",),
    ),
    Clause(
        "advance_exchange",
        "4.3",
        T("Exchange in advance"),
        T("With an approved return the exchange unit may be sent before the old one has come back."),
        rules=("RT-5",),
    ),
    Clause(
        "batch_refund",
        "4.4",
        T("Credit for units of a defective batch"),
        T("No: units of a batch that is declared defective are exchanged or repaired, never credited."),
        rules=("RT-6",),
    ),
    Clause(
        "warranty_old_parts",
        "4.5",
        T("Old parts of free repairs are owed"),
        T("Each part fitted in a free warranty repair owes the old one, like an exchange part."),
        rules=("PT-9",),
    ),
    Clause(
        "forms",
        "5.1",
        T("Monthly forms are owed"),
        T("Forms that are missing or not accepted hold the settlement of the quarter."),
        rules=("MF-3", "ST-4"),
    ),
    Clause(
        "form_due_day",
        "5.2",
        T("Monthly forms are due on this day of the next month"),
        T("Submitted later, they are late; lateness is visible to both sides."),
        T("day of the month"),
        ("MF-3",),
    ),
    Clause(
        "deemed_confirm_days",
        "5.3",
        T("Silence counts as confirmation after"),
        T(
            "A statement that is neither confirmed nor disputed by the last of these days "
            "counts as confirmed; 0: never."
        ),
        _DAYS,
        ("ST-5",),
    ),
    Clause(
        "form_kinds",
        "5.4",
        T("Forms that each month owes"),
        T("Compiled from the records, checked and submitted by the dealer."),
        rules=("MF-1",),
    ),
    Clause(
        "form_due_moves",
        "5.5",
        T("A due day that is no working day moves on"),
        T("Yes: to the next working day of the manufacturer's calendar."),
        rules=("MF-3", "TM-1"),
    ),
)

#: The clause of each term, in the order in which they are printed.
CLAUSES: Mapping[str, Clause] = MappingProxyType(
    {clause.key: clause for clause in (*_CLAUSES, *SERVICE_CLAUSES)}
)

"""The repair fund's arithmetic (MN-1 … MN-4, ST-1, ST-2, PT-2): accounts, entries, grants, quota, closing.

An entry moves one amount between two accounts and sums to zero (MN-3). The fund account is what the dealer
has; every other account is the other side of one kind of movement, each figure of a statement is a balance:

    granted 2015.00:  fund +2015.00, granted −2015.00        drawn 1080.00:  drawn +1080.00, fund −1080.00

    result = opening + granted − drawn − charged − claims + adjusted − cancelled = 935.00

Closing 2026Q1 moves the 935.00 out of the fund (carried) and into 2026Q2 (opening); 2026Q1 then holds 0.00.
"""

from portal.ledger.rules.cancelling import fact_of, to_cancel
from portal.ledger.rules.entries import (
    CLOSING_KINDS,
    SIDES,
    Account,
    EntryKind,
    act_of,
    adjusting_quarter,
    belongs_to,
    check_open,
    counting_quarter,
    entry_lines,
    month_in,
    step_words,
)
from portal.ledger.rules.fund import (
    LOW,
    ClosingEntry,
    Cover,
    Figures,
    Quota,
    closing_entries,
    opening_of,
    quota,
)
from portal.ledger.rules.recorded import (
    FigureKind,
    base_place,
    check_figure,
    check_sales,
    rates_of,
    sales_quarter,
)
from portal.ledger.rules.remittances import (
    check_remittance,
    share_delta,
)

__all__ = [
    "CLOSING_KINDS",
    "LOW",
    "SIDES",
    "Account",
    "ClosingEntry",
    "Cover",
    "EntryKind",
    "FigureKind",
    "Figures",
    "Quota",
    "act_of",
    "adjusting_quarter",
    "base_place",
    "belongs_to",
    "check_figure",
    "check_open",
    "check_remittance",
    "check_sales",
    "closing_entries",
    "counting_quarter",
    "entry_lines",
    "fact_of",
    "month_in",
    "opening_of",
    "quota",
    "rates_of",
    "sales_quarter",
    "share_delta",
    "step_words",
    "to_cancel",
]

"""The rules of the catalogue: codes, prices of a day, warranty months, shipping and receiving units.

SH-1 units and their receipt · PT-5 supply · PT-10 prices and fees of a day · EN-1 warranty months.
"""

from portal.catalogue.rules.goods import (
    HIGHEST,
    LONGEST,
    LONGEST_WARRANTY,
    PriceVersion,
    Supply,
    check_amount,
    check_months,
    check_price_start,
    check_receipt,
    check_shipment,
    normalise_code,
    normalise_serial,
    price_on,
    received_on,
    warranty_months,
)
from portal.catalogue.rules.shipments import (
    COLUMNS,
    IMPORT,
    SAVED_AT_ONCE,
    STEP,
    ImportAction,
    ImportState,
    as_json,
    check_rows,
    good,
    group_of,
    problems_of,
)

__all__ = [
    "COLUMNS",
    "HIGHEST",
    "IMPORT",
    "LONGEST",
    "LONGEST_WARRANTY",
    "SAVED_AT_ONCE",
    "STEP",
    "ImportAction",
    "ImportState",
    "PriceVersion",
    "Supply",
    "as_json",
    "check_amount",
    "check_months",
    "check_price_start",
    "check_receipt",
    "check_rows",
    "check_shipment",
    "good",
    "group_of",
    "normalise_code",
    "normalise_serial",
    "price_on",
    "problems_of",
    "received_on",
    "warranty_months",
]

"""What the search finds; what a dealer's year consists of."""

from enum import StrEnum


class HitKind(StrEnum):
    """What something that was found is, in the order in which it is listed."""

    UNIT = "unit"
    CARD = "card"
    REPAIR = "repair"
    SERVICE_REQUEST = "service_request"
    SERVICE_CARD = "service_card"
    RETURN = "return"
    FEEDBACK = "feedback"
    PARTS_REQUEST = "parts_request"
    SHIPMENT = "shipment"
    OLD_PARTS = "old_parts"
    STATEMENT = "statement"
    RUN = "run"
    REMITTANCE = "remittance"
    FORM = "form"
    DELIVERY = "delivery"
    AGREEMENT = "agreement"
    DEALER = "dealer"
    PART = "part"
    PRODUCT = "product"


class YearFigure(StrEnum):
    """A figure of a dealer's annual record: a list of records of a quarter, counted or added up."""

    CARDS_FILED = "cards_filed"
    CARDS_ACCEPTED = "cards_accepted"
    CARDS_LATE = "cards_late"
    REPAIRS = "repairs"
    CLAIMS_FILED = "claims_filed"
    CLAIMS_GRANTED = "claims_granted"
    PARTS_REQUESTS = "parts_requests"
    PARTS_SHIPPED = "parts_shipped"
    RETURNS = "returns"
    UNITS_RETURNED = "units_returned"
    FEEDBACK = "feedback"
    REMITTED = "remitted"

    @property
    def is_money(self) -> bool:
        """Whether its records' amounts are added up, instead of the records being counted."""
        return self in _ADDED_UP


_ADDED_UP = frozenset({YearFigure.CLAIMS_GRANTED, YearFigure.PARTS_SHIPPED, YearFigure.REMITTED})

"""What the search finds."""

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

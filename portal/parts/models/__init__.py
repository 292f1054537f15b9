"""The rows of parts requests, of old parts that are owed, and of dealers' stock."""

from portal.parts.models.old_parts import (
    OldPartBatch,
    OldPartClearing,
    OldPartCount,
    OldPartDebt,
    OldPartItem,
)
from portal.parts.models.requests import PartsDecision, PartsLine, PartsRequest
from portal.parts.models.shipments import Receipt, Shipment, ShipmentLine
from portal.parts.models.stock import Stock, StockMovement, Stocktake, StocktakeLine

__all__ = [
    "OldPartBatch",
    "OldPartClearing",
    "OldPartCount",
    "OldPartDebt",
    "OldPartItem",
    "PartsDecision",
    "PartsLine",
    "PartsRequest",
    "Receipt",
    "Shipment",
    "ShipmentLine",
    "Stock",
    "StockMovement",
    "Stocktake",
    "StocktakeLine",
]

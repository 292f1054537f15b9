"""The rows of parts requests, of old parts that are owed, and of dealers' stock."""

from portal.parts.models.differences import DifferenceAnswer, DifferenceCase, DifferencePhoto, Reshipment
from portal.parts.models.old_parts import (
    OldPartBatch,
    OldPartClearing,
    OldPartCount,
    OldPartDebt,
    OldPartItem,
)
from portal.parts.models.reconciliation import Reconciliation
from portal.parts.models.requests import (
    PartsDecision,
    PartsLine,
    PartsPayment,
    PartsRequest,
    PartsSubstitute,
)
from portal.parts.models.shipments import Receipt, Shipment, ShipmentLine
from portal.parts.models.stock import Stock, StockMovement, Stocktake, StocktakeLine

__all__ = [
    "DifferenceAnswer",
    "DifferenceCase",
    "DifferencePhoto",
    "OldPartBatch",
    "OldPartClearing",
    "OldPartCount",
    "OldPartDebt",
    "OldPartItem",
    "PartsDecision",
    "PartsLine",
    "PartsPayment",
    "PartsRequest",
    "PartsSubstitute",
    "Receipt",
    "Reconciliation",
    "Reshipment",
    "Shipment",
    "ShipmentLine",
    "Stock",
    "StockMovement",
    "Stocktake",
    "StocktakeLine",
]

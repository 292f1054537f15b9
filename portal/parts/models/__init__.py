"""The rows of parts requests."""

from portal.parts.models.requests import PartsDecision, PartsLine, PartsRequest
from portal.parts.models.shipments import Receipt, Shipment, ShipmentLine

__all__ = ["PartsDecision", "PartsLine", "PartsRequest", "Receipt", "Shipment", "ShipmentLine"]

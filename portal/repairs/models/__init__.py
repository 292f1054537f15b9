"""The rows of repairs: records, claims, service requests."""

from portal.repairs.models.records import (
    FaultCode,
    Repair,
    RepairPart,
    RepairPhoto,
    RepairSignature,
    RepairVersion,
)

__all__ = ["FaultCode", "Repair", "RepairPart", "RepairPhoto", "RepairSignature", "RepairVersion"]

"""The rows of repairs: records, claims, service requests."""

from portal.repairs.models.claims import (
    Claim,
    ClaimAnswer,
    ClaimDecision,
    ClaimGrant,
    ClaimLine,
    ClaimOverride,
)
from portal.repairs.models.plans import CardVisit, DealerPlan, PlannedVisit, ServiceCard, ServicePlan
from portal.repairs.models.records import (
    FaultCode,
    Repair,
    RepairPart,
    RepairPhoto,
    RepairSignature,
    RepairVersion,
)
from portal.repairs.models.service import (
    FaultReport,
    FollowUp,
    Loaner,
    RepairStatus,
    ServiceEscalation,
    ServiceRequest,
)

__all__ = [
    "CardVisit",
    "Claim",
    "ClaimAnswer",
    "ClaimDecision",
    "ClaimGrant",
    "ClaimLine",
    "ClaimOverride",
    "DealerPlan",
    "FaultCode",
    "FaultReport",
    "FollowUp",
    "Loaner",
    "PlannedVisit",
    "Repair",
    "RepairPart",
    "RepairPhoto",
    "RepairSignature",
    "RepairStatus",
    "RepairVersion",
    "ServiceCard",
    "ServiceEscalation",
    "ServicePlan",
    "ServiceRequest",
]

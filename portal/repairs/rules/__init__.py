"""The rules of repairs: RP-1 … RP-12, EN-11."""

from portal.repairs.rules.faults import (
    FaultKind,
)
from portal.repairs.rules.records import (
    MOST_PHOTOS,
    REPAIR,
    Category,
    Consent,
    ConsentWay,
    OldPart,
    PartUse,
    RepairAction,
    RepairDraft,
    RepairPhotoKind,
    RepairState,
    SignatureKind,
    Way,
)
from portal.repairs.rules.versions import (
    RepairField,
    compared,
)

__all__ = [
    "MOST_PHOTOS",
    "REPAIR",
    "Category",
    "Consent",
    "ConsentWay",
    "FaultKind",
    "OldPart",
    "PartUse",
    "RepairAction",
    "RepairDraft",
    "RepairField",
    "RepairPhotoKind",
    "RepairState",
    "SignatureKind",
    "Way",
    "compared",
]

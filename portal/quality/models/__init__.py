"""The tables of quality: defective batches, and feedback with what both sides say about it."""

from portal.quality.models.batches import DefectiveBatch
from portal.quality.models.feedback import (
    Feedback,
    FeedbackEntry,
    FeedbackPhoto,
    FeedbackProposal,
    FeedbackReport,
)

__all__ = [
    "DefectiveBatch",
    "Feedback",
    "FeedbackEntry",
    "FeedbackPhoto",
    "FeedbackProposal",
    "FeedbackReport",
]

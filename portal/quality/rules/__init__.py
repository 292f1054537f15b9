"""What quality judges by: defective batches (RT-6)."""

from portal.quality.rules.batches import LONGEST_REASON, DefectState, check_reason, kept_batch, subject

__all__ = ["LONGEST_REASON", "DefectState", "check_reason", "kept_batch", "subject"]

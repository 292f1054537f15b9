"""What is done to repairs inside the commands of this feature and of others."""

from portal.repairs.steps.claims import hold_filings, post_claim, raise_claim

__all__ = ["hold_filings", "post_claim", "raise_claim"]

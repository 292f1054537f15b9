"""Use cases of quality."""

from portal.quality.commands.batches import declare_batch, lift_batch

__all__ = ["declare_batch", "lift_batch"]

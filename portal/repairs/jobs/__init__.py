"""What time brings for repairs."""

from portal.repairs.jobs import service

__all__ = ["service"]

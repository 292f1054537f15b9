"""The portal on one machine with made-up companies: a year of records made through the commands."""

from portal.demo.opening import announcement, prepare

__all__ = ["announcement", "prepare"]

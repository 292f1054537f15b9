"""Pages of the ledger: the quota, the postings behind every balance, remittances, adjustments."""

from portal.ledger.views import accounts, adjusting, common, quota, remittances, remittances_file

__all__ = ["accounts", "adjusting", "pages", "quota", "remittances_file"]

pages = [common.pages, remittances.pages]

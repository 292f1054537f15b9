"""Pages of the ledger: the quota, the postings behind every balance, remittances, recorded figures, adjustments."""

from portal.ledger.views import (
    accounts,
    adjusting,
    common,
    figures,
    figures_file,
    quota,
    remittances,
    remittances_file,
)

__all__ = ["accounts", "adjusting", "figures_file", "pages", "quota", "remittances_file"]

pages = [common.pages, figures.pages, remittances.pages]

"""Pages of warranty cards: lists and cards for both sides, filing for dealers, the review queue."""

from portal.warranty.views import bulk, entries, filing, many
from portal.warranty.views.cards import pages as cards
from portal.warranty.views.review import pages as review

pages = [cards, review]

__all__ = ["bulk", "entries", "filing", "many", "pages"]

"""Pages of warranty cards: lists and cards for both sides, filing, the review queue; coverage, longer warranties."""

from portal.warranty.views import bulk, entries, filing, many
from portal.warranty.views.cards import pages as cards
from portal.warranty.views.coverage import pages as coverage
from portal.warranty.views.extensions import pages as extensions
from portal.warranty.views.review import pages as review

pages = [cards, review, coverage, extensions]

__all__ = ["bulk", "entries", "filing", "many", "pages"]

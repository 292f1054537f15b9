"""Pages of repairs for both sides."""

from portal.web.routing import Pages

pages: list[Pages] = []

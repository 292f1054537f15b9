"""Where the pages of monthly forms live."""

from portal.web.routing import Pages

pages = Pages("reports", __name__, prefix="/monthly")

"""Where the pages of parts requests live."""

from portal.web.routing import Pages

pages = Pages("parts", __name__, prefix="/parts")

"""Where the pages of parts requests live."""

from portal.web.routing import Pages

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pages = Pages("parts", __name__, prefix="/parts")

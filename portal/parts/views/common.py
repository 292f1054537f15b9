"""Where the pages of parts requests, their differences, payments and months live."""

from portal.web.routing import Pages

pages = Pages("parts", __name__, prefix="/parts")
differences = Pages("differences", __name__, prefix="/parts/differences")
payments = Pages("parts_payments", __name__, prefix="/parts/payments")
months = Pages("parts_months", __name__, prefix="/parts/months")
#: What a spreadsheet is served as.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

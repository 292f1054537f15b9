"""Pages of sign-in, people, dealers, the own company, and of the platform's operator."""

from portal.tenants.views import account, calendar, company, dealers, links, operator, people

pages = [account.pages, people.pages, dealers.pages, company.pages, calendar.pages, operator.pages]
#: `links` adds its routes to the pages of the account.
__all__ = ["links", "pages"]

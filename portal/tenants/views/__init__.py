"""Pages of sign-in, people, dealers, and of the platform's operator."""

from portal.tenants.views import account

pages = [account.pages]

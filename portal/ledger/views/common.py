"""Which agreement a page of the ledger is about, and words that several pages say."""

from dataclasses import dataclass

from flask import request

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import TermsVersion, version_in_force
from portal.kernel.errors import NotFound
from portal.kernel.period import Month, Quarter
from portal.ledger import queries
from portal.ledger.rules import counting_quarter
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web.routing import Pages, actor

pages = Pages("ledger", __name__, prefix="")

CURRENCY_SIGNS = {"CNY": "¥"}


@dataclass(frozen=True)
class Book:
    """The ledger of one agreement as the address names it."""

    agreement: Agreement
    dealer: Dealer
    #: What stands before an amount: `¥`, or the currency's code.
    sign: str
    versions: list[TermsVersion]

    def version(self, quarter: Quarter) -> TermsVersion:
        """The version of the terms that rules a quarter."""
        return version_in_force(self.versions, quarter.last)


def book() -> Book | None:
    """The agreement of `?agreement=` or `?dealer=`; for a dealer its own. None: the manufacturer named none.

    Raises NotFound for one that isn't the reader's, RuleBroken AG-1 for a dealer that never had one in force.
    """
    number, code = request.args.get("agreement", ""), request.args.get("dealer", "")
    if number:
        agreement = agreements.get(number)
    elif actor().dealer_id is not None:
        agreement = agreements.in_force(actor().dealer_id or 0, action=False)
    elif code:
        agreement = agreements.in_force(tenants.dealer(code).holder_id, action=False)
    else:
        return None
    versions = agreements.versions(agreement.id)
    currency = versions[-1].terms.currency
    return Book(
        agreement,
        tenants.dealer_by_id(agreement.dealer_id),
        CURRENCY_SIGNS.get(currency, currency),
        versions,
    )


def needed_book() -> Book:
    """The same for pages that are about one agreement always. Raises NotFound when none is named."""
    found = book()
    if found is None:
        raise NotFound
    return found


def quarter_of(text: str) -> Quarter:
    """A quarter in an address. Raises NotFound for what is none."""
    try:
        return Quarter.parse(text)
    except ValueError:
        raise NotFound from None


def present_quarter(agreement: Agreement, today: Quarter) -> Quarter:
    """The quarter in which something of today counts."""
    fund = queries.fund(agreement.id)
    return counting_quarter(today.first, fund.frozen_until if fund else None)


def months_of(agreement: Agreement, until: Month) -> list[Month]:
    """The months since the agreement's first quarter, newest first."""
    month = until
    found: list[Month] = []
    while month >= Quarter.of(agreement.starts).months[0] and len(found) < 60:
        found.append(month)
        month = month.previous
    return found

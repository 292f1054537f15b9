"""The postings behind every figure: a quarter, an account in it, one entry with both its lines (MN-3)."""

from flask import Response

from portal.agreements import queries as agreements
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO, total
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.ledger import queries
from portal.ledger.rules import Account
from portal.ledger.views.common import Book, needed_book, pages, present_quarter, quarter_of
from portal.tenants import queries as tenants
from portal.web.pages import page
from portal.web.routing import actor

#: What a quarter is made of, in the order of the statement; these signs make the result.
TERMS = (
    (Account.OPENING, 1),
    (Account.GRANTED, 1),
    (Account.DRAWN, -1),
    (Account.CHARGED, -1),
    (Account.CLAIMS, -1),
    (Account.ADJUSTED, 1),
    (Account.CANCELLED, -1),
)
#: Accounts that are shown with the other sign than they are kept with: what the fund gets shrinks them.
TURNED = frozenset({Account.OPENING, Account.GRANTED, Account.ADJUSTED, Account.DUE, Account.RESERVABLE})


@pages.get("/ledger/<quarter>", allow=Permission.LEDGER_READ)
def quarter(quarter: str) -> Response:
    """Every figure of a quarter, each with the way to its postings."""
    found, asked = needed_book(), quarter_of(quarter)
    newest = _newest(found)
    if not Quarter.of(found.agreement.starts) <= asked <= newest:
        raise NotFound
    figures = queries.figures(found.agreement, asked)
    fund = queries.fund(found.agreement.id)
    balances = queries.balances(found.agreement.id).get(asked, {})
    return page(
        "ledger/quarter.html",
        book=found,
        quarter=asked,
        terms=[(account, sign * getattr(figures, account.value)) for account, sign in TERMS],
        figures=figures,
        direct=Account.DIRECT,
        closed=fund is not None and fund.closed_until is not None and asked <= fund.closed_until,
        frozen=fund is not None and fund.frozen_until is not None and asked <= fund.frozen_until,
        carried=balances.get(Account.CARRIED, ZERO),
        payable=balances.get(Account.PAYABLE, ZERO),
        version=found.version(asked),
        before=asked.previous if asked > Quarter.of(found.agreement.starts) else None,
        after=asked.next if asked < newest else None,
    )


@pages.get("/ledger/<quarter>/<account>", allow=Permission.LEDGER_READ)
def account(quarter: str, account: str) -> Response:
    """The postings that a balance is the sum of."""
    found, asked = needed_book(), quarter_of(quarter)
    if account not in list(Account):
        raise NotFound
    chosen = Account(account)
    if chosen is Account.RESERVED:
        held = queries.held_by_document(found.agreement.id)
        movements = queries.holds_of(found.agreement.id, [number for number, _amount in held])
    else:
        movements = queries.movements(found.agreement.id, asked, chosen)
    sign = -1 if chosen in TURNED else 1
    opening = queries.opening(found.agreement, asked) if chosen is Account.OPENING else None
    return page(
        "ledger/account.html",
        book=found,
        quarter=asked,
        account=chosen,
        movements=[(move.entry, sign * move.amount) for move in movements],
        balance=sign * total(move.amount for move in movements),
        opening=opening,
        before=asked.previous if asked > Quarter.of(found.agreement.starts) else None,
    )


@pages.get("/ledger/entries/<int:entry_id>", allow=Permission.LEDGER_READ)
def entry(entry_id: int) -> Response:
    """One entry: both lines, what it is for, where it comes from."""
    found = queries.entry(entry_id)
    agreement = agreements.by_id(found.agreement_id)
    return page(
        "ledger/entry.html",
        entry=found,
        lines=queries.lines_of(found.id),
        agreement=agreement,
        dealer=tenants.dealer_by_id(agreement.dealer_id),
        others=[move for move in queries.of_document(found.document) if move.entry.id != found.id],
    )


def _newest(found: Book) -> Quarter:
    return present_quarter(found.agreement, Quarter.of(clock.today(actor().timezone)))

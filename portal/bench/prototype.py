"""One manufacturer and three dealers whose months are lived through the commands; the first is copied many times.

Every number, serial and code that has to be unique ends in a year and six digits, so that a copy can have its own.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count

from flask import Flask

from portal.agreements import commands as agreements
from portal.bench.scratch import TODAY, Scratch
from portal.catalogue import commands as catalogue
from portal.kernel import crypto
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.ledger import commands as ledger
from portal.parts import commands as parts
from portal.reports import commands as reports
from portal.tenants import commands as tenants
from portal.tenants import queries, steps
from portal.tenants.models import Organisation
from portal.tenants.rules import OPERATOR_PERMISSIONS, Role
from portal.warranty import commands as warranty
from portal.warranty.rules import CardAction, CardDraft

MODEL, TENANT, PASSWORD = "BX-48", "BM", "correct horse battery"
PRICES = {"P-MOTOR": "120.00", "P-CTRL": "88.50", "P-LAMP": "16.80", "P-LOCK": "9.90", "P-WIRE": "4.20"}
TERMS = {"bases": [{"kind": "remittance_share", "rate": "2.5%"}, {"kind": "card_fee", "fee": "15.00"}]}
#: The part that costs 1.00, for filling a quota to the cent.
PENNY = "P-ONE"
SETTLED = Quarter(2026, 1)
#: Cards of each dealer that are accepted, and that wait for the reviewer.
ACCEPTED, WAITING = 14, 10
_OPERATOR = Actor("bench", OPERATOR_PERMISSIONS)
_DESKS = (Role.ADMIN, Role.REVIEWER, Role.WAREHOUSE, Role.FINANCE)
_BEGIN = dt.date(2026, 1, 1)


@dataclass
class Prototype:
    """Who acts, and the dealers by what they are for."""

    maker: Actor
    email: str
    usual: Actor
    #: Its statement has four pages.
    busy: Actor
    #: Nothing happened to it yet; its quota is for races.
    fresh: Actor
    #: Numbers for bank references that nobody has used.
    references: Iterator[int]

    def reference(self) -> str:
        return f"RX-2026-{next(self.references):06d}"


def build(app: Flask, url: str) -> tuple[Scratch, Prototype]:
    """Live through the first months of 2026 in the empty database at `url`."""
    scratch = Scratch(app, url)
    numbers = count(1)
    with scratch.at(_BEGIN):
        prototype = _found(scratch)
        _stock(scratch, prototype.maker)
    _live(scratch, prototype, prototype.usual, numbers, requests=3)
    _live(scratch, prototype, prototype.busy, numbers, requests=12)
    with scratch.at():
        scratch.work("warranty.assess")
    return scratch, prototype


@command(allow=Permission.OPERATE, silent=True)
def _hire(_actor: Actor, organisation_id: int, email: str, roles: tuple[str, ...]) -> int:
    organisation = session().get_one(Organisation, organisation_id)
    person = steps.add_person(email, "Bench", password_hash=crypto.hash_password(PASSWORD))
    steps.join(person.id, organisation.id, roles)
    return person.id


def _found(scratch: Scratch) -> Prototype:
    maker_id = scratch.give(_OPERATOR, tenants.add_tenant, code=TENANT, name="样机制造有限公司")
    email = "bench@example.test"
    person = scratch.give(_OPERATOR, _hire, maker_id, email, _DESKS)
    with scratch.app.app_context():
        maker = queries.actor_in(person, maker_id, None)
    usual, busy, fresh = (_dealer(scratch, maker, number) for number in range(1, 4))
    return Prototype(maker, email, usual, busy, fresh, count(500_000))


def _dealer(scratch: Scratch, maker: Actor, number: int) -> Actor:
    code = f"D-2026-{number:06d}"
    dealer_id = scratch.give(maker, tenants.add_dealer, code=code, name=f"样板经销商 {code}", region="华东")
    agreement = scratch.give(maker, agreements.draft, dealer_id, starts=_BEGIN, terms=TERMS)
    scratch.give(maker, agreements.activate, agreement)
    # Nobody in particular: a dealer's people would have to be copied with it.
    return replace(
        maker, name="Owner", permissions=frozenset(Permission), person_id=None, dealer_id=dealer_id
    )


def _stock(scratch: Scratch, maker: Actor) -> None:
    scratch.give(maker, catalogue.add_product, model=MODEL, name="电动车 48V", months=12)
    for code, price in {**PRICES, PENNY: "1.00"}.items():
        scratch.give(
            maker,
            catalogue.add_part,
            code=code,
            name=f"配件 {code}",
            unit="件",
            price=Decimal(price),
            starts=_BEGIN,
        )


def _live(
    scratch: Scratch, prototype: Prototype, dealer: Actor, numbers: Iterator[int], *, requests: int
) -> None:
    """Units, remittances, cards, parts and forms of one dealer; its first quarter is ready to be settled."""
    maker = prototype.maker
    assert dealer.dealer_id is not None
    code = scratch.look(maker, lambda: queries.dealer_by_id(dealer.dealer_id or 0).code)
    serials = [f"SN-2026-{next(numbers):06d}" for _ in range(ACCEPTED + WAITING + 6)]
    with scratch.at(dt.date(2026, 1, 5)):
        scratch.give(maker, catalogue.ship_units, code, MODEL, serials, shipped_on=dt.date(2026, 1, 5))
    for month in (1, 1, 2, 2, 3, 3, 4, 4):
        day = dt.date(2026, month, 10)
        with scratch.at(day):
            scratch.give(
                maker,
                ledger.record_remittance,
                dealer.dealer_id,
                date=day,
                amount=Decimal("64000.00"),
                bank_ref=f"BK-2026-{next(numbers):06d}",
            )
    for place, serial in enumerate(serials[:ACCEPTED]):
        number = _file(scratch, dealer, serial, dt.date(2026, 1 + place % 3, 12 + place))
        with scratch.at(dt.date(2026, 1 + place % 3, 28)):
            scratch.give(maker, warranty.review, number, CardAction.ACCEPT)
    for place, serial in enumerate(serials[ACCEPTED : ACCEPTED + WAITING]):
        _file(scratch, dealer, serial, TODAY - dt.timedelta(days=1 + place % 5))
    for place in range(requests):
        _draw(scratch, maker, dealer, dt.date(2026, 1 + place % 3, 15 + place // 3))
    for reported in SETTLED.months:
        with scratch.at(dt.date(2026, 4, 2)):
            scratch.give(dealer, reports.submit, reported)
            scratch.give(maker, reports.accept_month, dealer.dealer_id, reported)


def _file(scratch: Scratch, dealer: Actor, serial: str, day: dt.date) -> str:
    assert dealer.dealer_id is not None
    draft = CardDraft(
        serial=serial,
        sale_date=day - dt.timedelta(days=2),
        customer="王小明",
        phone="13800005678",
        invoice=f"FP-2026-{int(serial[-6:]):06d}",
        point_id=dealer.dealer_id,
        address="示例市示例区示例路 1 号",
    )
    with scratch.at(day):
        return scratch.give(dealer, warranty.file, draft)


def _draw(scratch: Scratch, maker: Actor, dealer: Actor, day: dt.date) -> None:
    pieces = dict.fromkeys(list(PRICES)[:4], 2)
    with scratch.at(day):
        number = scratch.give(dealer, parts.request, pieces, consent=True)
        scratch.give(maker, parts.decide, number, pieces)
        scratch.give(maker, parts.ship, number, pieces, carrier="示例快运", waybill=f"YD-{number[3:]}")

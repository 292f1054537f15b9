"""Units and cards of D01 as rows, without the commands that make them: a year of stock in a few milliseconds."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.agreements.models import Agreement, TermsVersion
from portal.agreements.rules import FormKind, Terms
from portal.catalogue import commands as catalogue
from portal.catalogue.models import Delivery, Product, Unit
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.reports import queries
from portal.reports.rules import Sheet
from portal.warranty.models import Card
from portal.warranty.rules import CardState
from tests.people import World

NOON = dt.datetime(2026, 1, 1, 4, tzinfo=dt.UTC)
MODELS = ("EB-48", "EB-60", "ET-72")


@dataclass(frozen=True)
class Shelf:
    """One unit with what happened to it; `replaces`: the serial of the unit in whose place it was handed over."""

    serial: str
    shipped: dt.date
    received: dt.date | None = None
    left: dt.date | None = None
    replaces: str = ""
    model: str = "EB-48"
    #: 0: the first agreement of D01.
    agreement: int = 0


@dataclass(frozen=True)
class Paper:
    """One card; `continues`: the number of the card of the unit that was exchanged."""

    number: str
    serial: str
    sold: dt.date
    state: CardState = CardState.ACCEPTED
    point: str = "D01"
    continues: str = ""
    filed_at: dt.datetime = NOON


def put(world: World, shelves: Sequence[Shelf], papers: Sequence[Paper] = ()) -> None:
    """Write these rows; a unit stands after the one that it replaces, a card after the one that it continues."""
    with world.acting("mei") as mei:
        known = set(session().scalars(select(Product.model)))
    for model in {shelf.model for shelf in shelves} - known:
        with world.acting("mei") as mei:
            catalogue.add_product(mei, model=model, name="电动车", months=12)
    with world.app.app_context():
        _put(_setup(world), world.dealers, shelves, papers)


def begin(world: World, starts: dt.date) -> None:
    """The agreement of D01 has run since an earlier day."""
    with world.app.app_context():
        _begin(_setup(world), world.dealers["D01"], starts)


def follow(world: World, ends: dt.date) -> int:
    """The agreement of D01 ends on a day, and another begins on the day after; the id of the new one."""
    with world.app.app_context():
        return _follow(_setup(world), world.dealers["D01"], ends)


def sheet(world: World, kind: FormKind, month: str, agreement: int = 0) -> Sheet:
    """A form of D01 as the records say now, as the dealer reads it; of its first agreement, or of another one."""
    with world.acting("dana"):
        statement = (
            select(Agreement).where(Agreement.dealer_id == world.dealers["D01"]).order_by(Agreement.id)
        )
        found = {row.id: row for row in session().scalars(statement)}
        return queries.live(found[agreement or min(found)], Month.parse(month), kind)


def cells(sheet: Sheet, row: str, *columns: str) -> tuple[str, ...]:
    """Some cells of a line."""
    return tuple(sheet.cell(row, column) for column in columns)


def _setup(world: World) -> Actor:
    return Actor("setup", frozenset(Permission), manufacturer_id=world.manufacturers["MF"])


def _agreement(dealer_id: int) -> Agreement:
    statement = select(Agreement).where(Agreement.dealer_id == dealer_id).order_by(Agreement.id)
    return session().scalars(statement).all()[0]


@command(allow=Permission.CLOCK, silent=True)
def _put(_actor: Actor, dealers: dict[str, int], shelves: Sequence[Shelf], papers: Sequence[Paper]) -> None:
    dealer_id, agreement = dealers["D01"], _agreement(dealers["D01"]).id
    owned = {"dealer_id": dealer_id, "agreement_id": agreement}
    number = f"SH-2026-9{len(session().scalars(select(Delivery.id)).all()):05d}"
    delivery = Delivery(
        **owned, point_id=dealer_id, number=number, shipped_on=NOON.date(), person="setup", at=NOON
    )
    session().add(delivery)
    session().flush()
    products = {row.model: row.id for row in session().scalars(select(Product))}
    units: dict[str, Unit] = {row.serial: row for row in session().scalars(select(Unit))}
    for shelf in shelves:
        if shelf.replaces and units[shelf.replaces].id is None:
            session().flush()
        units[shelf.serial] = Unit(
            dealer_id=dealer_id,
            point_id=dealer_id,
            agreement_id=shelf.agreement or agreement,
            delivery_id=delivery.id,
            product_id=products[shelf.model],
            serial=shelf.serial,
            batch="B1",
            shipped_on=shelf.shipped,
            received_on=shelf.received,
            left_field_on=shelf.left,
            exchanged_from_id=units[shelf.replaces].id if shelf.replaces else None,
        )
        session().add(units[shelf.serial])
    session().flush()
    cards: dict[str, Card] = {}
    for paper in papers:
        if paper.continues:
            session().flush()
        cards[paper.number] = Card(
            **owned,
            point_id=dealers[paper.point],
            unit_id=units[paper.serial].id,
            number=paper.number,
            serial=paper.serial,
            model="EB-48",
            sale_date=paper.sold,
            filed_on=paper.filed_at.date(),
            filed_at=paper.filed_at,
            filed_by="setup",
            waiting_since=paper.filed_at,
            customer="王小明",
            phone="+8613800005678",
            phone_hash="0",
            phone_last4="5678",
            invoice=paper.number,
            state=paper.state,
            late=False,
            inherited_from_id=cards[paper.continues].id if paper.continues else None,
        )
        session().add(cards[paper.number])


@command(allow=Permission.CLOCK, silent=True)
def _begin(_actor: Actor, dealer_id: int, starts: dt.date) -> None:
    _agreement(dealer_id).starts = starts


@command(allow=Permission.CLOCK, silent=True)
def _follow(_actor: Actor, dealer_id: int, ends: dt.date) -> int:
    old = _agreement(dealer_id)
    old.ends = ends
    new = Agreement(
        dealer_id=dealer_id, number="XY-2026-000099", state=old.state, starts=ends + dt.timedelta(days=1)
    )
    session().add(new)
    session().flush()
    terms = {"terms": Terms().as_json(), "person": "setup", "at": NOON}
    session().add(
        TermsVersion(agreement_id=new.id, dealer_id=dealer_id, number=1, starts=new.starts, **terms)
    )
    session().flush()
    return new.id

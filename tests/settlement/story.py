"""A quarter lived through the commands: what the settlement tests begin with, and the acts they repeat."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.agreements import commands as agreed
from portal.agreements import queries as agreements
from portal.catalogue import commands as catalogue
from portal.jobs import worker
from portal.jobs.daily import begin_day
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.ledger import commands as ledger
from portal.ledger import queries as funds
from portal.parts import commands as parts
from portal.parts.rules import Shipping
from portal.reports import commands as reports
from portal.settlement import commands, queries
from portal.settlement.models import Statement
from portal.tenants import commands as tenants
from portal.tenants import queries as parties
from portal.warranty import commands as warranty
from portal.warranty.rules import CardAction, CardDraft
from tests.parts.stock import stock
from tests.people import World

Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)
#: Who submits the forms of a dealer.
OWNERS = {"D01": "dana", "D02": "rival", "D03": "ida"}


def day(text: str) -> dt.date:
    """`04-03` of 2026."""
    return dt.date.fromisoformat(f"2026-{text}")


def engage(world: World, code: str, terms: Mapping[str, Any], *, starts: str = "2026-01-01") -> None:
    """A dealer more, with an agreement of its own terms; nobody acts for it."""
    admin = Actor("setup", frozenset(Permission), manufacturer_id=world.manufacturers["MF"])
    with world.at(dt.date(2026, 1, 1)):
        with world.app.app_context():
            world.dealers[code] = tenants.add_dealer(admin, code=code, name=f"经销商 {code}")
        with world.app.app_context():
            first = dt.date.fromisoformat(starts)
            number = agreed.draft(admin, world.dealers[code], starts=first, terms=terms)
        with world.app.app_context():
            agreed.activate(admin, number)


def ship(world: World, *serials: str, dealer: str = "D01", on: str = "01-05") -> None:
    """Units of the model EB-48 on their way to a dealer."""
    with world.acting("mei", on=day(on)) as mei:
        catalogue.ship_units(mei, dealer, "EB-48", serials, batch="B1", shipped_on=day(on))


def card(world: World, serial: str, *, filed: str, accepted: str | None = None, dealer: str = "D01") -> str:
    """A card filed for a unit sold the day before; its number."""
    filed_on = day(filed)
    with world.acting(OWNERS[dealer], on=filed_on) as owner:
        draft = CardDraft(
            serial=serial,
            sale_date=filed_on - dt.timedelta(days=1),
            customer="王小明",
            phone="13800005678",
            invoice=f"INV-{serial}",
            point_id=world.dealers[dealer],
        )
        number = warranty.file(owner, draft)
    if accepted is not None:
        accept(world, number, on=accepted)
    return number


def accept(world: World, number: str, *, on: str) -> None:
    with world.acting("mei", on=day(on)) as mei:
        warranty.review(mei, number, CardAction.ACCEPT)


def remit(world: World, amount: str, ref: str, *, on: str, dealer: str = "D01") -> str:
    with world.acting("fei", on=day(on)) as fei:
        return ledger.record_remittance(
            fei, world.dealers[dealer], date=day(on), amount=Decimal(amount), bank_ref=ref
        )


def adjust(world: World, amount: str, *, on: str, dealer: str = "D01", reason: str = "补记") -> str:
    with world.acting("fei", on=day(on)) as fei:
        return ledger.adjust(fei, world.dealers[dealer], amount=Decimal(amount), reason=reason)


def draw(
    world: World, pieces: Mapping[str, int], *, on: str, who: str = "dana", express: str = "0.00"
) -> str:
    """Parts requested, approved and shipped on one day, beyond the quota with consent; the request's number."""
    with world.acting(who, on=day(on)) as dealer:
        shipping = Shipping.EXPRESS if Decimal(express) else Shipping.ORDINARY
        number = parts.request(dealer, pieces, consent=True, shipping=shipping, express=Decimal(express))
    with world.acting("mei", on=day(on)) as mei:
        parts.decide(mei, number, pieces)
    with world.acting("mei", on=day(on)) as mei:
        parts.ship(mei, number, pieces)
    return number


def forms(world: World, quarter: Quarter, *, dealer: str = "D01", on: str, accepted: bool = True) -> None:
    """The three months of a quarter submitted, and accepted."""
    for month in quarter.months:
        submit_form(world, month, dealer=dealer, on=on, accepted=accepted)


def submit_form(
    world: World, month: Month, *, dealer: str = "D01", on: str, accepted: bool = True
) -> list[str]:
    """The forms of a month submitted, and accepted. Returns their numbers."""
    with world.acting(OWNERS[dealer], tenant="MF", on=day(on)) as owner:
        numbers = reports.submit(owner, month)
    if accepted:
        with world.acting("mei", on=day(on)) as mei:
            reports.accept_month(mei, world.dealers[dealer], month)
    return numbers


def first_quarter(world: World, *, with_forms: bool = True) -> None:
    """2026Q1 of D01 and D02 as in the shared example: 2,015.00 granted and 1,080.00 drawn; 250.00 granted.

    D01 has handed in its forms, D02 only those of January; D03 has done nothing at all.
    """
    with world.acting("mei", on=day("01-02")) as mei:
        catalogue.add_product(mei, model="EB-48", name="电动车 48V", months=12)
    stock(world)
    ship(world, "A1", "A2", "A3", "A4")
    remit(world, "80000.00", "B-1", on="01-06")
    remit(world, "10000.05", "B-2", on="01-06", dealer="D02")
    card(world, "A1", filed="01-10", accepted="01-11")
    draw(world, {"P-MOTOR": 9}, on="01-23")
    number = remit(world, "20000.05", "B-3", on="02-28", dealer="D02")
    with world.acting("fei", on=day("03-30")) as fei:
        ledger.reverse_remittance(fei, number, reason="退票")
    if with_forms:
        forms(world, Q1, on="04-02")
        submit_form(world, Month(2026, 1), dealer="D02", on="04-02", accepted=False)


def work(world: World, *, on: str) -> int:
    """Do all background work that waits; how many jobs there were."""
    with world.at(day(on)):
        return worker.run_all(world.app)


def start(
    world: World,
    quarter: Quarter = Q1,
    *,
    on: str,
    overrides: Mapping[str, str] | None = None,
    trial: bool = False,
    who: str = "fei",
) -> str:
    """Start a run and compute it; its number."""
    with world.acting(who, on=day(on)) as finance:
        number = commands.start_run(finance, quarter, overrides=overrides, trial=trial)
    compute(world, on=on)
    return number


def compute(world: World, *, on: str, kind: str = "settlement.compute") -> None:
    """Do the background work of one kind."""
    with world.at(day(on)):
        for job_id in worker.waiting(world.app, kind):
            worker.run(world.app, job_id)


def issue(world: World, number: str, *, on: str, who: str = "fei") -> None:
    """Issue what a run has computed; PDFs are not printed."""
    with world.acting(who, on=day(on)) as finance:
        commands.issue_run(finance, number)
    compute(world, on=on, kind="settlement.issue")


def settle(
    world: World, quarter: Quarter = Q1, *, on: str, override: tuple[str, ...] = (), who: str = "fei"
) -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    """Run and issue a quarter: the statements and the holds of this run by dealer code."""
    number = start(world, quarter, on=on, overrides=dict.fromkeys(override, "电话核实"), who=who)
    issue(world, number, on=on, who=who)
    with world.acting("lin", on=day(on)):
        codes = {dealer.id: dealer.code for dealer in parties.dealers()}
        lines = queries.lines(queries.run(number).id)
        return (
            {codes[line.dealer]: dict(line.figures) for line in lines if line.statement},
            {codes[line.dealer]: list(line.holds) for line in lines if line.holds},
        )


def close(world: World, quarter: Quarter = Q1, *, on: str, who: str = "fay") -> None:
    with world.acting(who, on=day(on)) as second:
        commands.close_quarter(second, quarter)
    compute(world, on=on, kind="settlement.close")


def begin(world: World, on: str) -> None:
    """What time brings at the beginning of a day."""
    with world.at(day(on), hour=0), world.app.app_context():
        clock_actor = parties.clock_actor(world.manufacturers["MF"], "Asia/Shanghai")
        assert clock_actor.scope is not None
        session().enter(clock_actor.scope)
        begin_day(clock_actor)


def statement(world: World, dealer: str = "D01", quarter: Quarter = Q1) -> Statement:
    """The statement of a dealer, read once and left alone."""
    with world.acting("lin"):
        found = queries.of_quarter(agreements.of_dealer(world.dealers[dealer])[0].id, quarter)
        assert found is not None, f"{dealer} has no statement of {quarter}"
        session().expunge(found)
        return found


def figures(world: World, quarter: Quarter, dealer: str = "D01") -> dict[str, Decimal]:
    """The figures of a quarter as the ledger has them now."""
    with world.acting("lin"):
        found = funds.figures(agreements.of_dealer(world.dealers[dealer])[0], quarter)
        return {name: getattr(found, name) for name in ("opening", "granted", "drawn", "adjusted", "result")}

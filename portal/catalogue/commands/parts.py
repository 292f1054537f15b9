"""Parts and their prices (PT-5, PT-10)."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries
from portal.catalogue.commands.products import STALE
from portal.catalogue.models import Part, PartCost, PartPrice
from portal.catalogue.rules import Supply, check_amount, check_price_start, normalise_code
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T


@command(allow=Permission.CATALOGUE_WRITE)
def add_part(
    actor: Actor,
    *,
    code: str,
    name: str,
    unit: str,
    price: Decimal,
    starts: dt.date,
    supply: Supply = Supply.FUND,
    name_en: str = "",
    cost: Decimal | None = None,
) -> str:
    """A new part with its first price, which may start on any day. Returns its code as it is kept.

    `cost` is what it costs the manufacturer and stays with it. Raises RuleBroken PT-10.
    """
    kept = normalise_code(code)
    if kept in queries.parts_by_code([kept]):
        raise RuleBroken("PT-10", T("{code} exists already.", code=kept), field="code")
    part = Part(code=kept, name=name, name_en=name_en, supply=supply, unit=unit)
    session().add(part)
    session().flush()
    _add_price(actor, part, price, starts, cost)
    record(Tag.CATALOGUE_CHANGED, actor, kept, name=name, after={"supply": supply.value, "price": str(price)})
    return kept


@command(allow=Permission.CATALOGUE_WRITE)
def change_part(
    actor: Actor,
    code: str,
    *,
    name: str,
    name_en: str,
    unit: str,
    active: bool,
    supply: Supply | None = None,
    fits: Sequence[str] = (),
    seen_version: int | None = None,
) -> str:
    """Change a part; its prices have their own command. Returns its code.

    `supply`: None leaves it; a new class holds for requests from now on, those that exist keep theirs (PT-5).
    `fits`: the models that it is made for, none named means all (RP-7). Raises RuleBroken RP-7 for an unknown one.
    """
    part = queries.part(code)
    if seen_version is not None and part.version != seen_version:
        raise Conflict(STALE)
    models, how = _known_models(fits), supply or part.supply
    before = {
        "supply": part.supply.value,
        "name": part.name,
        "name_en": part.name_en,
        "unit": part.unit,
        "active": part.active,
        "fits": part.fits,
    }
    after = {
        "supply": how.value,
        "name": name,
        "name_en": name_en,
        "unit": unit,
        "active": active,
        "fits": models,
    }
    part.name, part.name_en, part.unit, part.active, part.fits = name, name_en, unit, active, models
    part.supply = how
    record(Tag.CATALOGUE_CHANGED, actor, part.code, name=name, before=before, after=after)
    return part.code


def _known_models(names: Sequence[str]) -> list[str]:
    """These models as they are kept, each once."""
    wanted = sorted({name.strip().upper() for name in names} - {""})
    unknown = [model for model in wanted if model not in {row.model for row in queries.products()}]
    if unknown:
        text = T("There is no model {model}.", model=unknown[0])
        raise RuleBroken("RP-7", text, field="fits")
    return wanted


@command(allow=Permission.CATALOGUE_WRITE)
def set_price(
    actor: Actor,
    code: str,
    *,
    price: Decimal,
    starts: dt.date,
    cost: Decimal | None = None,
    seen_number: int | None = None,
) -> int:
    """A new price from a day to come (PT-10); past documents keep theirs. Returns the number of the version.

    Raises RuleBroken PT-10, and Conflict when somebody set a later version than `seen_number` meanwhile.
    """
    part = queries.part(code)
    rows = queries.price_rows(part.id)
    if seen_number is not None and rows[0].number != seen_number:
        raise Conflict(STALE)
    check_price_start(starts, clock.today(actor.timezone), first=False)
    number = _add_price(actor, part, price, starts, cost)
    record(
        Tag.PART_PRICED,
        actor,
        part.code,
        name=part.name,
        price=str(price),
        starts=str(starts),
        before=str(rows[0].price),
    )
    return number


def _add_price(actor: Actor, part: Part, price: Decimal, starts: dt.date, cost: Decimal | None) -> int:
    check_amount(price, field="price")
    number = len(queries.price_rows(part.id)) + 1
    session().add(
        PartPrice(
            part_id=part.id, number=number, starts=starts, price=price, person=actor.name, at=clock.now()
        )
    )
    if cost is not None:
        check_amount(cost, field="cost")
        costs = queries.costs_of(part.id)
        session().add(PartCost(part_id=part.id, number=len(costs) + 1, starts=starts, cost=cost))
    session().flush()
    return number

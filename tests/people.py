"""The personas, always the same, and the small world that they live in.

Manufacturer MF with dealers D01 (sub-dealer D01S), D02 and D03; manufacturer OM with a dealer of the same company as
D02. The company of D03 is a manufacturer itself (IM).
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.agreements import commands as agreements
from portal.kernel import clock, crypto
from portal.kernel.actor import PUBLIC, Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.tenants import commands as tenants
from portal.tenants import queries, steps
from portal.tenants.models import Dealer, Person
from portal.tenants.rules import OPERATOR_PERMISSIONS

PASSWORD = "correct horse battery"
TODAY = dt.date(2026, 5, 20)

#: Persona → (organisation, roles). What each is for stands in architecture.md 9.
PEOPLE: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "dana": (("D01", ("owner", "service", "accounts")),),
    "tom": (("D01", ("service",)),),
    "rival": (("D02", ("owner", "service", "accounts")),),
    "sub": (("D01S", ("owner", "service")),),
    "mei": (("MF", ("admin", "reviewer", "warehouse", "quality")),),
    "fei": (("MF", ("finance",)),),
    "fay": (("MF", ("finance",)),),
    "lin": (("MF", ("auditor",)),),
    "otto": (("OM", ("admin", "reviewer", "warehouse", "finance")),),
    "ida": (("IM", ("admin", "reviewer", "warehouse", "finance", "owner", "service", "accounts")),),
    "nobody": (),
}
TERMS: dict[str, Any] = {
    "bases": [{"kind": "remittance_share", "rate": "2.5%"}, {"kind": "card_fee", "fee": "15.00"}],
}


@dataclass
class World:
    """The app with its people; actors are made anew for each use, so that a changed role counts."""

    app: Flask
    manufacturers: dict[str, int] = field(default_factory=dict)
    dealers: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    agreements: dict[str, str] = field(default_factory=dict)
    operator: Actor = PUBLIC

    def actor(self, who: str, tenant: str = "") -> Actor:
        """The actor of a persona; `tenant` says for whom when it may act for several (`MF`, `IM`)."""
        with self.app.app_context():
            choices = queries.acting_for(self.people[who])
            chosen = next(
                c for c in choices if not tenant or c.tenant == tenant or c.manufacturer_code == tenant
            )
            return queries.actor_of(session().get_one(Person, self.people[who]), chosen, "127.0.0.1")

    @contextmanager
    def acting(self, who: str, tenant: str = "", on: dt.date = TODAY) -> Iterator[Actor]:
        """An app context in a persona's scope on a day; commands and queries may be called inside."""
        actor = self.actor(who, tenant)
        with self.at(on), self.app.app_context():
            if actor.scope is not None:
                session().enter(actor.scope)
            yield actor

    @contextmanager
    def at(self, day: dt.date, hour: int = 10) -> Iterator[None]:
        """Let the clock stand at a day, `hour` o'clock in Shanghai."""
        with clock.fixed(
            dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.timezone(dt.timedelta(hours=8)))
        ):
            yield

    def moved(self, app: Flask) -> "World":
        """The same world over a copy of its database."""
        kept = (self.manufacturers, self.dealers, self.people, self.agreements)
        return World(app, *(dict(found) for found in kept), operator=self.operator)


@command(allow=Permission.OPERATE, silent=True)
def _add_people(_actor: Actor, organisations: dict[str, int]) -> dict[str, int]:
    made = {}
    password = crypto.hash_password(PASSWORD)
    for who, memberships in PEOPLE.items():
        person = steps.add_person(f"{who}@example.test", who.capitalize(), password_hash=password)
        made[who] = person.id
        for organisation, roles in memberships:
            steps.join(person.id, organisations[organisation], roles)
    person = steps.add_person("op@example.test", "Op", password_hash=password, is_operator=True)
    made["op"] = person.id
    return made


def make_world(app: Flask) -> World:
    """The world at its beginning: agreements since 2026-01-01, nothing filed yet."""
    world = World(app, operator=Actor("op", OPERATOR_PERMISSIONS))
    organisations: dict[str, int] = {}
    with world.at(dt.date(2026, 1, 1)):
        for code, name in (
            ("MF", "示例车业有限公司"),
            ("OM", "他厂机械有限公司"),
            ("IM", "兼营进口有限公司"),
        ):
            with app.app_context():
                organisations[code] = world.manufacturers[code] = tenants.add_tenant(
                    world.operator, code=code, name=name
                )
        for manufacturer, code, name, parent, company in (
            ("MF", "D01", "甲经销商", None, None),
            ("MF", "D01S", "甲分销商", "D01", None),
            ("MF", "D02", "乙经销商", None, None),
            ("MF", "D03", "兼营进口有限公司", None, "IM"),
            ("OM", "X01", "乙经销商", None, "D02"),
        ):
            admin = Actor("setup", frozenset(Permission), manufacturer_id=world.manufacturers[manufacturer])
            with app.app_context():
                dealer_id = tenants.add_dealer(
                    admin,
                    code=code,
                    name=name,
                    parent_code=parent,
                    organisation_id=organisations[company] if company else None,
                )
            world.dealers[code] = dealer_id
            with app.app_context():
                assert admin.scope is not None
                session().enter(admin.scope)
                organisations[code] = (
                    session().scalars(select(Dealer.organisation_id).where(Dealer.id == dealer_id)).one()
                )
        with app.app_context():
            world.people = _add_people(world.operator, organisations)
        for manufacturer, code in (("MF", "D01"), ("MF", "D02"), ("MF", "D03"), ("OM", "X01")):
            admin = Actor("setup", frozenset(Permission), manufacturer_id=world.manufacturers[manufacturer])
            with app.app_context():
                number = agreements.draft(admin, world.dealers[code], starts=dt.date(2026, 1, 1), terms=TERMS)
            with app.app_context():
                agreements.activate(admin, number)
            world.agreements[code] = number
    return world

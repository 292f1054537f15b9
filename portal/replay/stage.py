"""What a scenario stands on: the manufacturer, its people, dealers, catalogue and agreements, through the commands."""

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask import Flask

from portal.agreements import commands as agreements
from portal.catalogue import commands as catalogue
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.replay.fields import UNJUDGED
from portal.replay.scenario import Scenario
from portal.tenants import commands as tenants
from portal.tenants import queries, steps
from portal.tenants.models import Organisation
from portal.tenants.rules import DEALER_ROLES, OPERATOR_PERMISSIONS, Role

#: The people of the manufacturer: who files, who decides, who settles, who closes (FE-1).
DESKS = {
    "admin": (Role.ADMIN,),
    "reviewer": (Role.REVIEWER,),
    "warehouse": (Role.WAREHOUSE,),
    "quality": (Role.QUALITY,),
    "finance": (Role.FINANCE,),
    "second finance": (Role.FINANCE,),
}
OPERATOR = Actor("operator", OPERATOR_PERMISSIONS)


@dataclass
class Stage:
    """The app with the scenario's organisations and people."""

    app: Flask
    zone: ZoneInfo
    manufacturer_id: int = 0
    #: Dealer code → id of the dealer's row, id of the dealer that holds the agreement.
    dealers: dict[str, tuple[int, int]] = field(default_factory=dict)
    desks: dict[str, int] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)

    def desk(self, name: str) -> Actor:
        """Somebody of the manufacturer, with the permissions of the desk's roles."""
        return self._actor(self.desks[name], None, None)

    def owner(self, code: str) -> Actor:
        """The owner of a dealer, or of a sub-dealer."""
        row, holder = self.dealers[code]
        return self._actor(self.owners[code], holder, row if row != holder else None)

    def holder(self, code: str) -> Actor:
        """The owner of the dealer that holds the agreement: acts for its sub-dealers in what concerns the fund."""
        holder = self.dealers[code][1]
        return self.owner(next(found for found, (row, _) in self.dealers.items() if row == holder))

    def clock_actor(self) -> Actor:
        """Time itself."""
        return queries.clock_actor(self.manufacturer_id, self.zone.key)

    def _actor(self, person: int, dealer: int | None, point: int | None) -> Actor:
        with self.app.app_context():
            return queries.actor_in(person, self.manufacturer_id, dealer, point)


@command(allow=Permission.OPERATE, silent=True)
def _hire(_actor: Actor, organisation_id: int, name: str, roles: tuple[str, ...]) -> int:
    organisation = session().get_one(Organisation, organisation_id)
    person = steps.add_person(f"{name.replace(' ', '.')}.{organisation.id}@scenario.invalid", name)
    steps.join(person.id, organisation.id, roles)
    return person.id


def set_up(app: Flask, scenario: Scenario) -> Stage:
    """Everything that stands before the first event, as of the day on which the first agreement starts."""
    stage = Stage(app, ZoneInfo(scenario.timezone))
    first = min(
        [row["starts"] for row in scenario.agreements] + [event.at.date() for event in scenario.events],
        default=dt.date(2026, 1, 1),
    )
    with clock.fixed(dt.datetime.combine(first, dt.time(0, 0), stage.zone)):
        _organisations(stage, scenario)
        _catalogue(stage, scenario, first)
        for row in scenario.agreements:
            terms = row.get("terms", UNJUDGED)
            with app.app_context():
                number = agreements.draft(
                    stage.desk("admin"), stage.dealers[row["dealer"]][1], starts=row["starts"], terms=terms
                )
            with app.app_context():
                agreements.activate(stage.desk("admin"), number)
    return stage


def _organisations(stage: Stage, scenario: Scenario) -> None:
    app = stage.app
    with app.app_context():
        stage.manufacturer_id = tenants.add_tenant(
            OPERATOR,
            code=scenario.manufacturer["code"],
            name=scenario.manufacturer["name"],
            timezone=scenario.timezone,
        )
    for name, roles in DESKS.items():
        with app.app_context():
            stage.desks[name] = _hire(OPERATOR, stage.manufacturer_id, name, tuple(roles))
    for row in scenario.dealers:
        with app.app_context():
            dealer_id = tenants.add_dealer(
                stage.desk("admin"), code=row["code"], name=row["name"], parent_code=row.get("parent")
            )
        holder = stage.dealers[row["parent"]][0] if "parent" in row else dealer_id
        stage.dealers[row["code"]] = (dealer_id, holder)
        admin = stage.desk("admin")
        with app.app_context():
            assert admin.scope is not None
            session().enter(admin.scope)
            organisation_id = queries.dealer_by_id(dealer_id).organisation_id
        with app.app_context():
            stage.owners[row["code"]] = _hire(
                OPERATOR, organisation_id, f"owner {row['code']}", tuple(DEALER_ROLES)
            )


def _catalogue(stage: Stage, scenario: Scenario, first: dt.date) -> None:
    for row in scenario.products:
        with stage.app.app_context():
            catalogue.add_product(
                stage.desk("admin"), model=row["model"], name=row["name"], months=row["months"]
            )
        for code, months in row.get("components", {}).items():
            with stage.app.app_context():
                catalogue.add_component(
                    stage.desk("admin"), row["model"], code=code, name=code, months=months
                )
    for row in scenario.parts:
        with stage.app.app_context():
            catalogue.add_part(
                stage.desk("admin"),
                code=row["part"],
                name=row["name"],
                unit="件",
                supply=row["supply"],
                price=row["price"],
                starts=first,
                cost=row.get("cost"),
            )

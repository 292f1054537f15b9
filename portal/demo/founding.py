"""What stands before the first day of business: manufacturers, dealers, people, goods, agreements."""

import datetime as dt
import secrets
from decimal import Decimal
from functools import partial
from typing import Any

from portal.agreements import commands as agreements
from portal.catalogue import commands as catalogue
from portal.demo.agenda import Agenda
from portal.demo.cast import BUSINESSES, COMPANIES, OPERATOR, PEOPLE, Business, Company, Somebody
from portal.demo.goods import RANGES, Range
from portal.demo.stage import PLATFORM, Stage, add_person, join
from portal.demo.workshop import faults
from portal.kernel.period import Quarter
from portal.tenants import commands as tenants
from portal.tenants import queries
from portal.tenants.rules import side_roles

#: Days before the first quarter on which the platform is set up, and before a quarter on which agreements are signed.
SET_UP_BEFORE, SIGNED_BEFORE = 20, 12

Account = dict[str, Any]


def found(stage: Stage, agenda: Agenda, first: Quarter, quarters: int) -> list[Account]:
    """Put everything that business stands on on the agenda.

    Returns the accounts, which fill up while it is played: what a person needs to sign in, one for each side on
    which it acts.
    """
    begins = first.first - dt.timedelta(days=SET_UP_BEFORE)
    accounts: list[Account] = []
    agenda.at(begins, 9, partial(_companies, stage))
    agenda.at(begins, 10, partial(_people, stage, accounts))
    for maker, goods in RANGES.items():
        agenda.at(begins, 11, partial(_goods, stage, maker, goods, begins))
        dearer = quarter_after(first, quarters // 2).first
        for code, price in goods.dearer:
            change = partial(catalogue.set_price, code=code, price=Decimal(price), starts=dearer)
            agenda.at(dearer - dt.timedelta(days=20), 11, partial(stage.set_up, maker, change))
    for business in BUSINESSES:
        starts = quarter_after(first, min(business.joins, quarters - 1)).first
        agenda.at(starts - dt.timedelta(days=SIGNED_BEFORE), 10, partial(_sign, stage, business, starts))
    return accounts


def quarter_after(quarter: Quarter, count: int) -> Quarter:
    """The quarter so many after."""
    return (quarter.months[0] + 3 * count).quarter


def _companies(stage: Stage) -> None:
    for company in COMPANIES:
        if company.code:
            stage.makers[company.code] = stage.companies[company.key] = stage.give(
                PLATFORM, tenants.add_tenant, code=company.code, name=company.name, **_details(company)
            )
    # A dealer stands before its sub-dealers in the list.
    for business in BUSINESSES:
        company = next(company for company in COMPANIES if company.key == business.company)
        owner = next(person for person in PEOPLE if person.persona == business.owner)
        dealer_id = stage.set_up(
            business.maker,
            tenants.add_dealer,
            code=business.code,
            name=company.name,
            parent_code=business.parent or None,
            organisation_id=stage.companies.get(company.key),
            region=business.region,
            contact=owner.name,
            **_details(company),
        )
        stage.dealers[business.maker, business.code] = dealer_id
        stage.companies[company.key] = stage.set_up(business.maker, _company_of, dealer_id)


def _company_of(_actor: object, dealer_id: int) -> int:
    return queries.dealer_by_id(dealer_id).organisation_id


def _details(company: Company) -> dict[str, str]:
    """What statements print of a company; all of it says that it is an example."""
    place = COMPANIES.index(company) + 1
    return {
        "tax_number": f"9100000000EXAMPLE{place}",
        "address": company.address,
        "phone": f"010-6000{place:04d}",
        "bank": "示例银行示例支行",
        "bank_account": f"6200000000000000{place:03d}",
    }


def _people(stage: Stage, accounts: list[Account]) -> None:
    for person in (*PEOPLE, OPERATOR):
        email, password = f"{person.persona}@example.test", secrets.token_urlsafe(9)
        person_id = stage.people[person.persona] = stage.give(
            PLATFORM,
            add_person,
            email=email,
            name=person.name,
            password=password,
            phone=person.phone,
            language=person.language,
            is_operator=person is OPERATOR,
        )
        if person.company:
            stage.give(PLATFORM, join, person_id, stage.companies[person.company], person.roles)
        for organisation, side, roles in _sides(person):
            accounts.append(
                {
                    "persona": person.persona,
                    "email": email,
                    "password": password,
                    "organisation": organisation,
                    "side": side,
                    "roles": list(roles),
                }
            )


def _sides(person: Somebody) -> list[tuple[str, str, tuple[str, ...]]]:
    if not person.company:
        return [("", "operator", ("operator",))]
    name = next(company.name for company in COMPANIES if company.key == person.company)
    sides = (("manufacturer", False), ("dealer", True))
    found = [(name, side, side_roles(person.roles, dealer=dealer)) for side, dealer in sides]
    return [one for one in found if one[2]]


def _goods(stage: Stage, maker: str, goods: Range, begins: dt.date) -> None:
    for model in goods.models:
        stage.set_up(
            maker,
            catalogue.add_product,
            model=model.code,
            name=model.name,
            name_en=model.name_en,
            months=model.months,
        )
        for code, name, name_en, months in model.components:
            stage.set_up(
                maker,
                catalogue.add_component,
                model.code,
                code=code,
                name=name,
                name_en=name_en,
                months=months,
            )
    for part in goods.parts:
        stage.set_up(
            maker,
            catalogue.add_part,
            code=part.code,
            name=part.name,
            name_en=part.name_en,
            unit=part.unit,
            price=Decimal(part.price),
            starts=begins,
            supply=part.supply,
        )
    faults(stage, maker)
    for fee in goods.fees:
        stage.set_up(
            maker,
            catalogue.add_operation,
            code=fee.code,
            name=fee.name,
            name_en=fee.name_en,
            amount=Decimal(fee.amount),
            starts=begins,
            onsite=fee.onsite,
        )


def _sign(stage: Stage, business: Business, starts: dt.date) -> None:
    if business.terms is None:
        return
    dealer_id = stage.dealers[business.maker, business.code]
    number = stage.set_up(business.maker, agreements.draft, dealer_id, starts=starts, terms=business.terms)
    stage.set_up(business.maker, agreements.activate, number)
    stage.agreements[business.maker, business.code] = number

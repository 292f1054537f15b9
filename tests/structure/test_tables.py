"""Every table says who owns it, children can't leave their party, and columns explain themselves."""

import pytest
import sqlalchemy as sa

from portal.app import import_all
from portal.kernel.db import (
    AtPoint,
    Base,
    Dealers,
    Manufacturers,
    Owned,
    Private,
    SharedWithPoints,
    TwoParty,
    guards,
)

import_all()
MAPPERS = sorted(Base.registry.mappers, key=lambda m: m.local_table.name)  # type: ignore[attr-defined]
TABLES = [mapper.local_table for mapper in MAPPERS]
CLASSES = {mapper.local_table.name: mapper.class_ for mapper in MAPPERS}  # type: ignore[attr-defined]
TWO_PARTY = (TwoParty, SharedWithPoints, AtPoint)
#: Children that may hang on another dealer's row of the same manufacturer: a dealer repairs every unit (RP-12).
ACROSS = {("repair", "unit")}
#: Tables that belong to no tenant, and why.
PLATFORM = {
    "attempt": "limits are counted before anybody is signed in",
    "engagement": "sign-in must know for whom somebody may act before there is a scope",
    "job": "a worker finds work before it knows whose it is; holds ids only",
    "link": "invitations and password resets belong to a person",
    "mail": "the outbox; holds no business data but what the receiver is told",
    "membership": "belongs to a person and an organisation",
    "organisation": "a company may be manufacturer, dealer, or both",
    "person": "may belong to several organisations",
    "repair_status": "the public look-up of a repair; holds a keyed hash and the state",
    "sign_in": "belongs to a person",
    "verification": "read by code, without signing in; holds only what the public page shows",
}


def test_a_table_without_an_owner_is_listed_with_its_reason() -> None:
    ownerless = {table.name for table in TABLES if not issubclass(CLASSES[table.name], Owned)}  # type: ignore[attr-defined]
    assert ownerless == PLATFORM.keys()


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_an_owned_table_is_guarded_and_has_one_kind(table: sa.Table) -> None:
    kinds = [
        kind
        for kind in (*TWO_PARTY, Manufacturers, Private, Dealers)
        if issubclass(CLASSES[table.name], kind)
    ]
    assert len(kinds) == issubclass(CLASSES[table.name], Owned)
    assert (table.name in guards()) == bool(kinds)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_a_child_can_not_name_another_party_than_its_parent(table: sa.Table) -> None:
    child = CLASSES[table.name]
    for key in table.foreign_key_constraints:
        parent = CLASSES[key.referred_table.name]
        columns = {column.name for column in key.columns}
        across = (table.name, key.referred_table.name) in ACROSS
        if issubclass(parent, TWO_PARTY) and issubclass(child, TWO_PARTY) and not across:
            assert {"manufacturer_id", "dealer_id"} <= columns, f"{table.name} → {key.referred_table.name}"
        elif issubclass(parent, Owned):
            assert issubclass(child, Owned), f"{table.name} hangs on {key.referred_table.name}"
            assert "manufacturer_id" in columns, f"{table.name} → {key.referred_table.name}"
        if issubclass(parent, TWO_PARTY):
            assert issubclass(child, (*TWO_PARTY, Private)), (
                f"{table.name} hangs on {key.referred_table.name}"
            )


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_a_two_party_table_is_pinned_to_an_agreement_or_a_parent(table: sa.Table) -> None:
    if issubclass(CLASSES[table.name], TWO_PARTY) and table.name != "fact":
        pinned = [
            key for key in table.foreign_key_constraints if "dealer_id" in {c.name for c in key.columns}
        ]
        assert pinned, f"{table.name}: nothing ties dealer_id to the manufacturer"


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_column_explains_itself(table: sa.Table) -> None:
    silent = [column.name for column in table.columns if not column.comment and column.name != "id"]
    assert silent == []


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_money_and_time_have_types_that_both_engines_keep(table: sa.Table) -> None:
    for column in table.columns:
        assert not isinstance(column.type, sa.Float | sa.Numeric), column.name
        assert not isinstance(column.type, sa.DateTime), column.name

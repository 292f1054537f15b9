"""The one sanctioned look across dealers (RP-12): listed names, plain columns, one manufacturer, nothing that stays."""

import ast

import pytest
import sqlalchemy as sa

from portal.catalogue.models import Unit
from portal.kernel.across import LOOKS, look_across
from portal.kernel.db import session
from portal.kernel.scope import OutOfScope
from portal.tenants.models import Dealer
from portal.warranty.models import Card
from tests.people import World
from tests.structure import code
from tests.warranty.shop import file, stock

#: What a look never reads: it would tell of the other dealer's customer.
PERSONAL = {"customer", "phone", "phone_hash", "phone_last4", "address", "invoice", "email", "signature"}


@pytest.fixture
def shop(world: World) -> World:
    made = stock(world)
    file(made, "dana", "A1")
    return made


def serials() -> set[str]:
    return {row[0] for row in look_across("coverage", sa.select(Unit.serial))}


def calls() -> list[tuple[str, ast.FunctionDef, ast.Call]]:
    """Every look: the file, the function that looks, and the call."""
    found = []
    for path in code.files():
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                found += [
                    (str(path.relative_to(code.ROOT)), function, call)
                    for call in ast.walk(function)
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "look_across"
                ]
    return found


def test_every_look_has_a_listed_name_and_reads_nothing_personal() -> None:
    looks = calls()
    assert looks
    for path, function, call in looks:
        name = call.args[0]
        assert isinstance(name, ast.Constant), path
        assert name.value in LOOKS, path
        read = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        assert not read & PERSONAL, (path, function.name)
        assert path.startswith("portal/"), path
        assert "/queries/" in path, path


def test_a_look_without_a_name_or_at_whole_rows_is_refused(shop: World) -> None:
    with shop.acting("rival", "MF"):
        for statement in (sa.select(Unit), sa.select(Unit.id, Card)):
            with pytest.raises(OutOfScope):
                look_across("coverage", statement)
        with pytest.raises(OutOfScope):
            look_across("customers", sa.select(Unit.serial))


def test_a_look_sees_the_units_of_one_manufacturer_and_only_while_it_lasts(shop: World) -> None:
    for who, tenant in (("rival", "MF"), ("sub", "MF"), ("mei", "MF"), ("ida", "MF")):
        with shop.acting(who, tenant):
            own = set(session().scalars(sa.select(Unit.serial)))
            assert serials() == {"A1", "A2", "A3", "A4", "A5", "A6", "S1", "S2", "X1", "I1", "I2"}
            assert set(session().scalars(sa.select(Unit.serial))) == own
            with pytest.raises(sa.exc.SQLAlchemyError):
                look_across("coverage", sa.select(Unit.serial).where(sa.column("nonsense") == 1))
            session().rollback()
            assert set(session().scalars(sa.select(Unit.serial))) == own
    with shop.acting("rival", "OM"):
        assert serials() == set()


def test_a_look_through_a_join_or_an_alias_stays_with_the_manufacturer(shop: World) -> None:
    other = sa.orm.aliased(Unit)
    with shop.acting("rival", "OM"):
        assert look_across("coverage", sa.select(other.serial)) == []
        joined = sa.select(Unit.serial, Dealer.code).join(Dealer, Dealer.id == Unit.point_id)
        assert look_across("coverage", joined) == []
        counted = sa.select(sa.func.count()).select_from(Card)
        assert look_across("coverage", counted)[0][0] == 0

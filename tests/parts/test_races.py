"""Many clients at once: the quota is never oversold, a submit never doubled, on both engines (PT-3, ID-1)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import sqlalchemy as sa

from portal.audit import queries as audit
from portal.kernel.db import db, session
from portal.kernel.errors import PortalError, RuleBroken
from portal.ledger.models import Entry, Line
from portal.ledger.rules import Account
from portal.parts import commands, queries
from portal.parts.models import PartsRequest, Shipment
from tests.parts.stock import decide, grant, left, request, ship, stock
from tests.people import World

CLIENTS = 24


def together(world: World, act: Callable[[int], str], clients: int = CLIENTS) -> Counter[str]:
    """Run `act(client)` in as many threads at the same moment; how often each outcome came."""
    start = Barrier(clients)

    def one(client: int) -> str:
        start.wait()
        try:
            return act(client)
        except RuleBroken as error:
            return error.rule
        except PortalError as error:
            return type(error).__name__
        finally:
            with world.app.app_context():
                db.session.remove()

    with ThreadPoolExecutor(clients) as pool:
        return Counter(pool.map(one, range(clients)))


def sums(world: World) -> tuple[Decimal, int]:
    """What all requests of the world hold together, and how many there are."""
    with world.acting("lin"):
        held = session().scalar(sa.select(sa.func.sum(Line.amount)).where(Line.account == Account.RESERVED))
        requests = session().scalar(sa.select(sa.func.count()).select_from(PartsRequest))
        assert audit.first_break() is None
    return held or Decimal("0.00"), requests or 0


def test_of_many_who_want_the_last_piece_one_gets_it(world: World) -> None:
    stock(world)
    grant(world, "120.00")
    outcomes = together(world, lambda _: request(world, {"P-MOTOR": 1}))
    assert outcomes == {"BL-2026-000001": 1, "PT-2": CLIENTS - 1}
    assert (left(world), sums(world)) == (Decimal("0.00"), (Decimal("120.00"), 1))


def test_many_requests_take_exactly_what_the_quota_holds(world: World) -> None:
    stock(world)
    grant(world, "1000.00")
    outcomes = together(world, lambda client: request(world, {"P-MOTOR": 1 + client % 2}))
    served = CLIENTS - outcomes["PT-2"]
    held, requests = sums(world)
    assert requests == served
    assert left(world) == Decimal("1000.00") - held
    assert Decimal("0.00") <= left(world) < Decimal("120.00")
    assert {f"BL-2026-{n:06d}" for n in range(1, served + 1)} == set(outcomes) - {"PT-2"}


def test_the_same_submit_from_many_clients_files_one_request(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    outcomes = together(world, lambda _: request(world, {"P-MOTOR": 1}, key="f" * 32))
    assert outcomes == {"BL-2026-000001": CLIENTS}
    assert sums(world) == (Decimal("120.00"), 1)


def test_the_last_approved_piece_is_shipped_once(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    number = request(world, {"P-MOTOR": 1, "P-CTRL": 1})
    decide(world, number, {"P-MOTOR": 1, "P-CTRL": 1})
    outcomes = together(world, lambda _: ship(world, number, {"P-MOTOR": 1}), 16)
    assert outcomes == {"FH-2026-000001": 1, "PT-6": 15}
    with world.acting("lin"):
        assert session().scalar(sa.select(sa.func.count()).select_from(Shipment)) == 1
        draws = session().scalars(sa.select(Entry.source).where(Entry.source.endswith(":draw"))).all()
    assert draws == ["FH-2026-000001:draw"]
    assert (left(world), sums(world)[0]) == (Decimal("1791.50"), Decimal("88.50"))


def test_of_deciding_and_cancelling_at_once_one_wins_and_the_reserve_is_right(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    number = request(world, {"P-MOTOR": 10})

    def act(client: int) -> str:
        if client % 2:
            return decide(world, number, {"P-MOTOR": 4})
        with world.acting("dana") as dana:
            return commands.cancel(dana, number)

    outcomes = together(world, act, 16)
    with world.acting("lin"):
        state = queries.get(number).state.value
    # The decision may come first and the cancel after it; never twice the same.
    assert outcomes["cancelled"] == 1
    assert outcomes["partly_approved"] <= 1
    assert outcomes["PT-3"] == 16 - outcomes["cancelled"] - outcomes["partly_approved"]
    assert state == "cancelled"
    assert (left(world), sums(world)[0]) == (Decimal("2000.00"), Decimal("0.00"))

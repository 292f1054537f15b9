"""Requests against one dealer's quota from eight threads at once: how many a second, and never one too many."""

from decimal import Decimal

from portal.agreements import queries as agreements
from portal.bench.measure import ROUNDS, Line, together
from portal.bench.prototype import PENNY, Prototype
from portal.bench.scratch import TODAY, Driver, Scratch
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Quarter
from portal.ledger import commands as ledger
from portal.ledger import queries as funds
from portal.parts import commands as parts

THREADS = 8
#: Remitted at 2.5 % this grants 40.00: forty requests for a part of 1.00, and no more.
LIMITED = Decimal("1600.00")
GRANTED = 40
INSERT = """
insert into parts_request (manufacturer_id, dealer_id, agreement_id, number, state, purpose, purpose_note, shipping,
    express, total, available, covered, excess, filed_on, filed_at, filer, version)
select manufacturer_id, dealer_id, agreement_id, ?, state, purpose, purpose_note, shipping,
    express, total, available, covered, excess, filed_on, filed_at, filer, version
from parts_request where dealer_id = ? order by id limit 1"""


class OverGranted(Exception):
    """More was granted than the quota held: the one thing that may never happen, whatever it costs."""


def compare(scratch: Scratch, prototype: Prototype, driver: Driver, *, each: int = 12) -> list[Line]:
    """Rates of both in turns; before that the limit, which raises OverGranted when it does not hold."""
    tries, granted = _limit(scratch, prototype)
    dealer_id = prototype.usual.dealer_id
    assert dealer_id is not None
    _remit(scratch, prototype, dealer_id, Decimal("200000.00"))
    best = {"request": 0.0, "insert": 0.0}
    drivers = [Driver(scratch.url) for _ in range(THREADS)]
    try:
        for turn in range(ROUNDS):
            taken = together(THREADS, lambda _number: _requests(scratch, prototype.usual, each))
            best["request"] = max(best["request"], THREADS * each / taken)

            def insert(number: int, turn: int = turn) -> None:
                for place in range(each):
                    drivers[number].write(INSERT, f"BN-{turn:04d}-{number:03d}{place:03d}", dealer_id)

            best["insert"] = max(best["insert"], THREADS * each / together(THREADS, insert))
    finally:
        for one in drivers:
            one.close()
    note = (
        f"{tries} tries at a quota for {GRANTED}: {granted} granted, {granted - GRANTED} too many (goal: 0)"
    )
    return [
        Line(
            f"quota requests, one account, {THREADS} threads / unguarded inserts",
            best["request"],
            best["insert"],
            ">= 0.10 x",
            rate=True,
            note=note,
        )
    ]


def _limit(scratch: Scratch, prototype: Prototype) -> tuple[int, int]:
    """Twice as many tries as the quota allows, all at once: how many there were and how many were granted."""
    fresh = prototype.fresh
    assert fresh.dealer_id is not None
    dealer_id = fresh.dealer_id
    _remit(scratch, prototype, dealer_id, LIMITED)
    each = 2 * GRANTED // THREADS
    successes = [0] * THREADS

    def try_all(number: int) -> None:
        for _ in range(each):
            try:
                _request(scratch, fresh)
            except RuleBroken as refused:
                if refused.rule != "PT-2":
                    raise
            else:
                successes[number] += 1

    together(THREADS, try_all)
    left = scratch.look(
        prototype.maker, lambda: funds.quota(agreements.in_force(dealer_id), Quarter.of(TODAY)).left
    )
    if sum(successes) != GRANTED or left != 0:
        raise OverGranted(f"{sum(successes)} requests were granted where {GRANTED} fit; {left} is left")
    return THREADS * each, sum(successes)


def _requests(scratch: Scratch, dealer: Actor, times: int) -> None:
    for _ in range(times):
        _request(scratch, dealer)


def _request(scratch: Scratch, dealer: Actor) -> None:
    scratch.give(dealer, parts.request, {PENNY: 1})


def _remit(scratch: Scratch, prototype: Prototype, dealer_id: int, amount: Decimal) -> None:
    scratch.give(
        prototype.maker,
        ledger.record_remittance,
        dealer_id,
        date=TODAY,
        amount=amount,
        bank_ref=prototype.reference(),
    )

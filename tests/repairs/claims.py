"""Repairs that raise claims, for the tests of claims."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.agreements import commands as agreements
from portal.drafts import commands as drafts
from portal.kernel.db import session
from portal.ledger.models import Entry, Line
from portal.ledger.rules import Account
from portal.repairs import commands
from portal.repairs.rules.claims import ClaimAction
from portal.repairs.rules.records import Category, RepairDraft, RepairPhotoKind, SignatureKind
from portal.warranty import commands as warranty
from portal.warranty.rules import CardAction, Cause
from tests.people import TODAY, World
from tests.warranty import shop

D = Decimal
#: What the fund gives for a repair in these tests: a fee, and what is approved on top.
BASES = [
    {"kind": "flat_per_repair", "fee": "45.00", "onsite": "20.00"},
    {"kind": "approved_claims"},
]


def sold(world: World, serial: str = "A1") -> World:
    """MF's units are in the dealers' hands; one of D01's is sold with an accepted card."""
    shop.stock(world)
    number = shop.file(world, serial=serial)
    with world.acting("mei") as mei:
        warranty.review(mei, number, CardAction.ACCEPT)
    return world


def terms(world: World, code: str = "D01", on: dt.date = dt.date(2026, 3, 30), **given: Any) -> None:
    """Give a dealer other terms from April on."""
    with world.acting("mei", on=on) as mei:
        agreements.version_terms(
            mei, world.agreements[code], starts=dt.date(2026, 4, 1), terms=given, reason="test"
        )


def draft(serial: str = "A1", **changes: Any) -> RepairDraft:
    """A covered repair: labour 50.00, on site 25.00."""
    values: dict[str, Any] = {
        "incident": dt.date(2026, 5, 18),
        "cause": Cause.PRODUCT,
        "category": Category.WARRANTY,
        "labour": D("50.00"),
        "onsite": D("25.00"),
    }
    return RepairDraft(serial=serial, **{**values, **changes})


def file(world: World, who: str = "dana", on: dt.date = TODAY, **changes: Any) -> str:
    """File a covered repair as a persona; its number."""
    with world.acting(who, "MF", on=on) as actor:
        return commands.file(actor, draft(**changes))


def file_clean(world: World, who: str = "dana") -> str:
    """A repair with fault code and photo that the customer signs a moment later; the lists of codes are there."""
    with world.acting(who, "MF") as actor:
        photo = drafts.receive_photo(actor, content=b"jpeg", fingerprint="00ff00ff00ff00ff")
    fault: dict[str, Any] = {"symptom": "S01", "reason": "C01", "location": "L01"}
    with world.acting(who, "MF") as actor:
        number = commands.file(actor, draft(**fault), photos=[(RepairPhotoKind.FAULT, photo)])
    with world.acting(who, "MF") as actor:
        drawn = drafts.receive_photo(actor, content=b"drawn", fingerprint="")
    with world.acting(who, "MF") as actor:
        commands.sign(actor, number, (SignatureKind.DRAWN, drawn))
    return number


def decide(
    world: World,
    number: str,
    decision: ClaimAction = ClaimAction.APPROVE,
    who: str = "mei",
    tenant: str = "MF",
    on: dt.date = TODAY,
    **said: Any,
) -> str:
    """Decide a claim as a persona; the state after it."""
    with world.acting(who, tenant, on=on) as actor:
        return commands.decide_claim(actor, number, decision, **said)


def posted(world: World, number: str) -> Sequence[tuple[str, str, str]]:
    """What was posted for a record: (source without the number, amount in the fund, quarter)."""
    with world.acting("mei"):
        rows = session().execute(
            sa.select(Entry.source, Line.amount, Entry.quarter)
            .join(Line, Line.entry_id == Entry.id)
            .where(Entry.document == number, Line.account == Account.FUND)
            .order_by(Entry.id)
        )
        return [
            (source.removeprefix(f"{number}:"), str(amount), str(quarter)) for source, amount, quarter in rows
        ]

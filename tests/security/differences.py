"""Bought parts to be paid, differences at receipt and months of the stage."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.catalogue import commands as catalogue
from portal.catalogue.rules import Supply
from portal.kernel.db import session
from portal.parts import commands as parts
from portal.parts.models import DifferenceCase, DifferencePhoto
from portal.parts.rules import DifferenceOutcome, Purpose
from portal.parts.rules.reconciliation import digest
from tests.security.stage import DEALERS, HOLDERS, JAN, MAKERS, MARKS, Stage


def fill(stage: Stage) -> None:
    """Of each holder a request to be paid, an answered and an open difference, a received shipment, a month."""
    for maker, (admin, _finance, _model) in MAKERS.items():
        with stage.world.acting(admin, maker, on=JAN) as actor:
            catalogue.add_part(
                actor,
                code=f"B-{maker}",
                name="燃烧器",
                unit="件",
                supply=Supply.PURCHASE,
                price=Decimal("150.00"),
                starts=JAN,
            )
    for dealer in HOLDERS:
        maker = DEALERS[dealer][0]
        stage.put("bought_request", dealer, number=_decided(stage, dealer, {f"B-{maker}": 1}))
        answered, _photo = _differing(stage, dealer)
        with stage.world.acting(DEALERS[dealer][2], maker) as actor:
            parts.answer_difference(actor, answered, DifferenceOutcome.RESHIP)
        stage.put("answered_difference", dealer, number=answered)
        number, photo = _differing(stage, dealer)
        stage.put("difference", dealer, number=number)
        stage.put("difference_photo", dealer, number=number, photo_id=photo)
        with stage.acting(dealer):
            agreement = agreements.of_dealer(stage.world.dealers[dealer])[0].number
        stage.put("parts_month", dealer, agreement=agreement, month="2026-04")
        stage.put("dealer_month", dealer, dealer=dealer, month="2026-04")


def _differing(stage: Stage, dealer: str) -> tuple[str, int]:
    """A shipment of three pieces of which two came: the difference, and its photo."""
    maker, _, decider, _, _ = DEALERS[dealer]
    part = f"P-{maker}"
    number = _decided(stage, dealer, {part: 3})
    with stage.world.acting(decider, maker) as actor:
        shipment = parts.ship(actor, number, {part: 3}, carrier="示例快运", waybill=MARKS[dealer])
    with stage.acting(dealer) as actor:
        upload = stage.upload(actor)
    with stage.acting(dealer) as actor:
        parts.receive(actor, shipment, {part: 2}, notes={part: MARKS[dealer]}, photos={part: [upload]})
    stage.put("received_shipment", dealer, number=number, shipment=shipment)
    with stage.acting(dealer):
        case = session().scalars(sa.select(DifferenceCase).order_by(DifferenceCase.id.desc()).limit(1)).one()
        photo = session().scalars(
            sa.select(DifferencePhoto.id).where(DifferencePhoto.difference_id == case.id)
        )
        return case.number, photo.one()


def _decided(stage: Stage, dealer: str, pieces: dict[str, int]) -> str:
    maker, _, decider, _, _ = DEALERS[dealer]
    with stage.acting(dealer) as actor:
        number = parts.request(actor, pieces, consent=True, purpose=Purpose.STOCK, purpose_note=MARKS[dealer])
    with stage.world.acting(decider, maker) as actor:
        parts.decide(actor, number, pieces)
    return number


#: What is sent with the calls of the table of routes.
DATA: dict[str, dict[str, Any]] = {
    "differences.answer": {"outcome": "credit", "reason": "because"},
    "differences.ship_again": {"carrier": "示例快运", "waybill": "YD-9"},
    "parts.confirm_payment": {"paid_on": "2026-05-19", "reference": "YH-1", "version": ""},
    "parts_months.confirm": {"digest": digest([])},
}

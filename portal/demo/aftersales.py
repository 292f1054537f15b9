"""Scenes of what happens to units once they are sold: calls, repairs, claims, returns and old parts in every state."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from portal.agreements.rules import CostColumn
from portal.demo.houses import House
from portal.demo.orders import Orders
from portal.demo.workshop import Workshop
from portal.kernel import clock
from portal.kernel.period import Quarter
from portal.ledger import commands as ledger
from portal.parts import commands as parts
from portal.parts.queries import old_parts
from portal.repairs import commands as repairs
from portal.repairs.commands import plans, service
from portal.repairs.rules.claims import ClaimAction, ClaimReason
from portal.repairs.rules.plans import PlanDraft
from portal.returns import commands as returns
from portal.returns.rules import Disposition, ReturnLine, ReturnReason
from portal.settlement import commands as settlement
from portal.warranty import queries as warranty
from portal.warranty.rules import CardState, Cause

#: Hours of a day, for what happened days ago.
DAY = 24.0
BATTERY = "P-BATT-48"
COSTS = {
    CostColumn.INBOUND: Decimal("38.00"),
    CostColumn.OUTBOUND: Decimal("38.00"),
    CostColumn.PARTS: Decimal("66.50"),
}


def play(house: House, closed: Sequence[Quarter], ready: Quarter) -> None:
    """Put the scenes of one manufacturer on the agenda."""
    shop, agenda = house.workshops["D01"], house.agenda
    agenda.at(closed[0].first, 9, partial(_plans, shop))
    _calls(shop)
    _claims(shop)
    for place, quarter in enumerate((*closed, ready)):
        _returned(house, quarter, place)
        _batteries(house.orders["D02"], quarter, back=2)
        _batteries(house.orders["D01"], quarter, back=3)
    _returns(house)
    _old_parts(house.orders["D01"])
    _sales(house, (*closed[1:], ready))
    _falsified(house, ready)


def _plans(shop: Workshop) -> None:
    """Service plans, and a customer who holds a card."""
    for code, name, hours, visits, price in (
        ("GOLD", "金卡服务", 2, 6, "399.00"),
        ("SILVER", "银卡服务", 8, 3, "199.00"),
    ):
        draft = PlanDraft(code, name, hours, visits, Decimal(price), 12, planned=2)
        shop.stage.act("dana", shop.business.tenant, plans.save_plan, draft)
    shop.agenda.ago(40 * DAY, partial(_card, shop))


def _card(shop: Workshop) -> None:
    serial = _sold(shop)
    _, buyer = shop.sales.sold[serial]
    shop.act(plans.sell_card, "GOLD", own=True, customer=buyer.name, phone=buyer.phone, serial=serial)


def _sold(shop: Workshop) -> str:
    serial = shop.sold_before(clock.today(shop.agenda.zone.key))
    assert serial is not None, "units were sold long before these scenes"
    return serial


def _covered(shop: Workshop) -> str:
    """A unit whose repair raises a claim: sold not long ago, its card accepted in time."""
    today = clock.today(shop.agenda.zone.key)
    dealer = shop.stage.actor(shop.business.clerk, shop.business.tenant)

    def in_time(serial: str) -> bool:
        card = warranty.live_card(serial)
        return card is not None and card.state is CardState.ACCEPTED

    recent = [serial for serial, (day, _) in shop.sales.sold.items() if 0 < (today - day).days < 200]
    return shop.dice.choice([serial for serial in recent if shop.stage.look(dealer, in_time, serial)])


def _calls(shop: Workshop) -> None:
    """Service requests that wait for everybody in turn; the oldest one waits too long."""

    def call(*acts: Callable[[str], object]) -> None:
        number = shop.call(_sold(shop))
        for act in acts:
            act(number)

    def triage(number: str) -> None:
        shop.act(service.triage, number, note="已电话联系顾客。")

    def send(number: str) -> None:
        shop.act(service.dispatch, number, shop.technician)

    def start(number: str) -> None:
        shop.act(service.start, number)

    def wait(number: str) -> None:
        in_a_week = shop.agenda.today + dt.timedelta(days=6)
        shop.act(service.delay, number, "控制器缺货，已报备料单。", in_a_week)

    def finish(number: str) -> None:
        shop.act(service.finish, number)

    for hours, acts in (
        (1, ()),
        (29, ()),
        (5, (triage,)),
        (26, (triage, send)),
        (30, (triage, send, start)),
        (75, (triage, send, start, wait)),
        (50, (triage, send, start, finish)),
    ):
        shop.agenda.ago(hours, partial(call, *acts))


def _claims(shop: Workshop) -> None:
    """Records and claims of the last days: unsigned, waiting, returned for more, cut and objected to."""

    def file(signed: bool, judge: Callable[[str], object] | None, cause: Cause = Cause.PRODUCT) -> None:
        draft = shop.draft(_covered(shop), clock.today(shop.agenda.zone.key), cause=cause)
        number = shop.file(draft, signed=signed)
        if judge is not None:
            judge(number)

    def cut(number: str) -> None:
        granted = {"labour": Decimal("20.00")}
        reason = ClaimReason.FEE_ABOVE_SCHEDULE
        shop.decide(number, ClaimAction.APPROVE, granted=granted, reason=reason, text="按简单作业核给工时。")

    def objected(number: str) -> None:
        cut(number)
        words = "拆装车架后才能更换，请按标准工时核定。"
        shop.act(repairs.object_to_claim, number, text=words)

    def returned(number: str) -> None:
        reason = ClaimReason.UNCLEAR_PHOTO
        shop.decide(number, ClaimAction.RETURN, reason=reason, text="请补充故障部位的照片。")

    for hours, signed, judge in (
        (2, False, None),
        (4, True, None),
        (6, True, None),
        (9, True, None),
        (27, True, returned),
        (52, True, cut),
        (56, True, objected),
    ):
        shop.agenda.ago(hours, partial(file, signed, judge))
    shop.agenda.ago(3, partial(file, True, None, Cause.USER))


def _request(shop: Workshop, serials: Sequence[str], *, fault: str, cause: Cause = Cause.PRODUCT) -> str:
    today = clock.today(shop.agenda.zone.key)
    lines = [ReturnLine(serial, today, cause, fault=fault) for serial in serials]
    return shop.act(returns.request, lines)


def _decide(house: House, number: str, serials: Sequence[str]) -> None:
    house.stage.act(
        "mei", house.maker, returns.decide, number, serials, waive_repair=True, text="同意返厂检测。"
    )


def _send(shop: Workshop, number: str) -> None:
    shop.act(
        returns.ship, number, carrier="示例物流", waybill=f"TH{shop.dice.randrange(10**8):08d}", cartons=1
    )


def _take_in(house: House, number: str, serials: Sequence[str]) -> None:
    house.stage.act("wen", house.maker, returns.receive, number, serials)


def _returned(house: House, quarter: Quarter, place: int) -> None:
    """Each quarter a unit goes back and comes out in another way."""
    shop = house.workshops["D02"]
    disposition = (Disposition.REPAIRED, Disposition.EXCHANGED, Disposition.NO_FAULT, Disposition.SCRAPPED)[
        place % 4
    ]

    def whole_story() -> None:
        (serial,) = shop.sales.ship(1, wait=False)
        number = _request(shop, [serial], fault="开箱后电机不转")
        _decide(house, number, [serial])
        shop.agenda.after(2, 10, partial(_send, shop, number), sure=True)
        shop.agenda.after(5, 10, partial(_take_in, house, number, [serial]), sure=True)
        shop.agenda.after(7, 15, partial(end, number, serial), sure=True)

    def end(number: str, serial: str) -> None:
        new = shop.sales.serials("EB-48") if disposition is Disposition.EXCHANGED else None
        house.stage.act(
            "mei", house.maker, returns.dispose, number, serial, disposition, new_serial=new, costs=COSTS
        )

    house.agenda.at(quarter.first + dt.timedelta(days=33), 10, whole_story)


def _returns(house: House) -> None:
    """Return requests that wait: for the reviewer, the dealer, the carrier, the warehouse and a disposition."""
    shop = house.workshops["D01"]
    units: list[str] = []

    def ask(*acts: Callable[[str, list[str]], object]) -> None:
        serials = [units.pop(), units.pop()]
        number = _request(shop, serials, fault="控制器间歇断电")
        for act in acts:
            act(number, serials)

    def question(number: str, _serials: list[str]) -> None:
        house.stage.act(
            "mei",
            house.maker,
            returns.ask,
            number,
            reason=ReturnReason.INSUFFICIENT_INFORMATION,
            text="请补充铭牌照片和包装情况。",
        )

    def refuse(number: str, serials: list[str]) -> None:
        reasons = dict.fromkeys(serials, ReturnReason.NO_FAULT_FOUND)
        house.stage.act(
            "mei", house.maker, returns.decide, number, [], reasons=reasons, text="视频显示功能正常。"
        )

    def approve(number: str, serials: list[str]) -> None:
        _decide(house, number, serials)

    def send(number: str, _serials: list[str]) -> None:
        _send(shop, number)

    def take_in(number: str, serials: list[str]) -> None:
        _take_in(house, number, serials)

    house.agenda.ago(16 * DAY, lambda: units.extend(shop.sales.ship(12, wait=False)))
    for hours, acts in (
        (8, ()),
        (33, (question,)),
        (57, (refuse,)),
        (60, (approve,)),
        (82, (approve, send)),
        (130, (approve, send, take_in)),
    ):
        house.agenda.ago(hours, partial(ask, *acts))


def _batteries(orders: Orders, quarter: Quarter, *, back: int) -> None:
    """Exchange parts: of three old ones so many come back in time, the others are charged."""

    def ship() -> None:
        number = orders.ask({BATTERY: 3})
        orders.decide(number, {BATTERY: 3})
        orders.ship(number, {BATTERY: 3})
        dealer = orders.stage.dealers[orders.business.maker, orders.business.code]
        give_back = partial(parts.receive_old_parts, dealer_id=dealer, pieces={BATTERY: back})
        orders.agenda.after(
            14, 11, partial(orders.stage.act, orders.warehouse, orders.business.maker, give_back)
        )

    orders.agenda.at(quarter.first + dt.timedelta(days=9), 14, ship)


def _old_parts(orders: Orders) -> None:
    """Old parts that are owed now: due soon, packed, and on their way to the warehouse."""
    business = orders.business

    def ship() -> None:
        number = orders.ask({BATTERY: 4})
        orders.decide(number, {BATTERY: 4})
        orders.ship(number, {BATTERY: 4})

    def pack(*, send: bool) -> None:
        def owed() -> dict[int, int]:
            dealer = orders.stage.dealers[business.maker, business.code]
            return {one.row.id: 1 for one in old_parts.owed_by(dealer, open_only=True) if one.listable}

        debts = orders.stage.look(orders.stage.actor(business.clerk, business.tenant), owed)
        number = orders.stage.act(business.clerk, business.tenant, parts.pack_old_parts, debts)
        if send:
            sending = partial(parts.send_old_parts, carrier="示例物流", waybill="JJ20260001")
            orders.stage.act(business.clerk, business.tenant, sending, number)

    orders.agenda.ago(27 * DAY, ship)
    orders.agenda.ago(3 * DAY, partial(pack, send=True))
    orders.agenda.ago(6, partial(pack, send=False))


def _sales(house: House, quarters: Sequence[Quarter]) -> None:
    """The settled sales of a dealer with a share of them, quarter by quarter."""
    dealer = house.stage.dealers[house.maker, "D04"]
    for quarter in quarters:
        record = partial(
            ledger.record_sales, dealer_id=dealer, amount=Decimal("286000.00"), note="季度销售确认"
        )
        house.agenda.at(
            quarter.last - dt.timedelta(days=2),
            16,
            partial(house.stage.act, house.finance, house.maker, record),
        )


def _falsified(house: House, ready: Quarter) -> None:
    """A quarter's fee that somebody proposed to cancel, and a second person has to confirm."""
    dealer = house.stage.dealers[house.maker, "D03"]
    propose = partial(
        settlement.propose_cancellation, dealer_id=dealer, quarter=ready, reason="抽查发现回执卡弄虚作假"
    )
    house.agenda.ago(28, partial(house.stage.act, house.finance, house.maker, propose))

"""Scenes that every demo shows, whatever chance brings: risky cards, requests in every state, a dispute, a hold."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from portal.agreements import commands as agreements
from portal.demo import aftersales, pictures, problems
from portal.demo.cast import BUSINESSES, PEOPLE
from portal.demo.customers import customer
from portal.demo.houses import House
from portal.demo.orders import Orders, Pieces
from portal.demo.sales import Sales
from portal.kernel.period import Month, Quarter
from portal.ledger import commands as ledger
from portal.tenants import commands as tenants
from portal.warranty import commands as warranty
from portal.warranty.rules import CardAction, PhotoKind, RejectReason

#: Hours of a day, for what happened days ago.
DAY = 24.0
FALSIFIED = "回访顾客，称未购买，登记不实。"


def play(houses: Mapping[str, House], closed: Sequence[Quarter], ready: Quarter) -> None:
    """Put all scenes on the agenda: `closed` quarters, oldest first, and the one that is `ready` to be settled."""
    vehicles, machines = houses["EV"], houses["FM"]
    middle = closed[len(closed) // 2]
    # The dealer that holds itself: it has not sent the forms of the last month; once before, it sent them late.
    south, tardy = vehicles.payments["D03"], closed[-1]
    south.forgotten = frozenset({ready.months[2], tardy.months[2]})
    vehicles.agenda.at(
        tardy.last + dt.timedelta(days=33), 10, partial(south.submit, tardy.months[2], sure=False)
    )
    _burst(vehicles.sales["D03"], middle)
    _overspent(vehicles.orders["D02"], middle)
    _corrections(vehicles, middle.next)
    _terms(vehicles, "D01", ready.first, {"rate": "2.6%"}, "年度协商：回款比例上调")
    _terms(
        vehicles, "D02", Quarter.of(vehicles.agenda.today).next.first, {"rate": "2.2%"}, "完成年度销售目标"
    )
    _risky_cards(vehicles.sales["D02"])
    _fresh_cards(vehicles.sales["D04"])
    _unfinished_card(vehicles.sales["D01"])
    _forms_on_their_way(vehicles, ready)
    _open_requests(vehicles)
    vehicles.agenda.ago(30, partial(_invite, vehicles))
    aftersales.play(vehicles, closed, ready)
    problems.play(vehicles, closed, ready)
    for quarter in closed:
        vehicles.settlements.settle_and_close(
            quarter,
            disputes="D01" if quarter == middle else "",
            overrides={"D03": "经办人休假，月报随后补交，金额已电话核对。"} if quarter == tardy else None,
        )
        machines.settlements.settle_and_close(quarter)
    vehicles.settlements.rehearse(ready)
    machines.settlements.issue_lately(ready, confirms="N02", disputes="N03")


def _burst(sales: Sales, quarter: Quarter) -> None:
    """Eight cards with one phone number in the last days of a quarter: five pass, then calls find three of them out."""
    sold = quarter.last - dt.timedelta(days=3)
    serials: list[str] = []
    numbers: list[str] = []

    def file(place: int) -> None:
        buyer = replace(customer(sales.dice, sales.business.region), phone="13900009999")
        numbers.append(sales.file(sales.draft(serials[place], sold, buyer), decide=False))

    def judge(place: int, decision: CardAction) -> None:
        reason = RejectReason.DUPLICATE if decision is CardAction.REJECT else None
        text = "" if decision is CardAction.ACCEPT else FALSIFIED
        sales.review(numbers[place], decision, reason=reason, text=text)

    sales.agenda.at(
        quarter.last - dt.timedelta(days=20), 9, lambda: serials.extend(sales.ship(8, wait=False))
    )
    for place in range(8):
        minutes = place / 10
        decision = CardAction.ACCEPT if place < 5 else CardAction.REJECT
        sales.agenda.at(quarter.last - dt.timedelta(days=1), 15 + minutes, partial(file, place))
        sales.agenda.at(quarter.last + dt.timedelta(days=4), 9 + minutes, partial(judge, place, decision))
        if place < 3:
            void = partial(judge, place, CardAction.VOID)
            sales.agenda.at(quarter.last + dt.timedelta(days=40), 9 + minutes, void)


def _overspent(orders: Orders, quarter: Quarter) -> None:
    """A request far beyond the quota, with the dealer's consent: the quarter ends with an amount due."""
    pieces: Pieces = {"P-MOTOR-60": 18, "P-CTRL-60": 20, "P-HARNESS": 16}

    def ask() -> None:
        number = orders.ask(pieces, consent=True)
        orders.agenda.after(1, 11, partial(orders.decide, number, pieces))
        orders.agenda.after(2, 14, partial(send, number))

    def send(number: str) -> None:
        orders.agenda.after(3, 10, partial(orders.receive, orders.ship(number, pieces), pieces))

    orders.agenda.at(quarter.months[2].first + dt.timedelta(days=2), 10, ask)


def _corrections(house: House, quarter: Quarter) -> None:
    """A remittance that the bank took back, and an adjustment that both parties read."""
    day = quarter.months[1].first + dt.timedelta(days=8)
    bounce = partial(house.payments["D04"].bounce, Decimal("46000.00"), f"YH{day:%Y%m}-D04-T")
    house.agenda.at(day, 11, bounce)
    house.agenda.at(day, 16, partial(_adjust, house, "D02", Decimal("200.00"), "新品展示活动支持"))


def _adjust(house: House, code: str, amount: Decimal, reason: str) -> None:
    dealer_id = house.stage.dealers[house.maker, code]
    house.stage.act(house.finance, house.maker, ledger.adjust, dealer_id, amount=amount, reason=reason)


def _terms(house: House, code: str, starts: dt.date, share: dict[str, str], reason: str) -> None:
    """A new version of an agreement's terms with another remittance share."""
    terms: dict[str, Any] = next(
        one.terms for one in BUSINESSES if (one.maker, one.code) == (house.maker, code)
    )
    first, *others = terms["bases"]
    changed = {**terms, "bases": [{**first, **share}, *others]}

    def version() -> None:
        number = house.stage.agreements[house.maker, code]
        house.stage.act(
            "adi", house.maker, agreements.version_terms, number, starts=starts, terms=changed, reason=reason
        )

    signed = min(starts - dt.timedelta(days=25), house.agenda.today - dt.timedelta(days=6))
    house.agenda.at(signed, 15, version)


def _risky_cards(sales: Sales) -> None:
    """Cards in the queue that the signals warn of: one phone, photo and day, a run of serials, a colleague."""
    agenda, serials = sales.agenda, list[str]()
    day = agenda.today - dt.timedelta(days=4)
    owner = next(person for person in PEOPLE if person.persona == sales.business.owner)

    same = pictures.invoice(sales.dice, "FP00000000")

    def file(place: int) -> None:
        buyer = customer(sales.dice, sales.business.region)
        if place < 4:
            buyer = replace(buyer, phone="13900008888")
        elif place == 4:
            buyer = replace(buyer, name=owner.name, phone=owner.phone)
        draft = sales.draft(serials[place], day, buyer)
        photos = sales.pictures(draft)
        if place < 2:
            photos[0] = (PhotoKind.INVOICE, same)
        sales.file(draft, decide=False, photos=photos)

    def send_back() -> None:
        draft = sales.draft(serials[6], day, customer(sales.dice, sales.business.region))
        number = sales.file(draft, decide=False, photos=sales.pictures(draft)[:1])
        sales.review(number, CardAction.SEND_BACK, reason=RejectReason.UNCLEAR_PHOTO, text="发票照片看不清。")

    agenda.ago(20 * DAY, lambda: serials.extend(sales.ship(9, wait=False)))
    for place in range(6):
        agenda.ago(7 - place / 10, partial(file, place))
    agenda.ago(2 * DAY, send_back)


def _fresh_cards(sales: Sales) -> None:
    """Honest cards that came in today, one of them late."""
    agenda, serials = sales.agenda, list[str]()

    def file(place: int) -> None:
        sold = agenda.today - dt.timedelta(days=(2, 5, 9, 12, 44)[place])
        draft = sales.draft(serials[place], sold, customer(sales.dice, sales.business.region))
        sales.file(draft, decide=False, photos=sales.pictures(draft))

    agenda.ago(60 * DAY, lambda: serials.extend(sales.ship(5, wait=False)))
    for place in range(5):
        agenda.ago(4 - place / 2, partial(file, place))


def _unfinished_card(sales: Sales) -> None:
    """A card that the clerk has begun and not submitted."""
    agenda, serials = sales.agenda, list[str]()

    def begin() -> None:
        sales.stage.act(sales.business.clerk, sales.business.tenant, warranty.begin, serials[0])

    agenda.ago(9 * DAY, lambda: serials.extend(sales.ship(3, wait=False)))
    agenda.ago(25, begin)


def _forms_on_their_way(house: House, ready: Quarter) -> None:
    """Of the month that is over, one dealer's forms wait for the reviewer and another's went back.

    Only when that month is of the running quarter: the one before is to be settled.
    """
    month = Month.of(house.agenda.today).previous
    if month.quarter == ready:
        return
    waits, returned = house.payments["D02"], house.payments["D04"]
    waits.forgotten = returned.forgotten = frozenset({month})
    house.agenda.ago(21, partial(waits.send, month))
    house.agenda.ago(
        50, lambda: house.agenda.after(0, 0, partial(returned.send_back, returned.send(month)[0]))
    )


def _open_requests(house: House) -> None:
    """Requests that wait for everybody in turn: for a decision, for shipping, for receipt."""
    orders, agenda = house.orders["D01"], house.agenda

    def ask(act: Callable[[str, Pieces], None], pieces: Pieces) -> None:
        act(orders.ask(pieces, consent=True), pieces)

    def fewer(pieces: Pieces) -> Pieces:
        return {part: (count + 1) // 2 for part, count in pieces.items()}

    def approve(number: str, pieces: Pieces) -> None:
        orders.decide(number, pieces)

    def reduce(number: str, pieces: Pieces) -> None:
        orders.decide(number, fewer(pieces), "本月配额紧张，先批一半。")

    def ship_some(number: str, pieces: Pieces) -> None:
        orders.decide(number, pieces)
        orders.ship(number, fewer(pieces))

    def ship_all(number: str, pieces: Pieces) -> None:
        orders.decide(number, pieces)
        orders.ship(number, pieces)

    def cancel_rest(number: str, pieces: Pieces) -> None:
        ship_some(number, pieces)
        orders.cancel(number, "其余已自行解决。")

    def refuse(number: str, _pieces: Pieces) -> None:
        orders.decide(number, {})

    def wait(_number: str, _pieces: Pieces) -> None:
        """Nobody has looked at it yet."""

    for hours, act, pieces in (
        (3, wait, {"P-LAMP": 4, "P-LOCK": 2}),
        (22, approve, {"P-DISPLAY": 2, "P-THROTTLE": 6, "P-CTRL-48": 1}),
        (31, reduce, {"P-TYRE-16": 8, "P-SHOCK": 4}),
        (54, ship_some, {"P-BRAKE-F": 4, "P-BRAKE-R": 4, "P-CHARGER": 2}),
        (76, ship_all, {"P-HARNESS": 1, "P-LAMP": 2}),
        (125, cancel_rest, {"P-THROTTLE": 10, "P-LOCK": 4}),
        (148, refuse, {"P-MOTOR-60": 3}),
    ):
        agenda.ago(hours, partial(ask, act, pieces))
    agenda.ago(5, partial(_beyond_quota, house.orders["D03"]))


def _beyond_quota(orders: Orders) -> None:
    """A request that waits for a decision and costs more than the quota covers, with the dealer's consent."""
    orders.ask({"P-MOTOR-48": 3, "P-CTRL-48": 4, "P-CHARGER": 6}, consent=True)


def _invite(house: House) -> None:
    """Somebody who was invited and has not answered yet."""
    house.stage.act(
        "dana", "EV~D01", tenants.invite, email="newcomer@example.test", name="辛凯", roles=("service",)
    )

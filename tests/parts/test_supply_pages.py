"""Pages of payments, substitutes, differences, back orders and months (PT-5 … PT-7, PT-11)."""

import datetime as dt
import io

import pytest

from portal.agreements import queries as agreements
from portal.kernel.actor import Side
from portal.kernel.calendar import Calendar
from portal.kernel.period import Month
from portal.parts import commands, queries
from portal.parts.queries.reconciliation import waiting_months
from portal.parts.rules import (
    ANSWER_DAYS,
    DifferenceKind,
    DifferenceOutcome,
    DifferenceState,
    answer_due,
)
from tests.browser import Browser
from tests.parts.stock import decide, grant, request, ship, stock
from tests.parts.supply import supply
from tests.people import TODAY, World
from tests.security.stage import jpeg


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    stock(sqlite_world)
    supply(sqlite_world)
    return Browser(sqlite_world.app)


def test_before_submitting_the_dealer_sees_what_each_class_costs_and_the_real_balance(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "100.00")
    request(sqlite_world, {"P-MOTOR": 1}, consent=True)
    browser.sign_in("dana")
    browser.get("parts/new")
    page = browser.submit(
        "核对并提交",
        **{
            "lines-0-part": "P-MOTOR", "lines-0-pieces": "1",
            "lines-1-part": "P-BURNER", "lines-1-pieces": "2",
            "lines-2-part": "P-VALVE", "lines-2-pieces": "1",
        },
    )  # fmt: skip
    assert "300.00" in page.main
    assert "−20.00" in page.main
    assert "−140.00" in page.main
    assert "旧件" in page.main


def test_finance_confirms_a_payment_from_its_list_and_the_parts_may_be_shipped(
    sqlite_world: World, browser: Browser
) -> None:
    number = request(sqlite_world, {"P-BURNER": 2, "P-SEAL": 5})
    decide(sqlite_world, number, {"P-BURNER": 2, "P-SEAL": 5})
    browser.sign_in("mei")
    page = browser.get(f"parts/{number}")
    assert page.select("#ship [name='lines-1-code']") == []
    browser.sign_in("fei")
    page = browser.get("parts/payments")
    assert number in page.main
    assert "300.00" in page.main
    page = browser.get(f"parts/{number}")
    page = browser.submit("pay", status=422, paid_on="2026-05-20", reference="")
    page = browser.submit("pay", paid_on="2026-05-20", reference="YH-77")
    assert "YH-77" in page.main
    assert number not in browser.get("parts/payments").main
    assert number in browser.get("parts/payments?tab=settled").main
    browser.sign_in("mei")
    assert browser.get(f"parts/{number}").select("#ship [name='lines-1-code']")


def test_a_substitute_needs_a_reason_and_the_dealer_reads_it(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "500.00")
    number = request(sqlite_world, {"P-MOTOR": 2})
    browser.sign_in("mei")
    browser.get(f"parts/{number}")
    values = {"lines-0-pieces": "2", "lines-0-other": "P-MOTOR-L"}
    browser.submit("decide", status=422, **values)
    page = browser.submit("decide", **values, **{"lines-0-reason": "老款停产"})
    assert "P-MOTOR-L" in page.main
    browser.sign_in("dana")
    page = browser.get(f"parts/{number}")
    assert "老款停产" in page.main
    assert "99.99" in page.main


def test_what_is_damaged_is_photographed_answered_and_sent_again(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "500.00")
    number = request(sqlite_world, {"P-MOTOR": 2})
    decide(sqlite_world, number, {"P-MOTOR": 2})
    shipment = ship(sqlite_world, number, {"P-MOTOR": 2})
    with sqlite_world.acting("dana"):
        line = queries.parcel(shipment).lines[0].row.id
    browser.sign_in("dana")
    browser.get(f"parts/{number}/shipments/{shipment}")
    values = {
        "lines-0-pieces": "1",
        "lines-0-kind": "damaged",
        "lines-0-reason": "外壳破裂",
    }
    browser.submit("receive", **values, **{f"photo_{line}_files": (io.BytesIO(jpeg()), "a.jpg")})
    page = browser.get("parts/differences/CY-2026-000001")
    assert "外壳破裂" in page.main
    assert page.select("img[src*='/photos/']")
    browser.sign_in("mei")
    browser.get("parts/differences")
    browser.get("parts/differences/CY-2026-000001")
    browser.submit("answer", status=422, outcome="refuse", reason="")
    browser.submit("answer", outcome="reship", reason="补发")
    page = browser.submit("again", carrier="示例快运", waybill="YD-2")
    assert "FH-2026-000002" in page.main
    with sqlite_world.acting("dana"):
        assert queries.difference("CY-2026-000001").state is DifferenceState.RESHIPPED
        assert queries.difference("CY-2026-000001").row.kind is DifferenceKind.DAMAGED


def test_a_difference_found_later_is_reported_from_the_shipment(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "500.00")
    number = request(sqlite_world, {"P-MOTOR": 2})
    decide(sqlite_world, number, {"P-MOTOR": 2})
    shipment = ship(sqlite_world, number, {"P-MOTOR": 2})
    with sqlite_world.acting("dana") as dana:
        commands.receive(dana, shipment)
    browser.sign_in("dana")
    browser.get(f"parts/{number}/shipments/{shipment}/difference")
    page = browser.submit("difference", part="P-MOTOR", pieces="1", kind="damaged", note="通电不转")
    assert "CY-2026-000001" in page.main


def test_back_orders_show_what_is_overdue_and_a_late_shipment_says_why(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "500.00", on=dt.date(2026, 5, 4))
    with sqlite_world.acting("dana", on=dt.date(2026, 5, 4)) as dana:
        number = commands.request(dana, {"P-MOTOR": 2})
    with sqlite_world.acting("mei", on=dt.date(2026, 5, 4)) as mei:
        commands.decide(mei, number, {"P-MOTOR": 2})
    browser.sign_in("dana")
    assert number in browser.get("parts/back-orders?tab=overdue").main
    browser.sign_in("mei")
    assert number in browser.get("parts/back-orders?q=p-motor&dealer=D01").main
    browser.get(f"parts/{number}")
    values = {"lines-0-pieces": "2", "carrier": "示例快运", "waybill": "YD-1"}
    browser.submit("ship", status=422, **values)
    page = browser.submit("ship", **values, late_reason="缺货")
    assert "缺货" in page.main


def test_a_month_is_confirmed_line_by_line_and_shows_what_changed(
    sqlite_world: World, browser: Browser
) -> None:
    april = dt.date(2026, 4, 20)
    grant(sqlite_world, "500.00", on=april)
    number = request(sqlite_world, {"P-MOTOR": 2}, on=april)
    with sqlite_world.acting("mei", on=april) as mei:
        commands.decide(mei, number, {"P-MOTOR": 2})
    shipment = ship(sqlite_world, number, {"P-MOTOR": 2}, on=april)
    agreement = agreement_of(sqlite_world)
    address = f"parts/months/{agreement}/2026-04"
    browser.sign_in("dana")
    assert "2026-04" in browser.get("parts/months").main
    browser.get(address)
    page = browser.submit("confirm")
    assert "240.00" in page.main
    with sqlite_world.acting("dana", on=april) as dana:
        commands.receive(dana, shipment, {"P-MOTOR": 1})
    with sqlite_world.acting("mei", on=april) as mei:
        commands.answer_difference(mei, "CY-2026-000001", DifferenceOutcome.CREDIT)
    browser.sign_in("fei")
    assert "确认后有变动" in browser.get("parts/months?month=2026-04").main
    page = browser.get(address)
    assert "CY-2026-000001" in page.main
    assert "120.00" in page.main
    browser.get(f"{address}/list.xlsx")
    browser.get("parts/months/XY-2026-000001/nothing", status=404)
    browser.get(address).submit("confirm")


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_these_pages_speak_other_languages(sqlite_world: World, browser: Browser, language: str) -> None:
    grant(sqlite_world, "500.00")
    number = request(sqlite_world, {"P-BURNER": 1, "P-MOTOR": 2})
    decide(sqlite_world, number, {"P-BURNER": 1, "P-MOTOR": 2})
    shipment = ship(sqlite_world, number, {"P-MOTOR": 2})
    with sqlite_world.acting("dana") as dana:
        commands.receive(dana, shipment, {"P-MOTOR": 1})
    reader = Browser(sqlite_world.app, language=language)
    reader.sign_in("fei")
    for path in ("payments", "back-orders", "differences", "months", number):
        reader.get(f"parts/{path}")
    reader.sign_in("mei").get("parts/differences/CY-2026-000001")
    reader.sign_in("dana").get(f"parts/{number}/shipments/{shipment}/difference")
    for path in (
        "",
        "parts/differences/CY-2026-000001",
        f"parts/months/{agreement_of(sqlite_world)}/2026-05",
    ):
        reader.get(path)


def agreement_of(world: World) -> str:
    with world.acting("lin"):
        return agreements.of_dealer(world.dealers["D01"])[0].number


def test_every_month_that_waits_for_a_side_is_on_its_home_page(sqlite_world: World, browser: Browser) -> None:
    march, april = dt.date(2026, 3, 10), dt.date(2026, 4, 20)
    for day, amount in ((march, "500.00"), (april, "501.00")):
        grant(sqlite_world, amount, on=day, ref=str(day))
        number = request(sqlite_world, {"P-MOTOR": 2}, on=day)
        decide(sqlite_world, number, {"P-MOTOR": 2}, on=day)
        ship(sqlite_world, number, {"P-MOTOR": 2}, on=day)
    words = "待我方确认的零件月度清单："
    assert f"{words}2 份" in browser.sign_in("dana").get("").main
    assert browser.has_link("parts/months")
    assert f"{words}2 份" in browser.sign_in("fei").get("").main
    assert browser.get("parts/months").select("#waits")[0].get_text(" ", strip=True) == (
        "待我方确认： 2026-03 (1) · 2026-04 (1)"
    )
    browser.get(f"parts/months/{agreement_of(sqlite_world)}/2026-03")
    browser.submit("confirm")
    assert f"{words}1 份" in browser.get("").main
    assert f"{words}2 份" in browser.sign_in("dana").get("").main
    for month in ("2026-03", "2026-04"):
        browser.get(f"parts/months/{agreement_of(sqlite_world)}/{month}")
        browser.submit("confirm")
    assert words not in browser.get("").main
    assert f"{words}1 份" in browser.sign_in("fei").get("").main


def test_a_credit_makes_a_list_of_its_month_that_waits(world: World) -> None:
    stock(world)
    april, may = dt.date(2026, 4, 20), dt.date(2026, 5, 20)
    grant(world, "500.00", on=april)
    number = request(world, {"P-MOTOR": 2}, on=april)
    decide(world, number, {"P-MOTOR": 2}, on=april)
    shipment = ship(world, number, {"P-MOTOR": 2}, on=april)
    with world.acting("dana", on=may) as dana:
        commands.confirm_month(dana, agreement_of(world), "2026-04")
        commands.receive(dana, shipment, {"P-MOTOR": 1})
    with world.acting("mei", on=may) as mei:
        commands.answer_difference(mei, "CY-2026-000001", DifferenceOutcome.CREDIT)
    with world.acting("dana", on=dt.date(2026, 6, 2)):
        assert [m for _, m in waiting_months(Month(2026, 4), Month(2026, 5), Side.DEALER)] == [Month(2026, 5)]
    with world.acting("dana", on=dt.date(2026, 6, 2)) as dana:
        commands.confirm_month(dana, agreement_of(world), "2026-05")
    with world.acting("mei", on=dt.date(2026, 6, 2)):
        assert waiting_months(Month(2026, 4), Month(2026, 5), Side.DEALER) == {}
        assert len(waiting_months(Month(2026, 4), Month(2026, 5), Side.MANUFACTURER)) == 2


def test_an_answer_has_five_working_days_and_both_sides_see_the_day(
    sqlite_world: World, browser: Browser
) -> None:
    assert (ANSWER_DAYS, answer_due(TODAY, Calendar())) == (5, dt.date(2026, 5, 27))
    grant(sqlite_world, "500.00")
    number = request(sqlite_world, {"P-MOTOR": 2})
    decide(sqlite_world, number, {"P-MOTOR": 2})
    shipment = ship(sqlite_world, number, {"P-MOTOR": 2})
    with sqlite_world.acting("dana") as dana:
        commands.receive(dana, shipment, {"P-MOTOR": 1})
    case = "parts/differences/CY-2026-000001"
    for on, late in ((dt.date(2026, 5, 27), False), (dt.date(2026, 5, 28), True)):
        reader = Browser(sqlite_world.app, on=on)
        for who in ("mei", "dana"):
            listed = reader.sign_in(who).get("parts/differences?tab=open").main
            assert "2026-05-27" in listed
            assert ("已逾期" in listed) is late
            page = reader.get(case).main
            assert "答复期限 2026-05-27" in page
            assert ("答复已逾期，应于 2026-05-27 前答复" in page) is late
        home = reader.sign_in("mei").get("").main
        assert "收货差异待答复：1 件" in home
        assert ("已逾期，期限 2026-05-27" in home) is late
    with sqlite_world.acting("mei") as mei:
        commands.answer_difference(mei, "CY-2026-000001", DifferenceOutcome.CREDIT)
    assert "答复期限" not in reader.get(case).main
    assert "2026-05-27" not in reader.get("").main

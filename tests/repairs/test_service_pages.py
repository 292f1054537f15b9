"""The pages of service requests, follow-up calls, cards and visits; the public look-up."""

import datetime as dt

import pytest

from portal.repairs.rules.service import ServiceState
from tests.browser import Browser
from tests.people import TODAY, World
from tests.repairs.desk import ADDRESS, PHONE, bring, offer, receive, sell, state
from tests.warranty.shop import stock


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    stock(sqlite_world)
    return Browser(sqlite_world.app)


def test_a_dealer_takes_a_call_and_brings_it_to_the_signature(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("dana").get("service/new")
    browser.submit("intake", status=422, customer="王小明", phone=PHONE, serial="ZZ")
    assert "请填写地址" in browser.main
    browser.submit("intake", status=422, address=ADDRESS, words="不能启动", serial="ZZ")
    assert "没有序列号 ZZ" in browser.main
    browser.submit("intake", serial="a1")
    assert browser.url.endswith("/service/BX-2026-000001")
    assert "剩余 2 小时" in browser.main
    assert "王小明" in browser.main
    assert PHONE not in browser.main
    browser.submit("确定派工", technician="张师傅")
    browser.submit("开工")
    assert browser.has_link("repairs/new?request=BX-2026-000001")
    browser.submit("delay", status=422, report="缺电机")
    assert "请填写今天或以后的约定日期" in browser.main
    browser.submit("delay", report="缺电机", next_on="2026-06-01")
    assert "约定 2026-06-01 继续" in browser.main
    browser.submit("lend", unit="备用机 3 号")
    browser.submit("继续维修")
    browser.submit("已归还")
    browser.submit("不填记录直接完工")
    browser.submit("顾客已在纸单上签字")
    assert state(sqlite_world, "BX-2026-000001") is ServiceState.SIGNED
    assert "首次回访宜在 2026-05-23 以后" in browser.main
    browser.follow("登记回访")
    browser.submit("call", status=422)
    assert "请至少填写一项评分" in browser.main
    browser.submit(
        "call", grade_attitude="5", grade_speed="2", opinion="来得慢", topic="speed", complaint="y"
    )
    assert "来得慢" in browser.main
    browser.get("follow-ups")
    assert "100.0%" in browser.main
    assert "来得慢" in browser.main


def test_the_board_shows_the_overdue_first_and_keeps_what_was_asked(
    sqlite_world: World, browser: Browser
) -> None:
    late = receive(sqlite_world, on=dt.date(2026, 5, 18))
    fresh = receive(sqlite_world, customer="李四", phone="13900001234")
    browser.sign_in("dana").get("service")
    assert browser.main.index(late) < browser.main.index(fresh)
    assert "逾期" in browser.main
    browser.get("service?tab=overdue")
    assert (late in browser.main, fresh in browser.main) == (True, False)
    browser.get("service?tab=all&q=1234")
    assert (late in browser.main, fresh in browser.main) == (False, True)
    browser.get("service?tab=parts")
    assert "没有报修单" in browser.main
    browser.get(f"service/list.xlsx?tab=all&q={late}")
    assert browser.response.mimetype.endswith("sheet")
    browser.get("")
    assert "有 1 张报修单已逾期" in browser.main


def test_the_manufacturer_reads_masked_and_can_not_act(sqlite_world: World, browser: Browser) -> None:
    number = receive(sqlite_world)
    browser.sign_in("mei").get(f"service/{number}")
    assert "王**" in browser.main
    assert "王小明" not in browser.main
    assert browser.select('form[action$="/triage"]') == []
    browser.post(f"service/{number}/triage", status=403)
    browser.get(f"service/{number}")
    browser.submit("reveal-form", htmx=True, reason="核实投诉")
    assert PHONE in browser.response.get_data(as_text=True)
    browser.get("follow-ups")
    assert "甲经销商" in browser.main
    browser.get("follow-ups?dealer=D01&month=2026-04")
    assert "甲经销商 · 2026-04" in browser.main
    assert state(sqlite_world, number) is ServiceState.RECEIVED


def test_a_refused_step_says_why_and_an_unknown_one_is_not_there(
    sqlite_world: World, browser: Browser
) -> None:
    number = receive(sqlite_world)
    browser.sign_in("dana").get(f"service/{number}")
    browser.submit("确定派工", status=422, technician="")
    assert "请填写维修员" in browser.main
    browser.get(f"service/{number}")
    bring(sqlite_world, number, "triage")
    browser.submit("确定派工", status=409, technician="张师傅")
    browser.post(f"service/{number}/explode", status=404)
    browser.get(f"service/{number}/call")
    assert "目前无需回访" in browser.main
    browser.get(f"service/{number}/edit")
    browser.submit("intake", area="rural", priority="critical")
    assert "特急" in browser.main


def test_plans_cards_and_visits_have_their_pages(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("mei").get("service-plans/new")
    plan = {"name": "金卡", "respond_hours": "1", "visits": "2", "months": "12", "price": "398"}
    browser.submit("plan", status=422, code="金", **plan)
    browser.submit("plan", code="gold", planned="1")
    browser.get("service-plans/new")
    browser.submit("plan", status=422, code="GOLD", **plan)
    assert "该代码的服务方案已存在" in browser.main
    browser.get("service-plans/GOLD").submit("plan", note="含保养")
    browser.sign_in("dana").get("service-cards/new")
    browser.submit("sell", status=422, customer="王小明", phone=PHONE)
    browser.submit("sell", plan="maker:GOLD", serial="A1")
    assert browser.url.endswith("/service-cards/FW-2026-000001")
    assert "0 / 2" in browser.main
    browser.get("service-cards?state=valid&q=5678")
    assert "FW-2026-000001" in browser.main
    browser.get("visits/new")
    browser.submit("visits", serial="A2", customer="王小明", phone=PHONE, first="2026-05-30", what="保养")
    assert "请邀约" in browser.main
    browser.follow("安排 A2")
    browser.submit("intake", address=ADDRESS)
    assert "保养" in browser.main
    browser.get("visits")
    assert "BX-2026-000001" in browser.main
    browser.submit("巡检已完成")
    browser.get("visits?tab=done")
    assert "2026-11-20" in browser.main
    browser.get("service-cards/FW-2026-000001").submit("cancel", reason="退卡")
    assert "已作废" in browser.main


def test_beginning_uses_up_a_visit_unless_the_card_is_left_alone(
    sqlite_world: World, browser: Browser
) -> None:
    offer(sqlite_world, visits=1)
    sell(sqlite_world)
    numbers = [receive(sqlite_world), receive(sqlite_world)]
    for number in numbers:
        bring(sqlite_world, number, "dispatch")
    browser.sign_in("dana").get(f"service/{numbers[0]}").submit("start")
    assert "已用 1 次，共 1 次" in browser.main
    browser.get(f"service/{numbers[1]}").submit("start", status=422)
    assert "已无可用次数" in browser.main
    browser.submit("start", without_card="y")
    assert state(sqlite_world, numbers[1]) is ServiceState.IN_PROGRESS


def test_customers_look_up_the_state_and_nothing_else(sqlite_world: World, browser: Browser) -> None:
    number = receive(sqlite_world)
    bring(sqlite_world, number, "dispatch")
    browser.get("/track/MF").submit(status=200, number=number.lower(), digits="5678")
    assert "已派工" in browser.main
    for secret in ("王", "5678号", "张师傅", "甲经销商", ADDRESS):
        assert secret not in browser.main
    answers = set()
    for maker, typed, digits in (
        ("MF", number, "0000"),
        ("MF", "BX-2026-000099", "5678"),
        ("OM", number, "5678"),
        ("XX", number, "5678"),
        ("MF", "nonsense", "5678"),
    ):
        browser.get(f"/track/{maker}").submit(number=typed, digits=digits)
        answers.add(browser.select(".alert")[0].get_text(" ", strip=True))
    assert len(answers) == 1
    assert "未查到" in answers.pop()


def test_tries_are_limited_whatever_is_right(sqlite_world: World, browser: Browser) -> None:
    number = receive(sqlite_world)
    browser.get("/track/MF")
    for digits in range(8):
        browser.submit(number=number, digits=f"{digits:04d}")
    browser.submit(status=429, number=number, digits="5678")


def test_the_owner_finds_what_was_escalated_on_the_home_page(sqlite_world: World, browser: Browser) -> None:
    from portal.jobs.daily import begin_day
    from portal.kernel.db import session
    from portal.tenants.queries import clock_actor

    number = receive(sqlite_world)
    for day in (dt.date(2026, 5, 21), dt.date(2026, 5, 22)):
        time = clock_actor(sqlite_world.manufacturers["MF"], "Asia/Shanghai")
        with sqlite_world.at(day, 0), sqlite_world.app.app_context():
            assert time.scope is not None
            session().enter(time.scope)
            begin_day(time)
    browser.day = dt.date(2026, 5, 22)
    browser.sign_in("dana")
    assert f"报修单 {number} 逾期，已上报给您" in browser.main
    browser.sign_in("tom")
    assert "已上报给您" not in browser.main
    browser.sign_in("mei")
    assert f"甲经销商的报修单 {number} 逾期" in browser.main
    browser.get("service?tab=escalated")
    assert number in browser.main
    assert browser.day > TODAY

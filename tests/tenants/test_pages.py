"""Sign-in, people, dealers and the operator through the pages."""

import datetime as dt
import re

import pytest

from portal.tenants import commands
from tests.browser import Browser
from tests.people import PASSWORD, World
from tests.tenants.mails import delivered, last_link

FINE = "ein langes Passwort 47"


def test_somebody_with_one_organisation_is_home_at_once(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app).sign_in("dana")
    assert browser.url == "/m/MF/"
    assert browser.tenant == "/m/MF"


def test_the_page_that_was_asked_for_opens_after_signing_in(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app)
    browser.get("/m/MF/people?state=active")
    assert browser.url.startswith("/sign-in?next=")
    browser.submit("sign-in", email="dana@example.test", password=PASSWORD)
    assert browser.url == "/m/MF/people?state=active"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/m/MF/", "/\\evil.example", "/m/../\\x", "/static/x"]
)
def test_signing_in_leads_nowhere_else(sqlite_world: World, target: str) -> None:
    browser = Browser(sqlite_world.app)
    browser.get(f"/sign-in?next={target}", status=200)
    browser.submit("sign-in", email="dana@example.test", password=PASSWORD)
    assert browser.url == "/m/MF/"


def test_a_wrong_password_and_an_unknown_address_look_the_same(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app)
    texts = []
    for email in ("dana@example.test", "niemand@example.test"):
        browser.get("/sign-in")
        browser.submit("sign-in", status=422, email=email, password="falsch")
        texts.append(browser.main.replace(email, ""))
    assert texts[0] == texts[1]
    assert "电子邮箱或密码不正确。" in texts[0]


def test_after_ten_tries_a_person_waits_even_with_the_right_password(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app)
    browser.get("/sign-in")
    for _try in range(10):
        browser.submit("sign-in", status=422, email="dana@example.test", password="falsch")
    browser.submit("sign-in", status=429, email="Dana@example.test", password=PASSWORD)
    assert "尝试次数过多" in browser.main
    browser.submit("sign-in", email="tom@example.test", password=PASSWORD)
    assert browser.url == "/m/MF/"


def test_after_thirty_tries_an_address_waits_whoever_it_names(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app)
    browser.get("/sign-in")
    for number in range(30):
        browser.submit("sign-in", status=422, email=f"p{number}@example.test", password="falsch")
    browser.submit("sign-in", status=429, email="tom@example.test", password=PASSWORD)


def test_signing_out_ends_the_session_also_for_a_copied_cookie(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app).sign_in("dana")
    cookie = browser.client.get_cookie("portal")
    assert cookie is not None
    browser.submit("退出")
    assert browser.url == "/sign-in"
    browser.client.set_cookie("portal", cookie.value)
    browser.get("/m/MF/")
    assert browser.url.startswith("/sign-in")


def test_the_cookie_from_before_signing_in_is_worth_nothing_after(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app)
    with browser.client.session_transaction() as cookie:
        cookie["planted"] = "yes"
    browser.get("/sign-in")
    browser.submit("sign-in", email="dana@example.test", password=PASSWORD)
    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_who_acts_for_several_chooses_and_keeps_the_page_that_was_asked_for(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app).sign_in("rival")
    assert browser.url == "/"
    assert "示例车业有限公司的经销商 D02" in browser.main
    assert "他厂机械有限公司的经销商 X01" in browser.main
    browser.get("/?next=/m/OM/people")
    assert browser.has_link("/m/OM/people")
    assert browser.has_link("/m/MF/")


def test_who_acts_for_nobody_is_told_whom_to_ask(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app).sign_in("nobody")
    assert "尚未加入任何单位" in browser.main
    browser.get("/m/MF/", status=404)


def test_the_language_follows_the_profile_then_the_browser_then_chinese(sqlite_world: World) -> None:
    assert "Sign in" in Browser(sqlite_world.app, language="en-US").get("/sign-in").main
    assert "登入" in Browser(sqlite_world.app, language="zh-TW").get("/sign-in").main
    assert "登录" in Browser(sqlite_world.app, language="de-DE").get("/sign-in").main
    browser = Browser(sqlite_world.app).sign_in("dana")
    browser.get("/profile")
    browser.submit("profile", language="en", name="Dana", shortcuts=None)
    assert "Your profile is saved." in browser.main
    assert browser.select("html")[0]["lang"] == "en"
    other = Browser(sqlite_world.app, language="zh-CN").sign_in("dana")
    assert other.select("html")[0]["lang"] == "en"


def test_a_language_link_counts_for_this_browser(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app).sign_in("dana")
    browser.get("/m/MF/?lang=en")
    browser.get("/m/MF/people")
    assert browser.select("html")[0]["lang"] == "en"


def test_a_forgotten_password_is_chosen_anew_by_mail(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app)
    browser.get("/sign-in").follow("忘记密码")
    browser.submit("reset", email="dana@example.test")
    known = browser.main.replace("dana@example.test", "")
    with sqlite_world.at(dt.date(2026, 5, 20)):
        link = last_link(sqlite_world.app)
    browser.get("/password-reset").submit("reset", email="niemand@example.test")
    assert browser.main.replace("niemand@example.test", "") == known
    browser.get(link)
    browser.submit("new-password", status=422, password="1234567890", repeat="1234567890")
    assert "密码过于简单" in browser.main
    browser.submit("new-password", status=422, password=FINE, repeat="anders")
    assert "两次输入的密码不一致" in browser.main
    browser.submit("new-password", password=FINE, repeat=FINE)
    assert browser.url == "/m/MF/"
    browser.get(link, status=404)
    Browser(sqlite_world.app).sign_in("dana", password=FINE)


def test_after_five_requests_no_more_reset_mails_go_to_a_person(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app)
    for _try in range(5):
        browser.get("/password-reset").submit("reset", email="dana@example.test")
    browser.get("/password-reset").submit("reset", status=429, email="dana@example.test")
    with sqlite_world.at(dt.date(2026, 5, 20)):
        assert len(delivered(sqlite_world.app)) == 5


def test_an_owner_invites_somebody_who_then_works(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana")
    dana.get("people").follow("邀请人员")
    dana.submit("invite", status=422, email="kein", name="", roles=None)
    assert "请输入姓名" in dana.main
    dana.submit("invite", status=422, email="kein", name="小新", roles=["service"])
    assert "请输入电子邮箱，例如" in dana.main
    dana.submit("invite", email="neu@example.test", name="小新", roles=["service", "accounts"])
    assert "已向 neu@example.test 发出邀请。" in dana.main
    assert "待接受" in dana.main
    with sqlite_world.at(dt.date(2026, 5, 20)):
        link = last_link(sqlite_world.app)
    newcomer = Browser(sqlite_world.app, csrf=True).get(link)
    assert "欢迎加入甲经销商" in newcomer.main
    newcomer.submit("accept", name="新小新", password=FINE, repeat=FINE)
    assert newcomer.url == "/m/MF/"
    newcomer.get("/m/MF/people", status=403)
    dana.get("people")
    assert "新小新" in dana.main


def test_somebody_with_an_account_accepts_by_a_button(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana")
    dana.get("people/new").submit("invite", email="otto@example.test", name="奥托", roles=["service"])
    with sqlite_world.at(dt.date(2026, 5, 20)):
        link = last_link(sqlite_world.app)
    anybody = Browser(sqlite_world.app).get(link)
    assert "请先以 otto@example.test 登录" in anybody.main
    tom = Browser(sqlite_world.app).sign_in("tom").get(link)
    assert "邀请发给了另一个邮箱" in tom.main
    anybody.follow("登录")
    anybody.submit("sign-in", email="otto@example.test", password=PASSWORD)
    assert anybody.url == link
    anybody.submit("join")
    assert anybody.url == "/"
    assert "甲经销商" in anybody.main


def test_roles_change_through_the_page_and_the_person_is_out(sqlite_world: World) -> None:
    tom = Browser(sqlite_world.app).sign_in("tom")
    dana = Browser(sqlite_world.app).sign_in("dana")
    dana.get("people").follow("Tom")
    dana.submit("roles-form", roles=["accounts"])
    tom.get("/m/MF/")
    assert tom.url.startswith("/sign-in")
    dana.get("people").follow("Tom")
    assert "修改 Tom 的岗位" in dana.main


def test_two_owners_who_change_the_same_roles_notice_each_other(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana")
    dana.get("people").follow("Tom")
    with sqlite_world.acting("dana") as other:
        path = dana.url
        commands.change_roles(other, int(path.rpartition("/")[2]), roles=["accounts"])
    dana.submit("roles-form", status=409, roles=["owner"])
    assert "他人刚刚修改了此内容" in dana.main


def test_disabling_and_enabling_through_the_page(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana")
    dana.get("people").follow("Tom")
    dana.submit("disable")
    assert "已停用" in dana.main
    Browser(sqlite_world.app).sign_in("tom").get("/m/MF/", status=404)
    dana.submit("enable")
    assert Browser(sqlite_world.app).sign_in("tom").url == "/m/MF/"


def test_the_auditor_reads_people_and_changes_nothing(sqlite_world: World) -> None:
    lin = Browser(sqlite_world.app).sign_in("lin")
    lin.get("people").follow("Mei")
    assert lin.select("main form[method=post]") == []
    lin.post(f"{lin.url}/disable", status=403)


def test_the_profile_changes_the_password_and_shows_the_sessions(sqlite_world: World) -> None:
    other = Browser(sqlite_world.app).sign_in("dana")
    browser = Browser(sqlite_world.app).sign_in("dana")
    browser.get("/profile")
    assert len(browser.select("table tbody tr")) == 2
    browser.submit("password-form", status=422, present="falsch", password=FINE, repeat=FINE)
    assert "当前密码不正确" in browser.main
    browser.submit("password-form", present=PASSWORD, password=FINE, repeat=FINE)
    assert len(browser.select("table tbody tr")) == 1
    other.get("/m/MF/")
    assert other.url.startswith("/sign-in")


def test_other_sessions_end_at_a_click(sqlite_world: World) -> None:
    other = Browser(sqlite_world.app).sign_in("dana")
    browser = Browser(sqlite_world.app).sign_in("dana").get("/profile")
    browser.submit("end-others")
    other.get("/m/MF/")
    assert other.url.startswith("/sign-in")


def test_a_dealer_is_added_edited_and_its_owner_invited(sqlite_world: World) -> None:
    mei = Browser(sqlite_world.app).sign_in("mei")
    mei.get("dealers").follow("新增经销商")
    mei.submit("dealer", status=422, code="d 4", name="")
    mei.submit("dealer", status=422, code="D01", name="丁经销商")
    assert "代码 D01 已被使用。" in mei.main
    mei.submit("dealer", code="D04", name="丁经销商", bank="示例银行", bank_account="6222020000001234567")
    assert "**** 4567" in mei.main
    assert "6222020000001234567" not in mei.response.get_data(as_text=True)
    mei.follow("修改资料")
    assert "6222020000001234567" not in mei.response.get_data(as_text=True)
    mei.submit("dealer", contact="丁一")
    assert "丁一" in mei.main
    mei.submit("owner", name="丁一", email="ding@example.test")
    with sqlite_world.at(dt.date(2026, 5, 20)):
        link = last_link(sqlite_world.app)
    owner = Browser(sqlite_world.app).get(link)
    owner.submit("accept", password=FINE, repeat=FINE)
    assert owner.url == "/m/MF/"
    mei.get("dealers/D04")
    assert mei.select("form#owner") == []
    assert "共有 1 人可代表该经销商办理业务。" in mei.main


def test_a_disabled_dealer_is_out_until_it_is_enabled(sqlite_world: World) -> None:
    mei, dana = Browser(sqlite_world.app).sign_in("mei"), Browser(sqlite_world.app).sign_in("dana")
    mei.get("dealers/D01")
    mei.submit("switch", status=422, reason="")
    mei.submit("switch", reason="协议到期")
    assert "协议到期" in mei.main
    dana.get("/m/MF/", status=404)
    mei.submit("switch", reason="续签")
    dana.get("/m/MF/")


def test_the_list_of_dealers_searches_filters_and_exports(sqlite_world: World) -> None:
    mei = Browser(sqlite_world.app).sign_in("mei")
    mei.get("dealers?q=甲")
    assert [a.get_text() for a in mei.select("td a.mono")] == ["D01", "D01S"]
    mei.get("dealers?state=disabled")
    assert "没有符合条件的经销商" in mei.main
    mei.get("dealers/export.xlsx")
    assert mei.response.data.startswith(b"PK")


def test_a_dealer_does_not_see_the_list_of_dealers(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana")
    dana.get("dealers", status=403)
    dana.get("dealers/D02", status=403)
    dana.get("company", status=403)


def test_the_manufacturers_own_details_are_edited_and_masked(sqlite_world: World) -> None:
    mei = Browser(sqlite_world.app).sign_in("mei")
    mei.get("company").follow("修改资料")
    mei.submit("company", tax_number="91310000XXXX", bank_account="6222 0200 0000 9876")
    assert "**** 9876" in mei.main
    mei.get("company/edit").submit("company", contact="财务部")
    assert "**** 9876" in mei.main


def test_the_operator_sees_manufacturers_and_people_and_no_business(sqlite_world: World) -> None:
    op = Browser(sqlite_world.app).sign_in("op")
    assert op.url == "/operator/tenants"
    op.follow("新增厂方")
    op.submit(
        "tenant", status=422, code="MF", name="新厂", admin_name="老板", admin_email="chef@example.test"
    )
    op.submit("tenant", code="NEW", name="新厂", admin_name="老板", admin_email="chef@example.test")
    assert op.url == "/operator/tenants/NEW"
    assert "老板" in op.main
    op.submit("admin", name="二老板", email="vize@example.test")
    assert "二老板" in op.main
    rules = [
        rule
        for rule in sqlite_world.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "tenant" in rule.arguments
    ]
    for rule in rules:
        path = re.sub(
            r"<[^>]+>",
            "1",
            rule.rule.replace("<tenant:tenant>", "MF").replace("<number:number>", "BXK-2026-000001"),
        )
        op.get(path, status=404)


def test_nobody_but_the_operator_reaches_the_operators_pages(sqlite_world: World) -> None:
    for who in ("mei", "dana", "nobody"):
        browser = Browser(sqlite_world.app).sign_in(who)
        browser.get("/operator/tenants", status=403)
        browser.post("/operator/tenants/new", status=403, code="X", name="X")


def test_help_reads_with_and_without_signing_in(sqlite_world: World) -> None:
    assert "忘记密码时" in Browser(sqlite_world.app).get("/help").main
    assert "忘记密码时" in Browser(sqlite_world.app).sign_in("dana").get("/help").main


@pytest.mark.parametrize("language", ["zh-CN", "en", "zh-TW"])
def test_every_page_of_people_and_dealers_is_in_order_in_every_language(
    sqlite_world: World, language: str
) -> None:
    mei = Browser(sqlite_world.app, language=language).sign_in("mei")
    for path in (
        "people",
        "people/new",
        "dealers",
        "dealers/new",
        "dealers/D01",
        "dealers/D01/edit",
        "company",
        "company/edit",
        "/profile",
        "/help",
    ):
        mei.get(path)
    op = Browser(sqlite_world.app, language=language).sign_in("op")
    for path in ("/operator/tenants", "/operator/tenants/new", "/operator/tenants/MF", "/"):
        op.get(path)


def test_a_form_without_its_token_is_refused_and_nothing_happens(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app, csrf=True).sign_in("dana")
    dana.get("people/new")
    dana.submit(
        "invite", status=400, csrf_token=None, email="neu@example.test", name="Neu", roles=["service"]
    )
    dana.get("people")
    assert "neu@example.test" not in dana.main
    dana.get("people/new").submit("invite", email="neu@example.test", name="Neu", roles=["service"])
    assert "已向 neu@example.test 发出邀请。" in dana.main


def test_a_second_click_on_an_invitation_sends_one(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana").get("people/new")
    form = {
        "key": dana.select("form#invite input[name=key]")[0]["value"],
        "email": "neu@example.test",
        "name": "Neu",
        "roles": ["service"],
    }
    for _click in range(2):
        dana.post("people/new", **form)
        assert "已向 neu@example.test 发出邀请。" in dana.main
    with sqlite_world.at(dt.date(2026, 5, 20)):
        assert len(delivered(sqlite_world.app)) == 1


def test_a_sub_dealers_owner_invites_through_the_page(sqlite_world: World) -> None:
    sub = Browser(sqlite_world.app).sign_in("sub")
    sub.get("people/new").submit("invite", email="neu@example.test", name="Neu", roles=["service"])
    assert "已向 neu@example.test 发出邀请。" in sub.main


def test_who_acts_for_several_sees_with_whom_and_can_switch(sqlite_world: World) -> None:
    rival = Browser(sqlite_world.app).sign_in("rival", tenant="MF")
    assert "他厂" not in rival.text
    assert "示例车业有限公司" in rival.select(".tenant")[0].get_text()
    rival.follow("切换")
    assert rival.url == "/"
    assert Browser(sqlite_world.app).sign_in("dana").select(".tenant a") == []


def test_the_operator_locks_an_account_and_it_stands_on_the_manufacturers_log(sqlite_world: World) -> None:
    fei = Browser(sqlite_world.app).sign_in("fei")
    op = Browser(sqlite_world.app).sign_in("op").get("/operator/tenants/MF")
    op.submit("锁定 Fei")
    assert "已锁定" in op.main
    fei.get("/m/MF/")
    assert fei.url.startswith("/sign-in")
    fei.submit("sign-in", status=422, email="fei@example.test", password=PASSWORD)
    mei = Browser(sqlite_world.app).sign_in("mei").get("log?kind=tenants:person")
    assert "平台锁定 Fei 的账号" in mei.main
    mei.get("people").follow("Fei")
    assert "平台已锁定此账号" in mei.main
    op.submit("解锁 Fei")
    Browser(sqlite_world.app).sign_in("fei")


def test_the_operator_reaches_people_through_their_manufacturer_only(sqlite_world: World) -> None:
    op = Browser(sqlite_world.app).sign_in("op").get("/operator/tenants/OM")
    foreign = op.select("form[action$=lock]")[0]["action"]
    op.post(str(foreign).replace("/OM/", "/MF/"), status=404)
    op.post(str(foreign).replace("/OM/", "/NIX/"), status=404)

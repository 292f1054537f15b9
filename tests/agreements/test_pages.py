"""Pages of agreements: list, draft, putting in force, new versions, history (AG-1, AG-2)."""

import pytest

from portal.agreements import queries
from portal.agreements.rules import AgreementState, FormKind, Terms
from portal.kernel.db import session
from tests.browser import Browser
from tests.people import World


@pytest.fixture
def mei(sqlite_world: World) -> Browser:
    return Browser(sqlite_world.app).sign_in("mei")


def terms_of(world: World, number: str, version: int = -1) -> Terms:
    with world.acting("mei"):
        return queries.versions(queries.get(number).id)[version].terms


def test_the_list_shows_every_dealer_with_its_terms_of_today(mei: Browser) -> None:
    mei.get("agreements")
    for code in ("D01", "D02", "D03"):
        assert code in mei.main
    assert "X01" not in mei.main
    assert "回款比例 2.5%" in mei.main
    mei.get("agreements?q=D02")
    assert "D01" not in mei.main
    mei.get("agreements?q=nobody")
    assert "没有符合条件的协议" in mei.main
    mei.get("agreements?state=suspended", htmx=True)


def test_a_dealer_reads_its_own_agreement_and_no_other(sqlite_world: World) -> None:
    own, foreign = sqlite_world.agreements["D01"], sqlite_world.agreements["D02"]
    for who in ("dana", "sub"):
        browser = Browser(sqlite_world.app).sign_in(who)
        browser.get("agreements")
        assert own in browser.main
        assert foreign not in browser.main
        browser.get(f"agreements/{own}")
        assert "15.00" in browser.main
        assert not browser.has_link(f"agreements/{own}/terms/new")
        browser.get(f"agreements/{own}/history")
        browser.get(f"agreements/{foreign}", status=404)
        browser.get(f"agreements/{foreign}/history", status=404)
        browser.get("agreements/new", status=403)


def test_an_agreement_is_drafted_with_every_term_and_put_in_force(sqlite_world: World, mei: Browser) -> None:
    with sqlite_world.acting("mei") as actor:
        from portal.tenants import commands as tenants

        dealer = tenants.add_dealer(actor, code="D09", name="新经销商")
    mei.get("agreements/new")
    mei.submit(
        "draft",
        dealer=str(dealer),
        starts="2026-07-01",
        **{
            "bases-0-kind": "card_fee",
            "bases-0-rate": None,
            "bases-0-fee": "18",
            "bases-1-kind": "flat_per_repair",
        },
        **{"bases-1-fee": "45.5", "bases-1-onsite": "20", "card_due_days": "20", "forms": "no"},
        matrix_in_warranty_inbound="dealer",
        surplus="pay_out",
        cancellable=["card_fee", "flat_per_repair"],
    )
    number = "XY-2026-000004"
    assert number in mei.url
    assert terms_of(sqlite_world, number) == Terms.parse(
        {
            "bases": [
                {"kind": "card_fee", "fee": "18.00"},
                {"kind": "flat_per_repair", "fee": "45.50", "onsite": "20.00"},
            ],
            "card_due_days": 20,
            "forms": False,
            "matrix": {"in_warranty": {"inbound": "dealer"}},
            "surplus": "pay_out",
            "cancellable": ["card_fee", "flat_per_repair"],
        }
    )
    mei.submit("activate")
    with sqlite_world.acting("mei"):
        assert queries.get(number).state is AgreementState.ACTIVE
    mei.post(f"agreements/{number}/activate", status=422)


def test_the_form_says_what_is_usual_and_takes_every_term(sqlite_world: World, mei: Browser) -> None:
    number = sqlite_world.agreements["D01"]
    mei.get(f"agreements/{number}/terms/new")
    usual = mei.select("#matrix_doa_labour option[selected]")[0].get_text()
    assert usual == "厂方（通常）"
    assert "通常：否。" in mei.main
    fields = {
        "three_guarantees": "yes",
        "claim_auto_limit": "500",
        "floor_stock_rate": "1.5",
        "respond_hours": "4",
        "form_due_moves": "no",
    }
    kinds = ["repairs", "quality"]
    mei.submit("核对变更内容", **fields, form_kinds=kinds, matrix_doa_labour="fund", reason="三包")
    for words in ("5.4", "维修质量信息反馈单", "5.5", "6.1", "7.1", "500.00", "9.3", "1.5%", "4 小时", "3.6"):
        assert words in mei.main
    mei.submit("写入此版本")
    written = terms_of(sqlite_world, number)
    assert (written.three_guarantees, str(written.claim_auto_limit), written.respond_hours) == (
        True,
        "500.00",
        4,
    )
    assert (written.forms_owed, written.form_due_moves) == ((FormKind.REPAIRS, FormKind.QUALITY), False)
    mei.get(f"agreements/{number}/terms/new")
    mei.submit(
        "核对变更内容",
        status=422,
        claim_auto_limit="-1",
        repairs_before_exchange="0",
        form_kinds=[],
        reason="x",
    )
    assert mei.select("#claim_auto_limit[aria-invalid]")
    assert mei.select("#repairs_before_exchange[aria-invalid]")
    assert "请至少选择一种报表" in mei.main


def test_terms_that_cannot_be_are_said_beside_their_fields_and_nothing_is_saved(mei: Browser) -> None:
    mei.get("agreements/new")
    mei.submit(
        "draft",
        status=422,
        dealer="",
        starts="2026-13-01",
        card_due_days="many",
        **{"bases-0-rate": "two", "bases-1-kind": "card_fee"},
    )
    assert mei.select("#bases-0-rate[aria-invalid]")
    mei.get("agreements/new")
    dealer = mei.select("#dealer option")[1]["value"]
    mei.submit(
        "draft",
        status=422,
        dealer=dealer,
        starts="2026-07-01",
        card_due_days="400",
        **{"bases-1-kind": "card_fee"},
    )
    assert mei.select("#bases-1-fee[aria-invalid]")
    mei.get("agreements?state=draft")
    assert "没有符合条件的协议" in mei.main


def test_another_basis_is_a_row_more_without_script(mei: Browser) -> None:
    mei.get("agreements/new")
    before = len(mei.select("#bases tbody tr"))
    mei.submit("增加一项依据", card_due_days="12")
    assert len(mei.select("#bases tbody tr")) == before + 1
    assert mei.select("#card_due_days")[0]["value"] == "12"


def test_a_new_version_shows_what_changes_before_it_is_written(sqlite_world: World, mei: Browser) -> None:
    number = sqlite_world.agreements["D01"]
    mei.get(f"agreements/{number}/terms/new")
    fields = {"bases-0-rate": "3", "doa_days": "10", "reason": "新年度"}
    mei.submit("核对变更内容", **fields)
    assert "2.5%" in mei.main
    assert "3%" in mei.main
    assert len(mei.select("tbody tr")) == 2
    mei.submit("修改")
    assert mei.select("#doa_days")[0]["value"] == "10"
    mei.submit("核对变更内容")
    mei.submit("写入此版本")
    assert f"agreements/{number}/history" in mei.url
    assert "新年度" in mei.main
    assert terms_of(sqlite_world, number).doa_days == 10
    with sqlite_world.acting("dana"):
        assert [change.row.number for change in queries.history(queries.get(number).id)] == [2, 1]
    mei.get(f"agreements/{number}?on=2026-07-01")
    assert "10 天" in mei.main
    mei.get(f"agreements/{number}?version=1")
    assert "7 天" in mei.main
    mei.get(f"agreements/{number}?version=9", status=404)


def test_a_version_that_somebody_else_wrote_meanwhile_keeps_what_was_typed(
    sqlite_world: World, mei: Browser
) -> None:
    number = sqlite_world.agreements["D01"]
    mei.get(f"agreements/{number}/terms/new")
    mei.submit("核对变更内容", doa_days="10", reason="甲")
    other = Browser(sqlite_world.app).sign_in("mei")
    other.get(f"agreements/{number}/terms/new")
    other.submit("核对变更内容", doa_days="9", reason="乙")
    other.submit("写入此版本")
    mei.submit("写入此版本", status=409)
    assert mei.select("#doa_days")[0]["value"] == "10"
    assert terms_of(sqlite_world, number).doa_days == 9


def test_the_terms_of_a_draft_are_written_anew_from_its_own_first_day(
    sqlite_world: World, mei: Browser
) -> None:
    mei.get("agreements/new")
    dealer = mei.select("#dealer option")[1]["value"]
    mei.submit("draft", dealer=dealer, starts="2027-01-01")
    number = "XY-2027-000001"
    mei.get(f"agreements/{number}/terms/new")
    mei.submit("核对变更内容", form_due_day="5")
    mei.submit("写入此版本")
    assert terms_of(sqlite_world, number).form_due_day == 5
    with sqlite_world.acting("mei"):
        assert [str(v.starts) for v in queries.versions(queries.get(number).id)] == ["2027-01-01"] * 2
        session().rollback()


def test_who_only_reads_is_refused_to_write(sqlite_world: World) -> None:
    number = sqlite_world.agreements["D01"]
    for who in ("lin", "fei", "dana"):
        browser = Browser(sqlite_world.app).sign_in(who)
        browser.get(f"agreements/{number}")
        browser.get(f"agreements/{number}/terms/new", status=403)
        browser.post(f"agreements/{number}/terms/new", status=403)
        browser.post(f"agreements/{number}/activate", status=403)
        browser.post("agreements/new", status=403)

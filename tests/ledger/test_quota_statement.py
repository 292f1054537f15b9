"""The quota statement on paper: what the quota's page shows, to the cent, for a quarter and for a month."""

import dataclasses
import datetime as dt
import io
from decimal import Decimal

import pikepdf
import pytest

from portal.agreements import queries as agreements
from portal.kernel.period import Month, Quarter
from portal.ledger import queries
from portal.ledger.queries.papers import quota_statement
from portal.ledger.rules.papers import QuotaStatement, check_statement
from tests.browser import Browser
from tests.documents import pdfs
from tests.parts.stock import decide, grant, request, ship, stock
from tests.people import World

D = Decimal
JUNE = dt.date(2026, 6, 20)


def lived(world: World) -> None:
    """A remittance in April; a request filed, lowered and partly shipped in May."""
    stock(world)
    grant(world, "2015.00", on=dt.date(2026, 4, 8))
    number = request(world, {"P-MOTOR": 10, "P-CTRL": 5}, on=dt.date(2026, 5, 4))
    decide(world, number, {"P-MOTOR": 9, "P-CTRL": 5}, on=dt.date(2026, 5, 5))
    ship(world, number, {"P-MOTOR": 9}, on=dt.date(2026, 5, 6))


def statement(world: World, period: Quarter | Month, today: dt.date = JUNE) -> QuotaStatement:
    with world.acting("dana", on=today):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        return quota_statement(agreement, period, today=today, moment="2026-06-20 10:00")


def test_a_quarter_starts_and_ends_as_the_page_says_and_each_line_follows(sqlite_world: World) -> None:
    lived(sqlite_world)
    view = statement(sqlite_world, Quarter(2026, 2))
    with sqlite_world.acting("lin"):
        quota = queries.quota(agreements.of_dealer(sqlite_world.dealers["D01"])[0], Quarter(2026, 2))
    assert (view.begins, view.ends) == (D("0.00"), quota.left) == (D("0.00"), D("492.50"))
    assert [amount for _, amount in view.terms] == [amount for _, amount in quota.terms]
    assert [(m.month, m.begins, m.plus, m.minus, m.ends) for m in view.months] == [
        ("2026-04", D("0.00"), D("2015.00"), D("0.00"), D("2015.00")),
        ("2026-05", D("2015.00"), D("120.00"), D("1642.50"), D("492.50")),
        ("2026-06", D("492.50"), D("0.00"), D("0.00"), D("492.50")),
    ]
    assert view.months[0].remitted == D("80600.00")
    assert view.held == (("BL-2026-000001", D("442.50")),)
    assert [line.note for line in view.months[0].lines] == ["2.5% × 80,600.00"]
    assert view.months[1].lines[-1].note == "领用 Drawn 1,080.00"
    broken = dataclasses.replace(
        view, months=(*view.months[:2], dataclasses.replace(view.months[2], ends=D(1)))
    )
    with pytest.raises(ValueError, match="2026-06"):
        check_statement(broken)


def test_the_next_quarter_has_what_was_held_before_and_a_past_one_lists_no_open_requests(
    sqlite_world: World,
) -> None:
    lived(sqlite_world)
    view = statement(sqlite_world, Quarter(2026, 3), dt.date(2026, 8, 1))
    assert [month.month for month in view.months] == ["2026-07", "2026-08"]
    assert (view.begins, view.ends) == (D("492.50"), D("492.50"))
    assert view.terms[-1][1] == D("-442.50")
    past = statement(sqlite_world, Quarter(2026, 2), dt.date(2026, 8, 1))
    assert (len(past.months), past.held, past.ends) == (3, (), D("492.50"))


def test_both_sides_print_it_tagged_and_as_of_a_moment(sqlite_world: World) -> None:
    lived(sqlite_world)
    browser = Browser(sqlite_world.app)
    browser.sign_in("fei").get("quota?dealer=D01")
    number = sqlite_world.agreements.get("D01") or "XY-2026-000001"
    assert browser.has_link(f"quota/statement.pdf?agreement={number}&period=2026Q2")
    browser.sign_in("dana").get("quota")
    browser.get("quota/statement.pdf?period=2026-05")
    (page,) = pdfs.pages(browser.response.data)
    flat = "".join(page.split())
    for words in ("备料领用额度对账单", "2026年5月", "截至Asof2026-05-2010:00", "BL-2026-000001", "492.50"):
        assert words in flat
    assert "额度组成" not in flat
    with pikepdf.open(io.BytesIO(browser.response.data)) as opened:
        assert opened.Root.MarkInfo.Marked
    browser.get("quota/statement.pdf?period=2025Q4", status=404)
    browser.get("quota/statement.pdf?period=nonsense", status=404)

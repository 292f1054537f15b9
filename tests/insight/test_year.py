"""The annual record: each figure is its list, the fund is the ledger's, and the paper says the same."""

import datetime as dt
import io
from decimal import Decimal

import pikepdf
import pytest

from portal.agreements import queries as agreements
from portal.insight.rules import YearFigure
from portal.insight.year import SOURCES, Year, items, sum_of, year_of, years_of
from portal.kernel.period import Quarter
from portal.ledger import queries as ledger
from portal.ledger.rules import Account
from tests.browser import Browser
from tests.documents import pdfs
from tests.parts import stock as parts
from tests.people import TODAY, World
from tests.warranty import shop

D = Decimal
APRIL = dt.date(2026, 4, 8)


@pytest.fixture
def lived(sqlite_world: World) -> World:
    """A remittance in the first quarter and one in the second, a card, a request that is shipped."""
    shop.stock(sqlite_world)
    parts.stock(sqlite_world)
    parts.grant(sqlite_world, "500.00", on=dt.date(2026, 2, 3), ref="B-0")
    parts.grant(sqlite_world, "2015.00", on=APRIL)
    shop.file(sqlite_world, "dana", "A1")
    shop.file(sqlite_world, "rival", "X1")
    number = parts.request(sqlite_world, {"P-MOTOR": 10})
    parts.decide(sqlite_world, number, {"P-MOTOR": 9})
    parts.ship(sqlite_world, number, {"P-MOTOR": 9})
    return sqlite_world


def record(world: World, who: str = "dana", on: dt.date = TODAY) -> Year:
    with world.acting(who, on=on) as actor:
        return year_of(actor, agreements.of_dealer(world.dealers["D01"])[0], 2026, on)


def test_every_figure_is_the_sum_of_its_list_and_later_quarters_are_empty(lived: World) -> None:
    found = record(lived)
    rows = {row.figure: row for row in found.rows}
    assert list(rows) == list(YearFigure)
    assert rows[YearFigure.CARDS_FILED].quarters == (D(0), D(1), None, None)
    assert rows[YearFigure.PARTS_REQUESTS].quarters == (D(0), D(1), None, None)
    assert rows[YearFigure.PARTS_SHIPPED].quarters == (D("0.00"), D("1080.00"), None, None)
    assert rows[YearFigure.REMITTED].quarters == (D("20000.00"), D("80600.00"), None, None)
    assert rows[YearFigure.REMITTED].year == D("100600.00")
    with lived.acting("dana") as dana:
        agreement = agreements.of_dealer(lived.dealers["D01"])[0]
        for figure in YearFigure:
            assert dana.may(SOURCES[figure].allow)
            for quarter, amount in zip(found.quarters, rows[figure].quarters, strict=True):
                listed = sum_of(items(agreement, figure, quarter.first, quarter.last))
                assert listed == (amount or 0)


def test_the_fund_is_the_ledgers_and_ends_with_its_result(lived: World) -> None:
    found = record(lived)
    with lived.acting("lin"):
        figures = ledger.figures(agreements.of_dealer(lived.dealers["D01"])[0], Quarter(2026, 2))
    fund = {row.account: row for row in found.fund}
    assert fund[Account.GRANTED].quarters == (D("500.00"), D("2015.00"), None, None)
    assert fund[Account.DRAWN].quarters[1] == -figures.drawn == D("-1080.00")
    assert str(fund[Account.CHARGED].quarters[1]) == "0.00"
    assert found.results[:2] == (D("500.00"), figures.result)
    assert (fund[Account.OPENING].year, fund[Account.GRANTED].year) == (D("0.00"), D("2515.00"))
    assert [month.number for month in sorted(found.forms)] == [1, 2, 3, 4, 5]
    assert [version.number for version in found.versions] == [1]


def test_a_year_is_known_from_the_agreements_first_to_the_present_one(lived: World) -> None:
    with lived.acting("lin"):
        agreement = agreements.of_dealer(lived.dealers["D01"])[0]
    assert years_of(agreement, dt.date(2028, 2, 1)) == [2028, 2027, 2026]
    assert years_of(agreement, dt.date(2025, 6, 1)) == [2026]


def test_both_sides_open_each_figure_down_to_the_record(lived: World) -> None:
    dana = Browser(lived.app).sign_in("dana").get("year")
    assert dana.url.endswith("/year/2026")
    number = lived.agreements.get("D01") or "XY-2026-000001"
    dana.get(f"year/2026/parts_shipped?quarter=2026Q2&agreement={number}")
    assert "1 条记录，合计 1,080.00" in dana.main
    assert dana.has_link("parts/BL-2026-000001")
    dana.get("year/2026/parts_shipped?quarter=2026Q1")
    assert "没有单据计入该数" in dana.main
    dana.get("year/2025", status=404)
    dana.get("year/2026/nonsense", status=404)
    lin = Browser(lived.app).sign_in("lin").get("year")
    assert next(link.get_text(strip=True) for link in lin.select("#listing td:first-child a")) == "甲经销商"
    lin.follow("甲经销商")
    assert "全年业务" in lin.main
    assert lin.has_link(f"year/2026/remitted?quarter=2026Q1&agreement={number}")
    lin.get("year/2026", status=404)
    Browser(lived.app).sign_in("rival", tenant="MF~D02").get(f"year/2026?agreement={number}", status=404)


def test_the_paper_says_the_same_and_has_room_for_both_seals(lived: World) -> None:
    pdf = Browser(lived.app).sign_in("dana").get("year/2026/record.pdf").response.data
    text = "".join("".join(page.split()) for page in pdfs.pages(pdf))
    for words in (
        "经销商年度售后档案",
        "2026年度",
        "截至Asof2026-05-2010:00",
        "回款（金额）Remitted,amount20,000.0080,600.00——100,600.00回款Remittances",
        "领用配件Partsdrawn0.00−1,080.00——−1,080.00",
        "季度结果Result500.001,435.00——1,435.00",
        "2026Q2未出具",
        "双方存档",
    ):
        assert words in text, words
    assert text.count("公章") == 2
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked

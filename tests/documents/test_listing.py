"""Long statements are printed as a listing: every line, its month's subtotal, nothing broken (ST-3)."""

from decimal import Decimal

from portal.documents import rules
from portal.documents.render import render
from portal.documents.rules import LONG, Line, Part
from tests.documents import pdfs, sheets


def test_a_statement_becomes_a_listing_beyond_its_limit() -> None:
    # Three remittances are details too.
    assert not rules.is_long(sheets.statement(drawn=sheets.draws(LONG - 3)))
    assert rules.is_long(sheets.statement(drawn=sheets.draws(LONG - 2)))


def test_blocks_number_their_lines_through_and_end_with_their_month() -> None:
    lines = sheets.draws(40)
    blocks = list(rules.listing(lines))
    rows = [row for block in blocks for row in block.left.split("\n")]
    assert [row[:4] for row in rows] == [f"{number:04d}" for number in range(1, 41)]
    for block in blocks:
        count = len(block.left.split("\n"))
        assert (
            count
            == len(block.middle.split("\n"))
            == len(block.counted.split("\n"))
            == len(block.amounts.split("\n"))
        )
    ends = [block.month for block in blocks if block.month]
    assert [(month.month, len(month.lines)) for month in ends] == [
        ("2026-07", 14),
        ("2026-08", 13),
        ("2026-09", 13),
    ]
    assert sum(month.subtotal for month in ends) == sum(line.amount for line in lines)


def test_a_long_name_is_cut_to_one_line_and_a_late_item_says_where_it_belongs() -> None:
    long = Line(
        date="2026-07-01",
        document="FH-2026-000001",
        text="超长名称\n" * 20,
        amount=Decimal("-1.50"),
        item="P-1",
    )
    late = Line(
        date="2026-07-02", document="BXK-2026-000001", text="卡", amount=Decimal("15.00"), belongs_to="2026Q2"
    )
    (block,) = rules.listing([long, late])
    first, second = block.middle.split("\n")
    assert first.endswith("…")
    assert len(first) < 40
    assert second == "卡（归属 2026Q2）"
    assert block.amounts == "−1.50\n15.00"
    assert block.left.split("\n")[1] == "0002  07-02  BXK-2026-000001"


def test_every_line_of_a_long_statement_is_on_paper_with_real_glyphs() -> None:
    view = sheets.proven(sheets.statement(drawn=sheets.draws(160)))
    pdf = render("documents/statement.html", view)
    text = "\n".join(pdfs.pages(pdf))
    for line in view.lines(Part.DRAWN):
        assert line.document in text
    for subtotal in ("7 月小计", "8 月小计", "9 月小计"):
        assert subtotal in text
    assert "0160" in text
    assert 0 not in pdfs.glyphs(pdf)

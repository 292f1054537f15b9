"""The sales statistics: what is stock, what was sold, and what no record holds (MF-1)."""

import datetime as dt
import random
from collections import Counter

import pytest
from sqlalchemy import event, select

from portal.agreements.rules import FormKind
from portal.catalogue.models import Product, Unit
from portal.kernel.db import db, session
from portal.kernel.period import Month
from portal.reports import commands, queries
from portal.reports.rules import LAYOUTS, TOTAL, EntryDraft, Row, Sheet
from portal.reports.rules.sheets import Compiled, Entry, Record, make
from portal.reports.rules.stock import Piece, Sale, Told, movements, without_card
from portal.warranty.models import Card
from portal.warranty.rules import REGISTERED, CardState
from tests.people import World
from tests.reports.shelves import MODELS, NOON, Paper, Shelf, begin, cells, follow, put, sheet

SALES = FormKind.SALES
FLOW = ("opening", "in", "sold", "sold_by_points", "returned", "closing")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def piece(number: int, received: str, left: str = "", before: int | None = None) -> Piece:
    return Piece(number, f"S{number}", "EB-48", "B1", day(received), day(left) if left else None, before)


def sale(number: int, on: str, filed: dt.datetime = NOON) -> Sale:
    return Sale(number, f"BXK-2026-{number:06d}", day(on), False, filed)


def went(pieces: list[Piece], sales: list[Sale]) -> list[tuple[int, str, str, bool]]:
    """Unit, day that it came, day that it went, whether it was sold."""
    return [
        (one.piece.id, f"{one.came_on:%m-%d}", f"{one.went_on:%m-%d}" if one.went_on else "", bool(one.sale))
        for one in movements(pieces, sales)
    ]


def test_a_unit_is_in_stock_from_its_receipt_until_its_sale() -> None:
    assert went([piece(1, "05-04"), piece(2, "05-04")], [sale(2, "05-20")]) == [
        (1, "05-04", "", False),
        (2, "05-04", "05-20", True),
    ]


def test_a_unit_sold_before_its_receipt_was_confirmed_came_on_the_day_of_the_sale() -> None:
    assert went([piece(1, "06-02")], [sale(1, "05-31")]) == [(1, "05-31", "05-31", True)]


def test_a_unit_that_left_the_field_after_its_sale_leaves_no_stock_again() -> None:
    assert went([piece(1, "05-04", left="06-10")], [sale(1, "05-20")]) == [(1, "05-04", "05-20", True)]


def test_a_unit_that_left_the_field_unsold_leaves_stock_that_day() -> None:
    assert went([piece(1, "05-04", left="06-10")], []) == [(1, "05-04", "06-10", False)]


def test_the_unit_in_its_place_comes_that_day() -> None:
    """Its own receipt is that of the unit before, which must not count twice."""
    found = went([piece(1, "05-04", left="06-10"), piece(2, "05-04", before=1)], [sale(2, "06-20")])
    assert found == [(1, "05-04", "06-10", False), (2, "06-10", "06-20", True)]


def test_a_unit_in_the_place_of_a_sold_one_is_never_in_stock() -> None:
    pieces = [
        piece(1, "05-04", left="06-10"),
        piece(2, "05-04", left="07-01", before=1),
        piece(3, "05-04", before=2),
    ]
    assert went(pieces, [sale(1, "05-20")]) == [(1, "05-04", "05-20", True)]


def test_a_card_that_moved_to_the_new_unit_tells_the_sale_of_the_old_one() -> None:
    pieces = [piece(1, "05-04", left="06-10"), piece(2, "05-04", before=1)]
    assert went(pieces, [sale(2, "05-20")]) == [(1, "05-04", "05-20", True)]


def test_a_sale_on_the_day_of_the_exchange_is_that_of_the_new_unit() -> None:
    pieces = [piece(1, "05-04", left="06-10"), piece(2, "05-04", before=1)]
    assert went(pieces, [sale(2, "06-10")]) == [(1, "05-04", "06-10", False), (2, "06-10", "06-10", True)]


@pytest.mark.parametrize(
    ("filed", "left"),
    [
        # Before the submission, at its instant, after it.
        (dt.timedelta(hours=-1), 2),
        (dt.timedelta(0), 2),
        (dt.timedelta(hours=1), 1),
    ],
)
def test_a_card_that_came_after_the_form_is_taken_for_one_told_without_a_card(
    filed: dt.timedelta, left: int
) -> None:
    told = Told("EB-48", day("04-01"), day("04-30"), 2, "YB-2026-000001", NOON)
    assert without_card(told, [sale(1, "04-30", NOON + filed), sale(2, "05-01", NOON + filed)]) == left


def test_more_cards_than_were_told_leave_none_and_an_open_form_is_taken_as_it_is() -> None:
    late = [sale(1, "04-10", NOON + dt.timedelta(1)), sale(2, "04-11", NOON + dt.timedelta(1))]
    assert without_card(Told("EB-48", day("04-01"), day("04-30"), 1, "", NOON), late) == 0
    assert without_card(Told("EB-48", day("04-01"), day("04-30"), 1), late) == 1


def form(*entries: Entry, **figures: int) -> Sheet:
    records = [
        Record("EB-48", column, f"S{place}", day("05-05"))
        for column, count in figures.items()
        for place in range(count)
    ]
    rows = (Row("EB-48", {"model": "EB-48", "sold_before": "7", "last_year": "3"}),)
    return make(LAYOUTS[SALES], Compiled(rows, tuple(records)), entries)


def test_closing_difference_and_the_year_follow_from_the_line() -> None:
    typed = (Entry("EB-48", "sold_without_card", "2"), Entry("EB-48", "counted", "4"))
    made = form(*typed, opening=5, sold=3, returned=1, **{"in": 6})
    assert cells(made, "EB-48", "closing", "difference", "this_year") == ("5", "-1", "12")
    assert cells(made, TOTAL, "closing", "counted", "difference", "this_year", "last_year") == (
        "5",
        "4",
        "-1",
        "12",
        "3",
    )


def test_models_that_nobody_counted_are_no_shortage() -> None:
    """In all the difference is that of the counted ones; without any there is none."""
    entry = (Entry("ZZ-1", "counted", "1"), Entry("ZZ-1", "sold_without_card", "0"))
    assert cells(form(opening=5), TOTAL, "counted", "difference") == ("", "")
    assert cells(form(*entry, opening=5), TOTAL, "closing", "counted", "difference") == ("5", "1", "+1")


def test_another_count_and_more_sales_than_stock_are_told() -> None:
    check = LAYOUTS[SALES].check
    assert check(form(Entry("EB-48", "counted", "5"), opening=5)) == []
    (found,) = check(form(Entry("EB-48", "counted", "4"), opening=5))
    assert (found.rule, str(found.text)) == ("MF-1", "EB-48: 4 counted, 5 by the records.")
    (found,) = check(form(Entry("EB-48", "sold_without_card", "6"), opening=5))
    assert (found.rule, str(found.text)) == ("MF-1", "EB-48: more left the stock than there was.")


def numbers(found: Sheet, column: str, row: str = "EB-48") -> list[str]:
    return [one.number for one in found.behind(LAYOUTS[SALES], row, column)]


def test_a_month_is_counted_from_units_and_cards(world: World) -> None:
    """On both engines: receipts at the month's edges, sub-dealers, cards in every state, exchanges."""
    states = {state: f"C{place}" for place, state in enumerate(CardState)}
    put(
        world,
        [
            # Received on the last day before, on the first and the last day, on the first day after.
            Shelf("A1", day("04-28"), day("04-30")),
            Shelf("A2", day("04-28"), day("05-01")),
            Shelf("A3", day("05-28"), day("05-31")),
            Shelf("A4", day("05-28"), day("06-01")),
            # Never confirmed: received three days after shipment.
            Shelf("A5", day("04-27")),
            Shelf("A6", day("04-28")),
            Shelf("A7", day("05-29")),
            # Exchanged in stock, exchanged at the customer's, credited.
            Shelf("E1", day("04-01"), day("04-02"), day("05-15")),
            Shelf("E2", day("04-01"), day("04-02"), replaces="E1"),
            Shelf("E3", day("04-01"), day("04-02"), day("05-16")),
            Shelf("E4", day("04-01"), day("04-02"), replaces="E3"),
            Shelf("E5", day("04-01"), day("04-02"), day("05-31")),
            *(Shelf(serial, day("04-01"), day("04-03")) for serial in states.values()),
        ],
        [
            Paper("BXK-2026-000001", "A1", day("05-01"), point="D01S"),
            Paper("BXK-2026-000002", "A2", day("05-31")),
            Paper("BXK-2026-000003", "A3", day("06-01")),
            Paper("BXK-2026-000004", "E3", day("04-30")),
            Paper("BXK-2026-000005", "E4", day("04-30"), continues="BXK-2026-000004"),
            *(
                Paper(f"BXK-2026-1{place:05d}", serial, day("05-10"), state)
                for place, (state, serial) in enumerate(states.items())
            ),
        ],
    )
    may = sheet(world, SALES, "2026-05")
    # In stock on 30 April: A1, A5, E1, E5 and the seven; A2, A3, A6 and E2 came in May.
    assert cells(may, "EB-48", *FLOW) == ("11", "4", "5", "1", "2", "7")
    assert numbers(may, "in") == ["A2", "A6", "E2", "A3"]
    assert numbers(may, "sold_by_points") == ["BXK-2026-000001"]
    assert numbers(may, "returned") == ["E1", "E5"]
    assert len(REGISTERED) == 4, "and the sale of 31 May makes the five"
    assert cells(may, "EB-48", "this_year", "last_year") == ("7", "")
    june = sheet(world, SALES, "2026-06")
    assert cells(june, "EB-48", "opening", "in", "sold") == ("7", "2", "1")
    assert numbers(june, "in") == ["A4", "A7"]


def test_a_void_continuation_takes_the_sale_of_the_exchanged_unit_back(sqlite_world: World) -> None:
    put(
        sqlite_world,
        [
            Shelf("E3", day("04-01"), day("04-02"), day("05-16")),
            Shelf("E4", day("04-01"), day("04-02"), replaces="E3"),
        ],
        [
            Paper("BXK-2026-000004", "E3", day("04-30")),
            Paper("BXK-2026-000005", "E4", day("04-30"), CardState.VOID, continues="BXK-2026-000004"),
        ],
    )
    assert cells(sheet(sqlite_world, SALES, "2026-04"), "EB-48", "sold", "closing") == ("0", "1")
    assert cells(sheet(sqlite_world, SALES, "2026-05"), "EB-48", *FLOW) == ("1", "1", "0", "0", "1", "1")


def test_the_year_is_counted_from_january_and_compared_with_the_month_a_year_ago(sqlite_world: World) -> None:
    begin(sqlite_world, dt.date(2024, 12, 20))
    sold = ("2025-04-30", "2025-05-01", "2025-05-31", "2025-06-01", "2025-12-31", "2026-01-01", "2026-05-31")
    put(
        sqlite_world,
        [Shelf(f"A{place}", dt.date(2024, 12, 27)) for place in range(len(sold))],
        [
            Paper(f"BXK-2025-{place:06d}", f"A{place}", dt.date.fromisoformat(text))
            for place, text in enumerate(sold)
        ],
    )
    year = ("this_year", "last_year")
    assert cells(sheet(sqlite_world, SALES, "2026-05"), "EB-48", *year) == ("2", "2")
    assert cells(sheet(sqlite_world, SALES, "2026-04"), "EB-48", *year) == ("1", "1")
    assert cells(sheet(sqlite_world, SALES, "2025-12"), "EB-48", *year) == ("5", "0")
    # The agreement began in that month of the year before: one with nothing to compare with is empty, not nought.
    assert cells(sheet(sqlite_world, SALES, "2025-11"), "EB-48", *year) == ("4", "")
    assert sheet(sqlite_world, SALES, "2025-11").cell(TOTAL, "last_year") == ""
    assert sheet(sqlite_world, SALES, "2025-12").cell(TOTAL, "last_year") == "0"


def test_stock_outlives_an_agreement_and_each_tells_its_own_days(sqlite_world: World) -> None:
    new = follow(sqlite_world, day("05-15"))
    put(
        sqlite_world,
        [
            Shelf("A1", day("05-01"), day("05-02")),
            Shelf("A2", day("05-01"), day("05-02")),
            Shelf("A3", day("05-14")),
            Shelf("A4", day("05-20"), day("05-21"), agreement=new),
        ],
        [
            Paper("BXK-2026-000001", "A1", day("05-15")),
            Paper("BXK-2026-000002", "A2", day("05-16")),
        ],
    )
    flow = ("opening", "in", "sold", "closing", "this_year", "last_year")
    assert cells(sheet(sqlite_world, SALES, "2026-05"), "EB-48", *flow) == ("0", "2", "1", "1", "1", "")
    assert cells(sheet(sqlite_world, SALES, "2026-05", new), "EB-48", *flow) == ("1", "2", "1", "2", "2", "")


def save(world: World, month: str, count: str) -> None:
    draft = EntryDraft("EB-48", "sold_without_card", count)
    with world.acting("dana", on=day("06-02")) as dana:
        commands.save(dana, Month.parse(month), SALES, [draft], remarks="")


def submit(world: World, month: str, on: str) -> None:
    with world.acting("dana", on=day(on)) as dana:
        commands.submit(dana, Month.parse(month), [SALES], remarks="")


def test_what_was_sold_without_a_card_opens_no_stock_until_its_card_comes(sqlite_world: World) -> None:
    world = sqlite_world
    put(world, [Shelf(f"A{place}", day("04-01"), day("04-02")) for place in range(6)])
    save(world, "2026-04", "2")
    assert cells(sheet(world, SALES, "2026-04"), "EB-48", "in", "closing", "this_year") == ("6", "4", "2")
    assert cells(sheet(world, SALES, "2026-05"), "EB-48", "opening", "closing", "this_year") == (
        "4",
        "4",
        "2",
    )
    submit(world, "2026-04", "06-02")
    number = numbers(sheet(world, SALES, "2026-05"), "opening")[-1]
    assert number == "YB-2026-000001", "the form that told it is behind the figure"
    # One card comes after the submission, and one of a sale in May.
    late = dt.datetime(2026, 6, 3, tzinfo=dt.UTC)
    put(
        world,
        [],
        [
            Paper("BXK-2026-000001", "A0", day("04-30"), filed_at=late),
            Paper("BXK-2026-000002", "A1", day("05-01"), filed_at=late),
        ],
    )
    assert cells(sheet(world, SALES, "2026-05"), "EB-48", "opening", "sold", "closing", "this_year") == (
        "4",
        "1",
        "3",
        "3",
    )


def test_however_many_units_a_dealer_has_they_are_compiled_with_five_statements(sqlite_world: World) -> None:
    dice = random.Random(3)
    shipped = [dt.date(2023, 1, 1) + dt.timedelta(days=4 * place) for place in range(300)]
    shelves = [
        Shelf(f"A{place}", on, on + dt.timedelta(2) if place % 4 else None, model=MODELS[place % 3])
        for place, on in enumerate(shipped)
    ]
    papers = [
        Paper(f"BXK-2023-{place:06d}", f"A{place}", on + dt.timedelta(days=dice.randrange(60)))
        for place, on in enumerate(shipped)
        if place % 10
    ]
    put(sqlite_world, shelves, papers)
    sheet(sqlite_world, SALES, "2026-03")
    statements: list[str] = []
    with sqlite_world.acting("dana"):
        agreement = queries.agreement_for(sqlite_world.dealers["D01"], Month(2026, 3))

        def count(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        compiled = queries.compiled(agreement, Month(2026, 3), SALES)
    assert len(statements) == 5
    assert compiled.records


def story(dice: random.Random) -> tuple[list[Shelf], list[Paper]]:
    """Random units: received or not, sold, refused, sold anew, exchanged before and after the sale, credited."""
    shelves: list[Shelf] = []
    papers: list[Paper] = []

    def some(first: dt.date, most: int) -> dt.date:
        return first + dt.timedelta(days=dice.randrange(most))

    for place in range(60):
        names = [f"U{place}", f"U{place}A", f"U{place}B"][: dice.choice((1, 1, 1, 2, 3))]
        shipped = some(dt.date(2025, 1, 1), 500)
        came = some(shipped, 12) if dice.random() < 0.6 else None
        model, point = dice.choice(MODELS), dice.choice(("D01", "D01", "D01S"))
        sold = some(shipped, 90) if dice.random() < 0.6 else None
        if dice.random() < 0.3:
            dead = dice.choice((CardState.REJECTED, CardState.WITHDRAWN, CardState.VOID))
            papers.append(Paper(f"BXK-X-{place:06d}", names[0], some(shipped, 60), dead, point))
        # Whatever leaves the field does so after it was received and sold.
        leaves = max(came or shipped + dt.timedelta(3), sold or shipped)
        exchanges = [leaves := some(leaves, 60) + dt.timedelta(1) for _ in names[1:]]
        last = some(leaves, 60) + dt.timedelta(1) if dice.random() < 0.15 else None
        for name, before, left in zip(names, ["", *names], [*exchanges, last], strict=False):
            shelves.append(Shelf(name, shipped, came, left, before, model))
        state = dice.choice(sorted(REGISTERED))
        if sold:
            numbers = [f"BXK-S-{place:06d}{turn}" for turn in range(len(names))]
            for name, number, before in zip(names, numbers, ["", *numbers], strict=False):
                papers.append(Paper(number, name, sold, state, point, before))
        elif exchanges and dice.random() < 0.7:
            # Sold after the exchange, or before it with a card that moved over.
            on = some(exchanges[-1], 20) if dice.random() < 0.6 else exchanges[-1] - dt.timedelta(1)
            papers.append(Paper(f"BXK-N-{place:06d}", names[-1], min(on, last or on), state, point))
    return shelves, papers


def independent(world: World, month: Month) -> dict[str, Counter[str]]:
    """The figures by plain loops over the rows: the place in the shop that a unit and those after it stand in."""
    found: dict[str, Counter[str]] = {model: Counter() for model in MODELS}
    with world.acting("lin"):
        units = list(session().scalars(select(Unit).order_by(Unit.id)))
        cards = list(session().scalars(select(Card)))
        names = {row.id: row.model for row in session().scalars(select(Product))}
    for root in units:
        if root.exchanged_from_id is not None:
            continue
        line = [root]
        while nexts := [unit for unit in units if unit.exchanged_from_id == line[-1].id]:
            line.append(nexts[0])
        own = [card for card in cards if card.unit_id in {unit.id for unit in line}]
        sold = [card for card in own if card.state in REGISTERED and card.inherited_from_id is None]
        assert len(sold) <= 1, "the story sells nothing twice"
        sold_on = sold[0].sale_date if sold else dt.date.max
        left_on = line[-1].left_field_on or dt.date.max
        came = root.received_on or root.shipped_on + dt.timedelta(days=3)
        over = min(sold_on, left_on)
        came = min(came, over)
        count = found[names[root.product_id]]
        count["opening"] += came < month.first <= over
        count["closing"] += came <= month.last < over
        count["in"] += came in month
        if sold and sold_on in month:
            count["sold" if sold[0].point_id == sold[0].dealer_id else "sold_by_points"] += 1
        if sold and sold_on.year == month.year and sold_on <= month.last:
            count["this_year"] += 1
        if sold and sold_on in month + -12:
            count["last_year"] += 1
        if not sold and left_on in month:
            count["returned"] += 1
        # A unit exchanged in stock goes, and the one in its place comes, on the same day.
        for unit in line[:-1]:
            assert unit.left_field_on is not None
            if unit.left_field_on in month and unit.left_field_on <= sold_on:
                count["in"] += 1
                count["returned"] += 1
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A few random stories by default, more in the long size."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(40 if metafunc.config.getoption("--long") else 3))


def test_figures_equal_an_independent_count(seed: int, sqlite_world: World) -> None:
    begin(sqlite_world, dt.date(2025, 1, 1))
    put(sqlite_world, *story(random.Random(seed)))
    columns = (*FLOW, "this_year", "last_year")
    closing: dict[str, str] = {}
    for place in range(12):
        month = Month(2025, 10) + place
        found, expected = sheet(sqlite_world, SALES, str(month)), independent(sqlite_world, month)
        rows = {row.key: row.cells for row in found.rows}
        for model in MODELS:
            wanted = {column: str(expected[model][column]) for column in columns}
            if month < Month(2026, 1):
                wanted["last_year"] = ""
            if model not in rows:
                assert set(wanted.values()) <= {"0", ""}, (month, model)
                continue
            assert {column: rows[model][column] for column in columns} == wanted, (month, model)
            assert rows[model]["opening"] == closing.get(model, rows[model]["opening"]), (month, model)
        closing = {model: cells["closing"] for model, cells in rows.items()}

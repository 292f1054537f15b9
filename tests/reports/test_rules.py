"""Monthly forms: states, figures from records, entries, differences, samples (MF-1, MF-2, MF-4)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import FormKind
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Severity
from portal.kernel.period import Month
from portal.kernel.text import T
from portal.repairs.rules.follow_ups import SatisfactionItem
from portal.reports.rules import (
    FORM,
    LAYOUTS,
    MISSING,
    TOTAL,
    Column,
    Compiled,
    Earlier,
    Entry,
    EntryDraft,
    FormAction,
    FormState,
    Layout,
    Measure,
    Record,
    Row,
    Sheet,
    Source,
    between,
    corrections,
    judge,
    kept_entries,
    make,
    sample,
    since,
    state_of_month,
)

DAY = dt.date(2026, 3, 5)
MARCH = Month(2026, 3)
#: A form in small: a name, a count, money, a typed count and note, and a mean of the two.
LAYOUT = Layout(
    FormKind.SALES,
    (
        Column("model", T("Model"), Measure.TEXT),
        Column("sold", T("Sold")),
        Column("fees", T("Fees"), Measure.MONEY),
        Column("more", T("More"), source=Source.ENTERED),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED),
        Column("all", T("All"), source=Source.DERIVED, of=("sold",)),
    ),
    derive=lambda cells: {"all": str(int(cells.get("sold") or 0) + int(cells.get("more") or 0))},
    adds_rows=True,
)


def record(row: str, number: str, column: str = "sold", value: str = "1", day: dt.date = DAY) -> Record:
    return Record(row, column, number, day, Decimal(value))


def compiled(*records: Record, rows: tuple[str, ...] = ("EB-48", "EB-60")) -> Compiled:
    return Compiled(tuple(Row(key, {"model": key}) for key in rows), records)


THREE = compiled(record("EB-48", "BXK-1"), record("EB-48", "BXK-2"), record("EB-60", "BXK-3"))


@pytest.mark.parametrize(
    ("states", "month"),
    [
        ([FormState.ACCEPTED] * 6, FormState.ACCEPTED),
        ([FormState.ACCEPTED, FormState.SUBMITTED], FormState.SUBMITTED),
        ([FormState.SUBMITTED, FormState.PREPARED], FormState.PREPARED),
        ([FormState.PREPARED, FormState.OWED], FormState.OWED),
        ([FormState.ACCEPTED, FormState.OWED, FormState.RETURNED], FormState.RETURNED),
    ],
)
def test_the_form_that_is_furthest_behind_says_where_a_month_is(
    states: list[FormState], month: FormState
) -> None:
    assert state_of_month(states) is month


def test_only_the_moves_of_the_table_are_possible() -> None:
    moves = {
        FormState.OWED: {FormAction.PREPARE, FormAction.CHANGE, FormAction.SUBMIT},
        FormState.PREPARED: {FormAction.CHANGE, FormAction.SUBMIT},
        FormState.RETURNED: {FormAction.PREPARE, FormAction.CHANGE, FormAction.SUBMIT},
        FormState.SUBMITTED: {FormAction.WITHDRAW, FormAction.RESUBMIT, FormAction.RETURN, FormAction.ACCEPT},
        FormState.ACCEPTED: {FormAction.RESUBMIT},
    }
    for state in FormState:
        assert FORM.actions(state) == moves[state]
        for action in set(FormAction) - moves[state]:
            with pytest.raises(RuleBroken) as broken:
                FORM.advance(state, action)
            assert broken.value.rule == "MF-4"
    # Whatever may still be sent is missing, and nothing else.
    assert {state for state in FormState if FormAction.SUBMIT in moves[state]} == MISSING


def test_figures_are_the_sums_of_their_records() -> None:
    sheet = make(
        LAYOUT,
        compiled(
            record("EB-48", "BXK-1"),
            record("EB-48", "BXK-2", value="2"),
            record("EB-60", "WX-1", "fees", "12.50"),
            record("EB-60", "WX-2", "fees", "0.05"),
        ),
    )
    assert [dict(row.cells) for row in sheet.rows] == [
        {"model": "EB-48", "sold": "3", "fees": "0.00", "all": "3"},
        {"model": "EB-60", "sold": "0", "fees": "12.55", "all": "0"},
    ]
    # What nobody typed has no sum.
    assert sheet.total.cells == {"sold": "3", "fees": "12.55", "all": "3"}
    assert [one.number for one in sheet.behind(LAYOUT, "EB-48", "sold")] == ["BXK-1", "BXK-2"]
    assert [one.number for one in sheet.behind(LAYOUT, "EB-48", "all")] == ["BXK-1", "BXK-2"]
    assert [one.number for one in sheet.behind(LAYOUT, TOTAL, "fees")] == ["WX-1", "WX-2"]
    assert sheet.behind(LAYOUT, "EB-48", "fees") == []


def test_an_entry_takes_the_place_of_the_figure_and_of_what_follows_from_it() -> None:
    entries = (
        Entry("EB-48", "sold", "5", "2", "两台未开单", "Dana"),
        Entry("EB-60", "more", "1", person="Dana"),
        Entry("EB-90", "more", "4", person="Dana"),
    )
    sheet = make(LAYOUT, THREE, entries)
    assert [(row.key, row.cells["all"]) for row in sheet.rows] == [
        ("EB-48", "5"),
        ("EB-60", "2"),
        ("EB-90", "4"),
    ]
    assert sheet.cell("EB-90", "model") == "EB-90"
    assert sheet.total.cells["all"] == "11"
    # The records stay what they are.
    assert len(sheet.behind(LAYOUT, "EB-48", "sold")) == 2
    fixed = Layout(FormKind.PARTS, LAYOUT.columns)
    assert [row.key for row in make(fixed, THREE, entries).rows] == ["EB-48", "EB-60"]


def test_a_frozen_form_reads_as_it_was_written() -> None:
    sheet = make(
        LAYOUT,
        THREE,
        (Entry("EB-48", "sold", "5", "2", "两台未开单", "Dana"),),
        (Earlier(MARCH.previous, "EB-60", "sold", "1", "2"),),
    )
    assert Sheet.of_json(sheet.as_json()) == sheet


def test_a_figure_that_reads_differently_names_the_records_that_made_it_so() -> None:
    before = make(LAYOUT, THREE, (Entry("EB-60", "sold", "9", "1", "盘点", "Dana"),))
    after = make(
        LAYOUT,
        compiled(
            record("EB-48", "BXK-2"),
            record("EB-48", "BXK-4"),
            record("EB-48", "BXK-5"),
            record("EB-60", "BXK-3"),
            record("EB-75", "BXK-6"),
            rows=("EB-48", "EB-60", "EB-75"),
        ),
    )
    changed = since(LAYOUT, before, after)
    assert [(one.row, one.column, one.was, one.now, one.added, one.gone) for one in changed] == [
        ("EB-48", "sold", "2", "3", ("BXK-4", "BXK-5"), ("BXK-1",)),
        ("EB-75", "sold", "0", "1", ("BXK-6",), ()),
    ]
    assert since(LAYOUT, before, make(LAYOUT, THREE)) == []
    shown = [(one.row, one.column, one.was, one.now) for one in between(LAYOUT, before, make(LAYOUT, THREE))]
    assert shown == [("EB-60", "sold", "9", "1"), ("EB-60", "all", "9", "1")]


def test_a_change_of_an_earlier_month_is_told_once_and_its_way_back_too() -> None:
    three_now = since(
        LAYOUT, make(LAYOUT, THREE), make(LAYOUT, compiled(*THREE.records, record("EB-48", "BXK-9")))
    )
    first = corrections(MARCH, three_now, [])
    assert first == [Earlier(MARCH, "EB-48", "sold", "2", "3")]
    assert corrections(MARCH, three_now, first) == []
    assert corrections(MARCH, [], first) == [Earlier(MARCH, "EB-48", "sold", "3", "2")]
    assert corrections(MARCH, [], [*first, Earlier(MARCH, "EB-48", "sold", "3", "2")]) == []


PLAIN = make(LAYOUT, THREE)


def test_what_says_the_same_as_the_records_is_no_entry() -> None:
    drafts = [
        EntryDraft("EB-48", "sold", " 2 "),
        EntryDraft("EB-60", "sold", ""),
        EntryDraft("EB-60", "fees", "1,200.5", "补记"),
        EntryDraft("EB-60", "more", "007"),
        EntryDraft("EB-48", "more", ""),
        EntryDraft("EB-48", "note", " 展车一台 "),
    ]
    assert kept_entries(LAYOUT, PLAIN, drafts, "Dana") == (
        Entry("EB-48", "note", "展车一台", "", "", "Dana"),
        Entry("EB-60", "fees", "1200.50", "0.00", "补记", "Dana"),
        Entry("EB-60", "more", "7", "", "", "Dana"),
    )


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (EntryDraft("EB-48", "sold", "3"), "why@sold@EB-48"),
        (EntryDraft("EB-48", "sold", "3", "   "), "why@sold@EB-48"),
        (EntryDraft("EB-48", "sold", "3", "x" * 301), "why@sold@EB-48"),
        (EntryDraft("EB-48", "sold", "2.5", "y"), "sold@EB-48"),
        (EntryDraft("EB-48", "sold", "-1", "y"), "sold@EB-48"),
        (EntryDraft("EB-48", "sold", "drei", "y"), "sold@EB-48"),
        (EntryDraft("EB-48", "sold", "NaN", "y"), "sold@EB-48"),
        (EntryDraft("EB-48", "sold", "1e30", "y"), "sold@EB-48"),
        (EntryDraft("EB-48", "fees", "1.005", "y"), "fees@EB-48"),
        (EntryDraft("EB-48", "all", "3", "y"), "all@EB-48"),
        (EntryDraft("EB-48", "model", "EB-49", "y"), "model@EB-48"),
        (EntryDraft("EB-48", "nothing", "3", "y"), "nothing@EB-48"),
        (EntryDraft("", "more", "3"), "more@"),
        (EntryDraft("x" * 41, "more", "3"), "more@" + "x" * 41),
        (EntryDraft("EB-48", "note", "x" * 201), "note@EB-48"),
    ],
)
def test_an_entry_that_can_t_be_is_refused_beside_its_field(draft: EntryDraft, field: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        kept_entries(LAYOUT, PLAIN, [draft], "Dana")
    assert (broken.value.rule, broken.value.field) == ("MF-1", field)


def test_what_a_reader_should_look_at_is_named() -> None:
    sheet = make(LAYOUT, THREE, (Entry("EB-48", "sold", "5", "2", "两台未开单", "Dana"),))
    assert judge(LAYOUT, PLAIN, remarks="", late=0, changed=[]) == []
    found = judge(
        LAYOUT, sheet, remarks="见附", late=2, changed=since(LAYOUT, PLAIN, make(LAYOUT, compiled()))
    )
    assert [(one.rule, one.severity, str(one.text)) for one in found] == [
        ("MF-1", Severity.WARNING, "EB-48, Sold: 5 instead of 2. 两台未开单"),
        ("MF-2", Severity.WARNING, "Figures that changed since the submission: 2"),
        ("MF-1", Severity.WARNING, "With remarks"),
        ("MF-3", Severity.NOTE, "Days late: 2"),
    ]


def test_a_correction_that_the_records_say_by_now_is_none_and_another_is_held_against_them() -> None:
    entry = Entry("EB-48", "sold", "3", "1", "一台未登记", "Dana")
    three = make(LAYOUT, compiled(*(record("EB-48", f"BXK-{at}") for at in range(3))), (entry,))
    assert (three.cell("EB-48", "sold"), three.entries) == ("3", ())
    assert judge(LAYOUT, three, remarks="", late=0, changed=[]) == []
    two = make(LAYOUT, compiled(*(record("EB-48", f"BXK-{at}") for at in range(2))), (entry,))
    assert (two.cell("EB-48", "sold"), two.entries) == ("3", (entry,))
    (finding,) = judge(LAYOUT, two, remarks="", late=0, changed=[])
    assert str(finding.text) == "EB-48, Sold: 3 instead of 2. 一台未登记"


def test_a_line_is_called_by_its_first_cell_unless_another_line_is_called_the_same() -> None:
    parts = LAYOUTS[FormKind.PARTS]
    keys = ("P-1/EB-48", "P-1/EB-60", "P-2/EB-48")
    sheet = make(parts, Compiled(tuple(Row(key, {"code": key.split("/")[0]}) for key in keys)))
    assert [sheet.name(parts, key) for key in (*keys, "P-9/EB-48")] == [*keys[:2], "P-2", "P-9/EB-48"]
    items = LAYOUTS[FormKind.SATISFACTION]
    graded = make(items, Compiled((Row("speed", {"item": "speed"}),)))
    assert graded.name(items, "speed") is SatisfactionItem.SPEED


def test_stock_that_was_counted_otherwise_is_a_finding() -> None:
    layout = LAYOUTS[FormKind.SALES]
    counted = make(layout, Compiled((Row("EB-48", {"model": "EB-48"}),)), (Entry("EB-48", "counted", "1"),))
    (finding,) = judge(layout, counted, remarks="", late=0, changed=[])
    assert (finding.rule, str(finding.text)) == ("MF-1", "EB-48: 1 counted, 0 by the records.")


@given(
    st.sets(st.text("ABC0123456789", min_size=1, max_size=8), max_size=60),
    st.text("0123456789abcdef", min_size=4),
)
def test_a_sample_is_the_same_whenever_it_is_drawn(numbers: set[str], seed: str) -> None:
    drawn = sample(numbers, seed)
    assert drawn == sample(sorted(numbers, reverse=True) * 2, seed)
    assert set(drawn) <= numbers
    assert len(drawn) == min(len(numbers), max(3, -(-len(numbers) // 10)))


def test_another_submission_has_another_sample() -> None:
    numbers = [f"WX-2026-{n:06d}" for n in range(100)]
    assert len(sample(numbers, "a" * 64)) == 10
    assert sample(numbers, "a" * 64) != sample(numbers, "b" * 64)


@pytest.mark.parametrize("kind", list(FormKind))
def test_every_form_has_its_columns_each_with_a_key_of_its_own(kind: FormKind) -> None:
    layout = LAYOUTS[kind]
    keys = [column.key for column in layout.columns]
    assert len(keys) == len(set(keys))
    assert layout.columns[0].source is Source.COMPILED
    assert {key for column in layout.columns for key in column.of} <= set(keys)
    # A form without any record is still a form.
    assert make(layout, Compiled()).rows == ()

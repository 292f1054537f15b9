"""Property: every figure of the repair and parts forms equals an independent count over random records (MF-1)."""

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.kernel.db import db
from portal.kernel.period import Month
from portal.repairs.queries.follow_ups import rate
from portal.repairs.rules.faults import DEFAULTS, FaultKind
from portal.reports import queries
from portal.reports.rules import LAYOUTS, SUMMARY, Measure, Sheet, Source, make
from tests.people import World
from tests.reports.rows import FIRST, LAST, PARTS, Draw, Drawn, furnish, write

COVERED = ("doa", "early_failure", "in_warranty", "batch")
NAMES = {code: name for code, name, _ in DEFAULTS[FaultKind.SYMPTOM]}
MONTHS = [Month.of(FIRST) + place for place in range(-1, 7)]
Counted = dict[str, dict[str, Any]]


def count_repairs(drawn: Drawn, month: Month) -> Counted:
    """The repair monthly report, counted line by line."""
    found: Counted = defaultdict(lambda: defaultdict(Decimal))
    adopted = {row["number"] for row in drawn.records if row["request_number"] == ""}
    for request in drawn.requests:
        if request["state"].value == "cancelled" or request["repair_record"] in adopted:
            continue
        records = [
            row
            for row in drawn.records
            if row["request_number"] == request["number"] and row["state"].value != "void"
        ]
        whole = {**request, **({name: records[-1][name] for name in ("model", "way")} if records else {})}
        _one(found, month, whole, request["received_on"], request["done_on"], records)
    for record in drawn.records:
        if record["request_number"] == "" and record["state"].value != "void":
            ended = record["finished_on"] or record["filed_on"]
            _one(found, month, record, record["received_on"] or ended, ended, [record])
    for unit in drawn.returned:
        column = {"exchanged": "exchanged", "credited": "returned"}.get(unit["disposition"] or "")
        if column and Month.of(unit["disposed_on"]) == month:
            found[unit["model"]][column] += 1
    return found


def _one(
    found: Counted,
    month: Month,
    what: dict[str, Any],
    received: dt.date,
    ended: dt.date | None,
    records: list[dict[str, Any]],
) -> None:
    model = what["model"] or "—"
    if received > month.last or (ended is not None and ended < month.first):
        return
    found[model]["received" if received >= month.first else "opening"] += 1
    if ended is None or ended > month.last:
        found[model]["closing"] += 1
        return
    line = found[model]
    line["repaired"] += 1
    line["onsite"] += what["way"].value == "on_site"
    days = (ended - received).days
    if records:
        last = records[-1]
        line["in_warranty" if last["cost_class"].value in COVERED else "out_of_warranty"] += 1
        back = last["handed_over_on"] or last["finished_on"]
        if last["received_on"] and back:
            days = (back - last["received_on"]).days
    line["days"] += days
    line["over_30"] += days > 30
    for row in records:
        line["fees"] += row["price"] if row["category"].value == "A" else row["labour"] + row["onsite"]


def count_parts(drawn: Drawn, month: Month) -> Counted:
    """The parts replacement list, counted piece by piece."""
    found: Counted = defaultdict(lambda: defaultdict(Decimal))
    faults: dict[str, Counter[str]] = defaultdict(Counter)
    requests = {row["number"]: row for row in drawn.requests}
    for record in drawn.records:
        request = requests.get(record["request_number"])
        ended = request["done_on"] if request else record["finished_on"] or record["filed_on"]
        if record["state"].value == "void" or ended is None or Month.of(ended) != month:
            continue
        if request and request["state"].value == "cancelled":
            continue
        for part in drawn.parts:
            if (part["repair_id"], part["revision"]) == (record["id"], record["revision"]):
                key = f"{part['code']}/{record['model']}"
                for _piece in range(part["pieces"]):
                    covered = record["cost_class"].value in COVERED
                    found[key]["replaced"] += 1
                    found[key]["in_warranty" if covered else "out_of_warranty"] += 1
                    found[key]["amount"] += part["price"]
                code = record["symptom"]
                faults[key][f"{code} {NAMES[code]}" if code else record["symptom_text"]] += 1
    models = {row["number"]: row["model"] for row in drawn.records}
    for back in drawn.came_back:
        if back["counted_on"] and Month.of(back["counted_on"]) == month and back["matching"]:
            found[f"{back['code']}/{models.get(back['document'], '—')}"]["old_back"] += back["matching"]
    for key, counted in faults.items():
        named = {fault: times for fault, times in counted.items() if fault}
        most = max(named.values(), default=0)
        # "异响" stands behind every code.
        found[key]["fault"] = min((fault for fault, times in named.items() if times == most), default="")
    return found


def text(value: Any, money: bool) -> str:
    """A figure as its cell holds it."""
    return f"{value:.2f}" if money else str(int(value))


def sheet_of(world: World, month: Month, kind: FormKind, who: str = "lin") -> Sheet:
    with world.acting(who, on=LAST):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        return make(LAYOUTS[kind], queries.compiled(agreement, month, kind))


def check_repairs(sheet: Sheet, counted: Counted) -> None:
    columns = ("opening", "received", "repaired", "closing", "in_warranty", "out_of_warranty", "onsite",
               "over_30", "exchanged", "returned", "fees")  # fmt: skip
    assert [row.key for row in sheet.rows] == sorted(counted, key=lambda model: (model == "—", model))
    for row in sheet.rows:
        line = counted[row.key]
        expected = {column: text(line[column], column == "fees") for column in columns}
        assert {column: row.cells[column] for column in columns} == expected
        mean = f"{line['days'] / line['repaired'] + Decimal('0.0000001'):.2f}" if line["repaired"] else ""
        assert row.cells["mean_days"] == mean
    for column in columns:
        total = sum(line[column] for line in counted.values())
        assert sheet.total.cells[column] == text(total, column == "fees")


def check_parts(sheet: Sheet, counted: Counted) -> None:
    columns = ("replaced", "in_warranty", "out_of_warranty", "amount", "old_back")
    keys = {row.key for row in sheet.rows}
    assert keys == set(counted)
    for row in sheet.rows:
        line = counted[row.key]
        expected = {column: text(line[column], column == "amount") for column in columns}
        assert {column: row.cells[column] for column in columns} == expected
        assert row.cells["fault"] == (line["fault"] or "")
        code, _, model = row.key.partition("/")
        assert (row.cells["code"], row.cells["name"], row.cells["model"]) == (code, PARTS[code], model)


def check_behind(kind: FormKind, sheet: Sheet) -> None:
    """The records behind each compiled figure add up to it, of every line, of the sum and beside the table."""
    layout = LAYOUTS[kind]
    for column in layout.summary:
        # Last month's responses are told by last month's form.
        if column.measure is Measure.COUNT and column.key != "returned_last":
            behind = sum((one.value for one in sheet.behind(layout, SUMMARY, column.key)), Decimal(0))
            assert behind == Decimal(sheet.summary.get(column.key) or 0), (kind, column.key)
    for column in layout.columns:
        if not column.measure.is_number or not (
            column.source is Source.COMPILED or (column.source is Source.DERIVED and column.key == "closing")
        ):
            continue
        for row in (*sheet.rows, sheet.total):
            behind = sum((one.value for one in sheet.behind(layout, row.key, column.key)), Decimal(0))
            assert behind == Decimal(row.cells.get(column.key) or 0), (kind, row.key, column.key)


def add(world: World, drawn: Drawn, seed: int, size: int) -> None:
    """More of a dealer's months, and of another's that must not count."""
    mine, other = Draw(world, seed), Draw(world, seed, "D02", ("D02",))
    for kept, new in zip(vars(drawn).values(), vars(mine.whole(size)).values(), strict=True):
        kept.extend(new)
    other.whole(size // 4 + 1)
    write(world, mine)
    write(world, other, "rival")


def check_all(world: World, drawn: Drawn) -> None:
    """Both forms of every month; what is in repair at a month's end is so at the next one's start."""
    before: Sheet | None = None
    for month in MONTHS:
        sheet = sheet_of(world, month, FormKind.REPAIRS)
        check_repairs(sheet, count_repairs(drawn, month))
        check_behind(FormKind.REPAIRS, sheet)
        parts = sheet_of(world, month, FormKind.PARTS)
        check_parts(parts, count_parts(drawn, month))
        check_behind(FormKind.PARTS, parts)
        if before is not None:
            ended = {row.key: row.cells["closing"] for row in before.rows if row.cells["closing"] != "0"}
            began = {row.key: row.cells["opening"] for row in sheet.rows if row.cells["opening"] != "0"}
            assert ended == began
        before = sheet


def test_every_figure_equals_an_independent_count(sqlite_world: World, long: bool) -> None:
    furnish(sqlite_world)
    drawn = Drawn()
    for seed in range(12 if long else 3):
        add(sqlite_world, drawn, seed, 60 if long else 16)
        check_all(sqlite_world, drawn)


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_postgresql_counts_the_same(world: World) -> None:
    furnish(world)
    drawn = Drawn()
    add(world, drawn, 7, 16)
    check_all(world, drawn)


def test_what_is_repaired_is_what_the_follow_up_rate_counts(sqlite_world: World) -> None:
    """But for a walk-in that was taken back after a request was opened for its follow-up: the call was made."""
    furnish(sqlite_world)
    drawn = Drawn()
    add(sqlite_world, drawn, 3, 25)
    void = {
        row["number"] for row in drawn.records if (row["state"].value, row["request_number"]) == ("void", "")
    }
    for month in MONTHS:
        repaired = sheet_of(sqlite_world, month, FormKind.REPAIRS).total.cells["repaired"]
        called = [row for row in drawn.requests if row["repair_record"] in void and row["done_on"] in month]
        with sqlite_world.acting("lin", on=LAST):
            agreement = agreements.of_dealer(sqlite_world.dealers["D01"])[0]
            counted = rate(agreement.id, month)
        assert counted.repairs == int(repaired) + len(called)
        beside = sheet_of(sqlite_world, month, FormKind.SATISFACTION).summary
        assert (beside["reached"], beside["repairs"]) == (str(counted.calls), str(counted.repairs))
        assert beside["rate"] == str("" if counted.percent is None else counted.percent)


@pytest.mark.parametrize("kind", [kind for kind in FormKind if kind is not FormKind.SUMMARY])
def test_the_records_behind_every_figure_add_up_to_it_and_name_no_customer(
    sqlite_world: World, kind: FormKind
) -> None:
    furnish(sqlite_world)
    add(sqlite_world, Drawn(), 5, 12)
    for month in MONTHS[1:4]:
        sheet = sheet_of(sqlite_world, month, kind)
        check_behind(kind, sheet)
        said = " ".join(one.words for one in sheet.records)
        assert "王小明" not in said
        assert "5678" not in said


def test_owner_and_auditor_compile_the_same(sqlite_world: World) -> None:
    furnish(sqlite_world)
    add(sqlite_world, Drawn(), 2, 12)
    for kind in (FormKind.REPAIRS, FormKind.PARTS):
        mine, theirs = (sheet_of(sqlite_world, MONTHS[2], kind, who) for who in ("dana", "lin"))
        assert mine == theirs


@pytest.mark.parametrize(("kind", "most"), [(FormKind.REPAIRS, 3), (FormKind.PARTS, 5)])
def test_a_month_is_compiled_with_few_statements_however_much_was_repaired(
    sqlite_world: World, kind: FormKind, most: int
) -> None:
    furnish(sqlite_world)
    add(sqlite_world, Drawn(), 1, 40)
    with sqlite_world.acting("lin", on=LAST):
        agreement = agreements.of_dealer(sqlite_world.dealers["D01"])[0]
        seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
        assert queries.compiled(agreement, MONTHS[3], kind).records
    assert len(seen) <= most

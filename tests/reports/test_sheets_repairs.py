"""The repair monthly report, figure by figure (MF-1, ux.md 8)."""

import datetime as dt
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.kernel.period import Month
from portal.repairs import commands
from portal.repairs.commands import follow_ups
from portal.repairs.commands import service as desk_commands
from portal.repairs.rules.records import Category, Consent, SignatureKind, Way
from portal.reports import queries
from portal.reports.queries.sheets.repairs import compile_month
from portal.reports.rules import LAYOUTS, TOTAL, Compiled, Entry, Record, Row, Sheet, make
from portal.returns.rules import Disposition
from tests.people import TODAY, World
from tests.repairs.desk import bring, receive
from tests.repairs.workshop import draft, file, sell, upload, workshop
from tests.returns import yard

MAY, JUNE = Month(2026, 5), Month(2026, 6)
LAYOUT = LAYOUTS[FormKind.REPAIRS]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def sheet(world: World, month: Month, who: str = "dana") -> Sheet:
    with world.acting(who, on=day("2027-02-20")):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        return make(LAYOUT, queries.compiled(agreement, month, FormKind.REPAIRS))


def figures(found: Sheet, row: str = TOTAL) -> dict[str, str]:
    """The cells of a line that say something."""
    cells = found.total.cells if row == TOTAL else {one.key: one.cells for one in found.rows}[row]
    return {key: text for key, text in cells.items() if text not in ("", "0", "0.00") and key != "model"}


def numbers(found: Sheet, column: str) -> list[str]:
    """The documents behind a figure of the whole form."""
    return [one.number for one in found.behind(LAYOUT, TOTAL, column)]


def test_a_walk_in_counts_from_the_day_it_was_brought_to_its_end(sqlite_world: World) -> None:
    workshop(sqlite_world)
    sell(sqlite_world)
    number = file(
        sqlite_world,
        received_on=day("2026-05-19"),
        finished_on=day("2026-05-20"),
        handed_over_on=day("2026-05-22"),
        on=day("2026-05-23"),
        onsite=Decimal("50.00"),
        way=Way.ON_SITE,
    )
    found = sheet(sqlite_world, MAY)
    assert [row.key for row in found.rows] == ["EB-48"]
    assert figures(found, "EB-48") == {
        "received": "1",
        "repaired": "1",
        "in_warranty": "1",
        "onsite": "1",
        "days": "3",
        "mean_days": "3.00",
        "fees": "110.00",
    }
    assert numbers(found, "repaired") == numbers(found, "fees") == [number]
    assert found.behind(LAYOUT, "EB-48", "repaired")[0].words == "A1 · S01 不能启动"
    assert sheet(sqlite_world, JUNE).rows == ()


def test_a_request_is_in_repair_until_it_is_done_and_its_record_tells_what_it_was(
    sqlite_world: World,
) -> None:
    workshop(sqlite_world)
    sell(sqlite_world)
    request = receive(sqlite_world, on=day("2026-05-28"))
    bring(sqlite_world, request, "dispatch", "start", on=day("2026-05-29"))
    may = sheet(sqlite_world, MAY)
    assert figures(may, "—") == {"received": "1", "closing": "1", "in_repair": "1"}
    assert figures(sheet(sqlite_world, JUNE), "—") == {
        "opening": "1",
        "closing": "1",
        "in_repair": "1",
        "waiting_long": "1",
    }
    record = file(sqlite_world, on=day("2026-06-30"), request_number=request)
    assert figures(sheet(sqlite_world, MAY), "EB-48") == figures(may, "—")
    june = sheet(sqlite_world, JUNE)
    assert figures(june) == {
        "opening": "1",
        "repaired": "1",
        "in_warranty": "1",
        "days": "33",
        "mean_days": "33.00",
        "over_30": "1",
        "fees": "60.00",
    }
    assert (numbers(june, "opening"), numbers(june, "fees")) == ([request], [record])


def test_what_is_done_on_the_last_day_of_a_year_is_done_and_what_is_done_on_the_first_is_not(
    sqlite_world: World,
) -> None:
    workshop(sqlite_world)
    for done in ("2026-12-31", "2027-01-01"):
        request = receive(sqlite_world, on=day("2026-12-31"))
        bring(sqlite_world, request, "dispatch", "start", "finish", on=day(done))
    december, january = sheet(sqlite_world, Month(2026, 12)), sheet(sqlite_world, Month(2027, 1))
    assert figures(december) == {
        "received": "2",
        "repaired": "1",
        "onsite": "1",
        "closing": "1",
        "in_repair": "1",
    }
    assert figures(january)["opening"] == december.total.cells["closing"] == "1"
    assert january.total.cells["closing"] == "0"


def test_what_was_cancelled_taken_back_or_only_called_about_is_no_repair(sqlite_world: World) -> None:
    workshop(sqlite_world)
    sell(sqlite_world)
    bring(sqlite_world, receive(sqlite_world), "cancel_request")
    void = file(sqlite_world, serial="A2")
    with sqlite_world.acting("dana") as dana:
        commands.void(dana, void, reason="录错整机")
    signature = (SignatureKind.DRAWN, upload(sqlite_world))
    with sqlite_world.acting("dana") as dana:
        signed = commands.file(dana, draft(phone="13800005678"), signature=signature)
    before = sheet(sqlite_world, MAY)
    with sqlite_world.acting("dana", on=day("2026-06-02")) as dana:
        follow_ups.adopt(dana, signed)
    assert sheet(sqlite_world, MAY) == before
    assert numbers(before, "received") == numbers(before, "repaired") == [signed]
    assert sheet(sqlite_world, JUNE).records == ()


def test_a_paid_repair_earns_its_price_and_a_sub_dealers_counts_too(sqlite_world: World) -> None:
    workshop(sqlite_world)
    paid = {"category": Category.PAID, "consent": Consent(Decimal("85.00")), "onsite": Decimal("25.00")}
    file(sqlite_world, "sub", "S1", labour=Decimal("60.00"), **paid)
    file(sqlite_world, "rival", "X1")
    found = figures(sheet(sqlite_world, MAY))
    assert (found["repaired"], found["fees"]) == ("1", "85.00")


def test_a_repair_without_a_record_is_neither_in_nor_out_of_warranty_and_that_is_said(
    sqlite_world: World,
) -> None:
    workshop(sqlite_world)
    bring(sqlite_world, receive(sqlite_world, serial="A1"), "solve")
    found = sheet(sqlite_world, MAY)
    assert figures(found, "EB-48") == {"received": "1", "repaired": "1", "onsite": "1"}
    assert (found.total.cells["in_warranty"], found.total.cells["out_of_warranty"]) == ("0", "0")
    assert [str(finding.text) for finding in LAYOUT.check(found)] == [
        "Repaired without a repair record, so neither in nor out of warranty: 1"
    ]


def test_what_opens_again_is_in_repair_again(sqlite_world: World) -> None:
    workshop(sqlite_world)
    request = receive(sqlite_world)
    bring(sqlite_world, request, "dispatch", "start", "finish")
    assert sheet(sqlite_world, MAY).total.cells["closing"] == "0"
    with sqlite_world.acting("dana", on=day("2026-06-01")) as dana:
        desk_commands.reopen(dana, request, reason="又坏了")
    assert numbers(sheet(sqlite_world, MAY), "closing") == [request]


def test_exchanged_and_credited_units_count_in_the_month_of_their_disposition(sqlite_world: World) -> None:
    yard.yard(sqlite_world)
    number = yard.bring(sqlite_world, "A1", "A2", "A3")
    yard.dispose(sqlite_world, number, "A1", Disposition.EXCHANGED, new_serial="N1", on=day("2026-05-31"))
    yard.dispose(sqlite_world, number, "A2", Disposition.CREDITED, on=day("2026-06-01"))
    yard.dispose(sqlite_world, number, "A3", Disposition.SCRAPPED, on=day("2026-06-01"))
    may, june = sheet(sqlite_world, MAY), sheet(sqlite_world, JUNE, "lin")
    assert (figures(may), figures(june)) == ({"exchanged": "1"}, {"returned": "1"})
    assert [(one.number, one.words) for one in june.behind(LAYOUT, "EB-48", "returned")] == [(number, "A2")]


def test_of_two_agreements_in_a_month_each_counts_its_own_days(sqlite_world: World) -> None:
    workshop(sqlite_world)
    request = receive(sqlite_world, on=day("2026-05-14"))
    bring(sqlite_world, request, "dispatch", "start", "finish", on=day("2026-05-15"))
    waiting = receive(sqlite_world, on=day("2026-05-10"))
    dealer = sqlite_world.dealers["D01"]
    old = Agreement(dealer_id=dealer, starts=day("2026-01-01"), ends=day("2026-05-14"))
    new = Agreement(dealer_id=dealer, starts=day("2026-05-15"), ends=None)
    with sqlite_world.acting("lin", on=TODAY):
        first, second = (
            make(LAYOUT, compile_month(agreement, month)) for agreement, month in ((old, MAY), (new, MAY))
        )
    assert numbers(first, "received") == numbers(second, "opening") == [waiting, request]
    assert (first.total.cells["closing"], first.total.cells["repaired"]) == ("2", "0")
    assert (second.total.cells["closing"], second.total.cells["repaired"]) == ("1", "1")


def one(column: str, number: str, on: str = "2026-05-02", value: str = "1") -> Record:
    return Record("EB-48", column, number, day(on), Decimal(value))


def test_a_corrected_figure_that_no_longer_fits_the_records_is_said() -> None:
    records = (
        one("received", "BX-1"),
        one("received", "BX-2"),
        one("in_repair", "BX-1"),
        one("in_repair", "BX-2"),
    )
    compiled = Compiled((Row("EB-48", {"model": "EB-48"}),), records)
    assert LAYOUT.check(make(LAYOUT, compiled)) == []
    corrected = make(LAYOUT, compiled, [Entry("EB-48", "repaired", "1", "0", "漏录一台", "Dana")])
    assert [str(finding.text) for finding in LAYOUT.check(corrected)][:1] == [
        "EB-48: 1 in repair at the end, 2 by the records."
    ]


def test_units_that_have_waited_for_over_thirty_days_are_said(sqlite_world: World) -> None:
    workshop(sqlite_world)
    receive(sqlite_world, on=day("2026-05-31"))
    receive(sqlite_world, on=day("2026-05-30"))
    assert LAYOUT.check(sheet(sqlite_world, MAY)) == []
    (said,) = LAYOUT.check(sheet(sqlite_world, JUNE))
    assert str(said.text) == "Still in repair at the end after more than 30 days: 1"

"""Shipping units by a CSV file, verdicts and all, against reading it and one executemany (performance.md goal 12)."""

import csv
import io

from portal.bench.measure import ROUNDS, Line, timed
from portal.bench.prototype import MODEL, Prototype
from portal.bench.scratch import Driver, Scratch
from portal.catalogue import commands, queries
from portal.spreadsheets.reading import read_rows

INSERT = """
insert into unit (manufacturer_id, dealer_id, point_id, agreement_id, delivery_id, product_id, serial, batch,
    shipped_on, version) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"""


def compare(scratch: Scratch, prototype: Prototype, driver: Driver, *, rows: int) -> Line:
    """A file is read, each row judged, and the good ones shipped, in the background when it is long."""
    maker = prototype.maker
    [owner] = driver.rows(
        "select manufacturer_id, dealer_id, point_id, agreement_id, delivery_id, product_id from unit"
        " where dealer_id = ? order by id limit 1",
        prototype.usual.dealer_id,
    )
    [(code,)] = driver.rows("select code from dealer where id = ?", prototype.usual.dealer_id)
    files = [_file(str(code), letter, rows) for letter in "KLMNOP"[: 2 * ROUNDS]]

    def ship() -> None:
        sheet = read_rows(files.pop(), "units.csv")
        import_id = scratch.give(maker, commands.read_units, "units.csv", sheet)
        scratch.give(maker, commands.save_units, import_id)
        scratch.work("catalogue.ship_units")
        saved = scratch.look(maker, lambda: queries.unit_import(import_id).saved)
        assert saved == rows, f"{saved} of {rows} units were saved"

    def insert() -> None:
        listed = list(csv.reader(io.StringIO(files.pop().decode())))[1:]
        driver.write_many(INSERT, [(*owner, row[2], row[3], row[4]) for row in listed])

    best = {"ship": float("inf"), "insert": float("inf")}
    for _turn in range(ROUNDS):
        best["ship"] = min(best["ship"], timed(ship))
        best["insert"] = min(best["insert"], timed(insert))
    goal = "<= 4 x" if driver.is_sqlite else "<= 12 x of COPY"
    return Line(f"CSV of {rows} units shipped / executemany", best["ship"], best["insert"], goal)


def _file(dealer: str, letter: str, rows: int) -> bytes:
    lines = ["经销商编码,产品型号,序列号,生产批次,发货日期,送货单号"]
    lines += [f"{dealer},{MODEL},{letter}{number:07d},B1,2026-05-18,DN-1" for number in range(rows)]
    return "\n".join(lines).encode()

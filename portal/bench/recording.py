"""Recording a remittance by its command against one bare insert with its commit."""

from decimal import Decimal

from portal.bench.measure import Line, medians
from portal.bench.prototype import Prototype
from portal.bench.scratch import TODAY, Driver, Scratch
from portal.ledger import commands as ledger

#: One row, as the command writes it among its others.
INSERT = """
insert into remittance (manufacturer_id, dealer_id, agreement_id, number, date, amount, bank_ref, is_reversal, reason,
    quarter, actor, at, version)
select manufacturer_id, dealer_id, agreement_id, ?, date, amount, ?, is_reversal, reason, quarter, actor, at, version
from remittance where dealer_id = ? order by id limit 1"""


def compare(scratch: Scratch, prototype: Prototype, driver: Driver, *, calls: int = 25) -> Line:
    """One remittance: agreement and reference judged, number taken, fund locked, share posted, fact recorded."""
    dealer_id = prototype.usual.dealer_id
    assert dealer_id is not None

    def record() -> None:
        scratch.give(
            prototype.maker,
            ledger.record_remittance,
            dealer_id,
            date=TODAY,
            amount=Decimal("1000.00"),
            bank_ref=prototype.reference(),
        )

    def insert() -> None:
        reference = prototype.reference()
        driver.write(INSERT, reference.replace("RX", "RN"), reference, dealer_id)

    found = medians({"command": record, "insert": insert}, calls=calls)
    return Line(
        "remittance recorded / one insert + commit", found["command"], found["insert"], "<= 8 x on PostgreSQL"
    )

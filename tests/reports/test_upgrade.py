"""A month that was handed in as one form, before there were six, after the upgrade (MF-2)."""

import json

import sqlalchemy as sa
from alembic import command

from portal import migrate
from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.app import owner_engine, prepare
from portal.kernel.canonical import content_hash
from portal.kernel.period import Month, Quarter
from portal.reports import queries
from portal.reports.rules import FormState
from tests.people import World
from tests.settlement.story import day

FIGURES = {
    "cards": {"filed": 12, "accepted": 11},
    "parts": {
        "drawn": "1080.00",
        "parts": [{"code": "P-1", "name": "电机", "pieces": 9, "amount": "1080.00"}],
    },
}


def test_it_stays_accepted_with_its_figures_and_hash(world: World, database_url: str) -> None:
    with world.acting("lin"):
        (agreement,) = agreements.of_dealer(world.dealers["D01"])
        party = {"m": agreement.manufacturer_id, "d": agreement.dealer_id, "a": agreement.id}
    frozen = content_hash({"figures": FIGURES, "remarks": ""})
    command.downgrade(migrate.configuration(database_url), "0002")
    engine = owner_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO monthly_form (id, manufacturer_id, dealer_id, agreement_id, number, month, state,"
                " revision, submitted_on, first_submitted_on, prepared_by, decided_by, return_reason, version) VALUES"
                " (1, :m, :d, :a, 'YB-2026-000001', '2026-01', 'accepted', 1, '2026-02-03', '2026-02-03', 'Dana',"
                " 'Mei', '', 1)"
            ),
            party,
        )
        connection.execute(
            sa.text(
                "INSERT INTO form_revision (manufacturer_id, dealer_id, form_id, revision, figures, remarks, hash,"
                " person, at) VALUES (:m, :d, 1, 1, :figures, '', :hash, 'Dana', '2026-02-03 02:00:00')"
            ),
            party | {"figures": json.dumps(FIGURES, ensure_ascii=False), "hash": frozen},
        )
    engine.dispose()
    prepare(database_url)
    with world.acting("lin", on=day("03-05")):
        stands = queries.month_of(agreement, Month(2026, 1), day("03-05"))
        assert stands is not None
        (owed,) = stands.forms
        assert (owed.kind, owed.state, owed.late) == (FormKind.SUMMARY, FormState.ACCEPTED, 0)
        assert queries.of_quarter(agreement, Quarter(2026, 1)).accepted == 1
        (revision,) = queries.revisions(queries.by_number("YB-2026-000001").id)
        sheet = queries.frozen(revision)
        assert [(row.cells["figure"], row.cells["value"]) for row in sheet.rows] == [
            ("cards.filed", "12"),
            ("cards.accepted", "11"),
            ("parts.drawn", "1080.00"),
            ("P-1 电机", "9 · 1080.00"),
        ]
        assert (
            content_hash({"figures": revision.figures["original"], "remarks": ""}) == revision.hash == frozen
        )

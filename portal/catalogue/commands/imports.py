"""Shipping units by a file: verdict on every row first, then the good rows or none (SH-1)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries, steps
from portal.catalogue.models import Delivery, UnitImport
from portal.catalogue.rules import (
    COLUMNS,
    IMPORT,
    SAVED_AT_ONCE,
    STEP,
    ImportAction,
    ImportState,
    as_json,
    cells_of,
    check_rows,
    good,
    group_of,
)
from portal.jobs import steps as jobs
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.rules import Sheet, judge, match
from portal.tenants import queries as tenants

JOB = "catalogue.ship_units"


@command(allow=Permission.UNITS_SHIP, silent=True)
def read_units(actor: Actor, filename: str, sheet: Sheet) -> int:
    """Judge every row of a file of shipped units; nothing is shipped yet. Returns the file's id.

    Raises FileRefused when columns are missing or there are no rows.
    """
    table = match(sheet, COLUMNS)
    verdicts = judge(table, COLUMNS)
    if not verdicts:
        raise RuleBroken("SH-1", T("The file has a header but no rows."), field="file")
    serials = [serial for verdict in verdicts if (serial := verdict.values.get("serial"))]
    verdicts = check_rows(
        verdicts,
        dealers=queries.shippable_dealers(),
        models=queries.shippable_models(),
        known=queries.known_serials(serials),
        today=clock.today(actor.timezone),
    )
    cells = cells_of(table)
    made = UnitImport(
        filename=filename[:120],
        state=ImportState.CHECKED,
        rows=[as_json(verdict, cells[verdict.number]) for verdict in verdicts],
        total=len(verdicts),
        good=sum(verdict.ok for verdict in verdicts),
        skipped=[],
        deliveries={},
        unknown=list(table.unknown),
        person_id=actor.person_id or 0,
        person=actor.name,
        at=clock.now(),
    )
    session().add(made)
    session().flush()
    return made.id


@command(allow=Permission.UNITS_SHIP)
def save_units(actor: Actor, import_id: int, *, seen_version: int | None = None) -> int:
    """Ship the good rows of a file: a small one at once, a large one in the background. Returns how many rows.

    Raises RuleBroken SH-1 when the file has no good row, or was saved or discarded already.
    """
    found = _seen(import_id, seen_version)
    if not found.good:
        raise RuleBroken("SH-1", T("No row of the file can be saved."))
    found.state = IMPORT.advance(found.state, ImportAction.SAVE)
    if found.good <= SAVED_AT_ONCE:
        _save(actor, found, good(found.rows))
        found.state = IMPORT.advance(found.state, ImportAction.FINISH)
    else:
        found.job_id = jobs.ask(actor, JOB, key=f"{JOB}:{found.id}", import_id=found.id)
    record(Tag.UNITS_IMPORTED, actor, found.filename[:60], rows=found.good, file=found.id)
    return found.good


@command(allow=Permission.UNITS_SHIP, silent=True)
def save_next(actor: Actor, import_id: int) -> tuple[int, int]:
    """Ship the next rows of a large file; what was shipped is never shipped again. Returns (done, good)."""
    found = queries.unit_import(import_id)
    if found.state is ImportState.SAVING:
        _save(actor, found, good(found.rows)[found.done : found.done + STEP])
        if found.done >= found.good:
            found.state = IMPORT.advance(found.state, ImportAction.FINISH)
    return found.done, found.good


@command(allow=Permission.UNITS_SHIP, silent=True)
def resume_units(actor: Actor, import_id: int) -> int:
    """Go on saving a large file whose background work has given up. Returns the job's id."""
    found = queries.unit_import(import_id)
    if found.state is not ImportState.SAVING:
        raise RuleBroken("SH-1", T("This file is not being saved."))
    return jobs.ask(actor, JOB, key=f"{JOB}:{found.id}", import_id=found.id)


@command(allow=Permission.UNITS_SHIP, silent=True)
def discard_units(_actor: Actor, import_id: int, *, seen_version: int | None = None) -> None:
    """Save none of a file. Raises RuleBroken SH-1 when it was saved already."""
    found = _seen(import_id, seen_version)
    found.state = IMPORT.advance(found.state, ImportAction.DISCARD)


def _seen(import_id: int, seen_version: int | None) -> UnitImport:
    found = queries.unit_import(import_id)
    if seen_version is not None and found.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    return found


def _save(actor: Actor, found: UnitImport, rows: Sequence[Mapping[str, Any]]) -> None:
    """Ship these rows, except those that somebody else's shipment or change has made impossible since the verdict."""
    fresh, skipped = _still_good(rows)
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in fresh:
        groups[group_of(row)].append(row)
    dealers = {dealer.code: dealer for dealer in tenants.dealers()}
    numbers = dict(found.deliveries)
    shipped: list[tuple[Delivery, list[Mapping[str, Any]]]] = []
    for group, members in groups.items():
        first = members[0]
        if group in numbers:
            delivery = queries.delivery(numbers[group])
        else:
            day = dt.date.fromisoformat(first["shipped_on"])
            delivery = steps.open_delivery(
                actor, dealers[first["dealer"]], shipped_on=day, delivery_note=first["delivery_note"]
            )
        numbers[group] = delivery.number
        shipped.append((delivery, members))
    products = {product.model: product.id for product in queries.products()}
    for delivery, members in shipped:
        steps.load(delivery, [(products[row["model"]], row["serial"], row["batch"]) for row in members])
    found.deliveries, found.done = numbers, found.done + len(rows)
    found.skipped = [*found.skipped, *([row["row"], row["serial"]] for row in skipped)]
    for delivery, members in shipped:
        steps.record_shipment(actor, delivery, len(members))


def _still_good(
    rows: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    known = queries.known_serials(row["serial"] for row in rows)
    dealers, models = queries.shippable_dealers(), queries.shippable_models()
    fresh: list[Mapping[str, Any]] = []
    skipped: list[Mapping[str, Any]] = []
    for row in rows:
        possible = row["serial"] not in known and dealers.get(row["dealer"]) and models.get(row["model"])
        (fresh if possible else skipped).append(row)
    return fresh, skipped

"""每月销售统计表: stock and sales of each model, sub-dealers' included (MF-1).

What is stock, and when a unit comes and goes, stands in `rules.stock`. Live cards sell: those that wait for a decision
and those in force; rejected, withdrawn and void ones do not, and a void card that went on for an exchanged unit takes
the sale of the old one back. A sale counts in the month of its date, whenever its card was filed; a sub-dealer's is
one whose card names a sub-dealer. The units are those that were shipped under the agreement or an earlier one of the
dealer: stock outlives an agreement. Where two of them touch one month, each tells its own days of it.

Units that earlier forms told as sold without a card, and that have got none since, are no opening stock either, so
that a month opens with what the month before closed with; they count in the year's sales. A corrected figure of an
earlier form is not carried on: its records are what has to be put right.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.queries import Succession
from portal.agreements.rules import FormKind, terms_in_force
from portal.catalogue.models import Product, Unit
from portal.catalogue.rules import received_on
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.reports.models import FormEntry, FormRevision, MonthlyForm
from portal.reports.rules import MISSING, Compiled, Record, Row
from portal.reports.rules.stock import Movement, Piece, Sale, Told, movements, without_card
from portal.warranty.models import Card
from portal.warranty.rules import REGISTERED


@dataclass(frozen=True)
class _Facts:
    """Everything that the figures of a month are counted from."""

    month: Month
    ruled: Succession
    movements: Sequence[Movement]
    #: Earlier forms' units without a card, those left that have got none since.
    without_card: Sequence[tuple[Told, int]]


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """One row for each model with any figure in the month or in one that it is compared with."""
    ruled = agreements.succession(agreement)
    moved = movements(_pieces(agreement, ruled), _sales(agreement, ruled))
    sales = defaultdict(list)
    for movement in moved:
        if movement.sale:
            sales[movement.piece.model].append(movement.sale)
    told = [(one, without_card(one, sales[one.model])) for one in _told(agreement, ruled, month)]
    facts = _Facts(month, ruled, moved, told)
    records = tuple(_records(facts))
    before, last_year = _sold_before(facts), _sold_last_year(facts)
    known = {record.row for record in records} | {model for model, count in before.items() if count}
    known |= {model for model, count in last_year.items() if count}
    compares = month + -12 >= Month.of(ruled.began)
    return Compiled(
        rows=tuple(
            Row(
                model,
                {
                    "model": model,
                    "sold_before": str(before.get(model, 0)),
                    "last_year": str(last_year.get(model, 0)) if compares else "",
                },
            )
            for model in sorted(known)
        ),
        records=records,
    )


def _records(facts: _Facts) -> Iterator[Record]:
    first, last = max(facts.month.first, facts.ruled.first), min(facts.month.last, facts.ruled.last)
    opening: dict[str, int] = defaultdict(int)
    for one in facts.movements:
        piece, sale = one.piece, one.sale
        # Nothing of it lies in the month: most units of a dealer are sold long ago.
        if one.came_on > last or (one.went_on is not None and one.went_on < first):
            continue
        column = "opening" if one.came_on < first else "in"
        opening[piece.model] += column == "opening"
        yield Record(piece.model, column, piece.serial, one.came_on, words=piece.batch)
        if one.went_on is None or one.went_on > last:
            continue
        if sale:
            column = "sold_by_points" if sale.by_point else "sold"
            yield Record(piece.model, column, sale.number, sale.sold_on, words=piece.serial)
        else:
            yield Record(piece.model, "returned", piece.serial, one.went_on, words=piece.batch)
    for told, count in facts.without_card:
        gone = min(count, opening[told.model])
        opening[told.model] -= gone
        if gone:
            number = told.form or str(Month.of(told.first))
            yield Record(told.model, "opening", number, told.last, value=Decimal(-gone))


def _sold_before(facts: _Facts) -> Mapping[str, int]:
    """Model → units sold since the beginning of the year, before the month's own days."""
    start = facts.month.first.replace(month=1)
    own = max(facts.month.first, facts.ruled.first)
    found: dict[str, int] = defaultdict(int)
    for one in facts.movements:
        if one.sale and start <= one.sale.sold_on < own:
            found[one.piece.model] += 1
    for told, count in facts.without_card:
        if told.first >= start:
            found[told.model] += count
    return found


def _sold_last_year(facts: _Facts) -> Mapping[str, int]:
    month = facts.month + -12
    found: dict[str, int] = defaultdict(int)
    for one in facts.movements:
        if one.sale and one.sale.sold_on in month:
            found[one.piece.model] += 1
    for told, count in facts.without_card:
        if told.first == month.first:
            found[told.model] += count
    return found


def _pieces(agreement: Agreement, ruled: Succession) -> list[Piece]:
    versions = agreements.versions_of(ruled.ids)
    statement = (
        sa.select(
            Unit.id,
            Unit.serial,
            Product.model,
            Unit.batch,
            Unit.agreement_id,
            Unit.shipped_on,
            Unit.received_on,
            Unit.left_field_on,
            Unit.exchanged_from_id,
        )
        .join(Product, Product.id == Unit.product_id)
        # The dealer is named for its index.
        .where(Unit.dealer_id == agreement.dealer_id, Unit.agreement_id.in_(ruled.ids))
    )
    found = []
    for key, serial, model, batch, under, shipped, confirmed, left, before in session().execute(statement):
        # Terms are looked up only where they decide: reading them for each unit would take most of the time.
        came = confirmed or received_on(
            shipped, None, terms_in_force(versions[under], shipped).deemed_receipt_days
        )
        found.append(Piece(key, serial, model, batch, came, left, before))
    return found


def _sales(agreement: Agreement, ruled: Succession) -> list[Sale]:
    """The filed cards that are live, or whose continuation for an exchanged unit is."""
    statement = (
        sa.select(
            Card.id,
            Card.number,
            Card.unit_id,
            Card.sale_date,
            Card.filed_at,
            Card.point_id,
            Card.dealer_id,
            Card.state,
            Card.inherited_from_id,
        )
        .join(Unit, Unit.id == Card.unit_id)
        .where(
            Card.dealer_id == agreement.dealer_id,
            Unit.agreement_id.in_(ruled.ids),
            sa.or_(Card.state.in_(REGISTERED), Card.inherited_from_id.is_not(None)),
        )
        .order_by(Card.id)
    )
    rows = session().execute(statement).all()
    heirs = {row.inherited_from_id: row for row in rows if row.inherited_from_id is not None}
    found = []
    for row in rows:
        newest = row
        while newest.id in heirs:
            newest = heirs[newest.id]
        if row.inherited_from_id is None and newest.state in REGISTERED:
            by_point = row.point_id != row.dealer_id
            found.append(Sale(row.unit_id, row.number, row.sale_date, by_point, row.filed_at))
    return found


def _told(agreement: Agreement, ruled: Succession, month: Month) -> Iterator[Told]:
    """What the forms before this one told as sold without a card, oldest month first."""
    latest = sa.and_(FormRevision.form_id == MonthlyForm.id, FormRevision.revision == MonthlyForm.revision)
    statement = (
        sa.select(
            MonthlyForm.month, MonthlyForm.number, MonthlyForm.state, FormEntry.row, FormEntry.value, FormRevision.at
        )
        .join(FormEntry, FormEntry.form_id == MonthlyForm.id)
        .outerjoin(FormRevision, latest)
        .where(
            MonthlyForm.agreement_id.in_(ruled.ids),
            MonthlyForm.kind == FormKind.SALES,
            MonthlyForm.month <= month,
            sa.or_(MonthlyForm.month < month, MonthlyForm.agreement_id != agreement.id),
            FormEntry.column == "sold_without_card",
        )
        .order_by(MonthlyForm.month, MonthlyForm.id, FormEntry.row)
    )  # fmt: skip
    for told, number, state, model, value, at in session().execute(statement):
        submitted = None if state in MISSING else at
        yield Told(model, told.first, told.last, int(value), number or "", submitted)

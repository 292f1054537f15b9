"""What time brings to the ledger."""

from portal.agreements import queries as agreements
from portal.jobs.daily import daily
from portal.kernel.actor import Actor
from portal.kernel.clock import today
from portal.ledger import commands, queries
from portal.ledger.rules import sales_quarter


@daily
def grant_sales(actor: Actor) -> None:
    """The share of a year's sales, once the quarter that grants it has begun (ST-1)."""
    waiting = queries.waiting_years()
    spans = {row.id: row.span for row in agreements.by_ids(agreement_id for agreement_id, _year in waiting)}
    now = today(actor.timezone)
    due = {found for found, year in waiting if sales_quarter(year, spans[found]).first <= now}
    for agreement_id in sorted(due):
        commands.grant_sales(actor, agreement_id)

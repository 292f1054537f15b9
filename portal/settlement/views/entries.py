"""Where the settlement shows up elsewhere: the navigation, the home page, numbers that open a page."""

import datetime as dt

from flask import url_for

from portal.kernel.actor import Actor, Side
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement import queries
from portal.settlement.queries import StatementFilter
from portal.settlement.rules import QuarterState, StatementState
from portal.settlement.views.common import quarter_words
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting

#: How many quarters back the home page looks for something to settle or to close.
LOOK_BACK = 4


@nav.add_waiting
def waiting(actor: Actor, today: dt.date) -> list[Waiting]:
    """For the dealer its statements; for finance disputes, runs to review, quarters to settle and to close."""
    if actor.side is Side.DEALER:
        return _to_answer() if actor.may(Permission.STATEMENTS_ANSWER) else []
    found = _disputes() if actor.may(Permission.SETTLEMENT_RUN) else []
    if actor.may(Permission.SETTLEMENT_RUN) or actor.may(Permission.SETTLEMENT_CLOSE):
        for row in queries.quarter_rows(today, most=LOOK_BACK):
            found += _quarter(actor, row)
    return found


def _to_answer() -> list[Waiting]:
    rows = queries.all_statement_rows(StatementFilter(state=StatementState.ISSUED))
    return [
        Waiting(
            T("Statement {number}, {quarter}", number=row.number, quarter=quarter_words(row.quarter)),
            T("Confirm or object"),
            url_for("statements.show", number=row.number),
            due=row.answer_by,
        )
        for row, _dealer in rows
    ]


def _disputes() -> list[Waiting]:
    return [
        Waiting(
            T(
                "Dispute about {number}, {dealer}",
                number=dispute.statement.number,
                dealer=dispute.dealer.name,
            ),
            T("Answer"),
            url_for("statements.show", number=dispute.statement.number, _anchor="thread"),
        )
        for dispute in queries.disputes()
        if dispute.last.side is Side.DEALER
    ]


def _quarter(actor: Actor, row: queries.QuarterRow) -> list[Waiting]:
    url = url_for("settlement.quarter", quarter=str(row.quarter))
    words, due = quarter_words(row.quarter), row.quarter.next.last
    if row.state is QuarterState.TO_SETTLE and actor.may(Permission.SETTLEMENT_RUN):
        return [Waiting(T("{quarter} is over", quarter=words), T("Settle it"), url, due=due)]
    if row.state is QuarterState.TO_REVIEW and actor.may(Permission.SETTLEMENT_RUN):
        return [
            Waiting(T("{quarter}: the run is computed", quarter=words), T("Review and issue"), url, due=due)
        ]
    confirmed = row.statements.get(StatementState.CONFIRMED, 0)
    if confirmed and actor.may(Permission.SETTLEMENT_CLOSE) and not _issued_all(actor, row.quarter):
        text = T("{quarter}: statements confirmed, {count}", quarter=words, count=confirmed)
        return [Waiting(text, T("Close"), url, count=confirmed)]
    return []


def _issued_all(actor: Actor, quarter: Quarter) -> bool:
    """Whether this person may close none of the confirmed ones (FE-1)."""
    closing = queries.closing(quarter, actor.person_id)
    return closing.own > 0


nav.add(
    Item(
        "money",
        T("Settlement"),
        "settlement.index",
        Permission.SETTLEMENT_READ,
        side=Side.MANUFACTURER,
        bottom=3,
        icon="money",
        order=30,
    ),
    Item(
        "money",
        T("Statements"),
        "statements.index",
        Permission.STATEMENTS_READ,
        side=Side.MANUFACTURER,
        order=31,
    ),
    Item(
        "money",
        T("Disputes"),
        "disputes.index",
        Permission.STATEMENTS_READ,
        side=Side.MANUFACTURER,
        count=lambda _actor: queries.statement_counts().get(StatementState.DISPUTED, 0),
        hot=True,
        order=32,
    ),
    Item(
        "money",
        T("Statements"),
        "statements.index",
        Permission.STATEMENTS_READ,
        side=Side.DEALER,
        count=lambda _actor: queries.statement_counts().get(StatementState.ISSUED, 0),
        hot=True,
        bottom=4,
        icon="money",
        order=30,
    ),
)

numbers.add("JR", "settlement.find_run", Permission.SETTLEMENT_READ)
numbers.add("JS", "statements.show", Permission.STATEMENTS_READ)

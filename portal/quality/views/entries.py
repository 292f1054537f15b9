"""Where feedback shows up elsewhere: the navigation, the home page, a unit's page, the search by number (QF-1)."""

import datetime as dt
from typing import Any

from flask import url_for

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.catalogue.queries import UnitSection
from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import queries
from portal.quality.queries import FeedbackFilter
from portal.quality.rules import CLOCKED, WITH_DEALER, FeedbackState
from portal.quality.views.common import state_of
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting


def waiting(who: Actor, today: dt.date) -> list[Waiting]:
    """For the dealer what it has to reply to, for the manufacturer what it owes; overdue ones are hot."""
    if who.side is Side.DEALER:
        return _for_dealer() if who.may(Permission.FEEDBACK_FILE) else []
    found = []
    if who.may(Permission.FEEDBACK_OVERSEE) and (count := queries.count_escalated()):
        _all, due = queries.first_due(CLOCKED)
        text = T("Overdue feedback, escalated to you: {count}", count=count)
        url = url_for("feedback.index", overdue="1")
        found.append(Waiting(text, T("Look"), url, due=due, overdue=True, count=count))
    if who.may(Permission.FEEDBACK_ANSWER):
        found += _to_answer(today)
    if who.may(Permission.FEEDBACK_RELEASE):
        count, due = queries.first_due([FeedbackState.TO_RELEASE])
        if due is not None:
            text = T("Answers to major feedback wait for release: {count}", count=count)
            url = url_for("feedback.index", tab="release")
            found.append(Waiting(text, T("Release"), url, due=due, overdue=due < today, count=count))
    return found


def _to_answer(today: dt.date) -> list[Waiting]:
    found = []
    for state, words, verb, tab in (
        (FeedbackState.SUBMITTED, _to_take_on, T("Take on"), "take_on"),
        (FeedbackState.IN_WORK, _in_work, T("Answer"), "work"),
    ):
        count, due = queries.first_due([state])
        if due is not None:
            url = url_for("feedback.index", tab=tab)
            found.append(Waiting(words(count), verb, url, due=due, overdue=due < today, count=count))
    if count := queries.count_feedback(FeedbackFilter(states=(FeedbackState.CLOSING,))):
        text = T("Feedback that the dealer holds for done: {count}", count=count)
        found.append(Waiting(text, T("Confirm"), url_for("feedback.index", tab="confirm"), count=count))
    return found


def _to_take_on(count: int) -> T:
    return T("Feedback to take on: {count}", count=count)


def _in_work(count: int) -> T:
    return T("Feedback to answer: {count}", count=count)


def _for_dealer() -> list[Waiting]:
    found = []
    for row in queries.of_dealer(WITH_DEALER):
        if row.state is FeedbackState.ASKED:
            text = T("Feedback {number}: the manufacturer asks for more", number=row.number)
            verb = T("Add what is missing")
        else:
            text, verb = T("Feedback {number} is answered", number=row.number), T("Agree or reply")
        found.append(Waiting(text, verb, url_for("feedback.show", number=row.number)))
    return found


def to_do(who: Actor) -> int:
    """How many feedbacks wait for the reader's side."""
    if who.side is Side.DEALER:
        return queries.count_feedback(FeedbackFilter(states=tuple(WITH_DEALER)))
    if not who.may(Permission.FEEDBACK_ANSWER):
        return 0
    return queries.count_feedback(FeedbackFilter(states=tuple(CLOCKED)))


def unit_section(who: Actor, unit: Unit) -> dict[str, Any] | None:
    """On a unit's page: the feedback about it that the reader may see, and the way to a new one."""
    if not who.may(Permission.FEEDBACK_READ):
        return None
    rows = queries.about_unit(unit.serial)
    may_file = who.side is Side.DEALER and who.may(Permission.FEEDBACK_FILE)
    if not rows and not may_file:
        return None
    return {"rows": rows, "serial": unit.serial, "may_file": may_file, "state_of": state_of}


def register() -> None:
    """Put feedback into the navigation, on the home page, on units' pages and into the search."""
    catalogue.add_unit_section(
        UnitSection(T("Quality feedback"), "feedback/_unit_section.html", unit_section, order=35)
    )
    numbers.add("XF", "feedback.show", Permission.FEEDBACK_READ)
    nav.add_waiting(waiting)
    read, title = Permission.FEEDBACK_READ, T("Quality feedback")
    nav.add(
        Item("service", title, "feedback.index", read, Side.DEALER, to_do, hot=True, order=45),
        Item(
            "todo",
            title,
            "feedback.index",
            read,
            Side.MANUFACTURER,
            to_do,
            hot=True,
            bottom=6,
            short=T("Feedback"),
            order=45,
        ),
    )

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
    wanted = (Permission.FEEDBACK_OVERSEE, Permission.FEEDBACK_ANSWER, Permission.FEEDBACK_RELEASE)
    return _for_maker(who, today) if any(map(who.may, wanted)) else []


def _for_maker(who: Actor, today: dt.date) -> list[Waiting]:
    """From one look at how things stand."""
    found, states = [], queries.standing()
    owed = [states[state] for state in states if state in CLOCKED]
    if who.may(Permission.FEEDBACK_OVERSEE) and (count := sum(one.escalated for one in owed)):
        due = min(one.due for one in owed if one.due is not None)
        text = T("Overdue feedback, escalated to you: {count}", count=count)
        url = url_for("feedback.index", overdue="1")
        found.append(Waiting(text, T("Look"), url, due=due, overdue=True, count=count))
    desks = (
        (FeedbackState.SUBMITTED, Permission.FEEDBACK_ANSWER, _to_take_on, T("Take on"), "take_on"),
        (FeedbackState.IN_WORK, Permission.FEEDBACK_ANSWER, _in_work, T("Answer"), "work"),
        (FeedbackState.TO_RELEASE, Permission.FEEDBACK_RELEASE, _to_release, T("Release"), "release"),
        (FeedbackState.CLOSING, Permission.FEEDBACK_ANSWER, _to_confirm, T("Confirm"), "confirm"),
    )
    for state, right, words, verb, tab in desks:
        one = states.get(state)
        if one is not None and who.may(right):
            # What waits to be closed has been answered: no day is due.
            due_on = one.due if state in CLOCKED else None
            late = due_on is not None and due_on < today
            url = url_for("feedback.index", tab=tab)
            found.append(Waiting(words(one.count), verb, url, due=due_on, overdue=late, count=one.count))
    return found


def _to_take_on(count: int) -> T:
    return T("Feedback to take on: {count}", count=count)


def _in_work(count: int) -> T:
    return T("Feedback to answer: {count}", count=count)


def _to_release(count: int) -> T:
    return T("Answers to major feedback wait for release: {count}", count=count)


def _to_confirm(count: int) -> T:
    return T("Feedback that the dealer holds for done: {count}", count=count)


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

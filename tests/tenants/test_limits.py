"""Limits hold whoever counts: threads and processes share the database."""

import datetime as dt
import threading

import pytest
from flask import Flask

from portal.kernel import clock
from portal.web import limits

MINUTES = dt.timedelta(minutes=5)
NOW = dt.datetime(2026, 5, 20, 2, tzinfo=dt.UTC)


def test_exactly_the_allowed_tries_pass_of_many_at_once(app: Flask) -> None:
    passed: list[bool] = []
    gate = threading.Barrier(24)

    def attempt() -> None:
        gate.wait()
        with clock.fixed(NOW), app.app_context():
            try:
                limits.take("sign-in", "dana", limit=10, window=MINUTES)
                passed.append(True)
            except limits.TooMany:
                passed.append(False)

    threads = [threading.Thread(target=attempt) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (passed.count(True), passed.count(False)) == (10, 14)


def test_the_window_ends_and_others_are_not_held_up(app: Flask) -> None:
    for _try in range(10):
        with clock.fixed(NOW), app.app_context():
            limits.take("sign-in", "dana", limit=10, window=MINUTES)
    with clock.fixed(NOW), app.app_context(), pytest.raises(limits.TooMany):
        limits.take("sign-in", "dana", limit=10, window=MINUTES)
    with clock.fixed(NOW), app.app_context():
        limits.take("sign-in", "tom", limit=10, window=MINUTES)
    with clock.fixed(NOW + MINUTES + dt.timedelta(seconds=1)), app.app_context():
        limits.take("sign-in", "dana", limit=10, window=MINUTES)

"""Printing statements against the way in which WeasyPrint is used at first (pdf.md 8, G1).

The naive document says the same with the same amounts: a string of HTML with its own `<style>`, the machine's Chinese
face, tables that lay themselves out. Ours also tags the PDF, attaches its data and proves the archive variant.
"""

import io
import statistics
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import jinja2
import pikepdf

from portal.agreements import queries as agreements
from portal.bench.measure import Line, timed
from portal.bench.prototype import SETTLED, Prototype
from portal.bench.scratch import TODAY, Scratch
from portal.documents import render, rules
from portal.kernel.actor import Actor
from portal.settlement import queries, sheet
from portal.settlement.models import Statement

TEMPLATE = "documents/statement.html"
CODE = "7F3A91C2D0B64KXQ8M2T"


def compare(scratch: Scratch, prototype: Prototype, *, documents: int = 9) -> list[Line]:
    """Processor time of one document, the median of `documents`, each one new, in turns with the naive."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
    environment.globals.update(money=render.money, qr=render.qr, rules=rules)
    naive = environment.get_template("naive.html")
    lines = []
    numbers = count(1)
    for what, dealer in (("short", prototype.usual), ("long", prototype.busy)):
        view = scratch.look(prototype.maker, lambda dealer=dealer: _view(dealer))  # type: ignore[misc]
        ours: list[float] = []
        floor: list[float] = []
        pages = (_pages(render.render(TEMPLATE, view)), _pages(_naive(naive, view)))
        for _ in range(documents):
            one = replace(view, number=f"JS-2026-{next(numbers):06d}", proof=None).proven(
                CODE, "https://example.test"
            )
            ours.append(timed(lambda one=one: render.render(TEMPLATE, one), time.process_time))  # type: ignore[misc]
            floor.append(timed(lambda one=one: _naive(naive, one), time.process_time))  # type: ignore[misc]
        note = (
            f"{pages[0]} pages (naive: {pages[1]}), {statistics.median(ours) * 1000:.0f} ms of processor time;"
            f" {statistics.median(floor) / statistics.median(ours):.2f} times as fast"
        )
        lines.append(
            Line(
                f"a {what} statement printed / naive WeasyPrint",
                statistics.median(ours),
                statistics.median(floor),
                "<= 0.55 x",
                note=note,
            )
        )
    return lines


def _view(dealer: Actor) -> rules.StatementView:
    """What a statement of the dealer would print if it were issued today."""
    assert dealer.dealer_id is not None
    agreement = agreements.in_force(dealer.dealer_id)
    statement = Statement(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        number="JS-2026-000001",
        quarter=SETTLED,
        revision=1,
        issued_on=TODAY,
        answer_by=None,
        dispute_reason="",
    )
    result = queries.result(agreement, SETTLED)
    view = sheet.build(agreement, statement, result, [], prepared="何静", checked="周敏")
    return view.proven(CODE, "https://example.test")


def _naive(template: jinja2.Template, view: rules.StatementView) -> bytes:
    from weasyprint import HTML

    pdf: bytes = HTML(string=template.render(view=view)).write_pdf()
    return pdf


def _pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)

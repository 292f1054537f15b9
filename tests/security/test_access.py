"""The table of routes, called for real: every route × every persona × own, sibling's, foreign and missing objects.

Three questions, three answers: nobody signed in 303 to the sign-in, a tenant that isn't yours or an object that isn't
yours 404, a verb that isn't yours 403. What is refused changes nothing, no page changes anything, and nobody's mark
stands in an answer to somebody who may not read it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import url_for
from werkzeug.test import TestResponse

from portal.documents import render
from tests.people import TODAY
from tests.security.matrix import ROWS, Row
from tests.security.stage import DEALERS, MARKS, PERSONAS, Persona, Stage
from tests.security.submits import submit

POINT = {
    "service",
    "service_step",
    "service_card",
    "loaner",
    "planned_visit",
    "card",
    "returned_card",
    "photo",
    "delivery",
    "unit",
    "card_draft",
    "upload",
    "card_file",
    "extension",
    "return",
    "return_photo",
    "asked_return",
    "approved_return",
    "received_return",
    "return_unit",
    "basket",
    "basket_unit",
    "stocktake",
    "repair",
    "repair_draft",
    "repair_photo",
    "repair_signature",
    "claim",
    "claim_words",
    "feedback",
    "feedback_photo",
    "feedback_draft",
    "taken_feedback",
    "written_feedback",
    "answered_feedback",
    "closing_feedback",
}
MAKER = {
    "quarantined",
    "batch",
    "calendar_day",
    "product",
    "fault_code",
    "component",
    "part",
    "fee",
    "run",
    "run_number",
    "run_dealer",
    "print",
    "remittance_file",
    "figure_file",
    "unit_import",
}
#: Kinds of which a manufacturer sees each dealer's.
DEALER = {
    "adjustment",
    "cancelled_fee",
    "fee_proposal",
    "figure",
    "handover",
    "prepared_write_off",
    "write_off",
    "old_batch",
    "arrived_batch",
    "request",
    "approved_request",
    "shipment",
    "answered_difference",
    "bought_request",
    "difference",
    "difference_photo",
    "parts_month",
    "dealer_month",
    "received_shipment",
    "remittance",
    "entry",
    "form",
    "statement",
    "pdf",
    "agreement",
}
#: Kinds that are the same for everybody, with a value that is nobody's.
CONSTANT = {
    "quarter": ({"quarter": "2026Q1"}, {"quarter": "1800Q9"}),
    "year": ({"year": 2026}, {"year": 1999}),
    "year_figure": ({"year": 2026, "figure": "parts_requests"}, {"year": 2026, "figure": "nothing"}),
    "month": ({"month": "2026-04"}, {"month": "1800-13"}),
    "month_form": ({"month": "2026-04", "kind": "sales"}, {"month": "2026-04", "kind": "nothing"}),
    "figure_kind": ({"kind": "sales"}, {"kind": "nothing"}),
    "account": ({"quarter": "2026Q1", "account": "fund"}, {"quarter": "2026Q1", "account": "nothing"}),
}
#: What stands on every answer.
HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Cache-Control",
    "Vary",
)
MISSING: dict[str, Any] = {
    "agreement": "XY-2026-999999",
    "month": "2026-04",
    "number": "ZZ-2026-999999",
    "shipment": "FH-2026-999999",
    "code": "NOPE",
    "model": "NOPE",
    "serial": "NOPE",
    "dealer": "NOPE",
    "act": "nothing",
    "quarter": "2026Q1",
    "part": 99,
    "revision": 99,
}


@pytest.fixture(scope="module", autouse=True)
def _printed_once() -> Iterator[None]:
    """What a print says is tested elsewhere: here each text is printed once, whoever asks for it."""
    write, printed = render.Engine._write, dict[str, bytes]()

    def once(engine: render.Engine, html: str, *more: Any) -> bytes:
        if html not in printed:
            printed[html] = write(engine, html, *more)
        return printed[html]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render.Engine, "_write", once)
        yield


def parties(row: Row, persona: Persona) -> dict[str, str | None]:
    """Whose objects to try: own, sibling's, foreign."""
    foreign = "X01" if persona.tenant == "MF" else "D01"
    if row.kind in MAKER:
        return {"own": persona.tenant, "foreign": "OM" if persona.tenant == "MF" else "MF"}
    if row.kind == "upload" and not persona.dealer:
        # What waits for its form is its sender's alone: the dealers' too are not the manufacturer's to see.
        dealer, maker = ("D01", "OM") if persona.tenant == "MF" else ("X01", "MF")
        return {"own": persona.tenant, "dealer's": dealer, "foreign": maker}
    if row.kind in POINT | DEALER:
        own = persona.point if row.kind in POINT and persona.point else persona.dealer
        if not persona.dealer:
            return {"own": {"MF": "D01", "OM": "X01"}.get(persona.tenant), "foreign": foreign}
        sibling = "D01" if persona.point or own == "D02" else "D02"
        return {"own": own, "sibling": sibling if persona.tenant == "MF" else None, "foreign": foreign}
    if row.kind == "member":
        sibling = {"MF": "D01", "D01": "D02", "D01S": "D01", "D02": "D01", "IM": "D02"}.get(
            persona.organisation
        )
        return {
            "own": persona.organisation,
            "sibling": sibling,
            "foreign": "OM" if persona.tenant == "MF" else "D01",
        }
    if row.kind == "dealer":
        return {"own": {"MF": "D01", "OM": "X01"}.get(persona.tenant), "foreign": foreign}
    if row.kind == "plan":
        own = persona.dealer or persona.tenant
        foreign = "OM" if persona.tenant == "MF" else "MF"
        return {"own": own, "sibling": "D02" if own == "D01" else "D01", "foreign": foreign}
    if row.kind == "tenant":
        return {"own": "MF"}
    if row.kind == "tenant_member":
        return {"own": "MF", "foreign": "another's"}
    return {}


def addresses(stage: Stage, row: Row, persona: Persona) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what is tried, values of the address) for a route and a persona."""
    if not row.kind:
        yield "own", {}
        return
    if row.kind in CONSTANT:
        own, missing = CONSTANT[row.kind]
        yield "own", own
        yield "missing", missing
        return
    if row.kind in ("token", "code"):
        yield "missing", {row.kind: "A" * 20}
        return
    objects = stage.objects[row.kind]
    tried = {what: objects.get(party or "") for what, party in parties(row, persona).items()}
    own = tried.get("own")
    for what, values in tried.items():
        # The same number may be another object at another tenant: then it is the own one.
        if values is not None and (what == "own" or values != own):
            yield what, values
            if (
                what != "own"
                and own is not None
                and len(values) > 1
                and set(values) != {"number", "revision"}
            ):
                last = list(values)[-1]
                if values[last] != own[last]:
                    yield f"{what} in own", {**own, last: values[last]}
    sample = next(iter(objects.values()))
    yield "missing", {name: MISSING.get(name, 999_999_999) for name in sample}


def cells(stage: Stage, row: Row) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Every cell of a route: (persona, what is tried, values of the address, another's tenant to try it at)."""
    for name, persona in PERSONAS.items():
        for what, values in addresses(stage, row, persona):
            yield name, what, values, ""
            if what == "own" and in_tenant(row) and persona.letter not in "pn":
                yield (
                    name,
                    what,
                    values,
                    "IM" if persona.who == "rival" else "MF" if persona.tenant == "OM" else "OM",
                )


def in_tenant(row: Row) -> bool:
    """Whether the route lies below a tenant's prefix."""
    return row.who not in ("in", "public", "p")


def expected(row: Row, persona: Persona, what: str, method: str) -> frozenset[int]:
    """The statuses that this cell may answer with."""
    if row.who == "public":
        return row.own or frozenset({200, 303, 404, 422})
    if persona.letter == "-":
        return frozenset({303})
    if row.who == "in":
        return row.own or frozenset({200, 303, 404, 422})
    if in_tenant(row) and persona.letter in "pn":
        return frozenset({404})
    if persona.letter not in row.who:
        return frozenset({403})
    if what != "own":
        return row.elsewhere
    # Somebody who has no dealers yet may find nothing to look at.
    nothing = {404} if persona.tenant == "IM" else set()
    return (row.own or frozenset({200} if method == "GET" else {200, 204, 303, 409, 422})) | nothing


class Caller:
    """Calls cells and collects what is wrong."""

    def __init__(self, stage: Stage, row: Row) -> None:
        self.stage, self.row = stage, row
        rule = next(r for r in stage.app.url_map.iter_rules() if r.endpoint == row.endpoint)
        self.method = "POST" if "POST" in (rule.methods or ()) else "GET"
        assert ("tenant" in rule.arguments) == in_tenant(row)
        self.problems: list[str] = []
        #: What those who may were answered on objects of their own.
        self.answers: dict[int, TestResponse] = {}

    def cell(self, name: str, what: str, values: dict[str, Any], tenant: str = "") -> None:
        """One persona on one object."""
        persona = PERSONAS[name]
        before = self.stage.content()
        answer = self._call(name, values, tenant or persona.tenant)
        changed = self.stage.content() != before
        wanted = expected(self.row, persona, what, self.method)
        if tenant:
            wanted = frozenset({303} if persona.letter == "-" else {404})
        here = f"{self.method} {answer.request.path} as {name}, {what}{' at ' + tenant if tenant else ''}"
        if answer.status_code not in wanted:
            self.problems.append(f"{here}: {answer.status_code}, expected {sorted(wanted)} {why(answer)}")
        if wanted == {303} and persona.letter == "-" and "/sign-in" not in answer.location:
            self.problems.append(f"{here}: sent to {answer.location}")
        if changed and not self.row.leaves and (self.method == "GET" or answer.status_code >= 400):
            self.problems.append(f"{here}: answered {answer.status_code} and changed something")
        if missing := [header for header in HEADERS if header not in answer.headers]:
            self.problems.append(f"{here}: has no {missing}")
        if answer.status_code == 200 or self.method == "POST":
            self._marks(here, answer, persona, tenant)
        if (
            what == "own"
            and not tenant
            and (persona.letter in self.row.who or self.row.who in ("in", "public"))
        ):
            self.answers[answer.status_code] = answer
        if changed:
            self.stage.restore()

    def _call(self, name: str, values: dict[str, Any], tenant: str) -> TestResponse:
        values = {**values, **({"verb": "accept"} if self.row.verb else {})}
        with self.stage.app.test_request_context():
            prefix = {"tenant": tenant} if in_tenant(self.row) else {}
            url = url_for(self.row.endpoint, **values, **prefix)
        with self.stage.world.at(TODAY):
            client = self.stage.client(name)
            sent = submit(self.stage, self.row.endpoint, self.method, name, values)
            return client.open(url, method=self.method, **sent)

    def _marks(self, here: str, answer: TestResponse, persona: Persona, tenant: str) -> None:
        allowed = set() if tenant else persona.marks
        body = answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else ""
        leaked = [party for party, word in MARKS.items() if party not in allowed and word in body]
        if leaked:
            self.problems.append(f"{here}: shows the mark of {leaked}")


def why(answer: TestResponse) -> str:
    """What an unexpected answer says."""
    if answer.mimetype != "text/html":
        return ""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    spots = page.select(".errsum, .err, .alert") or page.select("main")
    return " ".join(spot.get_text(" ", strip=True) for spot in spots)[:200]


def test_the_table_names_every_route_and_no_other(stage: Stage) -> None:
    routes = {rule.endpoint for rule in stage.app.url_map.iter_rules()} - {"static"}
    assert sorted(routes - ROWS.keys()) == []
    assert sorted(ROWS.keys() - routes) == []


def test_every_kind_of_object_is_there(stage: Stage) -> None:
    kinds = {row.kind for row in ROWS.values() if row.kind} - CONSTANT.keys() - {"token", "code"}
    assert kinds <= stage.objects.keys()
    assert kinds <= POINT | MAKER | DEALER | {"member", "dealer", "plan", "tenant", "tenant_member"}
    assert set(DEALERS) <= stage.objects["card"].keys()


def test_there_are_enough_cells(stage: Stage) -> None:
    assert sum(1 for row in ROWS.values() for _ in cells(stage, row)) >= 5000


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_who_may_what_on_what(stage: Stage, row: Row) -> None:
    caller = Caller(stage, row)
    for name, what, values, tenant in cells(stage, row):
        caller.cell(name, what, values, tenant)
    assert caller.problems == [], "\n".join(caller.problems)
    right = {200} if caller.method == "GET" else {200, 204, 303}
    if not row.own and row.kind not in ("token", "code"):
        assert caller.answers.keys() & right, (
            f"nobody got through: {[(code, why(answer)) for code, answer in caller.answers.items()]}"
        )

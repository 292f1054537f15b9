"""Facts read as sentences, in both languages, with what changed."""

import datetime as dt

from portal.agreements import commands as agreements
from portal.audit import queries, rules
from portal.audit.tags import Tag
from portal.kernel import i18n
from tests.people import World


def test_the_timeline_of_a_document_reads_newest_first(world: World) -> None:
    with world.acting("mei"):
        lines = queries.timeline_view(world.agreements["D01"])
    assert [line.text for line in lines] == ["协议生效", "起草协议，自 2026-01-01 起"]
    assert [line.tone for line in lines] == ["ok", "info"]


def test_a_dealer_reads_its_own_documents_history_and_nobody_elses(world: World) -> None:
    with world.acting("dana"):
        assert len(queries.timeline_view(world.agreements["D01"])) == 2
        assert queries.timeline_view(world.agreements["D02"]) == []


def test_a_remark_and_a_change_are_told_apart() -> None:
    data = {"reason": "坏了", "before": {"roles": ["owner"]}, "after": {"roles": ["service"]}, "name": "Tom"}
    assert rules.changes(data) == [("roles", ["owner"], ["service"]), ("name", None, "Tom")]


def test_a_value_that_was_not_recorded_shows_as_a_dash() -> None:
    with i18n.use_language("en"):
        assert queries.sentence(Tag.FUND_ADJUSTED, {}) == "Repair fund adjusted by —"


def test_the_chain_holds_and_its_head_is_the_last_fact(world: World) -> None:
    with world.acting("mei") as mei:
        agreements.version_terms(
            mei,
            world.agreements["D01"],
            starts=dt.date(2026, 7, 1),
            terms={"bases": [{"kind": "remittance_share", "rate": "3%"}]},
            reason="年度调整",
        )
    with world.acting("mei"):
        assert queries.first_break() is None
        seq, digest = queries.head()
        last = queries.timeline(world.agreements["D01"])[-1]
        assert (last.seq, last.hash) == (seq, digest)
        assert queries.timeline_view(world.agreements["D01"])[0].note == "年度调整"

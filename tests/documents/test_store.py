"""Issued documents are kept for good, for both parties alone; their codes tell the public nothing else."""

import datetime as dt
import hashlib

import pytest
import sqlalchemy as sa

from portal.documents import queries, steps
from portal.documents.models import PrintFile, StoredDocument, Verification
from portal.documents.queries import Verified
from portal.documents.rules import CODE_ALPHABET, CODE_LENGTH, Outcome, StatementView
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.permissions import Permission
from portal.kernel.scope import OutOfScope
from tests.documents.sheets import D, adjustments, proven, statement
from tests.people import TODAY, World


@command(allow=Permission.HOME, silent=True)
def store(
    _actor: Actor, dealer_id: int, pdf: bytes, *, number: str = "JS-2026-000057", revision: int = 1
) -> int:
    return steps.store(
        kind="statement",
        number=number,
        revision=revision,
        dealer_id=dealer_id,
        pdf=pdf,
        render_key=f"{number}{revision}",
    ).id


@command(allow=Permission.HOME, silent=True)
def publish(_actor: Actor, view: StatementView, pdf: bytes) -> None:
    steps.publish(view, pdf)


@command(allow=Permission.HOME, silent=True)
def store_print_file(_actor: Actor, pdf: bytes, part: int = 1, parts: int = 1) -> int:
    return steps.store_print_file(subject="RUN-2026-000001", part=part, parts=parts, documents=2, pdf=pdf).id


def count(model: type[object]) -> int:
    return session().scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_stored_document_is_found_again_with_its_bytes_and_hash(world: World) -> None:
    with world.acting("fei") as actor:
        number = store(actor, world.dealers["D01"], b"%PDF 1")
        found = queries.get(number)
        assert (found.content, found.size) == (b"%PDF 1", 6)
        assert found.sha256 == hashlib.sha256(b"%PDF 1").hexdigest()
        assert found.file_name == "JS-2026-000057-1.pdf"
        assert queries.find("statement", "JS-2026-000057", 1) is found
        assert queries.by_render_key(["JS-2026-0000571", "unknown"]) == {"JS-2026-0000571": found}


def test_storing_the_same_again_changes_nothing_and_other_bytes_are_refused(world: World) -> None:
    with world.acting("fei") as actor:
        first = store(actor, world.dealers["D01"], b"%PDF 1")
        assert store(actor, world.dealers["D01"], b"%PDF 1") == first
        with pytest.raises(Conflict, match="JS-2026-000057 was issued already"):
            store(actor, world.dealers["D01"], b"%PDF 2")
        assert queries.get(first).content == b"%PDF 1"
        assert count(StoredDocument) == 1
        store(actor, world.dealers["D01"], b"%PDF 2", revision=2)
        assert count(StoredDocument) == 2


def test_both_parties_read_it_and_nobody_else(world: World) -> None:
    with world.acting("fei") as actor:
        number = store(actor, world.dealers["D01"], b"%PDF 1")
    with world.acting("dana"):
        assert queries.get(number).content == b"%PDF 1"
    for stranger in ("rival", "otto", "sub"):
        with world.acting(stranger):
            with pytest.raises(NotFound):
                queries.get(number)
            with pytest.raises(NotFound):
                queries.find("statement", "JS-2026-000057", 1)
            assert queries.by_render_key(["JS-2026-0000571"]) == {}


def test_a_stored_document_cannot_be_changed(world: World) -> None:
    @command(allow=Permission.HOME, silent=True)
    def tamper(_actor: Actor, document_id: int) -> None:
        queries.get(document_id).content = b"other"

    with world.acting("fei") as actor:
        number = store(actor, world.dealers["D01"], b"%PDF 1")
        with pytest.raises(OutOfScope):
            tamper(actor, number)
    with world.acting("fei"):
        assert queries.get(number).content == b"%PDF 1"


def test_a_print_file_is_the_printers_alone_and_the_newest_one_counts(world: World) -> None:
    with world.acting("fei") as actor:
        store_print_file(actor, b"%PDF old", 1, 2)
        second = store_print_file(actor, b"%PDF second", 2, 2)
    with world.acting("fei", on=TODAY + dt.timedelta(days=1)) as actor:
        newest = store_print_file(actor, b"%PDF new", 1, 2)
        assert store_print_file(actor, b"%PDF new", 1, 2) == newest
        assert [file.id for file in queries.print_files("RUN-2026-000001")] == [newest, second]
        assert count(PrintFile) == 3
    with world.acting("dana"):
        assert queries.print_files("RUN-2026-000001") == []


def test_a_code_tells_number_parties_amounts_and_whether_it_counts(world: World) -> None:
    view = proven(statement())
    with world.acting("fei") as actor:
        publish(actor, view, b"%PDF 1")
        publish(actor, view, b"%PDF 1")
        assert count(Verification) == 1
    with world.app.app_context():
        assert queries.verified(" 7f3a-91c2-dOb6-4kxq-8m2t") == Verified(
            number="JS-2026-000057",
            manufacturer="星犁机械股份有限公司",
            dealer="临沂众邦工具有限公司",
            currency="CNY",
            amounts=((Outcome.CARRIED, D("14097.51")),),
            superseded=False,
        )
        assert queries.verified("7F3A-91C2-D0B6-4KXQ-8M2V") is None
        assert queries.verified("not a code") is None


def test_a_new_revision_supersedes_the_one_before_and_nothing_else(world: World) -> None:
    first, other = proven(statement()), statement(number="JS-2026-000058").proven("1" * 20, "https://x")
    second = statement(adjusted=adjustments(2), revision=2).proven("2" * 20, "https://x")
    with world.acting("fei") as actor:
        for view in (first, other, second):
            publish(actor, view, b"%PDF")
    foreign = statement().proven("3" * 20, "https://x")
    with world.acting("otto") as actor:
        publish(actor, foreign, b"%PDF")
    with world.app.app_context():
        state = {}
        for view in (first, other, second, foreign):
            assert view.proof is not None
            found = queries.verified(view.proof.code)
            assert found is not None
            state[view.proof.code[:1]] = found.superseded
        assert state == {"7": True, "1": False, "2": False, "3": False}


def test_a_trial_print_is_not_published(world: World) -> None:
    with world.acting("fei") as actor:
        with pytest.raises(ValueError, match="no code"):
            publish(actor, statement(), b"%PDF")
        assert count(Verification) == 0


def test_codes_are_long_and_never_the_same() -> None:
    codes = {steps.new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET) for code in codes)

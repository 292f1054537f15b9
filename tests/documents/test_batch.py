"""Many documents at once, and the merged print file."""

import hashlib
import io

import pikepdf
import pytest

from portal.documents.batch import Failed, Order, Printed, merge, render_many
from portal.documents.render import render, render_key
from tests.documents import pdfs
from tests.documents.sheets import STATEMENT, draws, proven, statement

VIEWS = {n: proven(statement(drawn=draws(n * 20), number=f"JS-2026-{n:06d}")) for n in range(1, 5)}


def test_many_documents_are_the_same_as_one_by_one_and_a_broken_one_stops_nobody() -> None:
    orders = [Order(n, STATEMENT, view) for n, view in VIEWS.items()]
    orders.insert(1, Order(99, "documents/missing.html", VIEWS[1]))
    results = {result.id: result for result in render_many(orders, workers=2)}
    assert set(results) == {1, 2, 3, 4, 99}
    broken = results.pop(99)
    assert isinstance(broken, Failed)
    assert "missing.html" in broken.reason
    for n, result in results.items():
        assert isinstance(result, Printed)
        assert result.pdf == render(STATEMENT, VIEWS[n])
        assert result.sha256 == hashlib.sha256(result.pdf).hexdigest()
        assert result.key == render_key(STATEMENT, VIEWS[n])


def test_the_print_file_keeps_the_given_order_and_has_a_bookmark_for_each_document() -> None:
    documents = [(f"JS-2026-{n:06d}", render(STATEMENT, VIEWS[n])) for n in (3, 1, 2)]
    joined = merge(documents)
    texts = pdfs.pages(joined)
    counts = [len(pdfs.pages(pdf)) for _, pdf in documents]
    assert len(texts) == sum(counts)
    starts = [0, counts[0], counts[0] + counts[1]]
    for start, (number, _) in zip(starts, documents, strict=True):
        assert number in texts[start]
        assert "第 1 页" in texts[start]
    with pikepdf.open(io.BytesIO(joined)) as opened, opened.open_outline() as outline:
        assert [item.title for item in outline.root] == [number for number, _ in documents]
    assert pdfs.faces(joined) == {"Portal-Sans", "Portal-Sans-Bold"}


def test_the_print_file_is_the_same_bytes_each_time() -> None:
    documents = [(str(n), render(STATEMENT, VIEWS[n])) for n in (1, 2)]
    assert merge(documents) == merge(documents)


def test_nothing_to_print_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        merge([])

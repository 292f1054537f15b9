"""Reading issued documents and the public register."""

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.documents.models import PrintFile, StoredDocument, Verification
from portal.documents.rules import Outcome, normalise_code
from portal.kernel.db import session
from portal.kernel.errors import NotFound


def get(document_id: int) -> StoredDocument:
    """A document of this scope. Raises NotFound."""
    document = session().get(StoredDocument, document_id)
    if document is None:
        raise NotFound
    return document


def find(kind: str, number: str, revision: int) -> StoredDocument:
    """The document of that kind, number and revision. Raises NotFound."""
    document = (
        session()
        .scalars(
            sa.select(StoredDocument).where(
                StoredDocument.kind == kind,
                StoredDocument.number == number,
                StoredDocument.revision == revision,
            )
        )
        .one_or_none()
    )
    if document is None:
        raise NotFound
    return document


def by_render_key(keys: list[str]) -> dict[str, StoredDocument]:
    """Which of these renderings are stored already, without their bytes: they need no second printing."""
    found: dict[str, StoredDocument] = {}
    for start in range(0, len(keys), 500):
        rows = session().scalars(
            sa.select(StoredDocument).where(StoredDocument.render_key.in_(keys[start : start + 500]))
        )
        found.update({row.render_key: row for row in rows})
    return found


def print_files(subject: str) -> list[PrintFile]:
    """The print files of a run in their order, the newest print only, without their bytes."""
    files = list(
        session().scalars(
            sa.select(PrintFile)
            .where(PrintFile.subject == subject)
            .order_by(PrintFile.made_at, PrintFile.part)
        )
    )
    newest = {file.part: file for file in files}
    count = files[-1].parts if files else 0
    return [newest[part] for part in range(1, count + 1) if part in newest]


@dataclass(frozen=True, slots=True)
class Verified:
    """All that the public page tells: number, parties, amounts, valid or superseded."""

    number: str
    manufacturer: str
    dealer: str
    currency: str
    amounts: tuple[tuple[Outcome, Decimal], ...]
    superseded: bool


def verified(code: str) -> Verified | None:
    """The document behind a typed or scanned code; None when there is none. Needs no scope."""
    plain = normalise_code(code)
    row = session().get(Verification, plain) if plain else None
    if row is None:
        return None
    return Verified(
        row.number,
        row.manufacturer,
        row.dealer,
        row.currency,
        tuple((Outcome(outcome), Decimal(amount)) for outcome, amount in row.amounts),
        row.superseded,
    )

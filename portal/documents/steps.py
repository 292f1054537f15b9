"""Issuing: storing what was printed, and publishing what its verification code may tell."""

import datetime as dt
import hashlib
import secrets

import sqlalchemy as sa

from portal.documents import rules
from portal.documents.models import PrintFile, StoredDocument, Verification
from portal.kernel import clock
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import Conflict
from portal.kernel.text import T

PDF = "application/pdf"


def new_code() -> str:
    """A verification code of 100 random bits. Draw it once, before printing; keep it with the document."""
    return "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))


@step
def store(
    *, kind: str, number: str, revision: int, dealer_id: int, pdf: bytes, render_key: str
) -> StoredDocument:
    """Keep the bytes of a document for good.

    Storing the same bytes again returns what is there; other bytes under the same number and revision raise
    Conflict: what was issued is never replaced.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    known = (
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
    if known is not None:
        if known.sha256 != sha256:
            raise Conflict(T("{number} was issued already, with other content.", number=number))
        return known
    document = StoredDocument(
        dealer_id=dealer_id,
        kind=kind,
        number=number,
        revision=revision,
        media_type=PDF,
        size=len(pdf),
        sha256=sha256,
        render_key=render_key,
        issued_at=clock.now(),
        content=pdf,
    )
    session().add(document)
    session().flush()
    return document


@step
def publish(view: rules.StatementView, pdf: bytes) -> None:
    """Let the code of an issued statement be verified; its earlier revisions are superseded from now on.

    Raises ValueError for a view without proof. Publishing the same again changes nothing.
    """
    if view.proof is None:
        raise ValueError("a trial print has no code")
    db_session = session()
    manufacturer_id = db_session.scope.manufacturer_id
    if db_session.get(Verification, view.proof.code) is not None:
        return
    db_session.execute(
        sa.update(Verification)
        .where(Verification.manufacturer_id == manufacturer_id, Verification.number == view.number)
        .values(superseded=True)
    )
    db_session.add(
        Verification(
            code=view.proof.code,
            manufacturer_id=manufacturer_id,
            number=view.number,
            revision=view.revision,
            manufacturer=view.manufacturer.name,
            dealer=view.dealer.name,
            currency=view.currency,
            amounts=[[row.outcome.value, format(row.amount, "f")] for row in rules.outcomes(view)],
            sha256=hashlib.sha256(pdf).hexdigest(),
            issued_on=dt.date.fromisoformat(view.issued_on),
        )
    )
    db_session.flush()


@step
def store_print_file(*, subject: str, part: int, parts: int, documents: int, pdf: bytes) -> PrintFile:
    """Keep a merged print file for the acting party; the same file again returns what is there."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    known = (
        session()
        .scalars(
            sa.select(PrintFile).where(
                PrintFile.subject == subject, PrintFile.part == part, PrintFile.sha256 == sha256
            )
        )
        .one_or_none()
    )
    if known is not None:
        return known
    file = PrintFile(
        subject=subject,
        part=part,
        parts=parts,
        documents=documents,
        size=len(pdf),
        sha256=sha256,
        made_at=clock.now(),
        content=pdf,
    )
    session().add(file)
    session().flush()
    return file

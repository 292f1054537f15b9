"""What a write-off notice prints (ST-10): read when it is opened, always the same once it is issued."""

from portal.agreements import queries as agreements
from portal.documents import rules as documents
from portal.documents.rules import Bilingual
from portal.kernel.period import Quarter
from portal.ledger import queries as ledger
from portal.settlement import queries
from portal.settlement.models import WriteOff
from portal.tenants import queries as tenants

TITLE = Bilingual("三包费用核销通知单", "Claims Write-off Notice")
_COPIES = (
    Bilingual("第一联　厂方财务", "Copy 1: manufacturer's finance"),
    Bilingual("第二联　经销商", "Copy 2: dealer"),
)


def build(notice: WriteOff) -> documents.WriteOffView:
    """The complete view of a notice."""
    agreement = agreements.by_id(notice.agreement_id)
    issued = str(notice.issued_on or "")
    manufacturer = tenants.manufacturer()
    return documents.WriteOffView(
        title=TITLE,
        number=notice.number,
        issuer=manufacturer.name,
        issued_on=issued or str(notice.prepared_on),
        currency=agreements.terms_for(agreement.id, Quarter.of(notice.prepared_on)).currency,
        copies=_COPIES,
        roles=(
            documents.Role(Bilingual("制单", "Prepared"), notice.preparer, str(notice.prepared_on)),
            documents.Role(Bilingual("审核", "Checked"), notice.issuer, issued),
            documents.Role(Bilingual("批准", "Approved")),
        ),
        manufacturer=documents.Party.of(manufacturer),
        dealer=documents.Party.of(tenants.dealer_by_id(notice.dealer_id)),
        agreement=agreement.number,
        amount=notice.amount,
        note=notice.note,
        is_issued=notice.issued_on is not None,
        confirmed=f"{notice.answerer} {notice.answered_on}"
        if notice.answered_on and not notice.objection
        else "",
        lines=tuple(
            documents.WriteOffRow(
                date=str(line.date),
                document=line.document,
                serial=ledger.entry(line.entry_id).memo,
                quarter=str(line.quarter),
                amount=line.amount,
            )
            for line in queries.write_off_lines(notice.id)
        ),
    )

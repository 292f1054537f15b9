"""What every printed document is fed with: frozen values of strings and numbers, never rows.

A view says what is printed; how it looks belongs to the template. The canonical JSON of a view is what is
attached to its PDF (ST-8), and the SHA-256 of exactly these bytes is what the document prints as the hash of
its data (ST-3): whoever holds the file can take the attachment out and compare.
"""

import dataclasses
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Self

from portal.kernel import canonical


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Words that are printed in Chinese with the English next to them or below."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One of the two parties as the document's head names it. What is unknown is an empty string."""

    name: str
    tax_number: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    #: Masked: the first and last four digits at most (PII-1).
    account: str = ""
    contact: str = ""

    @classmethod
    def of(cls, row: Any, *, bank: bool = True) -> Self:
        """From the row of a manufacturer or dealer as it stands now, with its account (masked) if money is paid."""
        return cls(
            name=row.name,
            tax_number=row.tax_number,
            address=row.address,
            phone=row.phone,
            bank=row.bank if bank else "",
            account=mask_account(row.bank_account) if bank else "",
            contact=row.contact,
        )


@dataclass(frozen=True, slots=True)
class Role:
    """A person who answers for the document: 制表 / 审核 / 批准, with the date of the act."""

    title: Bilingual
    name: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What makes a printed document checkable: the code behind its QR, and the hash of its data."""

    #: Normalised, see `normalise_code`; printed in groups of four.
    code: str
    #: Absolute address of the public page that the QR opens.
    url: str
    data_sha256: str

    @property
    def printed_code(self) -> str:
        return grouped(self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """The part that all documents share. `proof` is None for a trial print, which is marked as one."""

    title: Bilingual
    number: str
    revision: int = 1
    #: Who issues it: printed at the head of every page.
    issuer: str
    #: ISO date of the issue (of the trial, for a trial print).
    issued_on: str
    currency: str = "CNY"
    #: 联次: one name per printed copy, with its number: 第一联　厂方财务.
    copies: tuple[Bilingual, ...] = ()
    roles: tuple[Role, ...] = ()
    proof: Proof | None = None

    @property
    def unit(self) -> Bilingual:
        """What amounts are counted in, for the headings of money tables."""
        return Bilingual("元" if self.currency == "CNY" else self.currency, self.currency)

    @property
    def currency_sign(self) -> str:
        return "¥" if self.currency == "CNY" else f"{self.currency} "

    def proven(self, code: str, base_url: str) -> Self:
        """This view with its proof: the code, the address that the QR opens, the hash of the data."""
        proof = Proof(code, f"{base_url.rstrip('/')}/v/{code}", data_sha256(self))
        return dataclasses.replace(self, proof=proof)


def canonical_json(view: DocumentView) -> bytes:
    """The data of a view without its proof: sorted keys, money as strings with two places, UTF-8.

    The same data gives the same bytes in any process and on any machine.
    """
    data = {name: value for name, value in dataclasses.asdict(view).items() if name != "proof"}
    return canonical.canonical_json(data).encode()


def data_sha256(view: DocumentView) -> str:
    """Hexadecimal SHA-256 of `canonical_json(view)`."""
    return hashlib.sha256(canonical_json(view)).hexdigest()


#: Digits and capital letters without those that are mistaken for others (I L O U).
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20
_CODE = re.compile(f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def normalise_code(text: str) -> str | None:
    """The verification code that was typed or scanned; None when it can't be one.

    Case, spaces and hyphens don't matter, nor O for 0 and I or L for 1.
    """
    plain = unicodedata.normalize("NFKC", text[:80]).upper()
    plain = re.sub(r"[\s\-–—]", "", plain).translate(_MISREAD)
    return plain if _CODE.fullmatch(plain) else None


def grouped(code: str) -> str:
    """`"7F3A91C2…"` → `"7F3A-91C2-…"`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def mask_account(account: str) -> str:
    """`"1607020209000010001"` → `"1607 **** **** 0001"`; a short number shows its last two digits only."""
    digits = "".join(account.split())
    if len(digits) < 12:
        return "****" + digits[-2:] if digits else ""
    return f"{digits[:4]} **** **** {digits[-4:]}"

"""What the papers of this module print: the box list and the tags of old parts (PT-9), the count sheet (PT-8)."""

from dataclasses import dataclass
from decimal import Decimal

from portal.documents.rules import Bilingual, DocumentView, Party, capital_amount

BOX_LIST = Bilingual("旧件返件单", "Old parts return slip")
TAGS = Bilingual("旧件标签", "Old part tags")
COUNT_SHEET = Bilingual("配件库存盘点表", "Parts stock count sheet")
REQUEST_SHEET = Bilingual("维修配件备料单", "Parts request")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxLine:
    """One line of a box list."""

    place: int
    code: str
    name: str
    #: Whose page shows why it is owed.
    document: str
    since: str
    due: str
    pieces: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxList(DocumentView):
    """The list that goes into the box; the warehouse writes what it found into the empty columns."""

    dealer: str
    dealer_code: str
    boxes: int
    carrier: str
    waybill: str
    note: str
    lines: tuple[BoxLine, ...]

    @property
    def pieces(self) -> int:
        """Pieces altogether."""
        return sum(line.pieces for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What is tied to one piece; `text` stands in its code and is what the warehouse scans."""

    text: str
    code: str
    name: str
    document: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSheet(DocumentView):
    """Tags to be cut out."""

    dealer: str
    tags: tuple[Tag, ...]

    @property
    def rows(self) -> tuple[tuple[Tag | None, ...], ...]:
        """Three tags a row; the last row is filled up with none."""
        padded = [*self.tags, *([None] * (-len(self.tags) % 3))]
        return tuple(tuple(padded[start : start + 3]) for start in range(0, len(padded), 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One part to be counted."""

    place: int
    code: str
    name: str
    unit: str
    book: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSheet(DocumentView):
    """The sheet with which somebody goes along the shelves."""

    dealer: str
    dealer_code: str
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, slots=True)
class RequestCopy:
    """One of the three copies; the warehouse's shows no money."""

    title: Bilingual
    money: bool


#: 联次: who keeps which copy of a parts request.
REQUEST_COPIES = (
    RequestCopy(Bilingual("第一联　厂方仓库", "Copy 1: warehouse"), money=False),
    RequestCopy(Bilingual("第二联　财务", "Copy 2: finance"), money=True),
    RequestCopy(Bilingual("第三联　经销商", "Copy 3: dealer"), money=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One line of a parts request; what is supplied, a substitute in the place of what was asked for."""

    code: str
    name: str
    #: The models that the part is made for; empty: all.
    fits: str
    unit: str
    asked: int
    #: None until it is decided.
    approved: int | None
    shipped: int
    price: Decimal
    #: What it costs the fund, as approved, before the decision as asked.
    amount: Decimal
    #: Numbers of the shipments that carry it.
    documents: tuple[str, ...]
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSheet(DocumentView):
    """维修配件备料单, in three copies (ux.md 8): what was asked, decided, shipped, and how far the quota covered it."""

    dealer: Party
    dealer_code: str
    agreement: str
    state: Bilingual
    purpose: Bilingual
    purpose_note: str
    shipping: Bilingual
    surcharge: Decimal
    filed_on: str
    needed_by: str
    #: The quota when it was filed, what the request took of it, what the dealer consented to beyond it.
    before: Decimal
    covered: Decimal
    excess: Decimal
    rows: tuple[RequestRow, ...]
    decided: bool
    amount: Decimal
    #: What its bought parts are paid for, outside the quota; None: nothing is bought.
    bought: Decimal | None
    #: Days in which short or damaged pieces are reported (PT-7).
    days: int
    #: Absolute address of the request's page, which the QR opens.
    url: str

    @property
    def printed_copies(self) -> tuple[RequestCopy, ...]:
        """The copies in their order, with what each shows."""
        return REQUEST_COPIES

    @property
    def after(self) -> Decimal:
        """The quota that the request left."""
        return self.before - self.covered

    @property
    def capitals(self) -> str:
        """The amount in capitals; empty in another currency than CNY."""
        return capital_amount(self.amount) if self.currency == "CNY" else ""

    @property
    def pieces(self) -> tuple[int, int, int]:
        """Pieces asked for, approved and shipped altogether."""
        return (
            sum(row.asked for row in self.rows),
            sum(row.approved or 0 for row in self.rows),
            sum(row.shipped for row in self.rows),
        )


def tag_text(number: str, place: int, piece: int) -> str:
    """`OP-2026-000001/3/2`: the second piece of the third line of a batch."""
    return f"{number}/{place}/{piece}"

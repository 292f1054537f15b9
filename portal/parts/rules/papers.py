"""What the papers of this module print: the box list and the tags of old parts (PT-9), the count sheet (PT-8)."""

from dataclasses import dataclass

from portal.documents.rules import Bilingual, DocumentView

BOX_LIST = Bilingual("旧件返件单", "Old parts return slip")
TAGS = Bilingual("旧件标签", "Old part tags")
COUNT_SHEET = Bilingual("配件库存盘点表", "Parts stock count sheet")


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


def tag_text(number: str, place: int, piece: int) -> str:
    """`OP-2026-000001/3/2`: the second piece of the third line of a batch."""
    return f"{number}/{place}/{piece}"

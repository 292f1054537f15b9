"""What the sheet of a feedback prints (信息反馈单): one page with its answer, the talk, the photos."""

from dataclasses import dataclass

from portal.documents.rules import Bilingual, DocumentView, Party

FEEDBACK_SHEET = Bilingual("信息反馈单", "Field feedback report")
#: Photos that a sheet shows; the page shows all.
MOST_PHOTOS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBlock:
    """The manufacturer's last answer. What was not said is an empty string."""

    cause: str
    corrective: str
    department: str
    complete_on: str
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBlock:
    """The service report of a major one."""

    found: str
    cause: str
    corrective: str
    units: int
    verification: str
    done_on: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRow:
    """One contribution of either side."""

    round: int
    on: str
    side: Bilingual
    kind: Bilingual
    person: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoBlock:
    """A photo: its hash, by which the template asks for it, and what it shows."""

    name: str
    title: Bilingual
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSheetView(DocumentView):
    """信息反馈单: what the dealer found, what the manufacturer answered, who stands for it."""

    dealer: Party
    dealer_code: str
    state: Bilingual
    major: bool
    model: str
    product: str
    #: Empty when it is not about one unit, or not about one batch.
    serial: str
    batch: str
    found_on: str
    filed_on: str
    #: Days from the finding to the filing.
    late: int
    #: Time in use in words; empty: not said.
    used: Bilingual
    units: int
    place: str
    conditions: str
    phenomenon: str
    measures: str
    judgement: str
    suggestion: str
    part: str
    repair_number: str
    in_charge: str
    taken_on: str
    round: int
    answer: AnswerBlock | None
    report: ReportBlock | None
    talk: tuple[TalkRow, ...]
    photos: tuple[PhotoBlock, ...]
    closed_on: str
    #: Absolute address of the feedback's page, which the QR opens.
    url: str

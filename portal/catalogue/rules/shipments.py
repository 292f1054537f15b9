"""Files of shipped units: their columns, and the verdict on every row before anything is saved (SH-1)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from portal.catalogue.rules.goods import LONGEST, check_shipment, normalise_serial
from portal.kernel.errors import RuleBroken
from portal.kernel.text import T
from portal.kernel.transitions import Transitions
from portal.spreadsheets.rules import CellProblem, Column, Problem, RowVerdict, Table, day, text

#: More rows than these are saved in the background.
SAVED_AT_ONCE = 2_000
#: Rows that one transaction of the background work saves.
STEP = 500


class ImportState(StrEnum):
    """Where a file of units is."""

    #: Every row has its verdict; nothing is saved.
    CHECKED = "checked"
    #: The good rows are being saved in the background.
    SAVING = "saving"
    SAVED = "saved"
    #: None of it was saved.
    DISCARDED = "discarded"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return {"checked": "info", "saving": "info", "saved": "ok"}.get(self.value, "mute")


class ImportAction(StrEnum):
    SAVE = "save"
    FINISH = "finish"
    DISCARD = "discard"


IMPORT = Transitions[ImportState, ImportAction](
    "SH-1",
    {
        (ImportState.CHECKED, ImportAction.SAVE): ImportState.SAVING,
        (ImportState.SAVING, ImportAction.FINISH): ImportState.SAVED,
        (ImportState.CHECKED, ImportAction.DISCARD): ImportState.DISCARDED,
    },
)


def _serial(cell: str) -> str:
    try:
        return normalise_serial(text(LONGEST)(cell))
    except RuleBroken as error:
        raise CellProblem(error.text) from None


def _upper(cell: str) -> str:
    return text(LONGEST)(cell).upper()


DEALER = Column(
    "dealer", T("Dealer code"), _upper, ("经销商编码", "经销商代码", "经销商", "經銷商編號", "Dealer")
)
MODEL = Column("model", T("Model"), _upper, ("产品型号", "型号", "產品型號", "型號"))
SERIAL = Column("serial", T("Serial number"), _serial, ("序列号", "整机编号", "机号", "序號", "Serial"))
BATCH = Column("batch", T("Batch"), text(LONGEST), ("生产批次", "批次", "生產批次", "Lot"), needed=False)
SHIPPED_ON = Column("shipped_on", T("Ship date"), day, ("发货日期", "出厂日期", "出貨日期", "Date"))
NOTE = Column("delivery_note", T("Delivery note"), text(60), ("送货单号", "送货单", "送貨單號"), needed=False)
#: The columns of a file of units, in the order of the template.
COLUMNS = (DEALER, MODEL, SERIAL, BATCH, SHIPPED_ON, NOTE)


def check_rows(
    verdicts: Iterable[RowVerdict],
    *,
    dealers: Mapping[str, bool],
    models: Mapping[str, bool],
    known: Collection[str],
    today: dt.date,
) -> list[RowVerdict]:
    """What SH-1 says about each row, added to what its cells say.

    `dealers`: code → whether there is an active agreement; `models`: model → whether it is still shipped; `known`:
    the serials among the rows that were shipped before.
    """
    first: dict[str, int] = {}
    return [_checked(verdict, dealers, models, known, today, first) for verdict in verdicts]


def _checked(
    verdict: RowVerdict,
    dealers: Mapping[str, bool],
    models: Mapping[str, bool],
    known: Collection[str],
    today: dt.date,
    first: dict[str, int],
) -> RowVerdict:
    dealer, model = verdict.values.get("dealer"), verdict.values.get("model")
    serial, shipped_on = verdict.values.get("serial"), verdict.values.get("shipped_on")
    if dealer is not None and not dealers.get(dealer):
        known_dealer = dealer in dealers
        reason = (
            T("There is no active agreement with this dealer.")
            if known_dealer
            else T("There is no such dealer.")
        )
        verdict = verdict.refuse(reason, DEALER)
    if model is not None and not models.get(model):
        sold = model in models
        reason = (
            T("Model {model} is not shipped any more.", model=model) if sold else T("There is no such model.")
        )
        verdict = verdict.refuse(reason, MODEL)
    if serial is None:
        return verdict
    row = first.setdefault(serial, verdict.number)
    if row != verdict.number:
        verdict = verdict.refuse(T("It stands in row {row} already.", row=row), SERIAL)
    for finding in check_shipment(serial, known=serial in known, shipped_on=shipped_on or today, today=today):
        verdict = verdict.refuse(finding.text, SERIAL if finding.field == "serial" else SHIPPED_ON)
    return verdict


def as_json(verdict: RowVerdict, cells: Mapping[str, str]) -> dict[str, Any]:
    """A verdict as it is stored: plain values, or the cell as it was typed; each problem as column and sentence."""
    values = ((column.key, verdict.values.get(column.key)) for column in COLUMNS)
    plain = {key: cells.get(key, "") if value is None else str(value) for key, value in values}
    problems = [
        [
            problem.column.msgid if problem.column else None,
            problem.text.msgid,
            {name: str(value) for name, value in problem.text.params.items()},
        ]
        for problem in verdict.problems
    ]
    return {**plain, "row": verdict.number, "problems": problems}


def cells_of(table: Table) -> dict[int, dict[str, str]]:
    """Row → column → the text of the cell."""
    return {
        row.number: {key: row.cells[place] for key, place in table.places.items() if place < len(row.cells)}
        for row in table.rows
    }


def problems_of(row: Mapping[str, Any]) -> list[Problem]:
    """The problems of a stored row, ready to be translated."""
    return [
        Problem(row["row"], T(column) if column else None, T(msgid, **params))
        for column, msgid, params in row["problems"]
    ]


def group_of(row: Mapping[str, Any]) -> str:
    """What rows of one delivery have in common: dealer, ship date and delivery note."""
    return "|".join((row["dealer"], row["shipped_on"], row["delivery_note"]))


def good(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows that can be saved."""
    return [row for row in rows if not row["problems"]]

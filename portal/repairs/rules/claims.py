"""Warranty claims (RP-7): which repairs raise one, states, what is asked and granted on each line, what that moves.

Asked 50.00 labour and 25.00 on site; granted 40.00 and 25.00: partly approved, 65.00 of 75.00, and the cut line has
a coded reason. After an objection another person decides anew; what was granted before is never taken away by it, and
only the difference moves.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portal.agreements.rules import BaseKind, Bearer, Claims, CostClass, CostColumn, Terms
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO, total
from portal.kernel.period import last_day_within
from portal.kernel.text import T
from portal.kernel.transitions import Transitions


class ClaimState(StrEnum):
    """RP-7."""

    #: Waits for the reviewer; after an objection again.
    SUBMITTED = "submitted"
    #: Waits for the dealer to answer.
    NEEDS_INFO = "needs_info"
    #: Every line as asked.
    APPROVED = "approved"
    #: At least one line less than asked.
    PARTLY_APPROVED = "partly_approved"
    REJECTED = "rejected"
    #: Clean and small enough by the terms: as asked, without a person.
    AUTO_APPROVED = "auto_approved"
    #: Its record was taken back, or is no longer one that is claimed.
    WITHDRAWN = "withdrawn"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return _TONES[self]


_TONES = {
    ClaimState.SUBMITTED: "info",
    ClaimState.NEEDS_INFO: "warn",
    ClaimState.APPROVED: "ok",
    ClaimState.PARTLY_APPROVED: "warn",
    ClaimState.REJECTED: "bad",
    ClaimState.AUTO_APPROVED: "ok",
    ClaimState.WITHDRAWN: "mute",
}


class ClaimAction(StrEnum):
    """What is done to a claim; the first three by the manufacturer, the others by the dealer."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    ANSWER = "answer"
    OBJECT = "object"


#: Approving leads to the state that follows from the lines; the table holds the furthest one.
CLAIM = Transitions[ClaimState, ClaimAction](
    "RP-6",
    {
        (ClaimState.SUBMITTED, ClaimAction.APPROVE): ClaimState.APPROVED,
        (ClaimState.SUBMITTED, ClaimAction.REJECT): ClaimState.REJECTED,
        (ClaimState.SUBMITTED, ClaimAction.RETURN): ClaimState.NEEDS_INFO,
        (ClaimState.SUBMITTED, ClaimAction.ANSWER): ClaimState.SUBMITTED,
        (ClaimState.NEEDS_INFO, ClaimAction.ANSWER): ClaimState.SUBMITTED,
        (ClaimState.NEEDS_INFO, ClaimAction.REJECT): ClaimState.REJECTED,
        (ClaimState.PARTLY_APPROVED, ClaimAction.OBJECT): ClaimState.SUBMITTED,
        (ClaimState.REJECTED, ClaimAction.OBJECT): ClaimState.SUBMITTED,
    },
)

#: Claims that somebody still has to do something about; they hold a settlement (ST-4).
OPEN_CLAIMS = frozenset({ClaimState.SUBMITTED, ClaimState.NEEDS_INFO})
#: Claims that keep the same fault of the same unit from being claimed again.
LIVE_CLAIMS = frozenset(ClaimState) - {ClaimState.REJECTED, ClaimState.WITHDRAWN}
#: Classes that a repair is claimed in.
_COVERED = frozenset({CostClass.IN_WARRANTY, CostClass.DOA})


def raises_claim(cost_class: CostClass, *, paid: bool = False) -> bool:
    """Whether a repair becomes a claim: covered, and not `paid` by the customer (category A).

    A repair under contract or of the dealer's own stock is claimed too: the unit is covered, whoever owns it.
    """
    return cost_class in _COVERED and not paid


class ClaimReason(StrEnum):
    """Why less is granted than asked, or more is asked for: the twelve coded reasons (ux.md 9)."""

    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    UNCLEAR_PHOTO = "unclear_photo"
    SERIAL_MISMATCH = "serial_mismatch"
    NOT_OUR_PRODUCT = "not_our_product"
    UNAUTHORISED_REPAIR = "unauthorised_repair"
    MISUSE = "misuse"
    FEE_ABOVE_SCHEDULE = "fee_above_schedule"
    PART_NOT_RETURNED = "part_not_returned"
    NO_FAULT_FOUND = "no_fault_found"
    SUBMITTED_LATE = "submitted_late"


#: What the dealer can do about each reason.
CLAIM_CURES: Mapping[ClaimReason, T] = MappingProxyType(
    {
        ClaimReason.DUPLICATE: T("The same fault of this unit is claimed already; one claim is enough."),
        ClaimReason.EXPIRED: T("The warranty had ended; the customer pays by the fee standard."),
        ClaimReason.INSUFFICIENT_INFORMATION: T("Add what is missing and answer the claim."),
        ClaimReason.UNCLEAR_PHOTO: T("Photograph plate and damage again, sharp and in full."),
        ClaimReason.SERIAL_MISMATCH: T("Compare the serial with the plate and correct the record."),
        ClaimReason.NOT_OUR_PRODUCT: T("Only units of this manufacturer can be claimed here."),
        ClaimReason.UNAUTHORISED_REPAIR: T("Work by people without authority is not paid for."),
        ClaimReason.MISUSE: T("The user caused the fault; the customer pays by the fee standard."),
        ClaimReason.FEE_ABOVE_SCHEDULE: T("Claim by the fee standard of the day of the repair."),
        ClaimReason.PART_NOT_RETURNED: T("Send the old part back; then object with its list."),
        ClaimReason.NO_FAULT_FOUND: T("Describe the fault and how it was found, with a photo."),
        ClaimReason.SUBMITTED_LATE: T("File repairs as soon as they are done."),
    }
)


class LineKind(StrEnum):
    """What a line of a claim asks for."""

    LABOUR = "labour"
    ONSITE = "onsite"
    PART = "part"


#: Which column of the cost matrix says who bears a line (EN-12).
COLUMN_OF: Mapping[LineKind, CostColumn] = MappingProxyType(
    {
        LineKind.LABOUR: CostColumn.LABOUR,
        LineKind.ONSITE: CostColumn.LABOUR,
        LineKind.PART: CostColumn.PARTS,
    }
)


@dataclass(frozen=True)
class AskedLine:
    """One line as it was asked; `key` is `labour`, `onsite`, or the code of a part."""

    key: str
    kind: LineKind
    asked: Decimal
    bearer: Bearer
    pieces: int = 1

    @property
    def name(self) -> LineKind | str:
        """What it is called: a part by its code, everything else by its kind."""
        return self.key if self.kind is LineKind.PART else self.kind


def asked_lines(
    labour: Decimal,
    onsite: Decimal,
    parts: Mapping[str, tuple[int, Decimal]],
    cost_class: CostClass,
    terms: Terms,
) -> tuple[AskedLine, ...]:
    """The lines of a claim: labour and going on site where something is asked, each part with pieces and amount."""

    def line(key: str, kind: LineKind, amount: Decimal, pieces: int = 1) -> AskedLine:
        return AskedLine(key, kind, amount, terms.bearer(cost_class, COLUMN_OF[kind]), pieces)

    work = [line("labour", LineKind.LABOUR, labour), line("onsite", LineKind.ONSITE, onsite)]
    fitted = [line(code, LineKind.PART, amount, pieces) for code, (pieces, amount) in parts.items()]
    return (*(found for found in work if found.asked), *fitted)


def paid(kinds: Iterable[tuple[LineKind, Decimal]]) -> Decimal:
    """What is paid in money: labour and on-site; parts are paid in kind, out of the dealer's stock."""
    return total(amount for kind, amount in kinds if kind is not LineKind.PART)


Granted = Mapping[str, Decimal]


def decide_lines(
    lines: Sequence[AskedLine],
    decision: ClaimAction,
    wanted: Granted | None,
    *,
    before: Granted | None = None,
) -> dict[str, Decimal]:
    """What a decision grants on each line (FD-3). `wanted` names what is not granted as asked.

    Asked 50.00, wanted 40.00: 40.00; wanted 60.00: RuleBroken RP-7. `before`: what was granted when an objection
    reopened the claim; less than that on any line is RuleBroken RP-7, an objection never costs the dealer anything.
    """
    named = dict(wanted or {})
    granted = {}
    for line in lines:
        amount = ZERO if decision is ClaimAction.REJECT else named.pop(line.key, line.asked)
        if not ZERO <= amount <= line.asked:
            raise RuleBroken(
                "RP-7",
                T(
                    "{line}: {amount} can't be granted, {asked} was asked.",
                    line=line.name,
                    amount=amount,
                    asked=line.asked,
                ),
                field=line.key,
            )
        if before is not None and amount < before.get(line.key, ZERO):
            raise RuleBroken(
                "RP-7",
                T("{line}: {before} was granted before the objection; it is not taken away.",
                  line=line.name, before=before[line.key]),
                field=line.key,
            )  # fmt: skip
        granted[line.key] = amount
    for key, amount in named.items():
        if decision is not ClaimAction.REJECT and amount != 0:
            raise RuleBroken("RP-7", T("Nothing was asked for {line}.", line=key), field=key)
    return granted


def outcome(
    state: ClaimState, decision: ClaimAction, lines: Sequence[AskedLine], granted: Granted
) -> ClaimState:
    """The state after a decision, which follows from the lines. Raises RuleBroken RP-6."""
    state = CLAIM.advance(state, decision)
    cut = any(granted[line.key] < line.asked for line in lines)
    return ClaimState.PARTLY_APPROVED if state is ClaimState.APPROVED and cut else state


@dataclass(frozen=True)
class Said:
    """Why a decision was made, as the dealer reads it: for the claim, and for single lines."""

    reason: ClaimReason | None = None
    text: str = ""
    lines: Mapping[str, ClaimReason] = field(default_factory=dict)

    def of(self, key: str) -> ClaimReason | None:
        """The coded reason of a line: its own, else that of the whole claim."""
        return self.lines.get(key) or self.reason


def check_said(
    decision: ClaimAction, said: Said, lines: Sequence[AskedLine], granted: Granted, *, overrides: bool
) -> None:
    """RP-7, FD-2: a rejection, a return and each cut line need a coded reason; a return needs words too.

    `overrides`: an approval goes over a check that needs a person, which needs words. Raises RuleBroken with field.
    """
    if decision is not ClaimAction.APPROVE and said.reason is None:
        raise RuleBroken("RP-7", T("Choose a reason; the dealer reads it."), field="reason")
    if decision is ClaimAction.RETURN and not said.text.strip():
        raise RuleBroken("RP-7", T("Say in words what is missing; the dealer reads it."), field="text")
    if decision is not ClaimAction.APPROVE:
        return
    for line in lines:
        if granted[line.key] < line.asked and said.of(line.key) is None:
            raise RuleBroken(
                "RP-7",
                T("{line}: choose a reason for granting less than asked.", line=line.name),
                field="reason",
            )
    if overrides and not said.text.strip():
        raise RuleBroken(
            "FD-2", T("A check is not in order; say why the claim is approved all the same."), field="text"
        )


def may_object(
    state: ClaimState, *, decided_on: dt.date, days: int, today: dt.date, objected: bool
) -> T | None:
    """Why the dealer can't object any more; None: it can. Once, within `days` of the decision, last day included."""
    if objected:
        return T("The claim was objected to already; the second decision is final.")
    if ClaimAction.OBJECT not in CLAIM.actions(state):
        return T("Only a claim that was cut or rejected can be objected to.")
    last = last_day_within(decided_on, days)
    if today > last:
        return T("The objection was possible through {day}.", day=last)
    return None


def approves_itself(asked: Decimal, terms: Terms, *, clean: bool) -> bool:
    """Whether a claim needs no person: every check is clean and what is asked is within the term's limit (0: off)."""
    return clean and terms.claim_auto_limit > ZERO and asked <= terms.claim_auto_limit


def left_out(state: ClaimState, *, clean: bool, own: bool) -> T | None:
    """Why a bulk approval doesn't take a claim; None: it takes it. `own`: the person filed or decided it (FE-1)."""
    if own:
        return T("You filed or decided it yourself; another person decides it.")
    if ClaimAction.APPROVE not in CLAIM.actions(state):
        return T("It is {state} meanwhile.", state=state)
    return None if clean else T("A check is not clean; open it before you approve it.")


@dataclass(frozen=True)
class Movement:
    """What an approval posts: a grant on a base of the terms, or (no base) a draw of the fund."""

    #: Unique within the claim's decision.
    name: str
    basis: BaseKind | None
    amount: Decimal


def movements(
    terms: Terms,
    *,
    free: bool,
    onsite_asked: bool,
    granted: Decimal,
    before: Decimal | None,
) -> tuple[Movement, ...]:
    """What an approval moves by the terms of the quarter that it counts in (ST-1), base by base in their order.

    `granted` and `before` are labour and on-site; `before` is None when the claim was never approved. The flat fee
    comes once, with the first approval of a repair that was `free` in warranty (category C); what approved claims earn
    and what is drawn for them is the difference.

    Fee 45.00, on site 20.00, claims drawn; granted 40.00 + 25.00: grant 65.00, draw 65.00.
    """
    found: list[Movement] = []
    kinds: dict[BaseKind, int] = {}
    for base in terms.bases:
        amount = ZERO
        if base.kind is BaseKind.FLAT_PER_REPAIR and before is None and free:
            amount = base.fee + (base.onsite if onsite_asked else ZERO)
        elif base.kind is BaseKind.APPROVED_CLAIMS:
            amount = granted - (before or ZERO)
        else:
            continue
        kinds[base.kind] = kinds.get(base.kind, 0) + 1
        place = "" if kinds[base.kind] == 1 else f"-{kinds[base.kind]}"
        found.append(Movement(f"{base.kind.value}{place}", base.kind, amount))
    if terms.claims is Claims.DRAW:
        found.append(Movement("draw", None, granted - (before or ZERO)))
    return tuple(found)

"""Reading, accepting and returning forms (MF-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.findings import Severity, worst
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import queries
from portal.reports.models import FormRemark, MonthlyForm, SampleCheck
from portal.reports.rules import FORM, LAYOUTS, TOTAL, FormAction, FormState, Verdict, sample

LONGEST_TEXT, LONGEST_NOTE = 500, 300


@dataclass(frozen=True)
class LineRemark:
    """What is to be explained or corrected in one line or figure."""

    text: str
    #: Key of the line; empty: the form as a whole.
    row: str = ""
    #: Key of the column; empty: the line as a whole.
    column: str = ""


@command(allow=Permission.FORMS_ACCEPT)
def accept(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Accept a form as it was submitted. Raises RuleBroken MF-4, FE-1, Conflict."""
    _accept(actor, queries.by_number(number), seen_version)
    return number


@command(allow=Permission.FORMS_ACCEPT)
def accept_month(
    actor: Actor, dealer_id: int, month: Month, *, agreement: str = "", seen: Mapping[str, int] | None = None
) -> list[str]:
    """Accept all forms of a dealer's month that wait.

    `agreement`: the number of the agreement, where several touch the month. `seen`: the forms that the page showed
    as waiting, each with its version. Raises RuleBroken MF-4 when the month is not complete, FE-1, Conflict when a
    form changed or came since.
    """
    today = clock.today(actor.timezone)
    stands = queries.month_of(queries.agreement_for(dealer_id, month, agreement), month, today)
    if stands is None or stands.missing:
        raise RuleBroken("MF-4", T("The forms of {month} were not submitted.", month=month))
    waiting = [one.form for one in stands.in_state(FormState.SUBMITTED) if one.form]
    if not waiting:
        raise RuleBroken("MF-4", T("The forms of {month} are accepted already.", month=month))
    for form in waiting:
        _accept(actor, form, None if seen is None else seen.get(form.number or "", 0))
    return [form.number for form in waiting if form.number]


@command(allow=Permission.FORMS_ACCEPT)
def accept_many(actor: Actor, numbers: Sequence[str]) -> dict[str, list[str]]:
    """Accept those of several forms that wait and have no findings (MF-4).

    Returns the numbers `accepted` and those `left` for somebody to open: with findings or remarks, submitted by the
    actor (FE-1), or decided meanwhile.
    """
    done: dict[str, list[str]] = {"accepted": [], "left": []}
    for number in numbers:
        form = queries.by_number(number)
        own = form.submitted_by is not None and form.submitted_by == actor.person_id
        plain = form.state is FormState.SUBMITTED and worst(queries.findings(form)) < Severity.WARNING
        if own or not plain:
            done["left"].append(number)
            continue
        _accept(actor, form, None)
        done["accepted"].append(number)
    return done


@command(allow=Permission.FORMS_ACCEPT)
def send_back(
    actor: Actor,
    number: str,
    *,
    reason: str,
    lines: Sequence[LineRemark] = (),
    seen_version: int | None = None,
) -> str:
    """Return a form with a reason and remarks on its lines; the dealer corrects and submits again.

    Raises RuleBroken MF-4 without a reason, for a line that is not there, or in a wrong state; FE-1; Conflict.
    """
    if not reason.strip():
        raise RuleBroken("MF-4", T("Say what has to be corrected."), field="reason")
    form = queries.by_number(number)
    for line in lines:
        _remark(actor, form, line)
    _decide(actor, form, FormAction.RETURN, seen_version)
    form.return_reason = reason.strip()
    session().flush()
    record(
        Tag.FORM_RETURNED,
        actor,
        number,
        dealer_id=form.dealer_id,
        month=str(form.month),
        kind=form.kind.value,
        reason=reason.strip(),
    )
    return number


@command(allow=Permission.FORMS_ACCEPT)
def remark(actor: Actor, number: str, line: LineRemark) -> str:
    """Say something about one line or figure of the last submission; the dealer reads it. Raises RuleBroken MF-4."""
    form = queries.by_number(number)
    _remark(actor, form, line)
    record(
        Tag.FORM_REMARKED,
        actor,
        number,
        dealer_id=form.dealer_id,
        row=line.row,
        text=line.text,
    )
    return number


@command(allow=Permission.FORMS_ACCEPT)
def check_record(actor: Actor, number: str, sampled: str, verdict: Verdict, *, note: str = "") -> str:
    """Note what was found on one record of the last submission's sample; the manufacturer's own note (TN-2).

    Raises RuleBroken MF-4 for a record that is not in the sample, or one that is not in order without a note.
    """
    form = queries.by_number(number)
    revision = queries.latest([form])[form.id]
    numbers = [one.number for one in queries.frozen(revision).records]
    if sampled not in sample(numbers, revision.hash):
        raise RuleBroken("MF-4", T("This record is not in the sample."))
    if verdict is Verdict.NOT_IN_ORDER and not note.strip():
        raise RuleBroken("MF-4", T("Say what is not in order."), field="note")
    if len(note.strip()) > LONGEST_NOTE:
        raise RuleBroken("MF-4", _too_long(LONGEST_NOTE), field="note")
    session().add(
        SampleCheck(
            form_id=form.id,
            revision=form.revision,
            number=sampled,
            verdict=verdict,
            note=note.strip(),
            person=actor.name,
            at=clock.now(),
        )
    )
    record(Tag.FORM_SAMPLED, actor, number, record=sampled, verdict=verdict.value)
    return number


def _accept(actor: Actor, form: MonthlyForm, seen_version: int | None) -> None:
    _decide(actor, form, FormAction.ACCEPT, seen_version)
    record(
        Tag.FORM_ACCEPTED,
        actor,
        form.number or "",
        dealer_id=form.dealer_id,
        month=str(form.month),
        kind=form.kind.value,
    )


def _decide(actor: Actor, form: MonthlyForm, action: FormAction, seen_version: int | None) -> None:
    if seen_version is not None and form.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    if form.submitted_by is not None and actor.person_id is not None:
        check_four_eyes(form.submitted_by, actor.person_id)
    form.state = FORM.advance(form.state, action)
    form.decided_on, form.decided_by = clock.today(actor.timezone), actor.name
    form.return_reason = ""
    session().flush()


def _remark(actor: Actor, form: MonthlyForm, line: LineRemark) -> None:
    if form.state is not FormState.SUBMITTED:
        raise RuleBroken("MF-4", T("Remarks are made while a form waits for the decision."))
    text = line.text.strip()
    if not text:
        raise RuleBroken("MF-4", T("Write the remark."), field="text")
    if len(text) > LONGEST_TEXT:
        raise RuleBroken("MF-4", _too_long(LONGEST_TEXT), field="text")
    sheet = queries.frozen(queries.latest([form])[form.id])
    rows = {row.key for row in sheet.rows} | {"", TOTAL}
    columns = {column.key for column in LAYOUTS[form.kind].shown} | {""}
    if line.row not in rows or line.column not in columns:
        raise RuleBroken("MF-4", T("This line is not in the form."), field="row")
    session().add(
        FormRemark(
            dealer_id=form.dealer_id,
            form_id=form.id,
            revision=form.revision,
            row=line.row,
            column=line.column,
            text=text,
            person=actor.name,
            at=clock.now(),
        )
    )
    session().flush()


def _too_long(longest: int) -> T:
    return T("This has more than {longest} characters.", longest=longest)

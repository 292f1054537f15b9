"""Defective batches (RT-6): what may be declared."""

from enum import StrEnum

from portal.catalogue.rules import LONGEST
from portal.kernel.errors import RuleBroken
from portal.kernel.text import T

#: Characters of a reason.
LONGEST_REASON = 500


class DefectState(StrEnum):
    """Where a declared batch stands."""

    #: Units of it are returned at the manufacturer's cost.
    DECLARED = "declared"
    #: The declaration was taken back; returns that were classified before keep their class.
    LIFTED = "lifted"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return "bad" if self is DefectState.DECLARED else "mute"


def kept_batch(text: str) -> str:
    """A batch in the spelling of the shipments. Raises RuleBroken RT-6 (field `batch`)."""
    batch = text.strip()
    if not batch:
        raise RuleBroken("RT-6", T("Enter the production batch."), field="batch")
    if len(batch) > LONGEST:
        raise RuleBroken(
            "RT-6", T("This has more than {longest} characters.", longest=LONGEST), field="batch"
        )
    return batch


def subject(model: str, batch: str) -> str:
    """What the log calls a batch: another product may have one of the same name."""
    return f"{model} {batch}"


def check_reason(reason: str) -> str:
    """A reason without outer space. Raises RuleBroken RT-6 (field `reason`)."""
    if len(reason.strip()) > LONGEST_REASON:
        text = T("This has more than {longest} characters.", longest=LONGEST_REASON)
        raise RuleBroken("RT-6", text, field="reason")
    return reason.strip()

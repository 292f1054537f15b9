"""Beginning a record with its unit (RP-3)."""

from typing import Any

from portal.drafts import queries as saved
from portal.drafts import steps as drafts
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.errors import Refused
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.repairs.queries import prefill
from portal.repairs.queries.records import known_coverage
from portal.repairs.rules.checks import check_serial
from portal.repairs.steps.records import DRAFT
from portal.warranty.queries import kept_serial


@command(allow=Permission.REPAIRS_FILE, silent=True)
def begin(actor: Actor, serial: str, *, request_number: str = "", draft_id: int | None = None) -> int:
    """Begin a record with the serial of a unit, or correct the serial of a draft. Returns the draft's id.

    What the portal knows of the customer is filled in: from the service request, else from the dealer's own card.
    Raises Refused with what blocks the unit: WC-3 (unknown), RP-3 (left the field).
    """
    today = clock.today(actor.timezone)
    kept = kept_serial(serial)
    if blocks := blocking(check_serial(kept, known_coverage(kept, today))):
        raise Refused(blocks)
    known: dict[str, Any] = saved.get(draft_id, DRAFT).data if draft_id is not None else {}
    request = known.get("request_number") or prefill.known_request(request_number)
    filled = {name: [value] for name, value in prefill.known_of(kept, request, actor.name).items() if value}
    typed = {**filled, **{name: values for name, values in known.get("typed", {}).items() if any(values)}}
    data = {**known, "serial": kept, "request_number": request, "typed": typed}
    return drafts.keep(actor, DRAFT, data, draft_id=draft_id)

"""Every fact that a command records, `<module>:<object>:<past participle>`. Keep sorted.

The sentence that people read comes from the catalogue of the module, keyed by the tag.
"""

from enum import StrEnum


class Tag(StrEnum):
    """One kind of fact: feeds the audit log, timelines and notifications."""

    AGREEMENT_ACTIVATED = "agreements:agreement:activated"
    AGREEMENT_DISCARDED = "agreements:agreement:discarded"
    AGREEMENT_DRAFTED = "agreements:agreement:drafted"
    AGREEMENT_ENDED = "agreements:agreement:ended"
    AGREEMENT_RESUMED = "agreements:agreement:resumed"
    AGREEMENT_SUSPENDED = "agreements:agreement:suspended"
    AGREEMENT_TERMINATED = "agreements:agreement:terminated"
    AGREEMENT_TERMS_VERSIONED = "agreements:terms:versioned"
    BATCH_DECLARED = "quality:batch:declared"
    BATCH_LIFTED = "quality:batch:lifted"
    CALENDAR_OFF = "tenants:calendar:closed"
    CALENDAR_REMOVED = "tenants:calendar:removed"
    CALENDAR_WORKED = "tenants:calendar:worked"
    CARD_ACCEPTED = "warranty:card:accepted"
    CARD_ENDED = "warranty:card:ended"
    CARD_FILED = "warranty:card:filed"
    CARD_INHERITED = "warranty:card:inherited"
    CARD_REJECTED = "warranty:card:rejected"
    CARD_RESUBMITTED = "warranty:card:resubmitted"
    CARD_REVEALED = "warranty:customer:revealed"
    CARD_SENT_BACK = "warranty:card:sent_back"
    CARD_VOIDED = "warranty:card:voided"
    CARD_WAIVED = "warranty:card:waived"
    CARD_WITHDRAWN = "warranty:card:withdrawn"
    CATALOGUE_CHANGED = "catalogue:catalogue:changed"
    CLAIM_ANSWERED = "repairs:claim:answered"
    CLAIM_APPROVED = "repairs:claim:approved"
    CLAIM_AUTO_APPROVED = "repairs:claim:auto_approved"
    CLAIM_OBJECTED = "repairs:claim:objected"
    CLAIM_REDUCED = "repairs:claim:reduced"
    CLAIM_REJECTED = "repairs:claim:rejected"
    CLAIM_RETURNED = "repairs:claim:returned"
    DEALER_ADDED = "tenants:dealer:added"
    DEALER_CHANGED = "tenants:dealer:changed"
    DEALER_DISABLED = "tenants:dealer:disabled"
    DEALER_ENABLED = "tenants:dealer:enabled"
    EXTENSION_ASKED = "warranty:extension:requested"
    EXTENSION_DECLINED = "warranty:extension:declined"
    EXTENSION_GRANTED = "warranty:extension:granted"
    EXTENSION_WITHDRAWN = "warranty:extension:withdrawn"
    FEEDBACK_AGREED = "quality:feedback:agreed"
    FEEDBACK_ANSWERED = "quality:feedback:answered"
    FEEDBACK_ANSWER_HELD_BACK = "quality:answer:held_back"
    FEEDBACK_ANSWER_WRITTEN = "quality:answer:written"
    FEEDBACK_ASKED = "quality:feedback:asked"
    FEEDBACK_CLOSED = "quality:feedback:closed"
    FEEDBACK_CLOSING_PROPOSED = "quality:closing:proposed"
    FEEDBACK_ESCALATED = "quality:feedback:escalated"
    FEEDBACK_FILED = "quality:feedback:filed"
    FEEDBACK_INFORMED = "quality:feedback:informed"
    FEEDBACK_OBJECTED = "quality:feedback:objected"
    FEEDBACK_REPORTED = "quality:report:written"
    FEEDBACK_TAKEN_ON = "quality:feedback:taken_on"
    FEEDBACK_TOLD = "quality:feedback:told"
    FEEDBACK_UPGRADED = "quality:feedback:upgraded"
    FEEDBACK_WENT_ON = "quality:feedback:continued"
    FEES_CANCELLATION_PROPOSED = "settlement:fee:proposed"
    FEES_CANCELLATION_WITHDRAWN = "settlement:fee:withdrawn"
    FEES_CANCELLED = "settlement:fee:cancelled"
    FEE_PRICED = "catalogue:fee:priced"
    FIGURE_RECORDED = "ledger:figure:recorded"
    FIGURE_REVERSED = "ledger:figure:reversed"
    FORM_ACCEPTED = "reports:form:accepted"
    FORM_PREPARED = "reports:form:prepared"
    FORM_REMARKED = "reports:form:remarked"
    FORM_RESUBMITTED = "reports:form:resubmitted"
    FORM_RETURNED = "reports:form:returned"
    FORM_SAMPLED = "reports:form:sampled"
    FORM_SAVED = "reports:form:saved"
    FORM_SUBMITTED = "reports:form:submitted"
    FORM_WITHDRAWN = "reports:form:withdrawn"
    FUND_ADJUSTED = "ledger:fund:adjusted"
    HANDOVER_AGREED = "settlement:handover:agreed"
    HANDOVER_DECLINED = "settlement:handover:declined"
    HANDOVER_OFFERED = "settlement:handover:offered"
    HANDOVER_WITHDRAWN = "settlement:handover:withdrawn"
    OLD_PARTS_ARRIVED = "parts:old_parts:arrived"
    OLD_PARTS_COUNTED = "parts:old_parts:counted"
    OLD_PARTS_PACKED = "parts:old_parts:packed"
    OLD_PARTS_SENT = "parts:old_parts:sent"
    OLD_PARTS_UNPACKED = "parts:old_parts:cancelled"
    OLD_PART_CHARGED = "parts:old_part:charged"
    PARTS_CANCELLED = "parts:request:cancelled"
    PARTS_DECIDED = "parts:request:decided"
    PARTS_DIFFERENCE_ANSWERED = "parts:difference:answered"
    PARTS_DIFFERENCE_REPORTED = "parts:difference:reported"
    PARTS_ENDED = "parts:request:ended"
    PARTS_FILED = "parts:request:filed"
    PARTS_PAID = "parts:payment:confirmed"
    PARTS_RECEIVED = "parts:shipment:received"
    PARTS_RECONCILED = "parts:month:confirmed"
    PARTS_RESHIPPED = "parts:shipment:sent_again"
    PARTS_SHIPPED = "parts:shipment:shipped"
    PART_PRICED = "catalogue:part:priced"
    PERSON_CHANGED = "tenants:person:changed"
    PERSON_DISABLED = "tenants:person:disabled"
    PERSON_ENABLED = "tenants:person:enabled"
    PERSON_INVITED = "tenants:person:invited"
    PERSON_JOINED = "tenants:person:joined"
    PERSON_LOCKED = "tenants:person:locked"
    PERSON_UNLOCKED = "tenants:person:unlocked"
    QUARANTINE_RELEASED = "returns:quarantine:released"
    QUARANTINE_TAKEN = "returns:quarantine:taken"
    QUARTER_CLOSING = "settlement:quarter:closing"
    REMITTANCE_RECORDED = "ledger:remittance:recorded"
    REMITTANCE_REVERSED = "ledger:remittance:reversed"
    REPAIR_CORRECTED = "repairs:record:corrected"
    REPAIR_FAULTS_CHANGED = "repairs:fault_codes:changed"
    REPAIR_FILED = "repairs:record:filed"
    REPAIR_PHOTOGRAPHED = "repairs:record:photographed"
    REPAIR_PRINTED = "repairs:record:printed"
    REPAIR_REVEALED = "repairs:record:revealed"
    REPAIR_SIGNED = "repairs:record:signed"
    REPAIR_VOIDED = "repairs:record:voided"
    RETURN_ANSWERED = "returns:request:answered"
    RETURN_APPROVED = "returns:request:approved"
    RETURN_ASKED = "returns:request:asked"
    RETURN_CANCELLED = "returns:request:cancelled"
    RETURN_COUNTED = "returns:request:counted"
    RETURN_DISPOSED = "returns:unit:disposed"
    RETURN_EXPIRED = "returns:request:expired"
    RETURN_FILED = "returns:request:filed"
    RETURN_INSPECTED = "returns:unit:inspected"
    RETURN_LET_GO = "returns:unit:let_go"
    RETURN_RECEIVED = "returns:unit:received"
    RETURN_REJECTED = "returns:request:rejected"
    RETURN_SENT_AHEAD = "returns:unit:sent_ahead"
    RETURN_SHIPPED = "returns:request:shipped"
    RUN_HOLDS_LIFTED = "settlement:run:holds_lifted"
    RUN_ISSUED = "settlement:run:issued"
    RUN_RESUMED = "settlement:run:resumed"
    RUN_STARTED = "settlement:run:started"
    RUN_STOPPED = "settlement:run:stopped"
    SERVICE_ANSWERED = "repairs:request:answered"
    SERVICE_ASSIGNED = "repairs:request:dispatched"
    SERVICE_CALLED = "repairs:request:followed_up"
    SERVICE_CANCELLED = "repairs:request:cancelled"
    SERVICE_CARD_CANCELLED = "repairs:card:cancelled"
    SERVICE_CARD_SOLD = "repairs:card:sold"
    SERVICE_CLOSED = "repairs:request:closed"
    SERVICE_CORRECTED = "repairs:request:corrected"
    SERVICE_DELAYED = "repairs:request:delayed"
    SERVICE_ESCALATED = "repairs:request:escalated"
    SERVICE_LENT = "repairs:loaner:lent"
    SERVICE_LOANER_BACK = "repairs:loaner:brought_back"
    SERVICE_MOVED = "repairs:request:moved"
    SERVICE_PLAN_CHANGED = "repairs:plan:changed"
    SERVICE_RECEIVED = "repairs:request:received"
    SERVICE_REVEALED = "repairs:customer:revealed"
    SERVICE_SIGNED = "repairs:request:signed"
    SERVICE_SOLVED = "repairs:request:solved"
    STATEMENT_CLOSED = "settlement:statement:closed"
    STATEMENT_CONFIRMED = "settlement:statement:confirmed"
    STATEMENT_DEEMED = "settlement:statement:deemed_confirmed"
    STATEMENT_DISPUTED = "settlement:statement:disputed"
    STATEMENT_HELD = "settlement:statement:held"
    STATEMENT_ISSUED = "settlement:statement:issued"
    STATEMENT_REPLIED = "settlement:statement:replied"
    STOCK_COUNTED = "parts:stock:counted"
    STOCK_LIMITED = "parts:stock:minimum_set"
    STOCK_SENT_BACK = "parts:stock:sent_back"
    TENANT_ADDED = "tenants:tenant:added"
    TENANT_CHANGED = "tenants:tenant:changed"
    UNITS_IMPORTED = "catalogue:units:imported"
    UNITS_RECEIVED = "catalogue:units:received"
    UNITS_SHIPPED = "catalogue:units:shipped"
    VISITS_PLANNED = "repairs:visits:planned"
    VISIT_DONE = "repairs:visit:done"
    VISIT_SKIPPED = "repairs:visit:skipped"
    WRITE_OFF_CONFIRMED = "settlement:write_off:confirmed"
    WRITE_OFF_ISSUED = "settlement:write_off:issued"
    WRITE_OFF_OBJECTED = "settlement:write_off:objected"
    WRITE_OFF_PREPARED = "settlement:write_off:prepared"
    WRITE_OFF_WITHDRAWN = "settlement:write_off:withdrawn"

    @property
    def tone(self) -> str:
        """The colour of its dot in a timeline: info, ok, warn or bad, by what was done."""
        return _TONES.get(self.value.rpartition(":")[2], "info")


_TONES = {
    **dict.fromkeys(
        (
            "accepted",
            "activated",
            "approved",
            "auto_approved",
            "closed",
            "confirmed",
            "deemed_confirmed",
            "granted",
            "joined",
            "received",
        ),
        "ok",
    ),
    **dict.fromkeys(
        (
            "asked",
            "cancelled",
            "reduced",
            "reported",
            "returned",
            "reversed",
            "sent_back",
            "voided",
            "withdrawn",
        ),
        "warn",
    ),
    **dict.fromkeys(
        ("declared", "declined", "disabled", "disputed", "expired", "locked", "objected", "rejected"), "bad"
    ),
}

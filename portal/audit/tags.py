"""Every fact that a command records, `<module>:<object>:<past participle>`. Keep sorted.

The sentence that people read comes from the catalogue of the module, keyed by the tag.
"""

from enum import StrEnum


class Tag(StrEnum):
    """One kind of fact: feeds the audit log, timelines and notifications."""

    AGREEMENT_ACTIVATED = "agreements:agreement:activated"
    AGREEMENT_DRAFTED = "agreements:agreement:drafted"
    AGREEMENT_TERMS_VERSIONED = "agreements:terms:versioned"
    CARD_ACCEPTED = "warranty:card:accepted"
    CARD_FILED = "warranty:card:filed"
    CARD_REJECTED = "warranty:card:rejected"
    CARD_RESUBMITTED = "warranty:card:resubmitted"
    CARD_REVEALED = "warranty:customer:revealed"
    CARD_SENT_BACK = "warranty:card:sent_back"
    CARD_VOIDED = "warranty:card:voided"
    CARD_WAIVED = "warranty:card:waived"
    CARD_WITHDRAWN = "warranty:card:withdrawn"
    CATALOGUE_CHANGED = "catalogue:catalogue:changed"
    DEALER_ADDED = "tenants:dealer:added"
    DEALER_CHANGED = "tenants:dealer:changed"
    DEALER_DISABLED = "tenants:dealer:disabled"
    DEALER_ENABLED = "tenants:dealer:enabled"
    FEE_PRICED = "catalogue:fee:priced"
    FORM_ACCEPTED = "reports:form:accepted"
    FORM_RETURNED = "reports:form:returned"
    FORM_SUBMITTED = "reports:form:submitted"
    FUND_ADJUSTED = "ledger:fund:adjusted"
    PARTS_CANCELLED = "parts:request:cancelled"
    PARTS_DECIDED = "parts:request:decided"
    PARTS_FILED = "parts:request:filed"
    PARTS_RECEIVED = "parts:shipment:received"
    PARTS_SHIPPED = "parts:shipment:shipped"
    PART_PRICED = "catalogue:part:priced"
    PERSON_CHANGED = "tenants:person:changed"
    PERSON_DISABLED = "tenants:person:disabled"
    PERSON_ENABLED = "tenants:person:enabled"
    PERSON_INVITED = "tenants:person:invited"
    PERSON_JOINED = "tenants:person:joined"
    PERSON_LOCKED = "tenants:person:locked"
    PERSON_UNLOCKED = "tenants:person:unlocked"
    QUARTER_CLOSING = "settlement:quarter:closing"
    REMITTANCE_RECORDED = "ledger:remittance:recorded"
    REMITTANCE_REVERSED = "ledger:remittance:reversed"
    RUN_HOLDS_LIFTED = "settlement:run:holds_lifted"
    RUN_ISSUED = "settlement:run:issued"
    RUN_RESUMED = "settlement:run:resumed"
    RUN_STARTED = "settlement:run:started"
    RUN_STOPPED = "settlement:run:stopped"
    STATEMENT_CLOSED = "settlement:statement:closed"
    STATEMENT_CONFIRMED = "settlement:statement:confirmed"
    STATEMENT_DEEMED = "settlement:statement:deemed_confirmed"
    STATEMENT_DISPUTED = "settlement:statement:disputed"
    STATEMENT_HELD = "settlement:statement:held"
    STATEMENT_ISSUED = "settlement:statement:issued"
    STATEMENT_REPLIED = "settlement:statement:replied"
    TENANT_ADDED = "tenants:tenant:added"
    TENANT_CHANGED = "tenants:tenant:changed"
    UNITS_IMPORTED = "catalogue:units:imported"
    UNITS_RECEIVED = "catalogue:units:received"
    UNITS_SHIPPED = "catalogue:units:shipped"

    @property
    def tone(self) -> str:
        """The colour of its dot in a timeline: info, ok, warn or bad, by what was done."""
        return _TONES.get(self.value.rpartition(":")[2], "info")


_TONES = {
    **dict.fromkeys(
        ("accepted", "activated", "closed", "confirmed", "deemed_confirmed", "joined", "received"), "ok"
    ),
    **dict.fromkeys(("cancelled", "returned", "reversed", "sent_back", "voided", "withdrawn"), "warn"),
    **dict.fromkeys(("disabled", "disputed", "locked", "rejected"), "bad"),
}

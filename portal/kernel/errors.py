"""Errors that a user may be shown. Anything else is a bug and becomes a 500 without details.

Three questions, three answers: does this row exist for you (404), may you use this verb (403), is it possible
now (409 or 422).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.kernel.text import T

if TYPE_CHECKING:
    from portal.kernel.findings import Finding


class PortalError(Exception):
    """Base of all; `status` is the HTTP status that a page answers with."""

    status = 400

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text


class Forbidden(PortalError):
    """The person may not use this verb."""

    status = 403

    def __init__(self, text: T | None = None) -> None:
        super().__init__(text or T("Your role does not allow this."))


class NotFound(PortalError):
    """No such row for this person; a foreign row looks exactly the same (TN-1)."""

    status = 404

    def __init__(self, text: T | None = None, *, cure: T | None = None) -> None:
        super().__init__(text or T("There is nothing here, or it is not yours to see."))
        self.cure = cure


class Conflict(PortalError):
    """Somebody else changed it meanwhile (OL-1), or the same submit came with other content (ID-1)."""

    status = 409


class RuleBroken(PortalError):
    """A business rule refuses; `rule` is its id in the rule book, `field` the form field it belongs to."""

    status = 422

    def __init__(self, rule: str, text: T, *, field: str | None = None) -> None:
        super().__init__(text)
        self.rule = rule
        self.field = field
        self.findings: Sequence[Finding] = ()


class Refused(RuleBroken):
    """Several findings block a document; the first one names the rule, all are shown."""

    def __init__(self, findings: "Sequence[Finding]") -> None:
        first = findings[0]
        super().__init__(first.rule, first.text, field=first.field)
        self.findings = tuple(findings)

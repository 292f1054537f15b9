"""How rules speak (FD-1): findings with the rule's id, never a bare yes or no."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from portal.kernel.text import T


class Severity(IntEnum):
    """What a finding does to the document; the highest one of all findings decides."""

    #: Checked and in order: shown to build trust, changes nothing.
    NOTE = 0
    #: Worth a look; the document goes on.
    WARNING = 1
    #: A person has to decide.
    NEEDS_PERSON = 2
    #: The document can't be filed like this.
    BLOCKS = 3


@dataclass(frozen=True)
class Evidence:
    """A record behind a finding: what it is called, and where it opens (a path below the tenant's prefix)."""

    text: T | str
    path: str | None = None


@dataclass(frozen=True)
class Finding:
    """One judgement of one rule about a document or one line of it."""

    rule: str
    severity: Severity
    text: T
    #: The form field that it belongs to, if there is one.
    field: str | None = None
    #: The line of the document that it judges; None: the document as a whole.
    line: int | None = None
    #: What the reader can do about it.
    cure: T | None = None
    evidence: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What is stored with a document: the judgement as it was made."""
        return {
            "rule": self.rule,
            "severity": self.severity.name,
            "text": [self.text.msgid, {name: str(value) for name, value in self.text.params.items()}],
            "field": self.field,
            "line": self.line,
        }


def worst(findings: Iterable[Finding]) -> Severity:
    """The severity that decides; NOTE when there is no finding."""
    return max((finding.severity for finding in findings), default=Severity.NOTE)


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that keep a document from being filed, in their order."""
    return [finding for finding in findings if finding.severity is Severity.BLOCKS]

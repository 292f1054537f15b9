"""What upper modules show on a unit's page: cards, repairs, parts, returns; each brings its own section (QF-5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.catalogue.models import Unit
from portal.kernel.actor import Actor
from portal.kernel.text import T


@dataclass(frozen=True)
class UnitSection:
    """One section of the page. `template` draws what `load` found, as `section`; None: nothing to show."""

    title: T
    template: str
    load: Callable[[Actor, Unit], Mapping[str, Any] | None]
    order: int = 50


_sections: list[UnitSection] = []


def add_unit_section(section: UnitSection) -> None:
    """Put a section on the page of every unit; called once, when a feature's views are imported."""
    if section not in _sections:
        _sections.append(section)


def unit_sections(actor: Actor, unit: Unit) -> list[tuple[UnitSection, Mapping[str, Any]]]:
    """The sections that have something to show to this actor, in their order."""
    loaded = [
        (section, section.load(actor, unit)) for section in sorted(_sections, key=lambda one: one.order)
    ]
    return [(section, found) for section, found in loaded if found is not None]

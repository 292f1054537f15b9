"""The basis of an outcome in one line, for printed sheets (EN-14)."""

from collections.abc import Iterable

from portal.kernel.text import T


def basis(reasons: Iterable[tuple[T, str]], day: int | None, days: int | None) -> list[T]:
    """What decided, the count of days if a period decided, and the clauses that hold the values used, if any do.

    `reasons`: the kept sentences with the number of their clause or "", the one that decided first.
    """
    kept = list(reasons)
    found = [kept[0][0]]
    if day is not None and days is not None:
        within = T("day {day} of {days}", day=day, days=days)
        beyond = T("day {day}, past the {days} days", day=day, days=days)
        found.append(within if day <= days else beyond)
    # A warranty counted in months rests on the product's own length; its clauses stand at the facts behind it.
    if clauses := list(dict.fromkeys(clause for _text, clause in kept if clause)):
        found.append(T("clause {numbers}", numbers=" / ".join(clauses)))
    return found

"""Guesses which new column, or field, is an old one under another name."""

from collections import Counter
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

_LIKE = 0.6


def renamed(missing: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
    """Return for names that are missing the new one that each likely is now.

    Both map names to something that equals where all else fits. A single missing and a single new name of
    one kind are taken for the same; of several those that are most alike, each once.

    >>> renamed({"birth_date": "date", "fax": "text"}, {"date_of_birth": "date", "birthdate": "date"})
    {'birth_date': 'birthdate'}
    >>> renamed({"surname": "text", "born": "date"}, {"family": "text", "total": "decimal"})
    {'surname': 'family'}
    """
    pairs = [
        (likeness(old, other), old, other)
        for old, kind in missing.items()
        for other, kind_of_other in new.items()
        if kind == kind_of_other
    ]
    olds, others = Counter(old for _, old, _ in pairs), Counter(other for _, _, other in pairs)
    found: dict[str, str] = {}
    for score, old, other in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        is_only = olds[old] == others[other] == 1
        if (score >= _LIKE or is_only) and old not in found and other not in found.values():
            found[old] = other
    return found


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1; case and signs don't count, nor the order of their words."""
    first, second = _words(one), _words(other)
    if "".join(sorted(first)) == "".join(sorted(second)):
        return 1.0
    ratio = SequenceMatcher(None, "".join(first), "".join(second)).ratio()
    shared = len(set(first) & set(second)) / max(len(first), len(second))
    return max(ratio, shared)


def likely(missing: str, names: Collection[str]) -> str:
    """Return the name that a missing column likely has now, empty where none is like it."""
    best = max(names, key=lambda name: (likeness(missing, name), name), default="")
    return best if best and likeness(missing, best) >= _LIKE else ""


def _words(name: str) -> list[str]:
    spaced = "".join(
        f" {c}" if c.isupper() and not name.isupper() else c if c.isalnum() else " " for c in name
    )
    return spaced.lower().split()

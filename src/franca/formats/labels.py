"""MySQL's enumerations and sets where a message has their numbers: the labels that those stand for."""

import re
from functools import lru_cache
from typing import NamedTuple

from franca.formats.unfit import Unfit

_TYPE = re.compile(r"(enum|set)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"[0-9]{1,20}").fullmatch
_NUMERIC = frozenset({-7, -6, -5, 3, 4, 5})
"""What `java.sql.Types` calls bits and whole numbers."""


class Labels(NamedTuple):
    """The labels of a column, in their order. `is_numbered` says that a number is never a label itself."""

    names: tuple[str, ...]
    is_set: bool
    is_numbered: bool

    def text(self, value: str) -> str:
        """Return the label of a number from 1, or a set's labels of a mask of bits; a label as it is.

        Raises Unfit for a number that no label has.
        """
        if not _NUMBER(value) or (not self.is_numbered and value in self.names):
            return value
        number = int(value)
        if self.is_set and number < 1 << len(self.names):
            return ",".join(name for place, name in enumerate(self.names) if number >> place & 1)
        if not self.is_set and number <= len(self.names):
            return self.names[number - 1] if number else ""  # nought stands for a value that was invalid
        raise Unfit(f"is {value}, and its type in MySQL has {len(self.names)} labels", "malformed")


@lru_cache(maxsize=4096)
def labels_of_mysql(name: str, jdbc: int | None) -> Labels | None:
    """Return the labels of a MySQL type whose values come as numbers, None for any other.

    `jdbc` is the number that `java.sql.Types` has for what the message holds, None where it does not tell.

    >>> labels_of_mysql("enum('a','it''s')", 4).text("2")
    "it's"
    """
    found = _TYPE.fullmatch(name.strip())
    if found is None or (jdbc is not None and jdbc not in _NUMERIC):
        return None
    names = tuple(label.replace("''", "'") for label in _LABEL.findall(found[2]))
    return Labels(names, found[1].lower() == "set", jdbc is not None)

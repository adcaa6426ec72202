"""The items of a copybook as they are written: levels, names and clauses, nothing computed yet."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from franca.formats.copybook.picture import Picture


@dataclass(slots=True)
class Condition:
    """A level 88: a name for some values of an item, single ones or ranges with both ends."""

    name: str
    values: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Item:
    """One entry. `name` is empty for a FILLER; `usage` and `sign` are what it says itself, or nothing.

    `file` is where the entry stands, which another may have copied.
    `occurs` is the smallest and the largest number of times, `depending` the item that counts them.
    """

    level: int
    name: str
    line: int
    file: str = ""
    picture: Picture | None = None
    picture_text: str = ""
    usage: str = ""
    sign: str = ""
    separate: bool = False
    occurs: tuple[int, int] | None = None
    depending: str = ""
    redefines: str = ""
    value: str = ""
    justified: bool = False
    sync: bool = False
    blank_when_zero: bool = False
    conditions: list[Condition] = field(default_factory=list)
    children: "list[Item]" = field(default_factory=list)

    def walk(self) -> "Iterator[Item]":
        """Yield the item and all below it, in their order."""
        yield self
        for child in self.children:
            yield from child.walk()

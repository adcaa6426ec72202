"""The expression tree of a mapping: frozen values that every target reads and none changes.

Three kinds of node: a column of the row, a constant, and a word called on further nodes. Targets (Python,
SQL, inverse, lineage) dispatch by the word's name; `docs/reference/words.md` defines every word. Equal
trees compare equal, and nothing here runs the user's code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from franca.model.kind import Kind


@dataclass(frozen=True, slots=True)
class ValueType:
    """What an expression gives: its kind, whether it may be null, and the details of that kind.

    `precision` and `scale` are set for decimals, `enum` for enumerations, `item` for lists, `fields`
    (name and type, in order) for nested values, `width` where a text is known to have exactly so many
    characters.
    """

    kind: Kind
    nullable: bool = False
    precision: int | None = None
    scale: int | None = None
    enum: type[Enum] | None = None
    item: "ValueType | None" = None
    fields: "tuple[tuple[str, ValueType], ...]" = ()
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """The value of a column of the row; `name` is the attribute of the table's class."""

    name: str
    type: ValueType


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the mapping; None is the constant null (its type is nullable)."""

    value: object
    type: ValueType


@dataclass(frozen=True, slots=True)
class Call:
    """A word applied to expressions.

    `options` are the word's constant settings, sorted by name, hashable (tables are tuples of pairs).
    """

    word: str
    args: "tuple[Expression, ...]"
    options: tuple[tuple[str, object], ...]
    type: ValueType

    def option(self, name: str) -> object:
        """Return the setting `name`; it is there or the tree is broken."""
        return dict(self.options)[name]


Expression: TypeAlias = Column | Constant | Call


@dataclass(frozen=True, slots=True)
class Item:
    """One entity that a mapping makes: its named fields, and the condition under which it is made.

    Fields of the model that the mapping does not name are missing here. `where` is None where the item is
    always made; null counts as false.
    """

    fields: Mapping[str, Expression]
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """All that a mapping says. `where` is the mapping's own condition (`where=`), None where it has none."""

    items: tuple[Item, ...]
    where: Expression | None = None
    is_list: bool = False

    def expressions(self) -> Iterator[Expression]:
        """Yield the conditions and every field's expression."""
        if self.where is not None:
            yield self.where
        for item in self.items:
            if item.where is not None:
                yield item.where
            yield from item.fields.values()


BRANCHES = {"when": 1, "first": 0, "given": 1, "required": 0}
"""The words whose value is one of their arguments, from this one on."""


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and everything below it, parents first."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Call):
            pending.extend(reversed(node.args))


def columns_of(expression: Expression) -> frozenset[str]:
    """Return the names of all columns the expression mentions, whichever branch applies."""
    return frozenset(node.name for node in walk(expression) if isinstance(node, Column))

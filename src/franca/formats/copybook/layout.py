"""Where the items of a copybook stand in a record: sizes, slack bytes, alternatives, columns' names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from franca.errors import DefinitionError, Problem
from franca.formats.copybook.element import Element, element_of
from franca.formats.copybook.item import Item

_ALIGNED = {1: 1, 2: 2, 4: 4, 8: 4}
_MOST_COLUMNS = 20_000


@dataclass(slots=True)
class Node:
    """An item in its place. `size` is that of one occurrence, at its largest; `slack` bytes stand before it.

    A group has `children`, and what redefines a child follows it there. `alternatives` of a node are those
    that redefine it.
    """

    item: Item
    element: Element | None = None
    children: "list[Node]" = field(default_factory=list)
    alternatives: "list[Node]" = field(default_factory=list)
    size: int = 0
    slack: int = 0
    alignment: int = 1
    path: tuple[str, ...] = ()

    @property
    def times(self) -> int:
        """How often it occurs at most."""
        return self.item.occurs[1] if self.item.occurs else 1

    @property
    def room(self) -> int:
        """How many bytes it takes at most, with what redefines it."""
        return max(self.size * self.times, *(each.room for each in self.alternatives), 0)

    @property
    def columns(self) -> int:
        """How many columns it has, with what redefines it."""
        own = sum(child.columns for child in self.children) + (self.element is not None)
        return own * self.times + sum(each.columns for each in self.alternatives)

    def walk(self) -> "Iterator[Node]":
        """Yield the node and all below it, alternatives too, in the order of the copybook."""
        yield self
        for child in self.children:
            yield from child.walk()
        for other in self.alternatives:
            yield from other.walk()

    @property
    def is_dynamic(self) -> bool:
        """Whether how many bytes it takes depends on the record."""
        return any(node.item.depending for node in self.walk())


@dataclass(frozen=True, slots=True)
class Leaf:
    """One column: an elementary item, or one occurrence of it, by the name that the column has."""

    column: str
    node: Node
    occurrence: tuple[int, ...] = ()


def lay_out(records: Sequence[Item], file: str = "") -> Node:
    """Return the root of a record; several records are alternatives of the first. Raises DefinitionError."""
    problems: list[Problem] = []
    nodes = [_node(record, ("", "", False), (), problems) for record in records]
    if problems:
        raise DefinitionError(problems)
    for node in nodes:
        _measure(node, 0)
    first, *others = nodes
    first.alternatives.extend(others)
    root = Node(Item(0, "", 1), children=[first], size=first.room)
    if root.columns > _MOST_COLUMNS:
        raise DefinitionError.one(
            "copybook", f"has more than {_MOST_COLUMNS} columns", "leave some out", file
        )
    return root


Inherited = tuple[str, str, bool]


def _node(item: Item, above: Inherited, path: tuple[str, ...], problems: list[Problem]) -> Node:
    usage, sign = item.usage or above[0], item.sign or above[1]
    separate = item.separate if item.sign else above[2]
    node = Node(item, path=(*path, item.name) if item.name else path)
    if not item.children:
        node.element = element_of(item, usage, sign, separate=separate)
        node.size = node.element.size
    for child in item.children:
        child.sync = child.sync or item.sync
        made = _node(child, (usage, sign, separate), node.path, problems)
        if not child.redefines:
            node.children.append(made)
            continue
        base = next((each for each in reversed(node.children) if _is_named(each, child.redefines)), None)
        if base is None:
            reason = f"redefines {child.redefines}, which is no item before it at its level"
            problems.append(Problem(child.name or "FILLER", reason, "check the name", child.file, child.line))
        else:
            base.alternatives.append(made)
    return node


def _is_named(node: Node, name: str) -> bool:
    return node.item.name == name or any(each.item.name == name for each in node.alternatives)


def _measure(node: Node, at: int) -> None:
    """Set sizes and slack bytes of a node that begins at a place, SYNCHRONIZED items aligned."""
    if node.element is not None:
        if node.item.sync and node.element.form in {"binary", "little", "float"}:
            size = node.element.size
            node.alignment = 8 if node.element.form == "float" and size == 8 else _ALIGNED.get(size, 1)  # noqa: PLR2004, RUF100  # a double's
            node.slack = -at % node.alignment
        return
    place = at
    for child in node.children:
        for each in (child, *child.alternatives):
            _measure(each, place)
        place += child.slack + child.room
        node.alignment = max(node.alignment, *(each.alignment for each in (child, *child.alternatives)))
    node.size = place - at
    if node.item.occurs:
        node.size += -node.size % node.alignment


def leaves(root: Node) -> list[Leaf]:
    """Return the columns of a record in the order of the copybook, FILLERs left out.

    A column is named by its item; where several items have the name, by the groups above it too, as many
    as are needed, with dots between; where it occurs several times, with its numbers from 1 behind.
    """
    found = [
        (node, occurrence)
        for node, occurrence in _occurring(root, ())
        if node.element is not None and node.item.name
    ]
    named = _names([node for node, _ in found])
    leaves = []
    taken: Counter[str] = Counter()
    for node, occurrence in found:
        column = "_".join([named[id(node)], *(str(each + 1) for each in occurrence)])
        taken[column] += 1
        leaves.append(Leaf(column if taken[column] == 1 else f"{column}#{taken[column]}", node, occurrence))
    return leaves


def _occurring(node: Node, occurrence: tuple[int, ...]) -> Iterator[tuple[Node, tuple[int, ...]]]:
    for time in range(node.times):
        here = (*occurrence, time) if node.item.occurs else occurrence
        yield node, here
        for child in node.children:
            yield from _occurring(child, here)
    for other in node.alternatives:
        yield from _occurring(other, occurrence)


def _names(nodes: Sequence[Node]) -> dict[int, str]:
    """Return the shortest name of each node that no other has, by its identity."""
    distinct = {id(node): node for node in nodes}
    counts = Counter(
        node.path[-length:] for node in distinct.values() for length in range(1, len(node.path) + 1)
    )
    names = {}
    for key, node in distinct.items():
        lengths = (n for n in range(1, len(node.path) + 1) if counts[node.path[-n:]] == 1)
        names[key] = ".".join(node.path[-next(lengths, len(node.path)) :])
    return names

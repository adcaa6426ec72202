"""Finds in messages of any format the rows and their cells, so that other good values can be put there."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from tests.fuzz.tree import Node, Object, Tree, atom

COLUMNS = frozenset(
    {"id", "name", "flag", "price", "weight", "born", "at", "clock", "data", "ref", "cents", "SEEN-AT",
     "counts", "prices", "days", "moments", "clocks", "blobs", "doc", "full_name", "email"}
)  # fmt: skip
_NO_ROW = {"isDdl", "database", "field", "xid", "connector"}
"""Members of objects that have an `id` or a `name` of their own."""
_TYPES = {b'"mysqlType"', b'"sqlType"'}
"""What Canal tells of columns, by their names."""
_LISTS = (("columnnames", "columnvalues"), ("keynames", "keyvalues"))


class Cell(NamedTuple):
    """A column's value in a row: `put` sets another, and `drop` takes the column out."""

    column: str
    node: Node
    put: Callable[[Node], None]
    drop: Callable[[], None]


class Row(NamedTuple):
    """A row's cells; `add` puts a further one, where that is as easy as in an object."""

    cells: list[Cell]
    add: Callable[[str, Node], None] | None = None


def rows_of(tree: Tree) -> Iterator[Row]:
    """Yield each row: an object with an `id`, names and values side by side, columns in lists."""
    types = [value for each in tree.objects() for name, value in each.members if name in _TYPES]
    for node in tree.nodes():
        if isinstance(node, Object) and not any(node is each for each in types):
            members = {_text(name): value for name, value in node.members}
            if "id" in members and not members.keys() & _NO_ROW:
                cells = [_of_member(node, name) for name, _ in node.members if _text(name) in COLUMNS]
                yield Row(cells, partial(_add, node))
            for names, values in _LISTS:
                yield from map(Row, _of_lists(members.get(names), members.get(values)))
        elif isinstance(node, list) and node and all(map(_is_named, node)):
            yield Row([_of_named(node, each) for each in node if isinstance(each, Object)])


def with_texts(value: bytes, change: Callable[[Tree], None]) -> bytes:
    """Return JSON after a change of it and of the JSON in its texts, as in documents and forwarded rows."""
    tree = Tree(value)
    change(tree)
    for place in tree.places() if b'"{' in value else ():
        if isinstance(place.node, bytes) and place.node.startswith(b'"{'):
            with suppress(ValueError, RecursionError):
                place.put(atom(with_texts(json.loads(place.node).encode(), change).decode()))
    return bytes(tree)


def _add(row: Object, name: str, node: Node) -> None:
    row.members.append((atom(name), node))


def _of_member(row: Object, name: bytes) -> Cell:
    def put(node: Node) -> None:
        row.members = [(own, node if own == name else value) for own, value in row.members]

    def drop() -> None:
        row.members = [member for member in row.members if member[0] != name]

    return Cell(_text(name), dict(row.members)[name], put, drop)


def _of_named(row: list[Node], column: Object) -> Cell:
    """Return the cell of `{"name": …, "value": …}`."""
    members = dict(column.members)
    cell = _of_member(column, b'"value"')
    name = members[b'"name"']
    return cell._replace(
        column=_text(name) if isinstance(name, bytes) else "", drop=lambda: row.remove(column)
    )


def _of_lists(names: "Node | None", values: "Node | None") -> Iterator[list[Cell]]:
    if isinstance(names, list) and isinstance(values, list) and len(names) == len(values):
        yield [_of_place(names, values, name) for name in names if isinstance(name, bytes)]


def _of_place(names: list[Node], values: list[Node], name: bytes) -> Cell:
    def put(node: Node) -> None:
        values[names.index(name)] = node

    def drop() -> None:
        del values[names.index(name)]
        names.remove(name)

    return Cell(_text(name), values[names.index(name)], put, drop)


def _is_named(node: Node) -> bool:
    return isinstance(node, Object) and {b'"name"', b'"value"'} <= {name for name, _ in node.members}


def _text(name: bytes) -> str:
    return name[1:-1].decode("utf-8", "replace")

"""JSON taken apart so that everything in it can be made wrong: doubled names, any digits, any bytes."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

Node: TypeAlias = "Object | list[Node] | bytes"
"""An object, an array, or what else there is as the bytes that stand for it."""


class Object:
    """The members of an object in their order; a name is the bytes that stand for it, with its quotes."""

    def __init__(self, members: "list[tuple[bytes, Node]]") -> None:
        self.members = members


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class Place(NamedTuple):
    """A node's place: `put` sets another there."""

    node: Node
    put: Callable[[Node], None]


class Tree:
    """A text as a tree. Raises ValueError or RecursionError for what is no JSON."""

    def __init__(self, text: bytes) -> None:
        found = json.loads(
            text,
            object_pairs_hook=lambda pairs: Object([(_node(name), _node(value)) for name, value in pairs]),
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_Number,
        )
        self.root: Node = _node(found)

    def __bytes__(self) -> bytes:
        return write(self.root)

    def places(self) -> list[Place]:
        """Return the places of all nodes, the root first."""
        return [Place(self.root, self._put), *_places(self.root)]

    def nodes(self) -> Iterator[Node]:
        """Yield all nodes, the root first."""
        return _nodes(self.root)

    def objects(self) -> list[Object]:
        """Return all objects that have members."""
        return [node for node in self.nodes() if isinstance(node, Object) and node.members]

    def _put(self, node: Node) -> None:
        self.root = node


def write(node: Node) -> bytes:
    """Return the text of a tree, whether it is JSON or not."""
    if isinstance(node, Object):
        return b"{" + b",".join([name + b":" + write(value) for name, value in node.members]) + b"}"
    if isinstance(node, list):
        return b"[" + b",".join(map(write, node)) + b"]"
    return node


def atom(value: object) -> bytes:
    """Return the bytes that stand for a value."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _node(value: Any) -> Any:
    if isinstance(value, Object):
        return value
    if isinstance(value, list):
        return [_node(each) for each in value]
    return value.encode() if isinstance(value, _Number) else atom(value)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    children = [value for _, value in node.members] if isinstance(node, Object) else node
    for child in children if isinstance(children, list) else ():
        if isinstance(child, bytes):
            yield child
        else:
            yield from _nodes(child)


def _places(node: Node) -> Iterator[Place]:
    if isinstance(node, Object):
        for at, (_, child) in enumerate(node.members):
            yield Place(child, _member(node, at))
            yield from _places(child)
    elif isinstance(node, list):
        for at, child in enumerate(node):
            yield Place(child, _item(node, at))
            yield from _places(child)


def _member(parent: Object, at: int) -> Callable[[Node], None]:
    def put(node: Node) -> None:
        parent.members[at] = (parent.members[at][0], node)

    return put


def _item(parent: list[Node], at: int) -> Callable[[Node], None]:
    def put(node: Node) -> None:
        parent[at] = node

    return put

"""Messages as an application sends them: the lives of a few rows, in their order, mostly in one format.

Each is a seed that fits its table, with other keys, values and positions, that other seeds have too.
"""

import random
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from franca.errors import RecordError
from franca.formats.change import Change, Skip, Wanted
from franca.formats.registry import format_named, format_of_layout
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.types import Record
from tests.cases.tables import Account, Listed, Thing
from tests.fuzz.cells import Row, rows_of, with_texts
from tests.fuzz.keep import KEEPS
from tests.fuzz.seeds import REGISTERED, Seed, seeds
from tests.fuzz.tree import Node, Object, Tree

TABLES: dict[str, type[Table]] = {"thing": Thing, "listed": Listed, "account": Account, "sheet": Thing}
POSITIONS = frozenset(
    {"lsn", "nextlsn", "pos", "scn", "commit_lsn", "change_lsn", "ts", "ts_ms", "ts_us", "es", "xid", "seq",
     "changeSequence", "__lsn", "__source_ts_ms"}
)  # fmt: skip
OPERATIONS = frozenset({"op", "type", "op_type", "kind", "action", "operation", "__op", "__deleted"})
_DIGITS = re.compile(rb'("?)(\d+)"?')
_HEXADECIMAL = re.compile(rb'("(?:[0-9A-Fa-f]+[/:])+)([0-9A-Fa-f]+)(")')
REMEMBERED = 0.6
"""The share of the lives that goes where rows are remembered."""
TOPICS_OF = {"thing": "raw.shop.thing", "listed": "raw.shop.lists", "account": "raw.shop.accounts",
             "sheet": "raw.shop.sheet"}  # fmt: skip


class Life(NamedTuple):
    """The seeds that tell it, the keys of rows, where its messages come by, the formats that read them."""

    table: str
    seeds: Sequence[Seed]
    ids: Sequence[int]
    topic: str
    partition: int
    format: str


class Pools(NamedTuple):
    """Seeds that fit, by table and format; and what stands in them, by format and name."""

    seeds: dict[str, dict[str, list[Seed]]]
    nodes: dict[tuple[str, str], list[Node]]


@lru_cache(maxsize=1)
def pools() -> Pools:
    """Return what lives are made of."""
    found = Pools({}, {})
    for seed in seeds():
        if _fits(seed):
            table = "sheet" if seed.format == "csv" else seed.table
            found.seeds.setdefault(table, {}).setdefault(seed.format, []).append(seed)
            with suppress(ValueError, RecursionError):
                _gather(seed, Tree(seed.value), found.nodes)
    return found


class Lives:
    """Tells one life after the other, the same ones for the same `chance`."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left, self._next = 0, 100
        self.life = self._other()

    def message(self, offset: int) -> Seed:
        """Return the next message of the life at hand, whose position is after those before it."""
        if not self._left:
            self.life, self._left = self._other(), self._chance.choice((5, 20, 60))
        self._left -= 1
        seed = self._chance.choice(self.life.seeds)
        own = self._chance.choice(self.life.ids)
        key = self._edited(seed.key, own, offset, seed.format) if seed.key else None
        return seed._replace(key=key, value=self._edited(seed.value, own, offset, seed.format))

    def _other(self) -> Life:
        chance = self._chance
        table = chance.choice(("thing",) * 12 + ("listed", "listed", "account", "sheet"))
        by_format = pools().seeds[table]
        names = [chance.choice(sorted(by_format))]
        if chance.random() < 0.25:  # several at once, as on a topic that changes over
            names = chance.sample(sorted(by_format), min(3, len(by_format)))
        told = [seed for name in names for seed in by_format[name]]
        self._next += 3
        ids = range(self._next, self._next + chance.choice((1, 2, 3)))
        topic, form = self._place(table, names)
        return Life(table, told, ids, topic, chance.choice((0, 0, 1)), form)

    def _place(self, table: str, names: Sequence[str]) -> tuple[str, str]:
        chance, is_registered = self._chance, REGISTERED in names
        if chance.random() < REMEMBERED:
            keep = chance.choice([each for each in KEEPS if each.is_registered or not is_registered])
            own = [
                topic
                for topic in keep.topics
                if topic.endswith((table, ".all" if table == "thing" else table))
            ]
            if own:
                return own[0], REGISTERED if is_registered else "auto"
        return TOPICS_OF[table], REGISTERED if is_registered else chance.choice(("auto", names[0]))

    def _edited(self, text: bytes, own: int, offset: int, name: str) -> bytes:
        try:
            return with_texts(text, lambda tree: self._edit(tree, own, offset, name))
        except (ValueError, RecursionError):
            return self._crossed(text)

    def _edit(self, tree: Tree, own: int, offset: int, name: str) -> None:
        chance = self._chance
        rows = [row for row in rows_of(tree) if row.cells]
        for row in rows:
            id_ = own if chance.random() < 0.95 else chance.choice(self.life.ids)
            for cell in row.cells:
                if cell.column == "id":
                    cell.put(_numbered(cell.node, id_))
                elif chance.random() < 0.3:
                    cell.put(self._other_node(name, cell.column, cell.node))
            if row.add and chance.random() < 0.75:
                self._complete(row, name)
        if rows and chance.random() < 0.2:
            cells = [cell for cell in chance.choice(rows).cells if cell.column != "id"]
            for cell in chance.sample(cells, min(len(cells), chance.choice((1, 1, 3)))):
                cell.drop()
        at = max(0, offset - 30) if chance.random() < 0.05 else offset
        for each in tree.objects():
            self._move(name, each, at)

    def _complete(self, row: Row, name: str) -> None:
        """Add what the row lacks of its table's columns."""
        there = {cell.column for cell in row.cells}
        for field in shape_of(TABLES[self.life.table]).fields:
            if row.add and field.column not in there:
                row.add(field.column, self._other_node(name, field.column, b"null"))

    def _other_node(self, name: str, column: str, node: Node) -> Node:
        return self._chance.choice(pools().nodes.get((name, column)) or [node])

    def _move(self, name: str, each: Object, at: int) -> None:
        """Set positions, and seldom another operation."""
        operations = _operations(each)
        for place, (own, node) in enumerate(each.members):
            text = own[1:-1].decode("utf-8", "replace")
            if text in POSITIONS and isinstance(node, bytes):
                each.members[place] = (own, _moved(node, at))
            elif text in operations and self._chance.random() < 0.08:
                known = pools().nodes.get((name, text)) or [node]
                each.members[place] = (own, self._chance.choice(known))

    def _crossed(self, text: bytes) -> bytes:
        """Return a record that is laid out with a stretch of another one's."""
        other = self._chance.choice(self.life.seeds).value
        first, last = sorted(self._chance.randint(0, len(text)) for _ in "ab")
        return text[:first] + other[first:last] + text[last:] if self._chance.random() < 0.5 else text


def _fits(seed: Seed) -> bool:
    """Return whether a seed gives a change of a row that is known by its key."""
    table = TABLES.get(seed.table)
    if table is None:
        return False
    shape = shape_of(table)
    chosen = format_named("auto" if seed.format == REGISTERED else seed.format)
    if shape.format is not None and not isinstance(shape.format, str):
        chosen = format_of_layout(shape.format)
    columns = frozenset(field.name for field in shape.fields)
    try:
        found = chosen.decoder(Wanted(table, columns, columns))(
            Record("raw.shop.thing", 0, 1, 1, seed.key, seed.value)
        )
    except RecordError:
        return False
    changes = [found] if isinstance(found, Change | Skip) else found
    rows = [
        row for each in changes if isinstance(each, Change) for row in (each.after, each.before, each.key)
    ]
    return any(getattr(row, shape.keys[0].name, None) is not None for row in rows)


def _gather(seed: Seed, tree: Tree, nodes: dict[tuple[str, str], list[Node]]) -> None:
    for row in rows_of(tree):
        for cell in row.cells:
            _note(nodes, (seed.format, cell.column), cell.node)
    for each in tree.objects():
        for name, node in each.members:
            text = name[1:-1].decode("utf-8", "replace")
            if text in _operations(each) and isinstance(node, bytes):
                _note(nodes, (seed.format, text), node)


def _note(nodes: dict[tuple[str, str], list[Node]], name: tuple[str, str], node: Node) -> None:
    known = nodes.setdefault(name, [])
    if isinstance(node, bytes) and len(node) < 300 and node not in known:
        known.append(node)


def _operations(each: Object) -> frozenset[str]:
    """Return the members of an object that tell an operation: a column's `type` tells none."""
    names = {name for name, _ in each.members}
    return OPERATIONS if names.isdisjoint({b'"field"', b'"fields"', b'"value"'}) else frozenset()


def _numbered(node: Node, number: int) -> Node:
    """Return a number in the form of another: bare, or as a text of the same width."""
    found = _DIGITS.fullmatch(node) if isinstance(node, bytes) else None
    return node if found is None else _as_text(found, number)


def _moved(node: bytes, at: int) -> bytes:
    """Return a position that is later the greater `at` is, in the form of another."""
    if found := _DIGITS.fullmatch(node):
        number = int(found[2])
        return _as_text(found, (10**6 if number < 10**9 else number // 10**5 * 10**5) + at)
    if found := _HEXADECIMAL.fullmatch(node):
        return found[1] + b"%0*X" % (len(found[2]), 0x1000000 + at) + found[3]
    return node


def _as_text(found: re.Match[bytes], number: int) -> bytes:
    quote, digits = found[1], found[2]
    return quote + (b"%0*d" % (len(digits), number) if digits.startswith(b"0") else b"%d" % number) + quote

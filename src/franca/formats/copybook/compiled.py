"""Generates the function that reads the records of a copybook: fast where they are as usual, or carefully.

The record's tree is walked once: tables that depend on a count move what follows them, and alternatives are
chosen by what the record says.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias, cast

from msgspec import UNSET

from franca.errors import DecodeError, DefinitionError
from franca.formats.copybook.choice import Choice
from franca.formats.copybook.inline import Places, inline, names_of
from franca.formats.copybook.layout import Leaf, Node
from franca.formats.copybook.reader import Machine, Read
from franca.formats.reading import Unexpected
from franca.model.field import Field


class Target(NamedTuple):
    """One column that is wanted: where it stands, the name of its value, its field, its careful reader."""

    leaf: Leaf
    name: str
    field: Field | None
    read: Read
    if_alone: Read
    """Reads it where it is one of several alternatives and nothing says which is meant."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be read of a record: its columns, and how alternatives are chosen and items counted.

    One that `measures` gives the place behind the record instead of what `finish` says.
    """

    root: Node
    targets: Sequence[Target]
    choices: Mapping[int, Sequence[Choice | None]]
    keys: Mapping[str, Read]
    machine: Machine
    moves: bool
    longest: int
    finish: str
    names: Mapping[str, Any] = field(default_factory=dict)
    measures: bool = False


def compiled(program: Program, *, careful: bool) -> Callable[[bytes], Any]:
    """Return the function from a record's bytes to what `finish` makes of the columns' names.

    The careful one raises DecodeError; the fast one may raise Unexpected too, for the careful one to read.
    """
    return _Writer(program, careful).function()


class _Writer:
    def __init__(self, program: Program, careful: bool) -> None:
        self._program, self._careful = program, careful
        self._targets = {(id(t.leaf.node), t.leaf.occurrence): t for t in program.targets}
        self._numbers = {id(target): number for number, target in enumerate(program.targets)}
        wanted = {id(target.leaf.node) for target in program.targets}
        self._live = {id(n) for n in program.root.walk() if any(id(below) in wanted for below in n.walk())}
        self._names: dict[str, Any] = {
            **program.names, **names_of(program.machine), "UNSET": UNSET, "Unexpected": Unexpected,
            "counted": _counted, "too_long": _too_long,
        }  # fmt: skip
        self._lines: list[str] = []
        self._depth, self._made = 1, 0
        self._checks: list[dict[str, tuple[int, int]]] = [{}]
        self._known: set[str] = set()
        self._seen: set[str] = set()
        self._alone = False
        self._leaves: list[tuple[int, str]] = []

    def function(self) -> Callable[[bytes], Any]:
        """Return the function."""
        end = self._node(self._program.root, ("", 0), ())
        finish = _place(end) if self._program.measures else self._program.finish
        body = "\n".join(self._lines)
        head = ["def parse(value):", "    size = len(value)", f"    if size > {self._program.longest}:"]
        head.append(
            f"        too_long(size, {self._program.longest})"
            if self._careful
            else "        raise Unexpected"
        )
        if not self._careful and "text[" in body:
            head.append("    text = decode(value, 'strict', table)[0]")
            self._names |= {"decode": codecs.charmap_decode, "table": self._program.machine.page.table}
        if not self._careful and "digits[" in body:
            head.append("    digits = value.hex()")
        values = [f"v{number}" for number in range(len(self._program.targets))]
        if values:
            head.append(f"    {' = '.join(values)} = UNSET")
        keys = [_key(name) for name in self._program.keys]
        if keys:
            head.append(f"    {' = '.join(keys)} = None")
        lines = [*head, *self._lines, f"    return {finish}"]
        exec(compile("\n".join(lines), "<franca copybook>", "exec"), self._names)  # noqa: S102  # the text is ours
        return cast("Callable[[bytes], Any]", self._names["parse"])

    def _write(self, *lines: str) -> None:
        self._lines += ["    " * self._depth + line for line in lines]

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        known = set(self._known)
        self._write(head)
        self._depth += 1
        self._checks.append({})
        start = len(self._lines)
        yield
        if len(self._lines) == start:
            self._write("pass")
        self._checks.pop()
        self._depth -= 1
        self._known = known

    def _fresh(self, letter: str) -> str:
        self._made += 1
        return f"{letter}_{self._made}"

    def _node(self, node: Node, at: "_At", occurrence: tuple[int, ...]) -> "_At":
        if node.alternatives:
            return self._alternatives(node, at, occurrence)
        return self._times(node, at, occurrence)

    def _alternatives(self, node: Node, at: "_At", occurrence: tuple[int, ...]) -> "_At":
        every, after = (node, *node.alternatives), (at[0], at[1] + node.room)
        if not any(id(each) in self._live for each in every):
            return after
        chosen = self._program.choices.get(id(node))
        if chosen is None:
            self._undecided(every, at, occurrence)
            return after
        for choice in chosen:
            if choice is not None and choice.key not in self._known:
                if choice.place is None:
                    reason = f"is chosen by {choice.key}, whose place is not known before"
                    raise DefinitionError.one(
                        node.item.name, reason, "choose by an item that stands before it"
                    )
                self._key(choice.key, ("", choice.place))
        word = "if"
        for each, choice in zip(every, chosen, strict=True):
            if choice is not None:
                test = self._fresh("is")
                self._names[test] = choice.holds
                with self._block(f"{word} {test}({_key(choice.key)}):"):
                    self._times(each, at, occurrence)
                word = "elif"
        with self._block("else:"):
            for each, choice in zip(every, chosen, strict=True):
                if choice is None:
                    self._times(each, at, occurrence)
        return after

    def _undecided(self, every: Sequence[Node], at: "_At", occurrence: tuple[int, ...]) -> None:
        """Write all alternatives, and keep those that the bytes fit; if none, the first tells why."""
        alone, self._alone, start = self._alone, True, len(self._leaves)
        for each in every:
            self._times(each, at, occurrence)
        self._alone, made = alone, self._leaves[start:]
        if made:
            (number, place), *_ = made
            absent = " is ".join([*(f"v{other}" for other, _ in made), "UNSET"])
            target = self._program.targets[number]
            if not alone and target.if_alone is not target.read:
                self._names[f"sure{number}"] = target.read
                self._write(f"if {absent}:", f"    v{number} = sure{number}(value, {place})")

    def _times(self, node: Node, at: "_At", occurrence: tuple[int, ...]) -> "_At":
        if not node.item.occurs:
            return self._once(node, at, occurrence)
        low, high = node.item.occurs
        inner = any(below.item.depending for child in node.children for below in child.walk())
        if node.item.depending:
            count = self._fresh("n")
            column = node.item.depending
            if column not in self._seen:
                reason = f"depends on {column}, which does not stand before it"
                raise DefinitionError.one(node.item.name or "FILLER", reason, "mend the copybook")
            self._write(f"{count} = counted({_key(column)}, {low}, {high}, {column!r})")
        if inner and self._program.moves:
            return self._moving(node, at, occurrence, count if node.item.depending else str(high))
        if id(node) in self._live:
            for time in range(high):
                place = (at[0], at[1] + time * node.size)
                if node.item.depending:
                    with self._block(f"if {count} > {time}:"):
                        self._once(node, place, (*occurrence, time))
                else:
                    self._once(node, place, (*occurrence, time))
        if not node.item.depending or not self._program.moves:
            return at[0], at[1] + high * node.size
        return self._moved(f"{_place(at)} + {count} * {node.size}")

    def _moving(self, node: Node, at: "_At", occurrence: tuple[int, ...], count: str) -> "_At":
        """Write a table whose occurrences differ in size: each begins where the one before it ends."""
        base = self._moved(_place(at))[0]
        for time in range(node.times):
            with self._block(f"if {count} > {time}:"):
                end = self._once(node, (base, 0), (*occurrence, time))
                self._write(f"{base} = {_place(end)}")
        return base, 0

    def _moved(self, expression: str) -> "_At":
        base = self._fresh("o")
        self._write(f"{base} = {expression}")
        return base, 0

    def _once(self, node: Node, at: "_At", occurrence: tuple[int, ...]) -> "_At":
        base, place = at[0], at[1] + node.slack
        if node.element is not None:
            target = self._targets.get((id(node), occurrence))
            if target is not None:
                self._leaf(target, base, place, node.element.size)
            if node.item.name in self._program.keys:
                self._key(node.item.name, (base, place))
            return base, place + node.element.size
        inside: _At = (base, place)
        for child in node.children:
            inside = self._node(child, inside, occurrence)
        return (base, place + node.size) if inside[0] == base else inside

    def _key(self, name: str, at: "_At") -> None:
        read = f"key_{_key(name)}"
        self._names[read] = self._program.keys[name]
        self._write(f"{_key(name)} = {read}(value, {_place(at)})")
        self._known.add(name)
        self._seen.add(name)

    def _leaf(self, target: Target, base: str, place: int, size: int) -> None:
        number = self._numbers[id(target)]
        read = f"read{number}"
        self._names[read] = target.if_alone if self._alone else target.read
        careful = f"{read}(value, {_place((base, place))})"
        self._leaves.append((number, _place((base, place))))
        element = target.leaf.node.element
        assert element is not None
        places = Places(base, place, size, careful)
        of = target.field
        made = None if self._careful or of is None else inline(element, of, self._program.machine, places)
        if made is None:
            self._write(f"v{number} = {careful}")
            return
        self._check(base, place + size)
        self._write(*(_VALUE.sub(f"v{number}", line) for line in made))

    def _check(self, base: str, end: int) -> None:
        """Write once a block that the record is long enough; later items of the block raise what it asks."""
        known = self._checks[-1].get(base)
        if known is None:
            line = len(self._lines)
            self._write("", "    raise Unexpected")
        else:
            line, end = known[0], max(end, known[1])
        self._checks[-1][base] = line, end
        self._lines[line] = "    " * self._depth + f"if size < {_place((base, end))}:"


_VALUE = re.compile(r"\bv\b")
_At: TypeAlias = tuple[str, int]
"""A place in a record: the name of what is known at run time, empty for its start, and bytes behind it."""


def _place(at: _At) -> str:
    return f"{at[0]} + {at[1]}" if at[0] and at[1] else at[0] or str(at[1])


def _key(name: str) -> str:
    return "k_" + "".join(c if c.isalnum() else "_" for c in name)


def _counted(value: Any, low: int, high: int, column: str) -> int:
    """Return how often a table occurs. Raises DecodeError for a count that can't be."""
    text = str(value).strip()
    if value is None or value is UNSET or not text.isdecimal():
        raise DecodeError(column, "counts the occurrences of a table, and is no number", "bad-count")
    if not low <= int(text) <= high:
        raise DecodeError(column, f"counts other than {low} to {high} occurrences", "bad-count")
    return int(text)


def _too_long(size: int, longest: int) -> None:
    reason = f"the record has {size} bytes, and the copybook describes {longest}: declare record_length"
    raise DecodeError("", reason, "record-length")

"""A copybook ready to read records with: its layout, its columns, and the functions made for them."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from franca.errors import DefinitionError, Problem
from franca.formats.copybook.choice import choices_of, item_names
from franca.formats.copybook.code_page import code_page
from franca.formats.copybook.compiled import Program, Target, compiled
from franca.formats.copybook.layout import Leaf, Node, lay_out, leaves
from franca.formats.copybook.parser import parse
from franca.formats.copybook.reader import Machine, conversion, lenient, raw, reader
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.layouts import Copybook

_MOMENTS = {Kind.DATE, Kind.TIME, Kind.TIMESTAMP}


class Records:
    """The records of a copybook. Raises DefinitionError for a copybook or settings that can't be."""

    def __init__(self, layout: Copybook, text: str = "") -> None:
        self._layout = layout
        page = code_page(layout.code_page)
        self.machine = Machine(
            page,
            layout.byte_order == "little",
            layout.floats == "ibm" or (not layout.floats and page.is_ebcdic),
            layout.trim,
        )
        self.root = _root(layout, text or layout.text())
        self._choices = choices_of(self.root, layout.redefines)
        first = self.root.children[0]
        if first.alternatives and id(first) not in self._choices:
            names = ", ".join(each.item.name for each in (first, *first.alternatives))
            reason = f"has several records: {names}"
            remedy = "say which one with record=, or when each is read with redefines="
            raise DefinitionError.one("copybook", reason, remedy, layout.path)

    @cached_property
    def leaves(self) -> Sequence[Leaf]:
        """The columns in the order of the copybook."""
        return leaves(self.root)

    @property
    def length(self) -> int:
        """How many bytes a record has at most."""
        return self.root.size

    @property
    def is_variable(self) -> bool:
        """Whether the bytes of a record depend on its counts."""
        return self._moves and self.root.is_dynamic

    @property
    def _moves(self) -> bool:
        return self._layout.variable_size_occurs != "max_size"

    def loosely(self) -> Callable[[bytes], Mapping[str, Any]]:
        """Return the function from a record to the values of its columns, absent ones left out."""
        targets = []
        for number, leaf in enumerate(self.leaves):
            assert leaf.node.element is not None
            read = reader(leaf.column, leaf.node.element, self.machine, lambda value: value)
            targets.append(Target(leaf, f"c{number}", None, read, lenient(read)))
        values = [f"v{number}" for number in range(len(targets))]
        names = {"columns": tuple(leaf.column for leaf in self.leaves), "present": _present}
        finish = f"present(columns, ({', '.join(values)},))"
        return compiled(self._program(targets, finish, names), careful=True)

    def rows(
        self, fields: Sequence[Field], row: type[msgspec.Struct], zone: ZoneInfo | None, *, careful: bool
    ) -> Callable[[bytes], msgspec.Struct]:
        """Return the function from a record to a row. Raises DefinitionError for columns it has not got."""
        finish = f"row({', '.join(f'{field.name}=v{number}' for number, field in enumerate(fields))})"
        return compiled(self._program(self._targets(fields, zone), finish, {"row": row}), careful=careful)

    def end(self) -> Callable[[bytes], int]:
        """Return the function from a record's bytes, and maybe more, to how many of them are the record's."""
        return compiled(self._program([], "", {}, longest=2**62, measures=True), careful=True)

    def _targets(self, fields: Sequence[Field], zone: ZoneInfo | None) -> list[Target]:
        problems: list[Problem] = []
        exact = {leaf.column: leaf for leaf in self.leaves}
        alike = {_plain(leaf.column): leaf for leaf in reversed(self.leaves)}
        targets = []
        for field in fields:
            leaf = exact.get(field.column) or alike.get(_plain(field.column))
            problem = _absent(field, alike) if leaf is None else _unfit(field, leaf)
            if problem is not None or leaf is None:
                problems += [problem] if problem else []
                continue
            element = leaf.node.element
            assert element is not None
            read = raw(field.column, element.size) if field.kind is Kind.BYTES else reader(
                field.column, element, self.machine, conversion(element, field, zone)
            )  # fmt: skip
            targets.append(Target(leaf, field.name, field, read, read))
        if problems:
            raise DefinitionError(problems)
        return targets

    def _program(
        self,
        targets: Sequence[Target],
        finish: str,
        names: Mapping[str, Any],
        *,
        longest: int = 0,
        measures: bool = False,
    ) -> Program:
        return Program(
            self.root,
            targets,
            self._choices,
            {name: self._key(name) for name in sorted(item_names(self.root, self._choices))},
            self.machine,
            self._moves,
            longest or max(self.length, self._layout.record_length or 0),
            finish,
            names,
            measures,
        )

    def _key(self, name: str) -> Callable[[bytes, int], Any]:
        node = next((n for n in self.root.walk() if n.item.name == name and n.element is not None), None)
        if node is None or node.element is None:
            raise DefinitionError.one("copybook", f"a table depends on {name}, which is no item", "add it")
        return lenient(reader(name, node.element, self.machine, lambda value: value))


def _present(columns: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(columns, values, strict=True)
    return {column: value for column, value in pairs if value is not msgspec.UNSET}


def _root(layout: Copybook, text: str) -> Node:
    records = parse(text, layout.path, layout.library)
    if layout.record:
        named = [record for record in records if record.name == layout.record.upper()]
        if not named:
            known = ", ".join(record.name for record in records)
            reason = f"has no record {layout.record!r}"
            raise DefinitionError.one("copybook", reason, f"expected one of {known}", layout.path)
        records = named
    return lay_out(records, layout.path)


def _plain(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def _absent(field: Field, known: Mapping[str, Leaf]) -> Problem:
    near = difflib.get_close_matches(_plain(field.column), known, 3, 0.5) or list(known)[:3]
    names = ", ".join(known[name].column for name in near)
    return Problem(field.name, f"the copybook has no item {field.column!r}", f"name one such as {names}")


def _unfit(field: Field, leaf: Leaf) -> Problem | None:
    element = leaf.node.element
    if element is not None and element.is_number and field.kind in _MOMENTS and field.unit is None:
        reason = f"is declared as {field.kind.value}, and {leaf.column} holds digits"
        remedy = "declare the column as str, and convert it in the mapping with date_of, or say its unit="
        return Problem(field.name, reason, remedy)
    return None

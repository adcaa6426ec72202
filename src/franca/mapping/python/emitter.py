"""Writes an expression as Python statements: every node once, in the order that the definitions ask for.

An expression becomes an *atom*, the name of a local variable or a literal. All arguments are bound before
any null is looked at; only branches are indented, and what was computed in a branch is forgotten after it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from franca.mapping.tree import Call, Column, Constant, Expression

Emit: TypeAlias = "Callable[[Emitter, Call, Sequence[str]], str]"
"""Writes one word as a Python expression over the atoms of its arguments, none of which is null."""

Whole: TypeAlias = "Callable[[Emitter, Call], str]"
"""Writes one word that sees to its arguments and to null itself; returns the atom."""


class Emitter:
    """Collects the lines of one function and the constants they name.

    `row` is the name of the row there, `complete` says that no row lacks a column.
    """

    def __init__(self, strict: Mapping[str, Emit], whole: Mapping[str, Whole]) -> None:
        self.row = "row"
        self.complete = False
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self.columns: dict[str, str] = {}
        self._strict = strict
        self._whole = whole
        self._known: dict[Expression, str] = {}
        self._names: dict[tuple[str, object], str] = {}
        self.depth = 1
        self._count = 0

    def line(self, text: str) -> None:
        """Add a statement at the current depth."""
        self.lines.append("    " * self.depth + text)

    def bind(self, code: str) -> str:
        """Add an assignment and return the new variable's name."""
        name = self.variable()
        self.line(f"{name} = {code}")
        return name

    def variable(self) -> str:
        """Return a fresh name."""
        self._count += 1
        return f"v{self._count}"

    def constant(self, value: object, kind: str = "k") -> str:
        """Return the name by which the function knows a value of ours."""
        key = (kind, id(value))
        name = self._names.get(key)
        if name is None:
            name = f"{kind}{len(self.constants)}"
            self._names[key] = name
            self.constants[name] = value
        return name

    def literal(self, value: object) -> str:
        """Return a constant of the user's as an atom."""
        return repr(value) if value is None or type(value) in {bool, int, str} else self.constant(value)

    @contextmanager
    def branch(self, head: str) -> Iterator[None]:
        """Add what follows under `head`; what it computes is unknown afterwards."""
        self.line(head)
        self.depth += 1
        known = dict(self._known)
        yield
        self._known = known
        self.depth -= 1

    def emit(self, node: Expression) -> str:
        """Return the atom of an expression, adding the statements that compute it."""
        atom = self._known.get(node)
        if atom is None:
            atom = self._emit(node)
            self._known[node] = atom
        return atom

    def load(self, columns: Sequence[str]) -> None:
        """Read the columns that were not read yet; an absent one ends the function."""
        fresh = [name for name in columns if name not in self.columns]
        for name in fresh:
            self.columns[name] = self.bind(f"{self.row}.{name}")
        if fresh and not self.complete:
            self.line(f"if {' or '.join(f'{self.columns[name]} is UNSET' for name in fresh)}:")
            self.line("    raise Absent")

    def _emit(self, node: Expression) -> str:
        if isinstance(node, Column):
            return self.columns[node.name]
        if isinstance(node, Constant):
            return self.literal(node.value)
        whole = self._whole.get(node.word)
        if whole is not None:
            return whole(self, node)
        atoms = [self.emit(argument) for argument in node.args]
        code = self._strict[node.word](self, node, atoms)
        nulls = [atom for atom, arg in zip(atoms, node.args, strict=True) if arg.type.nullable]
        if nulls:
            test = " or ".join(f"{atom} is None" for atom in dict.fromkeys(nulls))
            code = f"None if {test} else {code}"
        return self.bind(code)

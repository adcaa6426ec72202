"""The layers of a generated select: each is a CTE that adds columns to the one below it.

What is used twice becomes a column of the next layer, so that no engine computes it twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

SOURCE = "_rows"
PREFIX = "_"
"""Generated columns are `_1`, `_2`, …; generated layers `_layer_1`, `_layer_2`, …."""


@dataclass(frozen=True, slots=True)
class Part:
    """An expression of SQL that can be computed on top of layer `depth`.

    `value` is the answer where `problem` is null; `problem` gives the stable code of what is wrong, and is
    None where nothing can be. Where there is a problem the value is any value of its type.
    """

    value: exp.Expr
    problem: exp.Expr | None = None
    depth: int = 0


class Layers:
    """Collects generated columns and puts them into as few layers as their dependencies allow."""

    def __init__(self) -> None:
        self._layers: list[list[exp.Expr]] = []
        self._count = 0

    def keep(self, value: exp.Expr, depth: int) -> tuple[exp.Expr, int]:
        """Make the value a column of the layer above `depth`; return the reference and its depth.

        A column or a literal is returned as it is.
        """
        if is_plain(value):
            return value, depth
        self._count += 1
        name = f"{PREFIX}{self._count}"
        while len(self._layers) <= depth:
            self._layers.append([])
        self._layers[depth].append(exp.alias_(value, name, quoted=True))
        return column(name), depth + 1

    @property
    def top(self) -> str:
        """The name of the uppermost layer, in which every kept column can be seen."""
        return self._name(len(self._layers))

    def ctes(self) -> Iterator[tuple[str, exp.Select]]:
        """Yield each layer's name and query, the lowest first."""
        for number, added in enumerate(self._layers, start=1):
            below = exp.to_identifier(self._name(number - 1), quoted=True)
            yield self._name(number), exp.select(exp.Star(), *added).from_(below)

    @staticmethod
    def _name(number: int) -> str:
        return f"_layer_{number}" if number else SOURCE


def column(name: str) -> exp.Column:
    """Return a quoted reference to a column."""
    return exp.column(exp.to_identifier(name, quoted=True))


def is_plain(value: exp.Expr) -> bool:
    """Say whether the expression costs nothing, so that writing it twice is no matter."""
    if isinstance(value, exp.Cast):
        return isinstance(value.this, exp.Literal | exp.Null)
    return isinstance(value, exp.Column | exp.Literal | exp.Boolean | exp.Null)


def first_problem(*problems: exp.Expr | None) -> exp.Expr | None:
    """Return the first problem of several, None where none can arise."""
    present = [problem for problem in problems if problem is not None]
    if len(present) < 2:
        return present[0] if present else None
    return exp.Coalesce(this=present[0], expressions=present[1:])


def present(value: exp.Expr) -> exp.Expr:
    """Return the test that a value is not null."""
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))

"""Turns an expression tree into parts of a select: each node once, shared nodes as generated columns."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.sql.layers import Layers, Part, column, first_problem, present
from franca.mapping.sql.literals import literal
from franca.mapping.sql.zone_doubts import Doubts
from franca.mapping.tree import Call, Column, Constant, Expression

Translate: TypeAlias = "Callable[[Scope, Call], Part]"
"""Translates one word; asks the scope for the parts of its arguments."""


class Scope:
    """What a word's translation works with: the parts of its arguments, and columns to keep them in.

    `words` are the translations of the dialect; a word that is missing there is refused. `doubts` are the
    stretches of time in which the engine's zones are left alone.
    """

    def __init__(
        self, words: Mapping[str, Translate], dialect: str, roots: Iterable[Expression], doubts: Doubts
    ) -> None:
        self.layers = Layers()
        self.dialect, self.doubts = dialect, doubts
        self._words = words
        self._parts: dict[Expression, Part] = {}
        self._uses = _uses(roots)

    def part(self, node: Expression) -> Part:
        """Return the node's part; a node that is used in several places is computed once."""
        found = self._parts.get(node)
        if found is None:
            found = self._translated(node)
            if self._uses[node] > 1:
                found = self.kept(found)
            self._parts[node] = found
        return Part(found.value.copy(), None if found.problem is None else found.problem.copy(), found.depth)

    def kept(self, part: Part) -> Part:
        """Return the part with value and problem as plain columns, to be written more than once."""
        value, depth = self.layers.keep(part.value, part.depth)
        problem = part.problem
        if problem is not None:
            problem, problem_depth = self.layers.keep(problem, part.depth)
            depth = max(depth, problem_depth)
        return Part(value, problem, depth)

    def plain(self, node: Expression) -> Part:
        """Return the node's part with its value as a plain column."""
        part = self.part(node)
        value, depth = self.layers.keep(part.value, part.depth)
        return replace(part, value=value, depth=depth)

    def made(self, value: exp.Expr, parts: Iterable[Part], problem: exp.Expr | None = None) -> Part:
        """Return a part computed of others, whose problems come before its own."""
        parts = tuple(parts)
        problems = [part.problem for part in parts]
        depth = max((part.depth for part in parts), default=0)
        return Part(value, first_problem(*problems, problem), depth)

    def attempted(
        self,
        value: exp.Expr,
        parts: Iterable[Part],
        code: str,
        depth: int = 0,
        before: exp.Expr | None = None,
    ) -> Part:
        """Return a part that is null where it could not be computed though no argument was null.

        The arguments are plain. `depth` is the layer the value needs where that is above its arguments',
        `before` a problem that comes before this one.
        """
        parts = tuple(parts)
        depth = max([depth, *(part.depth for part in parts)])
        tried, kept_depth = self.layers.keep(value, depth)
        tested = [present(part.value) for part in parts]
        failed = exp.and_(*tested, exp.Is(this=tried.copy(), expression=exp.Null()))
        problem = first_problem(before, exp.case().when(failed, exp.Literal.string(code)))
        return replace(self.made(tried, parts, problem), depth=kept_depth)

    def _translated(self, node: Expression) -> Part:
        if isinstance(node, Column):
            return Part(column(node.name))
        if isinstance(node, Constant):
            return Part(literal(node.value, node.type))
        translate = self._words.get(node.word)
        if translate is None:
            raise DefinitionError.one(
                node.word,
                f"the word {node.word!r} can't be expressed in {self.dialect}",
                "leave this mapping to the stream, or say it with other words",
            )
        return translate(self, node)


def _uses(roots: Iterable[Expression]) -> Counter[Expression]:
    """Count in how many places each node is used; what is below a repeated node counts once."""
    uses: Counter[Expression] = Counter()
    pending = list(roots)
    while pending:
        node = pending.pop()
        uses[node] += 1
        if uses[node] == 1 and isinstance(node, Call):
            pending.extend(node.args)
    return uses

"""What the columns of a query are made of: columns of entities and views, each whether it is only counted.

Where that can't be told, it is all columns of the relations in reach.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope, walk_in_scope

Place: TypeAlias = tuple[str, str]
"""A relation, and one of its columns."""

_ALL = -1


class _Output(NamedTuple):
    """One column of what a part of the query gives, or all of them."""

    scope: Scope
    at: int = _ALL


_Edge: TypeAlias = tuple[_Output | Place, bool]
"""What something is made of, and whether only the number of it is."""


class MadeOf:
    """Tells of each column of a query what it is made of. Its names are qualified, its stars written out.

    `known` are the relations that there are, each with its columns.
    """

    def __init__(self, query: exp.Query, known: Mapping[str, Collection[str]]) -> None:
        self._known = known
        scopes = traverse_scope(query)
        self._scopes = {id(scope.expression): scope for scope in scopes}
        self._pivoted = {id(scope) for scope in scopes if scope.find(exp.Pivot)}
        self._places: dict[int, dict[str, int]] = {}
        self._root = scopes[-1]

    def column(self, at: int) -> dict[Place, bool]:
        """Return the columns behind the one at this place, each with whether it is only counted."""
        found: dict[Place, bool] = {}
        seen: set[tuple[int, int, bool]] = set()
        waiting: list[_Edge] = [(_Output(self._root, at), False)]
        while waiting:
            target, is_counted = waiting.pop()
            if not isinstance(target, _Output):
                found[target] = found.get(target, True) and is_counted
                continue
            key = (id(target.scope), target.at, is_counted)
            if key not in seen:
                seen.add(key)
                edges = [(each, is_counted or only_so) for each, only_so in self._edges(target)]
                waiting += reversed(edges)
        return found

    def _edges(self, output: _Output) -> Iterator[_Edge]:
        scope, at = output
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            yield from ((_Output(each, at), False) for each in scope.set_operation_scopes)
        elif isinstance(query, exp.Subquery):
            yield from self._of_query(query, scope, at)
        elif isinstance(query, exp.Select) and at != _ALL:
            yield from self._of_expression(query.selects[at], scope)
        elif isinstance(query, exp.Select):
            yield from ((_Output(scope, number), False) for number in range(len(query.selects)))
        elif isinstance(query, exp.Lateral) and isinstance(query.this, exp.Subquery):
            yield from self._of_query(query.this, scope, at)
        else:
            yield from self._of_expression(query, scope)

    def _of_expression(self, expression: exp.Expr, scope: Scope) -> Iterator[_Edge]:
        for node in walk_in_scope(expression):
            made: Iterable[_Edge] = ()
            if isinstance(node, exp.Query) and node is not expression:
                made = self._of_query(node, scope, _ALL)
            elif isinstance(node, exp.Column):
                made = self._of_column(node, scope)
            elif isinstance(node, exp.TableColumn):
                made = self._of_source(node.name, scope)
            elif _is_untold(node):
                made = self._of_all(scope)
            is_counted = _is_counted(node)
            yield from ((each, is_counted or only_so) for each, only_so in made)

    def _of_query(self, query: exp.Expr, scope: Scope, at: int) -> Iterator[_Edge]:
        inner = self._scopes.get(id(query.unnest()))
        if inner is not None:
            yield _Output(inner, at), False
            return
        for relation in query.find_all(exp.Table):
            yield from self._of_source(relation.name, scope)

    def _of_column(self, column: exp.Column, scope: Scope) -> Iterator[_Edge]:
        """Yield what is behind a column; one without a relation is a whole row, called as its relation.

        A pivot gives its columns names that others had.
        """
        source = _source(column.table, scope) if column.table else None
        if id(scope) in self._pivoted:
            yield from self._of_all(scope)
        elif source is None or column.is_star:
            yield from self._of_source(column.table or column.name, scope)
        elif isinstance(source, exp.Table):
            yield from self._of_table(source, column.name)
        else:
            yield self._of_scope(source, column.name), False

    def _of_source(self, name: str, scope: Scope) -> Iterator[_Edge]:
        """Yield all columns of a relation of this name; of all in reach, where there is none."""
        source = _source(name, scope)
        if isinstance(source, Scope):
            yield self._of_scope(source), False
        elif source is not None:
            yield from self._of_table(source)
        elif name.lower() in self._known:
            yield from (((name.lower(), each), False) for each in self._known[name.lower()])
        else:
            yield from self._of_all(scope)

    def _of_all(self, scope: Scope) -> Iterator[_Edge]:
        above: Scope | None = scope
        while above is not None:
            for source in above.sources.values():
                if isinstance(source, exp.Table):
                    yield from self._of_table(source)
                else:
                    yield self._of_scope(source), False
            above = above.parent

    def _of_table(self, table: exp.Table, name: str = "") -> Iterator[_Edge]:
        """Yield a table's column; all, where it has none of that name."""
        relation = table.name.lower()
        columns = self._known.get(relation, ())
        yield from (((relation, each), False) for each in ([name] if name in columns else columns))

    def _of_scope(self, scope: Scope, name: str = "") -> _Output:
        """Return a column of a part of the query; all, where it has none of that name.

        What a recursive part calls itself is all of it.
        """
        query = scope.expression
        if self._scopes.get(id(query)) is not scope:
            whole = query.find_ancestor(exp.SetOperation)
            scope = self._scopes.get(id(whole), scope)
        if id(query) not in self._places:
            names = _names(query)
            self._places[id(query)] = {name: place for place, name in reversed([*enumerate(names)])}
        return _Output(scope, self._places[id(query)].get(name, _ALL))


def _source(name: str, scope: Scope) -> Scope | exp.Table | None:
    """Return what a name means in a part of the query, or in those around it."""
    above: Scope | None = scope
    while above is not None:
        if name in above.sources:
            return above.sources[name]
        above = above.parent
    return None


def _names(query: exp.Expr) -> list[str]:
    """Return the names of a part's columns, as far as they are known."""
    if isinstance(query, exp.Lateral):
        inner, given = _names(query.this.unnest()), query.alias_column_names
        return [*given, *inner[len(given) :]] if inner else []
    return list(query.named_selects) if isinstance(query, exp.Query) else []


def _is_untold(node: exp.Expr) -> bool:
    """Return whether an expression means columns that can't be told: by a star, or by a bare name."""
    if isinstance(node, exp.Star):
        return not isinstance(node.parent, exp.Count | exp.Column)
    is_bare = isinstance(node, exp.Dot) and isinstance(node.this, exp.Identifier)
    return is_bare and node.find_ancestor(exp.Lambda, exp.Comprehension) is None


def _is_counted(node: exp.Expr) -> bool:
    """Return whether something is only counted, or says which rows are."""
    above = node.find_ancestor(exp.Count, exp.ApproxDistinct, exp.Filter, exp.Select)
    return isinstance(above, exp.Count | exp.ApproxDistinct) or (
        isinstance(above, exp.Filter) and isinstance(above.this, exp.Count)
    )

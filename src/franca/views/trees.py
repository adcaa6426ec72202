"""Short words for the pieces of SQL trees. Every name is quoted."""

from collections.abc import Iterable
from typing import TypeVar, cast

from sqlglot import exp, parse_one

DIALECT = "duckdb"
Made = TypeVar("Made", bound=exp.Query)


def column(name: str, of: str = "", to: str = "") -> exp.Expr:
    """Return a column, of a table's alias where it is given, called `to` where that is another name."""
    found = exp.column(name, table=of or None, quoted=True)
    return exp.alias_(found, to, quoted=True) if to and to != name else found


def table(name: str, alias: str = "") -> exp.Table:
    """Return a relation, under an alias where it is given."""
    found = exp.Table(this=exp.to_identifier(name, quoted=True))
    if alias:
        found.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return found


def placed(name: str, schema: str) -> exp.Table:
    """Return a relation in a schema: `dataset`, or `project.dataset`."""
    found = table(name)
    for place, part in zip(("db", "catalog"), reversed(schema.split(".") if schema else []), strict=False):
        found.set(place, exp.to_identifier(part, quoted=True))
    return found


def tables(query: exp.Query) -> list[exp.Table]:
    """Return the relations that a query reads, its own parts apart, which may be called like these."""
    return [found for found in query.find_all(exp.Table) if found.db or not _is_a_part(found)]


def _is_a_part(relation: exp.Table) -> bool:
    """Tell whether a `WITH` around a relation has a part of its name.

    In a part, that is one before it; or itself where it recurs, which a union does.
    """
    name, child = relation.name.lower(), cast("exp.Expr", relation)
    while (place := child.parent) is not None:
        parts: list[exp.Expr] = []
        if isinstance(place, exp.With):
            recurs = place.recursive and isinstance(child.this, exp.SetOperation)
            parts = place.expressions[: (child.index or 0) + recurs]
        elif isinstance(with_ := place.args.get("with_"), exp.With) and child is not with_:
            parts = with_.expressions
        if any(part.alias.lower() == name for part in parts):
            return True
        child = place
    return False


def columns_read(query: exp.Query, relation: str) -> set[str]:
    """Return the columns of a relation that a query may read: one of no table may be of any around it."""
    from sqlglot.optimizer.scope import traverse_scope  # slow to load

    found: set[str] = set()
    for scope in traverse_scope(query):
        of = {
            name
            for name, each in scope.sources.items()
            if isinstance(each, exp.Table) and each.name == relation
        }
        found |= {each.name for each in scope.columns if each.table in of or (of and not each.table)}
    return found


def within(query: exp.Query, alias: str) -> exp.Subquery:
    """Return a query as a relation of another, under an alias."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def parsed(sql: str, to: str = "") -> exp.Expr:
    """Return the tree of an expression in DuckDB's SQL, called `to` where a name is given."""
    tree = parse_one(sql, dialect=DIALECT)
    return exp.alias_(tree, to, quoted=True) if to else tree


def select(*columns: exp.Expr) -> exp.Select:
    """Return the beginning of a query."""
    return exp.select(*columns, copy=False)


def staged(stages: Iterable[tuple[str, exp.Query]], last: Made) -> Made:
    """Return a query whose stages stand before it, by their names."""
    for name, query in stages:
        last = last.with_(exp.to_identifier(name, quoted=True), as_=query, copy=False)
    return last

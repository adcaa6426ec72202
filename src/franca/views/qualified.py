"""Tells of each name in a query whose column it is, and writes stars out; rights what sqlglot has wrong."""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from franca.views.trees import DIALECT

_WRITTEN = "written"
"""The mark, among a name's meta data, of how it was written: names are put in lower case."""

_MERGING = "merging"
"""The mark of a join that makes one column of two: `USING`, or `NATURAL`."""


def qualified(tree: exp.Query, schema: Mapping[str, object]) -> exp.Query:
    """Return the query with each column's relation before it, and all names in quotes, in lower case.

    The names of fields of structures and of keys of JSON stay as they were written. `schema` has the columns
    of what the query reads. Raises OptimizeError.
    """
    from sqlglot.optimizer.qualify import qualify  # slow to load, and most projects declare no view

    for node in tree.find_all(exp.Identifier, exp.Join):
        if isinstance(node, exp.Identifier):
            node.meta[_WRITTEN] = node.this
        elif isinstance(node, exp.Join) and (node.args.get("using") or node.method == "NATURAL"):
            node.meta[_MERGING] = True
    is_told = all(schema.values())
    whole = qualify(tree, dialect=DIALECT, schema=dict(schema), validate_qualify_columns=is_told)
    assert isinstance(whole, exp.Query)
    for name in _names_of_fields(whole):
        name.set("this", name.meta.get(_WRITTEN, name.this))
    for query in whole.find_all(exp.Select):
        _merge(query)
    return whole


def _names_of_fields(tree: exp.Query) -> Iterator[exp.Identifier]:
    for node in tree.find_all(exp.Dot, exp.PropertyEQ, exp.ColumnDef):
        name = node.expression if isinstance(node, exp.Dot) else node.this
        if isinstance(name, exp.Identifier):
            yield name


def _merge(query: exp.Select) -> None:
    """Have joins compare a column with all that earlier ones merged into it: outer ones leave either null.

    sqlglot compares it with the first of these, or with one that a semi join leaves out.
    """
    merged: dict[str, list[exp.Expr]] = {}
    is_outer = False
    for join in query.args.get("joins") or ():
        condition = join.args.get("on")
        if condition is not None and join.meta.get(_MERGING):
            for equal in condition.find_all(exp.EQ):
                sides = merged.setdefault(equal.expression.name, [])
                if is_outer and len(sides) > 1:
                    equal.set("this", exp.func("coalesce", *(side.copy() for side in sides)))
                elif sides:
                    equal.set("this", sides[0].copy())
                else:
                    sides.append(equal.this)
                if not join.is_semi_or_anti_join:
                    sides.append(equal.expression)
        is_outer = is_outer or join.side in ("FULL", "RIGHT")

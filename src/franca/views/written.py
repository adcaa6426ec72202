"""Reads the SQL of a view or metric that a project writes: one query of named columns, and what it reads."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from importlib.util import find_spec

from sqlglot import exp, parse
from sqlglot.errors import ParseError, SqlglotError

from franca.errors import DefinitionError
from franca.model.views import Declared, Metric
from franca.views.portable import calls_in_front
from franca.views.trees import DIALECT, tables

_SELECT = "write one select statement"
_READABLE = "read entities and views"
_MEND = "mend it: it is DuckDB's"
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)
_COLUMN = re.compile(r"[Cc]olumn:? '?\"?(\w+)")


def written(name: str, declared: Declared) -> exp.Query:
    """Return the tree of a view's SQL. Raises DefinitionError for what is not one query of named columns."""
    sql = _metric_sql(name, declared) if isinstance(declared, Metric) else declared.sql
    if not sql.strip():
        raise DefinitionError.one(name, "has no SQL", _SELECT)
    try:
        parts = parse(sql, dialect=DIALECT)
    except SqlglotError as error:
        raise DefinitionError.one(name, f"its SQL is wrong: {_unread(sql, error)}", _MEND) from error
    statements = [each for each in parts if each is not None and not isinstance(each, exp.Semicolon)]
    if len(statements) != 1:
        raise DefinitionError.one(name, f"got {len(statements)} statements, expected one query", _SELECT)
    (tree,) = statements
    _require_no_pivot(name, tree)
    if not isinstance(tree, exp.Query):
        raise DefinitionError.one(name, f"is no query but {tree.key.upper()}", _SELECT)
    tree = calls_in_front(tree)
    _require_plain(name, tree)
    if isinstance(declared, Metric) and not tree.find(exp.AggFunc, exp.Anonymous):
        reason = f"its expression {declared.expression!r} puts no rows together"
        raise DefinitionError.one(name, reason, "write an aggregate: sum(…), count(*), avg(…)")
    if refusal := _refusal(sql):  # sqlglot reads more than DuckDB does
        raise DefinitionError.one(name, f"its SQL is wrong: {refusal}", _MEND)
    return tree


def reads(tree: exp.Query) -> set[str]:
    """Return the relations that a query names, in lower case, its own parts apart."""
    return {each.name.lower() for each in tables(tree)}


def unreadable(name: str, error: SqlglotError, columns: Iterable[str] = ()) -> DefinitionError:
    """Return the error for SQL that is wrong, with the one of these columns that may have been meant."""
    reason, _, _ = str(error).partition("\n")
    named = _COLUMN.search(reason)
    remedy = nearest(named[1], list(dict.fromkeys(columns))) if named else ""
    return DefinitionError.one(name, f"its SQL is wrong: {reason}", remedy or _MEND)


def _unread(sql: str, error: SqlglotError) -> str:
    """Return what is wrong with SQL that can't be read, by DuckDB's words where it can't either."""
    if refusal := _refusal(sql):
        return refusal
    told = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    if not told:
        return "it ends within a text or a name"
    return f"franca can't read it at {told['highlight']!r}, in line {told['line']} of it"


def _refusal(sql: str) -> str:
    """Return what DuckDB's parser has against SQL; nothing where it reads it, or is not here."""
    if find_spec("duckdb") is None:
        return ""
    import duckdb  # in an extra, and slow to load

    try:
        duckdb.extract_statements(sql)
    except duckdb.Error as error:
        reason, _, shown = str(error).partition("\n")
        line = _LINE.search(shown)
        return reason.removeprefix("Parser Error: ") + (f", in line {line[1]} of it" if line else "")
    return ""


def nearest(name: str, known: Collection[str]) -> str:
    """Return the question for the name that was meant, nothing where none is like it."""
    close = get_close_matches(name.lower(), known, 1, 0.7)
    return f"did you mean {close[0]!r}?" if close and close[0] != name else ""


def _metric_sql(name: str, metric: Metric) -> str:
    """Return a metric's query. A line ends behind what a user wrote: there may be a comment at its end."""
    by = ", ".join(map(_quoted, metric.by))
    where = f" WHERE {metric.where}\n" if metric.where else ""
    groups = f" GROUP BY {by}" if by else ""
    value = f"{metric.expression}\nAS {_quoted(name)}"
    selected = f"{by}, {value}" if by else value
    return f"SELECT {selected} FROM {_quoted(metric.over)}{where}{groups}"  # noqa: S608 - the project's own SQL


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _require_no_pivot(name: str, tree: exp.Expr) -> None:
    """Refuse a pivot as a statement, or in groups: nothing but DuckDB tells what columns it gives."""
    for pivot in tree.find_all(exp.Pivot):
        if pivot.arg_key == "pivots" and not pivot.args.get("group"):
            continue
        if pivot.args.get("unpivot"):
            remedy = "write a select for each column, with UNION ALL between them"
            raise DefinitionError.one(name, "has an UNPIVOT, which no view can have", remedy)
        remedy = "write each column: count(*) FILTER (WHERE kind = 'a') AS a"
        raise DefinitionError.one(name, "has a PIVOT, which no view can have", remedy)


def _require_plain(name: str, tree: exp.Query) -> None:
    """Refuse what no view can have: targets, parameters, tables of elsewhere, columns without names."""
    if not tree.selects:
        raise DefinitionError.one(name, "selects nothing", _SELECT)
    if tree.find(exp.Into):
        raise DefinitionError.one(name, "writes INTO a table", _SELECT)
    parameter = tree.find(exp.Placeholder, exp.Parameter)
    if parameter is not None:
        reason = f"has the parameter {parameter.sql(dialect=DIALECT)}"
        raise DefinitionError.one(name, reason, "write the value itself: a view takes none")
    for relation in tree.find_all(exp.Table):
        shown = relation.sql(dialect=DIALECT)
        if not isinstance(relation.this, exp.Identifier):
            remedy = f"{_READABLE}; for a moment ask a history: valid_from <= … AND … < valid_to"
            raise DefinitionError.one(name, f"reads the function {shown}, which gives a table", remedy)
        if relation.args.get("db"):
            remedy = f"{_READABLE}, each by its name alone"
            raise DefinitionError.one(name, f"reads {shown}, which is of another schema", remedy)
    by_name = (each.right for each in tree.find_all(exp.Union) if each.args.get("by_name"))
    for query in (tree, *by_name):
        _require_names(name, query)


def _require_names(name: str, query: exp.Query) -> None:
    for number, each in enumerate(query.selects, 1):
        if not each.output_name and not each.is_star and not isinstance(each, exp.Columns):
            reason = f"its column {number}, {each.sql(dialect=DIALECT)}, has no name"
            raise DefinitionError.one(name, reason, "name it: expression AS name")

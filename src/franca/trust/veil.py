"""Hides personal values in the samples of data tests: shown is what is declared and not personal."""

from collections.abc import Iterable, Mapping
from typing import Any

from franca.model.shape import Shape

MASK = "•••"


class Veil:
    """What may be shown of rows that tests found; some entity declares it, and none marks it as personal."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        known = list(shapes)
        fields = [field for shape in known for field in shape.fields]
        self._entities = {shape.name for shape in known}
        self._personal = {field.name for field in fields if field.is_personal}
        self._shown = {field.name for field in fields} - self._personal | {"_rows"}

    def over(self, row: Mapping[str, Any], sql: str = "") -> dict[str, Any]:
        """Return a row for people to read; `sql` is a user's own query that found it."""
        shown = self._shown if not sql or self._is_plain(sql) else set()
        return {name: value if value is None or name in shown else MASK for name, value in row.items()}

    def _is_plain(self, sql: str) -> bool:
        """Tell whether a query's columns are what their names say: nothing personal under another name."""
        from sqlglot import exp, parse_one  # slow to load

        query = parse_one(sql, read="duckdb")
        aliases = list(query.find_all(exp.TableAlias))
        if any(alias.args.get("columns") for alias in aliases) or query.find(exp.Pivot):
            return False
        personal = self._personal | {"*"} | {alias.name.lower() for alias in aliases} | self._entities
        if not any(column.name.lower() in personal for column in query.find_all(exp.Column, exp.Star)):
            return True
        if not isinstance(query, exp.Select) or len(list(query.find_all(exp.Query))) > 1:
            return False
        return all(
            isinstance(each, exp.Column | exp.Star)
            or not any(column.name.lower() in personal for column in each.find_all(exp.Column))
            for each in query.expressions
        )

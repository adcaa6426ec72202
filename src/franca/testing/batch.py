"""Runs a mapping's SQL on rows in memory, so that a test can compare it with the generated Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from franca.mapping.mapping import Mapping
from franca.mapping.sql.arrow import arrow_type
from franca.mapping.sql.select import ITEM, PROBLEM, SUBJECT, select
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape, shape_of

ROW = "_row"


@dataclass(frozen=True, slots=True)
class Made:
    """One entity that the SQL made of a row, or the problem that kept it from that: path and code."""

    row: int
    item: int
    subject: str | None
    data: dict[str, Any]
    problem: tuple[str, str] | None


class Batch:
    """Runs mappings on rows with DuckDB; one connection for all of them."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")

    def run(self, mapping: Mapping[Any, Any], rows: Sequence[dict[str, object]]) -> list[Made]:
        """Return what the mapping makes of the rows, in the rows' order and each row's in the items' order.

        A row is a dict by the attributes of the table's class; what it lacks is null.
        """
        table, entity = shape_of(mapping.table), shape_of(mapping.entity)
        self._connection.register("_source", arrow(table, rows))
        converted = [
            f'CAST("{field.name}" AS UUID) AS "{field.name}"' for field in table.fields if _is_uuid(field)
        ]
        source = f"SELECT * REPLACE ({', '.join(converted)}) FROM _source" if converted else "FROM _source"  # noqa: S608  # names of columns
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW _table AS {source}")
        sql = select(mapping, "_table", keep=(ROW,))
        ordered = f'SELECT * FROM ({sql}) ORDER BY "{ROW}", "{ITEM}"'  # noqa: S608  # generated
        result = self._connection.sql(ordered).to_arrow_table()
        return [_made(entity, line) for line in result.to_pylist()]

    def close(self) -> None:
        """Leave DuckDB."""
        self._connection.close()


def _is_uuid(field: Field) -> bool:
    return field.kind is Kind.UUID


def _made(entity: Shape, line: dict[str, Any]) -> Made:
    problems = [("where", line[PROBLEM])]
    problems += [(field.name, line[f"{PROBLEM}_{field.name}"]) for field in entity.fields]
    found = [each for each in problems if each[1] is not None]
    problem = min(found, key=lambda each: each[1] == "repeated-key", default=None)  # the stream looks last
    data = {field.name: _python(field, line[field.name]) for field in entity.fields}
    return Made(line[ROW], line[ITEM], line[SUBJECT], data, problem)


def _python(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.kind is Kind.ENUM and field.enum is not None:
        return field.enum(value)
    if field.kind is Kind.UUID and not isinstance(value, UUID):
        return UUID(str(value))
    if field.kind is Kind.TIMESTAMP:
        return value.astimezone(UTC)
    if field.kind is Kind.LIST and field.item is not None:
        return [_python(field.item, each) for each in value]
    return value


def arrow(table: Shape, rows: Sequence[dict[str, object]]) -> pa.Table:
    """Return rows as a table whose columns are the table's attributes, numbered by `ROW`."""
    columns: dict[str, Any] = {ROW: pa.array(range(len(rows)), pa.int64())}
    for field in table.fields:
        values = [_plain(row.get(field.name)) for row in rows]
        columns[field.name] = pa.array(values, arrow_type(field))
    return pa.table(columns)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value

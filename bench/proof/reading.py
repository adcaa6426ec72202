"""Reads a contestant's table: its files, what its columns are, and what it holds in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from bench.process import MeasurementError

TEXT, WHOLE, INSTANT, DATE = "text", "whole number", "instant", "date"
KINDS = {
    "string": TEXT,
    "varchar": TEXT,
    **dict.fromkeys(("byte", "short", "integer", "long", "bigint", "hugeint"), WHOLE),
    **dict.fromkeys(("timestamp", "timestamp with time zone"), INSTANT),
    "date": DATE,
}
"""What a column is, by its type in Delta's log; or in DuckDB, where there are Parquet files alone."""

NAMED = ("_source", "_type", "_origin", "_schema")
"""Columns that begin with the name of an application or an entity."""

Content = tuple[int, int]
"""How many rows, and the sum of their hashes: the same for the same rows in any order."""


class UnreadableError(MeasurementError):
    """A contestant's table can't be read."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A Delta table in a folder; where `is_plain`, Parquet files without a log."""

    folder: Path
    is_plain: bool = False

    def exists(self) -> bool:
        """Tell whether there is such a table."""
        return bool(self.files()) if self.is_plain else (self.folder / "_delta_log").exists()

    def files(self) -> list[str]:
        """Return the files that hold its rows. Raises UnreadableError."""
        if not self.is_plain:
            return _whole(self._delta())
        found = self.folder.rglob("*")
        return [str(path) for path in found if path.is_file() and path.name.startswith("part-")]

    def kinds(self) -> dict[str, str]:
        """Return what each column is. Raises UnreadableError."""
        if not self.is_plain:
            fields = self._delta().schema().fields
            return {field.name: _kind(str(getattr(field.type, "type", field.type))) for field in fields}
        described = asked(opened(self), "DESCRIBE SELECT * FROM found")
        return {str(name): _kind(str(kind)) for name, kind, *_ in described}

    def _delta(self) -> DeltaTable:
        try:
            return DeltaTable(str(self.folder))
        except DeltaError as error:
            raise UnreadableError(_first_line(error)) from error


def _whole(table: DeltaTable) -> list[str]:
    """Return a table's files. Raises UnreadableError where one is not as long as its log says.

    Who reads by the log looks for a file's footer where the log has its end.
    """
    files = table.file_uris()
    sizes = pa.table(table.get_add_actions())["size_bytes"].to_pylist()
    for file, size in zip(files, sizes, strict=True):
        path = Path(file.removeprefix("file://"))
        if not path.is_file():
            raise UnreadableError(f"{path.name!r} of its log is not there")
        if (found := path.stat().st_size) != size:
            raise UnreadableError(f"{path.name!r} has {found:,} bytes, {size:,} by its log")
    return files


def opened(rows: Stored | pa.Table) -> duckdb.DuckDBPyConnection:
    """Return a connection that has a table of files, or an Arrow table, as `found`."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if isinstance(rows, Stored):
        asked(connection, f"CREATE VIEW found AS SELECT * FROM read_parquet({rows.files()!r})")
    else:
        connection.register("found", rows)
    return connection


def asked(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds. Raises UnreadableError."""
    try:
        return connection.execute(query).fetchall()
    except duckdb.Error as error:
        raise UnreadableError(_first_line(error)) from error


def content(
    rows: Stored | pa.Table, columns: Sequence[str], suffix: str = "", where: str = "true"
) -> Content:
    """Return what a table holds in these columns. Raises UnreadableError.

    `suffix` is what ends franca's names in this measurement; there it is left out.
    """
    if isinstance(rows, Stored) and not rows.files():
        return 0, 0
    texts = ", ".join(hashed(name, suffix) for name in columns)
    query = f"SELECT count(*), coalesce(sum(hash({texts})::HUGEINT), 0) FROM found WHERE {where}"
    ((count, hashes),) = asked(opened(rows), query)
    return int(count), int(hashes)


def hashed(name: str, suffix: str) -> str:
    """Return a column as it is compared, in DuckDB's SQL."""
    if name == "_changed_at":
        return f'epoch_us("{name}")'
    if suffix and name in NAMED:
        return f"regexp_replace(\"{name}\", '^([a-z]+){suffix}([/.]|$)', '\\1\\2')"
    return f'"{name}"::VARCHAR'


def _kind(kind: str) -> str:
    kind = kind.lower().replace(" ", "") if kind.lower().startswith("decimal") else kind.lower()
    return WHOLE if kind.startswith("decimal") and kind.endswith(",0)") else KINDS.get(kind, kind)


def _first_line(error: Exception) -> str:
    """Return what is wrong, without where in a query, and without the library's word for its kind."""
    line = str(error).strip().partition("\n")[0]
    return line.rpartition("Error: ")[2]

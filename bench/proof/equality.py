"""Proof that contestants did the same work: count and content of their tables."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from bench.process import MeasurementError


class DifferentError(MeasurementError):
    """A contestant's table is not what it should be, so that its cost can't be compared."""


Content = tuple[int, int]
"""How many rows, and the sum of their hashes: the same for the same rows in any order."""


def content(rows: Path | pa.Table, columns: Sequence[str], suffix: str = "") -> Content:
    """Return what a Delta table, a folder of Parquet files or an Arrow table holds in these columns.

    `suffix` is what ends franca's names in this measurement; it is left out. Raises DifferentError where
    there is no such table.
    """
    try:
        return _content(rows, columns, suffix)
    except (duckdb.Error, DeltaError) as error:
        raise DifferentError(f"{rows if isinstance(rows, Path) else 'rows'}: {error}") from error


def _content(rows: Path | pa.Table, columns: Sequence[str], suffix: str) -> Content:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    source = "rows"
    if isinstance(rows, pa.Table):
        connection.register("rows", rows)
    else:
        source = f"read_parquet({_files(rows)!r})"
    texts = [_text(name, suffix) for name in columns]
    found = connection.execute(
        f"SELECT count(*), coalesce(sum(hash({', '.join(texts)})::HUGEINT), 0) FROM {source}"
    ).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def expect(who: str, table: str, found: Content, wanted: Content) -> None:
    """Raise DifferentError where the two are not the same."""
    if found[0] != wanted[0]:
        raise DifferentError(f"{who}: {table!r} has {found[0]:,} rows, expected {wanted[0]:,}")
    if found != wanted:
        raise DifferentError(f"{who}: {table!r} has {found[0]:,} rows as expected, but with another content")


def _files(folder: Path) -> list[str]:
    if (folder / "_delta_log").exists():
        return DeltaTable(str(folder)).file_uris()
    return [str(path) for path in folder.rglob("*") if path.is_file() and path.name.startswith("part-")]


def _text(name: str, suffix: str) -> str:
    if name == "_changed_at":
        return f'epoch_us("{name}")'
    return f"replace(\"{name}\"::VARCHAR, '{suffix}', '')" if suffix else f'"{name}"::VARCHAR'

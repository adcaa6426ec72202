"""Proof that contestants did the same work: columns, their types, count and content of their tables."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

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

OWN = {
    "franca": frozenset({"_topic_id", "_partition", "_offset", "_subject"}),
    "dlt": frozenset({"_dlt_id", "_dlt_load_id"}),
}
"""What a contestant writes beside what is asked for."""

ONCE = "_event_id"
CONSTANT = "_mapping_hash"
"""A contestant's own values: those tell events apart, this is the same in every row."""

NAMED = ("_source", "_type", "_origin", "_schema")
"""Columns that begin with the name of an application or an entity."""


class DifferentError(MeasurementError):
    """A contestant's table is not what it should be, so that its cost can't be compared."""


Content = tuple[int, int]
"""How many rows, and the sum of their hashes: the same for the same rows in any order."""


def content(rows: Path | pa.Table, columns: Sequence[str], suffix: str = "", where: str = "true") -> Content:
    """Return what a Delta table, a folder of Parquet files or an Arrow table holds in these columns.

    `suffix` is what ends franca's names in this measurement; there it is left out. Raises DifferentError
    where there is no such table.
    """
    texts = ", ".join(_text(name, suffix) for name in columns)
    query = f"SELECT count(*), coalesce(sum(hash({texts})::HUGEINT), 0) FROM {{}} WHERE {where}"
    count, hashes = _asked(rows, query)
    return count, hashes


def expect(who: str, table: str, found: Content, wanted: Content) -> None:
    """Raise DifferentError where the two are not the same."""
    if found[0] != wanted[0]:
        raise DifferentError(f"{who}: {table!r} has {found[0]:,} rows, expected {wanted[0]:,}")
    if found != wanted:
        raise DifferentError(f"{who}: {table!r} has {found[0]:,} rows as expected, but with another content")


def expect_columns(
    who: str, table: str, rows: Path, columns: Iterable[str], kinds: Mapping[str, str]
) -> None:
    """Raise DifferentError where a table has not these columns, or where its own values tell nothing.

    `kinds` says of a column what it is, where it is no text. A contestant's OWN columns may come besides.
    """
    found = _kinds(rows)
    wanted = {name: kinds.get(name, TEXT) for name in columns}
    own = OWN.get(who.partition("+")[0].partition("-")[0], frozenset())
    for name in sorted({*wanted, *found} - (own - wanted.keys())):
        if found.get(name) != wanted.get(name):
            is_, should = (each.get(name, "absent") for each in (found, wanted))
            raise DifferentError(f"{who}: {name!r} of {table!r} is {is_}, expected {should}")
    if ONCE in wanted:
        count, different = _asked(rows, f"SELECT count(*), count(DISTINCT {ONCE}) FROM {{}}")
        if different != count:
            raise DifferentError(f"{who}: {ONCE!r} of {table!r} has {different:,} values in {count:,} rows")
    if CONSTANT in wanted:
        null, different = _asked(
            rows, f"SELECT count(*) - count({CONSTANT}), count(DISTINCT {CONSTANT}) FROM {{}}"
        )
        if null or different > 1:
            raise DifferentError(f"{who}: {CONSTANT!r} of {table!r} is not the same in every row")


def _asked(rows: Path | pa.Table, query: str) -> tuple[int, int]:
    """Return two numbers of a table. Raises DifferentError where it can't be read."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    try:
        if isinstance(rows, pa.Table):
            connection.register("rows", rows)
            source = "rows"
        else:
            source = f"read_parquet({_files(rows)!r})"
        found = connection.execute(query.format(source)).fetchone()
    except (duckdb.Error, DeltaError) as error:
        raise DifferentError(f"{rows if isinstance(rows, Path) else 'rows'}: {error}") from error
    assert found is not None
    return int(found[0]), int(found[1])


def _files(folder: Path) -> list[str]:
    if (folder / "_delta_log").exists():
        return DeltaTable(str(folder)).file_uris()
    return [str(path) for path in folder.rglob("*") if path.is_file() and path.name.startswith("part-")]


def _kinds(folder: Path) -> dict[str, str]:
    """Return what each column of a table is."""
    if (folder / "_delta_log").exists():
        fields = DeltaTable(str(folder)).schema().fields
        return {field.name: _kind(str(getattr(field.type, "type", field.type))) for field in fields}
    described = (
        duckdb.connect().execute(f"DESCRIBE SELECT * FROM read_parquet({_files(folder)!r})").fetchall()
    )
    return {str(name): _kind(str(kind)) for name, kind, *_ in described}


def _kind(kind: str) -> str:
    kind = kind.lower().replace(" ", "") if kind.lower().startswith("decimal") else kind.lower()
    return WHOLE if kind.startswith("decimal") and kind.endswith(",0)") else KINDS.get(kind, kind)


def _text(name: str, suffix: str) -> str:
    if name == "_changed_at":
        return f'epoch_us("{name}")'
    if suffix and name in NAMED:
        return f"regexp_replace(\"{name}\", '^([a-z]+){suffix}([/.]|$)', '\\1\\2')"
    return f'"{name}"::VARCHAR'

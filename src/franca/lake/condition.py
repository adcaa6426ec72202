"""How an entity's lake is: its tables' sizes, how far it is folded, what is to be done."""

from typing import NamedTuple

import duckdb
import msgspec
import pyarrow as pa
from deltalake import DeltaTable

from franca.lake.columns import events_schema
from franca.lake.compaction import small_files
from franca.lake.location import Options
from franca.lake.newest import told
from franca.lake.position import Position, later
from franca.lake.relation import relation
from franca.lake.tables import open_tables
from franca.lake.translation import translated
from franca.lake.unfolded import counted
from franca.model.shape import Shape


class Size(NamedTuple):
    """A table's version, files, rows and bytes."""

    version: int
    files: int
    rows: int
    bytes: int


class Condition(msgspec.Struct, frozen=True):
    """An entity's tables, None where there is none. `unfolded` counts the events that are not folded yet."""

    entity: str
    events: Size | None
    snapshot: Size | None
    deleted: Size | None
    position: Position
    unfolded: int
    small_files: int


def condition(lake_url: str, shape: Shape, options: Options) -> Condition:
    """Look at an entity's tables. Raises UnavailableError, DefinitionError."""
    tables = open_tables(lake_url, shape, options)
    tables.require(options)
    events, position = tables.events, tables.position
    with translated("lake"):
        return Condition(
            shape.name,
            _size(events),
            _size(tables.snapshot.table),
            _size(tables.deleted.table),
            position,
            _unfolded(events, shape, position) if events else 0,
            len(small_files(events, position)) if events else 0,
        )


def _unfolded(events: DeltaTable, shape: Shape, position: Position) -> int:
    """Count them. Only files are read of which some events are folded and some are not."""
    count, paths = counted(events, position)
    if not paths:
        return count
    with told(), duckdb.connect(":memory:") as connection:
        rows = relation(connection, "read", events_schema(shape), events, paths)
        sql = f"SELECT count(*) FROM ({rows}) WHERE {later(position)}"  # noqa: S608 - quoted
        return count + int(connection.execute(sql).fetchall()[0][0])


def _size(table: DeltaTable | None) -> Size | None:
    if table is None:
        return None
    files = _files(table)
    return Size(table.version(), len(files), sum(f[1] for f in files), sum(f[2] for f in files))


def _files(table: DeltaTable | None) -> list[tuple[str, int, int]]:
    if table is None:
        return []
    found = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return [(row["path"].rpartition("/")[2], row["num_records"] or 0, row["size_bytes"]) for row in found]

"""Whatever columns are called, rows that are mapped at once in SQL give what the step gives."""

from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.lake.parser import EventParser
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.piece import piece_of
from franca.operations.backfill.row_step import Mapped
from franca.operations.backfill.snapshot import Taken, snapshot_of_file

MODULE = '''
from typing import Annotated
from franca import Application, Column, Entity, Key, Table, codes

class Thing(Entity, name="thing"):
    """A thing."""
    id: Key[str]
    row: int
    low: str
    high: str
    kind: str

class Odd(Table, name="odd"):
    id: Key[str]
    row: Annotated[int, Column("_row")]
    name: Annotated[str, Column("Name")]
    name2: Annotated[str, Column("NAME")]
    state: str

class Folded(Table, name="folded"):
    id: Key[str]
    _row: int
    Name: str
    name: str
    sure: str

app = Application("app")

@app.maps
def odd(row: Odd) -> Thing:
    return Thing(id=row.id, row=row.row, low=row.name, high=row.name2, kind=codes(row.state, {"y": "yes"}))

@app.maps
def folded(row: Folded) -> Thing:
    return Thing(id=row.id, row=row._row, low=row.Name, high=row.name, kind=codes(row.sure, {"y": "yes"}))
'''
TABLES = {"odd": ("id", "_row", "Name", "NAME", "state"), "folded": ("_row", "id", "Name", "name", "sure")}
ROWS = [
    {"id": str(number), "_row": 900 - number, "Name": "low", "NAME": "HIGH", "name": "high"}
    | dict.fromkeys(("state", "sure"), "n" if number == 2 else "y")
    for number in range(1, 4)
]


def csv_of(path: Path, columns: tuple[str, ...]) -> None:
    """Write the rows as CSV."""
    path.write_text("\n".join(",".join(map(str, line)) for line in [columns, *cells(columns)]))


def jsonl_of(path: Path, columns: tuple[str, ...]) -> None:
    """Write the rows as JSON lines."""
    lines = [msgspec.json.encode(dict(zip(columns, line, strict=True))) for line in cells(columns)]
    path.write_bytes(b"\n".join(lines))


def parquet_of(path: Path, columns: tuple[str, ...]) -> None:
    """Write the rows as Parquet."""
    parquet.write_table(pa.table({name: pa.array([row[name] for row in ROWS]) for name in columns}), path)


def cells(columns: tuple[str, ...]) -> list[list[object]]:
    """Return the values of the rows in the order of the columns."""
    return [[row[name] for name in columns] for row in ROWS]


def made(loading: Loading, mapped: Mapped, topic_id: str) -> tuple[list[str], list[str]]:
    """Return the rows of the lake and the dead letters."""
    (shape,) = loading.shapes
    parser = EventParser(shape)
    events = [parser.parse(mapped.events["thing"], topic_id).table]
    if "thing" in mapped.ready:
        events.append(mapped.ready["thing"].select(parser.schema.names))
    return sorted(map(repr, pa.concat_tables(events).to_pylist())), sorted(map(repr, mapped.letters))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("write", [csv_of, jsonl_of, parquet_of])
def test_names_of_columns_never_meet(tmp_path: Path, table: str, write: object) -> None:
    """One called as the rows' numbers were, as SQL calls others, or as another one in other letters."""
    (tmp_path / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    (tmp_path / "app.py").write_text(MODULE)
    file = tmp_path / f"rows.{getattr(write, '__name__', '').removesuffix('_of')}"
    assert callable(write)
    write(file, TABLES[table])
    loading = Loading(load(tmp_path), f"app.{table}", forgets=True)
    mapping = loading.mapping(snapshot_of_file(file, f"app.{table}", 1, Taken(5, "lsn:7")))
    (piece,) = pieces(RowFile(str(file)), loading.table, "auto")
    marks = mapping.partitions["thing"][0].topic_id

    one_by_one = made(loading, mapping.one_by_one(piece.given(None)), marks)
    assert [len(some) for some in one_by_one] == [2, 1]
    assert made(loading, mapping(piece), marks) == one_by_one
    assert bool(mapping(piece).ready) == (table == "odd")
    assert made(loading, mapping(piece_of(piece.given(None))), marks) == one_by_one
    mapping.close()

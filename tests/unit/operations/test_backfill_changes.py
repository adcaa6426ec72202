"""Rows of files that may be messages of a capture product are decoded; all others are mapped at once."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.operations.backfill.bulk import Bulk
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.piece import piece_of
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from tests.unit.operations.test_backfill_names import made

MODULE = '''
from franca import Application, Entity, Key, Table

class Thing(Entity, name="thing"):
    """A thing."""
    id: Key[str]
    kind: str | None

app = Application("app")

class Log(Table, name="log"):
    id: Key[str]
    type: str | None
    data: str | None
    database: str | None
    table: str | None

@app.maps
def log(row: Log) -> Thing:
    return Thing(id=row.id, kind=row.type)
'''
ROW = {"id": "1", "type": "INSERT", "data": "[]", "database": "d", "table": "t"}
FEW = {"id": "1", "type": "INSERT"}


@pytest.mark.parametrize(
    ("row", "at_once"),
    [
        (ROW, True),
        (FEW | {"status": "BEGIN", "source": "x", "value": "y", "key": "z", "__lsn": "5"}, True),
        (ROW | {"es": "5", "isDdl": "false"}, False),
        (FEW | {"__deleted": "true"}, False),
        (FEW | {"__op": "d"}, False),
        (FEW | {"op": "d", "before": "x"}, False),
    ],
)
def test_a_row_is_mapped_at_once_where_no_name_speaks_against_it(
    tmp_path: Path, row: dict[str, Any], at_once: bool
) -> None:
    """A column `id` or `type` alone makes no message of a row, and the columns of the table none at all."""
    (tmp_path / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    (tmp_path / "app.py").write_text(MODULE)
    file = tmp_path / "rows.parquet"
    parquet.write_table(pa.Table.from_pylist([row, row | {"id": "2"}]), file)
    loading = Loading(load(tmp_path), "app.log", forgets=True)
    mapping = loading.mapping(snapshot_of_file(file, "app.log", 1, Taken(5, "lsn:7")))
    (piece,) = pieces(RowFile(str(file)), loading.table, "auto")

    marks = mapping.partitions["thing"][0].topic_id
    one_by_one = made(loading, mapping.one_by_one(piece.given(None)), marks)
    assert made(loading, mapping(piece), marks) == one_by_one
    assert made(loading, mapping(piece_of(piece.given(None))), marks) == one_by_one
    bulk = Bulk(loading.application, loading.table, mapping.stamps, mapping.slots, with_lines=False)
    assert (bulk(piece) is not None) == at_once
    bulk.close()
    mapping.close()

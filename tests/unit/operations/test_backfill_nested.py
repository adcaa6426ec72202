"""Lists and nested values are mapped at once, and are what the stream makes of their rows."""

from pathlib import Path

import pytest

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from tests.unit.operations.nested import CASES, write_project
from tests.unit.operations.test_backfill_mapping import rows


@pytest.mark.parametrize("name", CASES)
def test_they_are_what_the_stream_makes(tmp_path: Path, name: str) -> None:
    """Every row that the stream takes is mapped at once; every other one is refused as there."""
    write_project(tmp_path, name)
    loading = Loading(load(tmp_path), "app.sample", forgets=True)
    snapshot = snapshot_of_file(tmp_path / "rows.parquet", "app.sample", 1, Taken(5, "lsn:7"))
    mapping = loading.mapping(snapshot)
    (piece,) = pieces(RowFile(str(tmp_path / "rows.parquet")), loading.table, "auto")
    made = rows(loading, mapping, mapping(piece))
    mapping.close()
    assert made[:2] == rows(loading, mapping, mapping.one_by_one(piece.given(None)))[:2]
    assert made[2] == len(made[0])
    assert len(made[0]) + len(made[1]) == piece.count

"""Lists and nested values are mapped at once, and are what the stream makes of their rows."""

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.operations.backfill.bulk import LINE, Bulk
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from franca.sinks.postgres_rows import RowMaker
from tests.unit.operations.nested import CASES, write_project
from tests.unit.operations.test_backfill_mapping import rows


@pytest.mark.parametrize("name", CASES)
def test_they_are_what_the_stream_makes(tmp_path: Path, name: str) -> None:
    """Every row that the stream takes is mapped at once, for the store too; others are refused as there."""
    write_project(tmp_path, name)
    loading = Loading(load(tmp_path), "app.sample", forgets=True)
    snapshot = snapshot_of_file(tmp_path / "rows.parquet", "app.sample", 1, Taken(5, "lsn:7"))
    mapping = loading.mapping(snapshot, with_lines=True)
    (piece,) = pieces(RowFile(str(tmp_path / "rows.parquet")), loading.table, "auto")
    at_once, one_by_one = mapping(piece), mapping.one_by_one(piece.given(None))
    made = rows(loading, mapping, at_once)
    mapping.close()
    assert made[:2] == rows(loading, mapping, one_by_one)[:2]
    assert made[2] == len(made[0])
    assert len(made[0]) + len(made[1]) == piece.count
    (shape,) = loading.shapes
    lines, _ = RowMaker(shape).newest(one_by_one.events["probe"])
    assert stored(at_once.ready["probe"][LINE].to_pylist()) == stored([each.line for each in lines])


def stored(lines: list[str]) -> dict[str, Any]:
    """Return what COPY makes of lines: the value by the key, in the order of its JSON."""
    cells = [line.split("\t") for line in lines]
    return {cell[0]: None if cell[1] == "\\N" else _read(cell[1].replace("\\\\", "\\")) for cell in cells}


def _read(text: str) -> Any:
    return repr(msgspec.json.decode(text)) if text not in {"True", "False", "true", "false"} else text.lower()


def test_rows_that_memory_does_not_hold_are_mapped_in_parts(tmp_path: Path) -> None:
    """None is lost between the parts, and those that SQL can't decide are told as else."""
    write_project(tmp_path, "nested_twice", "other_parts")
    file = tmp_path / "rows.parquet"
    few = parquet.read_table(file)
    many = few.take(pa.array([0, 4, 1] * 6_000))
    parquet.write_table(many.set_column(0, "no", pa.array(map(str, range(many.num_rows)))), file)
    loading = Loading(load(tmp_path), "app.sample", forgets=True)
    mapping = loading.mapping(snapshot_of_file(file, "app.sample", 1, Taken(5, "lsn:7")))
    (piece,) = pieces(RowFile(str(file)), loading.table, "auto")
    stamps, slots, made = mapping.stamps, mapping.slots, []
    for memory in ("24MB", "1GB"):
        bulk = Bulk(loading.application, loading.table, stamps, slots, with_lines=True, memory=memory)
        made.append(bulk(piece))
        bulk.close()
    mapping.close()
    small, large = made
    assert small is not None
    assert large is not None
    assert (small.rows, small.left) == (large.rows, large.left)
    assert (large.rows, len(large.left)) == (12_000, 6_000)
    (topic,) = large.events
    assert small.events[topic].sort_by("_offset") == large.events[topic].sort_by("_offset")
    assert small.events[topic]["_offset"].num_chunks > large.events[topic]["_offset"].num_chunks

"""Compaction makes few files of many, and once."""

from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from franca.lake.compaction import compact
from franca.lake.condition import condition
from franca.lake.vacuum import vacuum
from tests.individuals import SHAPE
from tests.unit.lake.test_fold import Lake


def test_small_files_become_few(tmp_path: Path) -> None:
    """What they replace stays for its hours; the sizes tell what there is."""
    lake = Lake(tmp_path)
    for number in range(6):
        lake.write(("a", number, 1, "x"), ("b", number, 1, "x"))
    assert compact(lake.url, SHAPE, {})[1:] == (6, 2, 12, True)
    lake.write(("c", 1, 1, "x"))
    lake.fold()
    lake.write(("e", 1, 1, "x"))
    found = condition(lake.url, SHAPE, {})
    assert found.events is not None
    assert found.snapshot is not None
    assert (found.events.files, found.events.rows, found.snapshot.rows, found.unfolded) == (4, 14, 3, 1)
    assert vacuum(lake.url, SHAPE, {}, 24) == []
    assert lake.current == lake.expected


def test_what_was_put_together_is_not_put_together_again(tmp_path: Path) -> None:
    """Files of many rows that are few bytes become full ones, and a second time there is nothing to do."""
    lake = Lake(tmp_path)
    lake.write(("a", 0, 1, "x"))
    table = DeltaTable(str(lake.table("events")))
    row = table.to_pyarrow_table()
    rows = row.take(pa.array([0] * 130_000))
    for number in range(1, 5):
        numbers = pa.array(range(number * 130_000, (number + 1) * 130_000), pa.int64())
        place = rows.schema.get_field_index("_offset")
        write_deltalake(table, rows.set_column(place, rows.schema.field(place), numbers), mode="append")
    done = compact(lake.url, SHAPE, {})
    assert (done.before, done.rows) == (5, 520_001)
    assert done.after < done.before
    assert compact(lake.url, SHAPE, {}).before == 0

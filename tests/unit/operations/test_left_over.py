"""How a file tells of which snapshot its rows were left over."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.errors import UsageError
from franca.operations.backfill.left_over import Origin, mark_of, numbers_of, origin_of
from franca.operations.backfill.snapshot import Snapshot, Taken, snapshot_of_file

AT = "lsn:0/16E3778"
SNAPSHOT = Snapshot("cust.parquet", "backfill.crm.cust.0123456789abcdef", 1_700_000_000_000, "head", at=AT)


def test_rows_that_are_left_over_rank_as_those_of_their_snapshot(tmp_path: Path) -> None:
    """At its place and time, unless another time is said; what is loaded of them is a mark apart."""
    file = left_over(tmp_path, [2, 7])
    origin = origin_of(file)
    assert origin is not None
    taken = origin.taken(Taken(), "crm.cust")
    assert taken == Taken(SNAPSHOT.time, AT) == origin.taken(Taken(at=AT), "crm.cust")
    assert origin.taken(Taken(5), "crm.cust") == Taken(5, AT)

    found = snapshot_of_file(file, "crm.cust", 1, taken)
    made = origin.snapshot(found, numbers_of(file))
    assert (made.name, made.topic, made.time) == (SNAPSHOT.name, SNAPSHOT.topic, SNAPSHOT.time)
    assert made.head == "0001.lsn.00000000000024000376-00001700000000000000-01234567-"
    assert made.marks("1") == found.marks("1") != SNAPSHOT.marks("1")
    assert [number for number in range(9) if made.holds(number)] == [2, 7]
    assert all(map(found.holds, range(9)))


def test_rows_that_are_left_over_keep_their_table_and_their_place(tmp_path: Path) -> None:
    """Those of other tables may lie beside them, and those that were taken elsewhere."""
    origin = origin_of(left_over(tmp_path, [2, 7]))
    assert origin is not None
    with pytest.raises(UsageError, match=r"^crm.customer: rows are left over of 'cust.parquet', which is no"):
        origin.taken(Taken(), "crm.customer")
    with pytest.raises(
        UsageError, match=r"^--at: got 'lsn:0/1', and 'cust.parquet' was loaded with 'lsn:0/16E3"
    ):
        origin.taken(Taken(at="lsn:0/1"), "crm.cust")
    with pytest.raises(UsageError, match="was loaded with no position"):
        Origin("cust.parquet", SNAPSHOT.topic, 5, "").taken(Taken(at=AT), "crm.cust")
    assert Origin("cust.parquet", SNAPSHOT.topic, 5).taken(Taken(at=AT), "crm.cust") == Taken(5, AT)


@pytest.mark.parametrize("numbers", [[3, 2], [1, 1], [0, 1], [1, None], None])
def test_rows_whose_numbers_were_changed_are_refused(tmp_path: Path, numbers: list[int | None]) -> None:
    """They are not those that were left over: marks would go astray."""
    file = left_over(tmp_path, numbers)
    with pytest.raises(UsageError, match="no longer as Spark wrote them; load what Spark left over"):
        numbers_of(file)


@pytest.mark.parametrize("told", [b"{", b"[]", b"{}", b'{"fields":[{"name":"_row","metadata":{}}]}', None])
def test_other_files_are_no_snapshots_rows(tmp_path: Path, told: bytes | None) -> None:
    """Whatever Spark, or who says to be it, tells of their columns."""
    assert origin_of(written(tmp_path, pa.table({"_row": [1]}), told)) is None


def left_over(folder: Path, numbers: Sequence[int | None] | None) -> Path:
    """Write a file as Spark does."""
    columns = [{"name": "no", "metadata": {}}, {"name": "_row", "metadata": mark_of(SNAPSHOT)}]
    table = pa.table({"no": ["x"] * 2} | ({} if numbers is None else {"_row": pa.array(numbers, pa.int64())}))
    return written(folder, table, msgspec.json.encode({"type": "struct", "fields": columns}))


def written(folder: Path, table: pa.Table, told: bytes | None) -> Path:
    """Write a table with what Spark tells of its columns."""
    spark = {} if told is None else {b"org.apache.spark.sql.parquet.row.metadata": told}
    parquet.write_table(table.replace_schema_metadata(spark), folder / "part-0.parquet")
    return folder / "part-0.parquet"

"""What Spark can't read of a Parquet file: names, columns and types."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.spark.readable import overflowing, unreadable

PLAIN = pa.schema([("no", pa.string())])


@pytest.mark.parametrize("name", ["_rows.parquet", ".rows.parquet", "rows.parquet._COPYING_", "a:b.parquet"])
def test_a_file_that_spark_takes_for_hidden_is_refused(name: str) -> None:
    """It would read nothing at all, and say so in words of its own."""
    assert unreadable(Path(name), PLAIN) == "has a name that Spark passes over"
    assert unreadable(Path("_hidden") / "a_b.parquet", PLAIN) == ""


@pytest.mark.parametrize("names", [["_row"], ["no", "_ROW"], ["_metadata"], ["x", "X"]])
def test_columns_of_one_name_are_refused(names: list[str]) -> None:
    """Small letters and capitals are the same to it, and some names are its own."""
    found = unreadable(Path("rows.parquet"), pa.schema([(name, pa.int64()) for name in names]))
    assert "whose name Spark takes for another column's" in found


@pytest.mark.parametrize(
    "kind",
    [
        pa.timestamp("ns", "UTC"),
        pa.time64("us"),
        pa.time32("ms"),
        pa.float16(),
        pa.decimal256(39, 2),
        pa.uuid(),
        pa.list_(pa.time64("ns")),
        pa.map_(pa.string(), pa.struct([("at", pa.timestamp("ns"))])),
    ],
    ids=str,
)
def test_a_type_that_spark_lacks_is_refused(kind: pa.DataType) -> None:
    """Wherever in a column it is."""
    assert "which Spark does not read" in unreadable(Path("rows.parquet"), pa.schema([("x", kind)]))


def test_other_types_are_read() -> None:
    """Nested ones too."""
    kinds = [pa.timestamp("us"), pa.decimal128(38, 2), pa.list_(pa.string()), pa.null(), pa.uint64()]
    kinds += [pa.dictionary(pa.int32(), pa.string()), pa.struct([("a", pa.date32())])]
    assert unreadable(Path("rows.parquet"), pa.schema([(str(n), kind) for n, kind in enumerate(kinds)])) == ""


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_moments_beyond_microseconds_are_refused(tmp_path: Path, zone: str | None) -> None:
    """Spark would end over them in words of its own; any before are read."""
    most = (2**63 - 1) // 1000
    for values, is_good in (([most, -most, None], True), ([0, most + 1], False), ([-most - 1], False)):
        moments = pa.array(values, pa.int64()).cast(pa.timestamp("ms", zone))
        parquet.write_table(pa.table({"no": [0] * len(values), "at": moments}), tmp_path / "rows.parquet")
        found = overflowing(tmp_path / "rows.parquet")
        assert found == ("" if is_good else "has moments in 'at' beyond those that Spark knows")

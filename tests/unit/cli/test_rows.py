"""Files of rows become raw messages, and nothing in them is lost."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from franca.cli.rows import RowFile, keys_of
from franca.errors import DefinitionError, UsageError
from franca.model.entity import Table
from franca.model.markers import Column, Key
from franca.model.shape import shape_of


class Reading(Table):
    """What a meter says."""

    meter: Annotated[Key[str], Column("METER-NR")]
    count: int | None
    value: float | None


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows that are sent of a file."""
    return [msgspec.json.decode(each.value) for each in RowFile(str(path)).values(shape_of(Reading))]


def test_csv_keeps_leading_zeros_long_integers_and_what_is_no_number(tmp_path: Path) -> None:
    """The table's declaration says what a column is; what does not fit it stays text, for the decoder."""
    path = tmp_path / "readings.csv"
    path.write_text("METER-NR;count;value\n007;18446744073709551616;NaN\n008;;1_0\n009;1_0;-inf\n")

    assert rows(path) == [
        {"METER-NR": "007", "count": 2**64, "value": "NaN"},
        {"METER-NR": "008", "count": None, "value": "1_0"},
        {"METER-NR": "009", "count": "1_0", "value": "-Infinity"},
    ]


def test_a_csv_without_its_header_is_refused_whole(tmp_path: Path) -> None:
    """Its first row would be lost, taken for the names of columns, and of the others nothing be read."""
    path = tmp_path / "readings.csv"
    path.write_text("007;5;1.5\n008;6;2.5\n")
    with pytest.raises(UsageError, match=r"it has '007', '5', '1\.5'; expected 'METER-NR'"):
        rows(path)

    path.write_text("METER-NR\n007\n")
    assert rows(path) == [{"METER-NR": "007"}]


def test_parquet_keeps_what_json_has_no_number_for(tmp_path: Path) -> None:
    """Floats that are not finite are text, in lists too; decimals and moments as well."""
    path = tmp_path / "readings.parquet"
    floats = [float("nan"), float("inf"), 1.5]
    columns = {
        "value": floats,
        "list": [floats, None, []],
        "price": [Decimal("1.10"), None, Decimal("-0.01")],
        "at": pa.array([datetime(2026, 1, 2, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
    }
    parquet.write_table(pa.table(columns), path)

    sent = rows(path)

    assert [row["value"] for row in sent] == ["NaN", "Infinity", 1.5]
    assert sent[0]["list"] == ["NaN", "Infinity", 1.5]
    assert [row["price"] for row in sent] == ["1.10", None, "-0.01"]
    assert sent[0]["at"] == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize("content", [b"", b"x" * 1_000, b"PAR1"])
def test_a_file_that_is_no_parquet_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    """Its name promises what its bytes do not keep: no trace, but what to do."""
    path = tmp_path / "rows.parquet"
    path.write_bytes(content)
    with pytest.raises(DefinitionError, match="Parquet"):
        rows(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    """Whatever its name says of the format."""
    with pytest.raises(DefinitionError, match="no such file"):
        rows(tmp_path / "nothing")


def _zstd(data: bytes) -> bytes:
    """Return data in two frames, as files that were appended to have."""
    half = len(data) // 2
    return b"".join(zstandard.compress(part) for part in (data[:half], data[half:]))


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [("gz", gzip.compress), ("zst", _zstd)]


@pytest.mark.parametrize(("end", "pack"), PACKERS)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.jsonl", b'{"METER-NR":"007","count":1,"value":null}\n'),
        ("rows.csv", b"METER-NR,count,value\n007,1,\n"),
    ],
)
def test_packed_files_are_unpacked(
    tmp_path: Path, name: str, text: bytes, end: str, pack: Callable[[bytes], bytes]
) -> None:
    """Their names say what is in them, and how it is packed."""
    (tmp_path / f"{name}.{end}").write_bytes(pack(text))

    assert rows(tmp_path / f"{name}.{end}") == [{"METER-NR": "007", "count": 1, "value": None}]


def test_packed_parquet_is_unpacked(tmp_path: Path) -> None:
    """Needless, and done all the same."""
    parquet.write_table(pa.table({"METER-NR": ["007"]}), tmp_path / "rows.parquet")
    (tmp_path / "rows.parquet.gz").write_bytes(gzip.compress((tmp_path / "rows.parquet").read_bytes()))

    assert rows(tmp_path / "rows.parquet.gz") == [{"METER-NR": "007"}]


@pytest.mark.parametrize(("end", "pack"), PACKERS)
def test_a_packed_file_that_is_damaged_is_said_to_be(
    tmp_path: Path, end: str, pack: Callable[[bytes], bytes]
) -> None:
    """One that was cut short would otherwise pass for a smaller one."""
    whole = pack(b"".join(b'{"METER-NR":"%d"}\n' % number for number in range(9_999)))
    for damaged in (whole[:-9], b"not packed at all" * 9):
        (tmp_path / f"rows.jsonl.{end}").write_bytes(damaged)
        with pytest.raises(DefinitionError, match="can't be read"):
            rows(tmp_path / f"rows.jsonl.{end}")


def test_nanoseconds_are_microseconds_where_they_are_exact_and_else_nine_digits(tmp_path: Path) -> None:
    """Nothing is rounded, wherever in a row they stand; what the digits mean the decoder says."""
    nano = {
        "at": pa.array([1_000, 1_000_000_001], pa.timestamp("ns", "Europe/Zurich")),
        "local": pa.array([-1, None], pa.timestamp("ns")),
        "time": pa.array([5_000, 61_000_000_007], pa.time64("ns")),
        "span": pa.array([-1, 7_000_000_000], pa.duration("ns")),
        "list": pa.array([[1], []], pa.list_(pa.timestamp("ns"))),
        "inner": pa.array(
            [{"a": 1, "b": 1.5}, None], pa.struct([("a", pa.timestamp("ns")), ("b", pa.float64())])
        ),
    }
    parquet.write_table(pa.table(nano), tmp_path / "rows.parquet")

    assert rows(tmp_path / "rows.parquet") == [
        {
            "at": "1970-01-01T00:00:00.000001000Z",
            "local": "1969-12-31T23:59:59.999999999",
            "time": "00:00:00.000005000",
            "span": "-PT0.000000001S",
            "list": ["1970-01-01T00:00:00.000000001"],
            "inner": {"a": "1970-01-01T00:00:00.000000001", "b": 1.5},
        },
        {
            "at": "1970-01-01T00:00:01.000000001Z",
            "local": None,
            "time": "00:01:01.000000007",
            "span": "PT7.000000000S",
            "list": [],
            "inner": None,
        },
    ]


def test_a_cell_that_nothing_can_hold_spoils_its_row_only(tmp_path: Path) -> None:
    """The decoder makes it a problem of its column; the file's other rows are sent."""
    text = pa.StringArray.from_buffers(2, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xffa"))
    table = pa.table({"text": text, "at": pa.array([2**62, 0], pa.timestamp("us"))})
    parquet.write_table(table, tmp_path / "rows.parquet")

    assert rows(tmp_path / "rows.parquet") == [
        {"text": {"string": "/w=="}, "at": {"timestamp[us]": 2**62}},
        {"text": "a", "at": "1970-01-01T00:00:00"},
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.jsonl", '{"METER-NR":"1"}\n\n  \n{"METER-NR":"2"}\n\n'),
        ("rows.csv", "METER-NR\n1\n\n2\n\n"),
    ],
)
def test_blank_lines_are_no_messages(tmp_path: Path, name: str, text: str) -> None:
    """An editor leaves one at the end of many a file."""
    (tmp_path / name).write_text(text)
    shape = shape_of(Reading)

    sent = list(keys_of(shape, RowFile(str(tmp_path / name)).values(shape)))

    assert [key for key, _ in sent] == [b'{"METER-NR":"1"}', b'{"METER-NR":"2"}']


def test_a_moment_of_parquet_is_the_same_whatever_its_zone(tmp_path: Path) -> None:
    """Offsets before the zones had seconds, which ISO 8601 does not write: moments are sent in UTC."""
    moments = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
    parquet.write_table(
        pa.table({"at": pa.array(moments, pa.timestamp("us", "Europe/Zurich"))}), tmp_path / "a.pq"
    )
    assert [row["at"] for row in rows(tmp_path / "a.pq")] == ["0001-01-01T00:00:00Z", "9999-12-31T23:59:00Z"]

"""Files and logs as older readers and other tools have them: no row is lost by a filter, whoever wrote."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, Schema, write_deltalake

from franca.lake.columns import TIMESTAMP
from franca.lake.compaction import compact
from franca.lake.location import open_store
from franca.lake.log import create_commit
from franca.lake.pieces import FILE_BYTES
from franca.lake.relation import relation
from franca.lake.rows_file import LONGEST_IN_FOOTER, RowsFile
from franca.lake.tables import snapshot_of
from franca.types import Batch
from tests.individuals import FULL, SHAPE, event, record
from tests.unit.lake.test_fold import PLACES, Lake

LONG = "z" * (LONGEST_IN_FOOTER + 1)
SCHEMA = pa.schema(
    {
        "key": pa.string(),
        "body": pa.binary(),
        "free": pa.string(),
        "number": pa.int64(),
        "parts": pa.struct({"text": pa.string(), "body": pa.binary()}),
        "items": pa.list_(pa.string()),
    }
)


def rows(*texts: str) -> pa.Table:
    """Return a row for each text, which is everywhere in it."""
    return pa.Table.from_pylist(
        [
            {
                "key": text,
                "body": text.encode(),
                "free": text,
                "number": len(text),
                "parts": {"text": text, "body": text.encode()},
                "items": [text, "a"],
            }
            for text in texts
        ],
        SCHEMA,
    )


def bounded(files: Path) -> list[set[str]]:
    """Return the columns of which each row group of a folder tells both bounds; of none it tells one."""
    found = []
    for path in sorted(files.glob("*.parquet")):
        metadata = pq.read_metadata(path)
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            columns = [group.column(number) for number in range(group.num_columns)]
            told = {each.path_in_schema: each.statistics for each in columns if each.statistics}
            assert all(each.has_min_max or not each.num_values for each in told.values()), path
            found.append(set(told))
    return found


def written(folder: Path, *groups: pa.Table) -> None:
    """Write a file of row groups."""
    file = RowsFile(SCHEMA, [], ["key", "number"])
    for each in groups:
        assert file.has_room(each)
        file.write(each)
    folder.mkdir(exist_ok=True)
    file.put(open_store(str(folder), {}))


def test_a_footer_tells_both_bounds_of_a_column_or_none(tmp_path: Path) -> None:
    """Where one is too long, Arrow leaves that one out, and older readers take it for the empty text."""
    written(tmp_path / "short", rows("a", LONG[1:]), rows("b"))
    assert bounded(tmp_path / "short") == [{"key", "number"}] * 2
    for number, text in enumerate((LONG, "\u20ac" * (LONGEST_IN_FOOTER // 3 + 1))):
        written(tmp_path / f"long{number}", rows("a", text), rows("b"))
        assert bounded(tmp_path / f"long{number}") == [{"number"}] * 2


def test_a_text_that_is_too_long_has_no_room_behind_short_ones(tmp_path: Path) -> None:
    """What a file's footer tells is settled with its first rows, whether texts are coded or not."""
    file = RowsFile(SCHEMA, [], ["key", "number"])
    file.write(rows("a"))
    long = rows(LONG)
    coded = long.set_column(0, "key", long["key"].dictionary_encode())
    assert not file.has_room(long)
    assert not file.has_room(coded)
    assert file.has_room(long.set_column(0, "key", pa.array(["b"])))


def test_no_table_of_the_lake_has_half_a_bound(tmp_path: Path) -> None:
    """Events, put together and folded: long keys, names and photos are beside short ones."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, LONG), ("c", 1, 1, "x"))
    lake.write((LONG, 1, 1, "z"), ("e", 1, 1, None))
    full = FULL | {"photo": "QUFB" * LONGEST_IN_FOOTER, "nicknames": [LONG, "b"]}
    assert lake.sink.write(Batch([record(event("g", 1, **full), 3, 1)], {PLACES[1]: 4}, {PLACES[1]: 3}))
    assert compact(lake.url, SHAPE, {}, tmp_path / "scratch", 2).is_done
    lake.fold(2)
    for name in ("events", "snapshot", "deleted"):
        assert all("_changed_at" in told for told in bounded(lake.table(name)))
    assert lake.snapshot[LONG] == "z"


def test_compaction_begins_a_file_where_a_key_is_too_long(tmp_path: Path) -> None:
    """Rows that come as several row groups: those in front of it keep their bounds."""
    lake = Lake(tmp_path)
    wide = "w" * (FILE_BYTES // 4)
    for key in ("a", "c", "e", "g", "i", "k", "m", "o", "q", LONG[:-1] + "y"):
        lake.write((key, 1, 1, wide))
    before = set(lake.table("events").glob("*.parquet"))
    assert compact(lake.url, SHAPE, {}, tmp_path / "scratch").is_done
    for path in before:
        path.unlink()
    told = ["_subject" in each for each in bounded(lake.table("events"))]
    assert set(told) == {True, False}


def elsewhere(table: DeltaTable, moment: datetime) -> int:
    """Return how many rows have a moment, as one reads them of a lake that is not on this machine."""
    paths = [f"s3://elsewhere/{uri.rpartition('/')[2]}" for uri in table.file_uris()]
    schema = pa.schema(table.schema().to_arrow())
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        every = relation(connection, "read", schema, table, paths)
        sql = f"SELECT count(*) FROM ({every}) AS every WHERE every.at = ?"
        found: int = connection.execute(sql, [moment]).fetchall()[0][0]
        return found


MOMENTS = [
    datetime(1, 1, 1, 0, 0, 0, 1, UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_501, UTC),
    datetime(2026, 11, 30, 10, 0, 0, 123_000, UTC),
    datetime(2026, 11, 30, 10, 0, 0, 123_999, UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_bound_that_another_tool_has_cut_to_the_millisecond_hides_no_row(
    tmp_path: Path, moment: datetime
) -> None:
    """So deltalake and Spark write moments; a file is skipped by what they tell all the same."""
    rows = pa.table({"at": pa.array([moment], TIMESTAMP)})
    for _ in range(2):
        write_deltalake(tmp_path, rows, mode="append")
    DeltaTable(tmp_path).optimize.compact()
    assert elsewhere(DeltaTable(tmp_path), moment) == 2


def test_moments_as_spark_writes_them_are_read_of_any_year(tmp_path: Path) -> None:
    """INT96: nanoseconds, which other readers have no room for beyond the year 2262."""
    rows = pa.table({"at": pa.array(MOMENTS, TIMESTAMP)})
    DeltaTable.create(tmp_path, Schema.from_arrow(rows.schema))
    pq.write_table(rows, tmp_path / "part.parquet", use_deprecated_int96_timestamps=True)
    add = {"path": "part.parquet", "partitionValues": {}, "modificationTime": 0, "dataChange": True}
    add |= {"size": (tmp_path / "part.parquet").stat().st_size, "stats": '{"numRecords": 5}'}
    assert create_commit(open_store(str(tmp_path), {}), 1, msgspec.json.encode({"add": add})) is None
    assert [elsewhere(DeltaTable(tmp_path), moment) for moment in MOMENTS] == [1] * 5


def test_files_are_in_order_only_where_both_ends_of_each_are_told(tmp_path: Path) -> None:
    """A tool may tell where a file begins and not where it ends: it could be passed over for its rows."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"), ("c", 1, 1, "y"))
    lake.fold()
    (commit,) = lake.table("snapshot").glob("_delta_log/*1.json")
    *others, added = map(msgspec.json.decode, commit.read_bytes().splitlines())
    told = msgspec.json.decode(added["add"]["stats"])
    added["add"]["stats"] = msgspec.json.encode(told | {"maxValues": {}}).decode()
    commit.write_bytes(b"\n".join(map(msgspec.json.encode, [*others, added])))
    snapshot = snapshot_of(lake.url, SHAPE, {})
    assert snapshot.open()
    assert not snapshot.is_ordered()
    lake.write(("b", 1, 1, "z"))
    lake.fold()
    assert lake.snapshot == lake.expected

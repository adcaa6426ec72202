"""Files and logs as older readers and other tools have them: no row is lost by a filter, whoever wrote."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from franca.lake.compaction import compact
from franca.lake.location import open_store
from franca.lake.pieces import FILE_BYTES
from franca.lake.rows_file import LONGEST_IN_FOOTER, RowsFile
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

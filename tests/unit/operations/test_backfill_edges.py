"""Values that SQL takes and the stream takes otherwise: what is mapped at once is what the stream makes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from tests.unit.operations.test_backfill_mapping import rows

MODULE = '''
import datetime as dt
from franca import Application, Entity, Key, Table

app = Application("app")

class Probe(Entity):
    """What is measured."""
    no: Key[str]
    is_hot: bool | None
    at: dt.time | None

class Sample(Table):
    no: Key[str]
    temp: float | None
    at: dt.time | None

@app.maps
def probe(sample: Sample) -> Probe:
    return Probe(no=sample.no, is_hot=sample.temp > 30.0, at=sample.at)
'''
Compared: TypeAlias = "Callable[[str], tuple[int, int]]"


@pytest.fixture
def compared(tmp_path: Path) -> Compared:
    """Give what compares a file's rows in both ways, and tells how many were mapped at once, and refused."""
    (tmp_path / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    (tmp_path / "app.py").write_text(MODULE)
    loading = Loading(load(tmp_path), "app.sample", forgets=True)

    def compare(name: str) -> tuple[int, int]:
        snapshot = snapshot_of_file(tmp_path / name, "app.sample", 1, Taken(5, "lsn:7"))
        mapping = loading.mapping(snapshot)
        (piece,) = pieces(RowFile(str(tmp_path / name)), loading.table, "auto")
        made = rows(loading, mapping, mapping(piece))
        assert made[:2] == rows(loading, mapping, mapping.one_by_one(piece.given(None)))[:2]
        mapping.close()
        return made[2], len(made[1])

    return compare


def test_what_is_no_number_is_compared_as_the_stream_does(compared: Compared, tmp_path: Path) -> None:
    """Of Python's NaN no comparison is true; engines take it for the greatest of all."""
    odd = ["NaN", "Infinity", "-Infinity", 31, None]
    lines = [f'{{"no":"{n}","temp":{v!r},"at":null}}' for n, v in enumerate(odd)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines).replace("'", '"').replace("None", "null"))
    assert compared("rows.jsonl") == (2, 0)


@pytest.mark.parametrize("kind", [pa.time64("us"), pa.time64("ns"), pa.time32("ms"), pa.time32("s")], ids=str)
def test_a_time_beyond_the_day_is_refused(compared: Compared, tmp_path: Path, kind: Any) -> None:
    """As 24:00:00 is in a message, though Arrow makes 00:00:00 of it."""
    day = 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
    store = pa.int64() if pa.types.is_time64(kind) else pa.int32()
    times = pa.array([0, day - 1, day, day + 1, -1, None], store).cast(kind)
    table = pa.table({"no": list("abcdef"), "temp": pa.nulls(6), "at": times})
    parquet.write_table(table, tmp_path / "rows.parquet")
    refused = 4 if kind.unit == "ns" else 3  # the last moment of a day has a fraction too fine
    assert compared("rows.parquet") == (6 - refused, refused)

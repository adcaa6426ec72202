"""What Spark leaves over is for `franca backfill` what the whole file is: the same values, ids and ranks."""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.backfill_sources import Asked, opened_sources
from franca.cli.rows import RowFile
from franca.config.endpoints import endpoints
from franca.config.project import load as load_project
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from franca.spark.backfill import load, numbered_parquet
from franca.types import Message

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MODULE = '''
from datetime import datetime

from franca import Application, Entity, Key, Table, codes

class Visit(Entity):
    """Who came when."""
    id: Key[str]
    at: datetime | None

class Mark(Entity):
    """What a visit was worth."""
    id: Key[str]
    grade: str

app = Application("app", timezone="Europe/Zurich")

class Log(Table):
    no: Key[str]
    who: str
    grade: str
    at: datetime | None

@app.maps
def visit(log: Log) -> Visit:
    return Visit(id=log.who, at=log.at)

@app.maps
def mark(log: Log) -> Mark:
    return Mark(id=log.who, grade=codes(log.grade, {"g": "Good"}))
'''
TAKEN = Taken(1_700_000_000_000, "lsn:0/16E3778")


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    """Give the table of a project in another zone than UTC."""
    (tmp_path / "franca.toml").write_text("")
    (tmp_path / "app.py").write_text(MODULE)
    return Loading(load_project(tmp_path), "app.log", forgets=True)


def test_moments_that_are_left_over_stay_the_same(
    spark: "SparkSession", loading: Loading, tmp_path: Path
) -> None:
    """Whatever the application's zone: moments stay moments, and one without a zone stays so."""
    summer, gap = dt.datetime(2024, 7, 1, 12), dt.datetime(2024, 3, 31, 2, 30)
    times = [summer, dt.datetime(1, 1, 1, 0, 10), gap, None]
    file = tmp_path / "log.parquet"
    columns: dict[str, Any] = {"no": ["1", "2", "3", "4"], "who": ["a", "b", "c", "d"], "grade": ["?"] * 4}
    columns["at"] = pa.array(times, pa.timestamp("us", "UTC"))
    columns["there"] = pa.array(times, pa.timestamp("us"))
    parquet.write_table(pa.table(columns), file)

    left = parquet.read_table(left_over(spark, loading, file)).select(list(columns)).sort_by("no")
    assert left["at"].to_pylist() == [each and each.replace(tzinfo=dt.UTC) for each in times]
    assert left["there"].to_pylist() == times


def test_rows_that_are_left_over_are_still_those_of_their_file(
    spark: "SparkSession", loading: Loading, tmp_path: Path
) -> None:
    """With the same ids, ranks and letters: of one key the last row of the file wins, whoever loaded it."""
    file = tmp_path / "log.parquet"
    columns: dict[str, Any] = {"no": [str(n) for n in range(1, 7)], "who": ["a", "a", "b", "b", "c", "d"]}
    columns |= {"grade": ["g", "?", "?", "g", "?", "g"], "at": pa.array([0] * 6, pa.timestamp("us", "UTC"))}
    parquet.write_table(pa.table(columns), file, row_group_size=2)

    folder = left_over(spark, loading, file)
    assert made_of(loading, folder.glob("part-*")) == made_of(loading, [file], numbers=[2, 3, 5])
    marks, whole = marks_of(loading, folder.glob("part-*")), marks_of(loading, [file])
    assert marks
    assert not marks & whole


def made_of(loading: Loading, files: Iterable[Path], numbers: Sequence[int] | None = None) -> set[Message]:
    """Return the events and letters that a backfill makes of files, of rows with these numbers."""
    made: set[Message] = set()  # what is mapped at once are other rows: only its letters are messages
    with opened_sources(loading, [RowFile(str(file)) for file in files], TAKEN, Asked()) as opened:
        for snapshot, some in opened:
            mapping = loading.mapping(snapshot)
            for piece in some:
                made.update(mapping.one_by_one(piece.given(numbers)).messages)
                made.update(mapping(piece).letters)
            mapping.close()
    return made


def marks_of(loading: Loading, files: Iterable[Path]) -> set[str]:
    """Return under what the lake keeps how far files are loaded."""
    with opened_sources(loading, [RowFile(str(file)) for file in files], TAKEN, Asked()) as opened:
        return {snapshot.marks("1") for snapshot, _ in opened}


def left_over(spark: "SparkSession", loading: Loading, file: Path) -> Path:
    """Load a file by Spark, and return the folder of what is left over of it."""
    snapshot = snapshot_of_file(file, loading.name, loading.application.epoch, TAKEN)
    places = endpoints(loading.project, "localhost:1", "")
    folder = file.parent / "left"
    load(loading, snapshot, numbered_parquet(spark, file), places, str(folder))
    return folder

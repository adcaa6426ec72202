"""What Spark leaves over is for `franca backfill` what the whole file is: the same values, ids and ranks."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.config.endpoints import endpoints
from franca.config.project import load as load_project
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from franca.spark.backfill import load, numbered_parquet

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


def left_over(spark: "SparkSession", loading: Loading, file: Path) -> Path:
    """Load a file by Spark, and return the folder of what is left over of it."""
    snapshot = snapshot_of_file(file, loading.name, loading.application.epoch, TAKEN)
    places = endpoints(loading.project, "localhost:1", "")
    folder = file.parent / "left"
    load(loading, snapshot, numbered_parquet(spark, file), places, str(folder))
    return folder

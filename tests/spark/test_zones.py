"""Local times on Spark are those of the stream, or left to it."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.mapping.application import Application
from franca.mapping.words.moment import local_date, start_of_day, timestamp_of
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.operations.backfill.event_columns import Stamps
from franca.operations.backfill.piece import NUMBER
from franca.spark.backfill import numbered_parquet
from franca.spark.bulk import SparkBulk, exact
from franca.testing import row
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BEGIN = dt.datetime(2024, 3, 1)
TIMES = [dt.datetime(year, month, 5, 7) for year in (1, 1850, 1916, 1941, 1976) for month in (1, 7)]
TIMES += [dt.datetime(2026, 10, 20) + step * dt.timedelta(hours=31) for step in range(100)]
USUAL = [BEGIN + step * dt.timedelta(hours=31) for step in range(100)]


class Moment(Entity):
    """When it is."""

    no: Key[str]
    read: dt.datetime
    begin: dt.datetime
    day: dt.date


class Clock(Table):
    """What is told."""

    no: Key[str]
    local: str
    at: dt.datetime
    date: dt.date


@pytest.mark.parametrize("zone", ["America/Vancouver", "Africa/Casablanca", "Europe/Amsterdam", "WET"])
def test_local_times_are_those_of_the_stream(spark: "SparkSession", tmp_path: Path, zone: str) -> None:
    """Whatever Java's own zone data say; rows about which the two agree are mapped at once."""
    application = Application("app")

    @application.maps
    def moment(clock: Clock) -> Moment:
        read = timestamp_of(clock.local, "%Y-%m-%d %H:%M:%S", zone=zone)
        begin, day = start_of_day(clock.date, zone), local_date(clock.at, zone)
        return Moment(no=clock.no, read=read, begin=begin, day=day)

    times = [*TIMES, *USUAL]
    table = {
        "no": [str(number) for number in range(1, 1 + len(times))],
        "local": [each.isoformat(" ") for each in times],
        "at": pa.array(times, pa.timestamp("us", "UTC")),
        "date": pa.array([each.date() for each in times]),
    }
    parquet.write_table(pa.table(table), tmp_path / "rows.parquet")
    stamps = Stamps("backfill", "head", 0, "app/clock", "app", "1-0", "marks")
    with exact(spark):
        bulk = SparkBulk(application, Clock, stamps, {"moment": 0})
        made = bulk(numbered_parquet(spark, tmp_path / "rows.parquet"))
        (events,) = made.events.values()
        found = {int(each["no"]): each for each in collected(events)}
        left = {each[NUMBER] for each in made.bad.collect()}
        made.bad.unpersist()

    assert {*found} == {*range(1, 1 + len(times))} - left
    assert len([number for number in found if number > len(TIMES)]) == len(USUAL)
    for number, each in found.items():
        at = times[number - 1]
        values = {"local": at.isoformat(" "), "at": at.replace(tzinfo=dt.UTC), "date": at.date()}
        expected = moment(row(Clock, no=str(number), **values))
        assert (each["read"], each["begin"], each["day"]) == (expected.read, expected.begin, expected.day)

"""Values that SQL takes and the stream takes otherwise: what is mapped at once is what the stream makes."""

import datetime as dt
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
from typing import Annotated
from franca import Application, Column, Entity, Key, Length, Table
from franca import format_timestamp, local_date, start_of_day, timestamp_of

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

class Moment(Entity):
    """When it is."""
    no: Key[str]
    read: dt.datetime | None
    begin: dt.datetime
    day: dt.date
    shown: str

class Clock(Table):
    no: Key[str]
    local: str | None
    at: dt.datetime
    date: dt.date

@app.maps
def moment(clock: Clock) -> Moment:
    return Moment(
        no=clock.no,
        read=timestamp_of(clock.local, "%Y-%m-%d %H:%M:%S", zone="ZONE"),
        begin=start_of_day(clock.date, "ZONE"),
        day=local_date(clock.at, "ZONE"),
        shown=format_timestamp(clock.at, "%H:%M", zone="ZONE"),
    )

class Sheet(Entity):
    """What is filed."""
    no: Key[str]
    scan: bytes | None
    code: str | None
    title: str | None
    day: dt.date | None
    seen: dt.datetime | None

class Paper(Table, trim=True, date_style="DMY"):
    no: Key[str]
    scan: bytes | None
    code: Annotated[str | None, Column(width=3)]
    title: Annotated[str | None, Length(max=1)]
    day: dt.date | None
    seen: Annotated[dt.datetime | None, Column(unit="ms")]

@app.maps
def sheet(paper: Paper) -> Sheet:
    return Sheet(
        no=paper.no, scan=paper.scan, code=paper.code, title=paper.title, day=paper.day, seen=paper.seen
    )
'''
ZONES = {
    "America/Vancouver": dt.datetime(2026, 11, 1),
    "WET": dt.datetime(1993, 6, 1),
    "Europe/Amsterdam": dt.datetime(1930, 6, 1),
    "Africa/Casablanca": dt.datetime(2027, 1, 1),
    "Europe/Zurich": dt.datetime(2026, 10, 25),
}
"""Zones and days about which those who keep zone data have had different minds, but for the last."""
Compared: TypeAlias = "Callable[..., tuple[int, int]]"


@pytest.fixture
def compared(tmp_path: Path) -> Compared:
    """Give what compares a file's rows in both ways, and tells how many were mapped at once, and refused."""

    def compare(name: str, table: str = "sample", zone: str = "UTC") -> tuple[int, int]:
        (tmp_path / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
        (tmp_path / "app.py").write_text(MODULE.replace("ZONE", zone))
        loading = Loading(load(tmp_path), f"app.{table}", forgets=True)
        snapshot = snapshot_of_file(tmp_path / name, f"app.{table}", 1, Taken(5, "lsn:7"))
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


def test_what_is_declared_of_values_is_heeded(compared: Compared, tmp_path: Path) -> None:
    """Blanks at the end are no part of a text, some bytes stand for others; dates are read by their style."""
    moment = dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC)
    texts = ["abcd  ", "", "   ", None, "x ", "__debezium_unavailable_value"]
    columns: dict[str, Any] = {"no": [*"abcde", "f "], "code": texts, "title": texts}
    columns["scan"] = [b"", b"\0\xff", None, b"__debezium_unavailable_value", b"a", b"b"]
    columns["day"] = pa.array([dt.date(2024, 3, 2), dt.date(1, 1, 1), None, None, None, None])
    columns["seen"] = pa.array([moment, None, None, None, None, None], pa.timestamp("us", "UTC"))
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")
    assert compared("rows.parquet", "paper") == (4, 2)
    head = "no;scan;code;title;day;seen"
    rows = ["a ;AAH/;a  ;;2024-03-02;2024-03-31T01:30:00Z", "b;;   ;x ;02/03/2024;2024-03-31 01:30:00"]
    (tmp_path / "rows.csv").write_text("\n".join([head, *rows]))
    assert compared("rows.csv", "paper") == (2, 0)


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_are_those_of_the_stream(compared: Compared, tmp_path: Path, zone: str) -> None:
    """Whatever DuckDB's own zone data say; rows about which the two agree are mapped at once."""
    begin, hour = ZONES[zone], dt.timedelta(hours=1)
    times = [begin + step * 7 * hour for step in range(-100, 400)]
    times += [dt.datetime(2024, 3, 1) + step * 5 * hour for step in range(500)]
    table = {
        "no": [str(number) for number in range(len(times))],
        "local": [f"{each:%Y-%m-%d %H:%M:%S}" for each in times],
        "at": pa.array(times, pa.timestamp("us", "UTC")),
        "date": pa.array([each.date() for each in times]),
    }
    parquet.write_table(pa.table(table), tmp_path / "rows.parquet")
    at_once, refused = compared("rows.parquet", "clock", zone)
    assert (at_once >= 500, refused) == (True, 0)
    if zone == "Europe/Zurich":
        assert at_once == len(times)

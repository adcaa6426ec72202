"""The same table is read the same by everybody: each reader's rows are those that were written by hand."""

import shutil
from datetime import datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from franca.lake.location import table_url
from franca.views.lake import Answer, open_lake
from tests.engines import duckdb_delta, things
from tests.engines.rows import check, tables
from tests.engines.trino import LocalTrino


@tables
def test_deltalake(lived: str, name: str) -> None:
    """As Arrow has it."""
    check(name, DeltaTable(table_url(lived, "thing", name)).to_pyarrow_table().to_pylist())


@tables
def test_polars(lived: str, name: str) -> None:
    """Which reads the files itself."""
    check(name, pl.scan_delta(table_url(lived, "thing", name)).collect().to_dicts())


@tables
def test_duckdb_over_arrow(lived: str, name: str) -> None:
    """Which is handed what deltalake finds, as `franca query` does where the lake is not on this machine."""
    found = DeltaTable(table_url(lived, "thing", name)).to_pyarrow_dataset()
    check(name, duckdb.from_arrow(found).to_arrow_table().to_pylist())


def test_duckdb_as_franca_asks_it(lived: str) -> None:
    """Which is told the files: the events, and the current state of snapshot and newer events together."""
    with open_lake(lived, [things.GROWN]) as asked:
        check("events", _rows(asked.query("SELECT * FROM thing_events")))
        found = _rows(asked.query("SELECT * FROM thing"))
        check("current", found)


def _rows(answer: Answer) -> list[dict[str, Any]]:
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@tables
@pytest.mark.engines
@pytest.mark.usefixtures("duckdb_with_delta")
def test_duckdb_with_its_own_reader(lived: str, name: str) -> None:
    """Which reads Delta's log itself."""
    check(name, duckdb_delta.read(table_url(lived, "thing", name)))


@tables
@pytest.mark.engines
def test_trino(lived: str, trino: LocalTrino, name: str) -> None:
    """Which is what Athena runs. It knows a moment to the millisecond, and rounds the rest."""
    place = trino.root / "lived"
    if not place.exists():
        shutil.copytree(lived, place)
    trino.register(f"lived_{name}", place / "thing" / name)
    check(name, trino.query(f"SELECT * FROM lived_{name}"), to_milliseconds)


def to_milliseconds(moment: datetime) -> Any:
    """Return a moment as Trino has it; the end of the year 9999 is in a year that Python does not know."""
    rest = moment.microsecond % 1000
    try:
        return moment + timedelta(microseconds=(1000 - rest) if rest >= 500 else -rest)
    except OverflowError:
        return "+10000-01-01 00:00:00.000 UTC"

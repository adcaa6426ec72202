"""The same table is read the same by everybody: each reader's rows are those that were written by hand."""

import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from franca.lake.location import table_url
from franca.views.lake import Answer, open_lake
from tests.engines import duckdb_delta, things
from tests.engines.trino import LocalTrino

EXPECTED = {"events": things.events, "snapshot": things.snapshot, "current": things.current}
tables = pytest.mark.parametrize("name", ["events", "snapshot"])


def check(
    name: str, rows: Iterable[dict[str, Any]], moment: Callable[[datetime], Any] = lambda moment: moment
) -> None:
    """Compare a table's rows with what they should be; the columns may stand in any order.

    `moment` is what the reader makes of a moment.
    """
    order = "_offset" if name == "events" else "id"
    found = sorted(rows, key=lambda row: row[order])
    wanted = EXPECTED[name]()
    assert [row["id"] for row in found] == [row["id"] for row in wanted]
    for row, expected in zip(found, wanted, strict=True):
        assert {key: exact(value) for key, value in row.items()} == {
            key: exact(moment(value) if isinstance(value, datetime) else value)
            for key, value in expected.items()
        }


def exact(value: Any) -> Any:
    """Return what tells a value from all others, its type too: NaN is like NaN, a moment is in UTC."""
    match value:
        case dict():
            return {key: exact(part) for key, part in value.items()}
        case list():
            return [exact(part) for part in value]
        case Decimal() if value.as_tuple().exponent == 0:
            return repr(int(value))  # franca's own answers have whole numbers of any size as integers
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return repr(value)


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

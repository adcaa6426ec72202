"""Files of rows become raw messages, and nothing in them is lost."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.rows import RowFile
from franca.errors import DefinitionError
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
    return [msgspec.json.decode(value) for value in RowFile(str(path)).values(shape_of(Reading))]


def test_csv_keeps_leading_zeros_long_integers_and_what_is_no_number(tmp_path: Path) -> None:
    """The table's declaration says what a column is; what does not fit it stays text, for the decoder."""
    path = tmp_path / "readings.csv"
    path.write_text("METER-NR;count;value\n007;18446744073709551616;NaN\n008;;1_0\n009;1_0;-inf\n")

    assert rows(path) == [
        {"METER-NR": "007", "count": 2**64, "value": "NaN"},
        {"METER-NR": "008", "count": None, "value": "1_0"},
        {"METER-NR": "009", "count": "1_0", "value": "-Infinity"},
    ]


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

"""Parquet as old and large writers leave it: texts and moments without a name, wide rows, damaged files."""

import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.parquet import count_of_rows, parquet_columns
from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.errors import DefinitionError
from franca.model.entity import Table, Value
from franca.model.markers import Column, Key
from franca.model.shape import shape_of
from franca.operations.backfill.piece import BYTES, Piece


class Place(Value):
    """Where one comes from."""

    name: str | None
    raw: bytes | None


class Visit(Table):
    """Rows of a log."""

    number: Key[str]
    name: Annotated[str | None, Column("NAME")]
    at: datetime | None
    raw: bytes | None
    tags: list[str] | None
    places: list[Place] | None


def pieces_of(path: Path, table: type[Table] = Visit) -> list[Piece]:
    """Return the pieces of a file."""
    return list(pieces(RowFile(str(path)), table, "plain"))


def rows(path: Path, table: type[Table] = Visit) -> list[dict[str, object]]:
    """Return the rows of a file, which its pieces give as well."""
    values = [each.value for each in RowFile(str(path)).values(shape_of(table))]
    assert [row.value for piece in pieces_of(path, table) for row in piece.given(None)] == values
    return [msgspec.json.decode(value) for value in values]


def test_bytes_are_texts_where_the_table_has_no_bytes(tmp_path: Path) -> None:
    """So Impala and old Hive write them; what is no text spoils its row only, if the column is read."""
    kinds = {"NAME": pa.binary(), "number": pa.large_binary(), "raw": pa.binary(), "other": pa.binary()}
    columns = {name: pa.array([b"\xc3\xa4", b"\xff", None], kind) for name, kind in kinds.items()}
    columns["NAME"] = columns["NAME"].dictionary_encode()
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")

    found = rows(tmp_path / "rows.parquet")

    assert found[0] == {"NAME": "ä", "number": "ä", "raw": "w6Q=", "other": "w6Q="}
    assert found[1]["NAME"] == {"string": "/w=="}
    assert set(found[2].values()) == {None}


def test_bytes_are_texts_however_arrow_holds_them(tmp_path: Path) -> None:
    """Of one width, as views, by a dictionary within a list."""
    letters = pa.array([b"ab", b"cd", None]).dictionary_encode()
    columns = {
        "number": pa.array([b"ab", b"cd", None], pa.binary(2)),
        "NAME": pa.array([b"ab", b"cd", None], pa.binary_view()),
        "tags": pa.ListArray.from_arrays([0, 1, 2, 3], letters),
        "raw": pa.array([b"ab", b"cd", None], pa.binary(2)),
    }
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")

    found = rows(tmp_path / "rows.parquet")

    assert [row["number"] for row in found] == [row["NAME"] for row in found] == ["ab", "cd", None]
    assert [row["tags"] for row in found] == [["ab"], ["cd"], [None]]
    assert [row["raw"] for row in found] == ["YWI=", "Y2Q=", None]


@pytest.mark.parametrize("is_large", [False, True])
def test_nested_bytes_are_texts_where_the_table_has_none(tmp_path: Path, *, is_large: bool) -> None:
    """In lists and nested values, of which only those that are no text spoil theirs."""
    listed = pa.large_list if is_large else pa.list_
    place = pa.struct([("name", pa.large_binary() if is_large else pa.binary()), ("raw", pa.binary())])
    columns = {
        "number": pa.array(["1", "2", "3"]),
        "tags": pa.array([[b"\xc3\xa4", b""], [b"\xff", None], None], listed(pa.binary())),
        "places": pa.array([[{"name": b"\xc3\xa4", "raw": b"\xff"}, None], [], None], listed(place)),
    }
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")

    found = rows(tmp_path / "rows.parquet")

    assert [row["tags"] for row in found] == [["ä", ""], [{"string": "/w=="}, None], None]
    assert [row["places"] for row in found] == [[{"name": "ä", "raw": "/w=="}, None], [], None]


WRITTEN = [1.1, -0.0, 3.4028235e38, 1e-45, 123456.79, 0.3, None]
"""Numbers of which four bytes tell each digit."""


class Rate(Value):
    """A rate, and how often it was seen."""

    rate: float | None
    seen: int | None


class Measured(Table):
    """What was measured."""

    number: Key[int]
    rate: float | None
    price: Decimal | None
    rates: list[float | None]
    pairs: list[float | None]
    seen: list[Rate | None]


def test_floats_of_four_bytes_are_the_numbers_that_were_written(tmp_path: Path) -> None:
    """The shortest that mean them, as captures write; in what is nested too, and no other columns."""
    single = pa.float32()
    kinds = {
        "rate": single,
        "price": single,
        "rates": pa.list_(single),
        "pairs": pa.list_(single, 1),
        "seen": pa.large_list(pa.struct([("rate", single), ("seen", single)])),
        "other": pa.list_(single),
    }
    columns: dict[str, list[Any]] = {
        "rate": WRITTEN,
        "price": WRITTEN,
        "rates": [[each] for each in WRITTEN],
        "pairs": [[each] for each in WRITTEN],
        "seen": [[{"rate": each, "seen": 123456792.0}, None] for each in WRITTEN],
        "other": [[0.5] for _ in WRITTEN],
    }
    table = pa.table({name: pa.array(values, kinds[name]) for name, values in columns.items()})
    parquet.write_table(table, tmp_path / "rows.parquet")

    found = rows(tmp_path / "rows.parquet", Measured)

    told = [{name: columns[name][place] for name in columns} for place in range(len(WRITTEN))]
    for row in told:
        row["price"] = 3.4028234663852886e38 if row["rate"] == 3.4028235e38 else row["rate"]
        row["seen"] = [{"rate": row["rate"], "seen": 123456792.0}, None]
    assert list(map(repr, found)) == list(map(repr, told))
    (piece,) = pieces_of(tmp_path / "rows.parquet", Measured)
    assert piece.columns is not None
    assert repr(piece.columns["rate"].to_pylist()) == repr(WRITTEN)


def test_whole_numbers_in_floats_of_four_bytes_stay_what_they_are(tmp_path: Path) -> None:
    """Of such a float no shorter number is meant: many writers make floats of whole numbers beside nulls."""
    values = pa.array([123456792.0, 1610612736.0, 16777218.0, 3.0, None], pa.float32())
    parquet.write_table(pa.table({"number": values, "price": values}), tmp_path / "rows.parquet")
    for row, wanted in zip(rows(tmp_path / "rows.parquet", Measured), values.to_pylist(), strict=True):
        assert row == {"number": wanted, "price": wanted}


def test_floats_of_four_bytes_may_be_no_numbers(tmp_path: Path) -> None:
    """They are what they are in eight."""
    values = pa.array([float("nan"), float("inf"), float("-inf")], pa.float32())
    parquet.write_table(pa.table({"rate": values, "price": values}), tmp_path / "rows.parquet")
    (piece,) = pieces_of(tmp_path / "rows.parquet", Measured)
    assert piece.columns is not None
    for name in ("rate", "price"):
        assert str(piece.columns[name].to_pylist()) == "[nan, inf, -inf]"


def test_moments_of_old_writers_have_no_end_in_2262(tmp_path: Path) -> None:
    """INT96 counts days; nanoseconds stay where they can, and a decoder tells what it can't keep."""
    far = pa.array([datetime(9999, 12, 31), datetime(1600, 1, 1), None], pa.timestamp("us"))
    for name, values in (("rows0", far), ("rows1", pa.array([1_001], pa.timestamp("ns")))):
        path = tmp_path / f"{name}.parquet"
        parquet.write_table(pa.table({"at": values}), path, use_deprecated_int96_timestamps=True)

    assert [row["at"] for row in rows(tmp_path / "rows0.parquet")] == [
        "9999-12-31T00:00:00",
        "1600-01-01T00:00:00",
        None,
    ]
    assert [row["at"] for row in rows(tmp_path / "rows1.parquet")] == ["1970-01-01T00:00:00.000001001"]
    packed = tmp_path / "rows.parquet.gz"
    packed.write_bytes(gzip.compress((tmp_path / "rows0.parquet").read_bytes()))
    assert rows(packed) == rows(tmp_path / "rows0.parquet")


def test_a_time_beyond_the_day_is_a_cell_that_no_column_takes(tmp_path: Path) -> None:
    """Alone or within a value; Arrow would begin the day anew."""
    times = pa.array([0, 86_400_000_000, -1], pa.int64()).cast(pa.time64("us"))
    nested = pa.StructArray.from_arrays([times], ["at"])
    parquet.write_table(pa.table({"at": times, "in": nested}), tmp_path / "rows.parquet")

    odd = [{"time64[us]": 86_400_000_000}, {"time64[us]": -1}]
    expected = ["00:00:00", *odd]
    found = rows(tmp_path / "rows.parquet")
    assert [row["at"] for row in found] == expected
    assert [row["in"] for row in found] == [{"at": each} for each in expected]


def test_a_column_that_is_there_twice_is_read_by_nobody(tmp_path: Path) -> None:
    """As of CSV: it is told once, before the rows, since nobody can tell which of them is meant."""
    path, at = tmp_path / "rows.parquet", pa.array([datetime(9999, 12, 31)] * 2, pa.timestamp("us"))
    columns = [pa.array(["1", "2"]), pa.array(["a", "b"]), pa.array(["c", "d"]), at, at]
    table = pa.Table.from_arrays(columns, ["number", "NAME", "NAME", "at", "at"])
    parquet.write_table(table, path, use_deprecated_int96_timestamps=True)

    given = list(RowFile(str(path)).values(shape_of(Visit)))
    assert [(each.problem.path, each.problem.code) for each in given[:2] if each.problem] == [
        ("NAME", "doubled-column"),
        ("at", "doubled-column"),
    ]
    told = [(each.line, each.value) for each in given]
    assert told == [
        *[(0, b"number, NAME, NAME, at, at")] * 2,
        (1, b'{"number":"1"}'),
        (2, b'{"number":"2"}'),
    ]
    found = pieces_of(path)
    assert [(row.line, row.value) for piece in found for row in piece.given(None)] == told
    assert [(piece.first, piece.end) for piece in found] == [(0, 1), (1, 3)]
    parquet.write_table(table.select([1, 2]), path)
    with pytest.raises(DefinitionError, match="all of its columns are there twice"):
        pieces_of(path)


def test_a_damaged_file_is_said_to_be(tmp_path: Path) -> None:
    """A page that was written over, a packed one that was cut short."""
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table({"NAME": [f"{n:09}" for n in range(9_999)]}), path, use_dictionary=False)
    whole = path.read_bytes()
    packed = tmp_path / "cut.parquet.gz"
    packed.write_bytes(gzip.compress(whole)[:-99])
    path.write_bytes(whole[:40] + b"\xff" * 2_000 + whole[2_040:])
    for each in (path, packed):
        with pytest.raises(DefinitionError, match="can't be read as Parquet"):
            pieces_of(each)
    for read in (parquet_columns, count_of_rows):
        with pytest.raises(DefinitionError, match="can't be read as Parquet"):
            read(str(tmp_path))


def test_pieces_of_wide_rows_have_fewer(tmp_path: Path) -> None:
    """What a piece takes of memory does not follow from the rows' width; texts that repeat are found late."""
    wide = "x" * (BYTES // 2 - 9)
    repeated = pa.table({"NAME": [wide] * 4, "number": [str(n) for n in range(4)]})
    parquet.write_table(repeated, tmp_path / "repeated.parquet")
    parquet.write_table(repeated, tmp_path / "wide.parquet", use_dictionary=False)
    (tmp_path / "wide.csv").write_text("".join(["number,NAME\n", *(f"{n},{wide}\n" for n in range(4))]))

    for name in ("repeated.parquet", "wide.parquet", "wide.csv"):
        found = pieces_of(tmp_path / name)
        assert sum(piece.count for piece in found) == 4
        assert max(piece.count for piece in found) < 4

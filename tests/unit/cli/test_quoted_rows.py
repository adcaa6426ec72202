"""Rows of CSV with quotes are columns at once, the very fields that the stream's own code finds in them."""

import random
from pathlib import Path

import pyarrow as pa
import pytest

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.errors import DecodeError
from franca.formats.csv import matched
from franca.formats.csv_row import Splitter
from franca.model.entity import Table
from franca.model.layouts import Csv
from franca.model.markers import Key
from franca.operations.backfill.piece import NUMBER

NAMES = ("number", "name", "other")
FIELDS = ('"a"', '""', "", "b", '"c,d"', '"e""f"', '"g\nh"', '"i\r\nj"', 'k"l', '"m" ', ' "n"', '"ö"', '"')


class Visit(Table):
    """Rows of a log."""

    number: Key[str]
    name: str | None
    other: str | None


def columns(path: Path, delimiter: str) -> dict[int, tuple[str, ...]]:
    """Return the rows of a file that are columns, by their numbers."""
    found: dict[int, tuple[str, ...]] = {}
    for piece in pieces(RowFile(str(path), delimiter=delimiter), Visit, "plain"):
        for row in (piece.columns or pa.table({})).to_pylist():
            found[row[NUMBER]] = tuple(row[name] for name in NAMES)
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "§"])
@pytest.mark.parametrize("seed", range(4))
def test_fields_are_those_of_the_stream(tmp_path: Path, delimiter: str, seed: int) -> None:
    """Whatever stands where, as long as the row has a field for each column; lines of all kinds."""
    dice = random.Random(seed)
    rows = [
        delimiter.join(
            dice.choice(FIELDS).replace(",", delimiter) for _ in range(dice.choice((2, 3, 3, 3, 4)))
        )
        for _ in range(2_000)
    ]
    path = tmp_path / "rows.csv"
    end = dice.choice(("\n", "\r\n"))
    path.write_bytes((end.join([delimiter.join(NAMES), *rows]) + dice.choice(("", end))).encode())

    splitter = Splitter(Csv(delimiter=delimiter))
    expected = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in [*splitter.rows(lines)][1:]:
            try:
                fields = matched(splitter.fields(row.text), NAMES) if row.problem is None else ()
            except DecodeError:
                continue
            if fields:
                expected[row.line] = tuple(text or "" for text in fields)
    assert len(expected) > 100
    assert columns(path, delimiter) == expected


def test_a_mark_of_byte_order_in_the_middle_is_the_fields(tmp_path: Path) -> None:
    """Files that were put together have one before a row that is not the first."""
    path = tmp_path / "rows.csv"
    path.write_text('number,name,other\n\ufeff1,"a",b\n2,"c",d\n', encoding="utf-8")
    assert columns(path, ",") == {2: ("\ufeff1", "a", "b"), 3: ("2", "c", "d")}

"""Rows mapped at once in SQL give what the on-ramp's own step gives of them, and none is lost between."""

import datetime as dt
import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.lake.parser import EventParser
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.mapped import RowMapping
from franca.operations.backfill.piece import Piece, limited, piece_of
from franca.operations.backfill.row_step import Mapped
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from franca.operations.backfill.trial import tried
from franca.pipeline.input_line import Given
from tests.integration.depot import MODULE

HEADER = "no;colour;name;count;price;weight;sold;made;opens;seen;label;unit;shelf1;SHELF-2"
TEXTS: dict[str, list[str]] = {
    "colour": ["", "r", "b", "R", " "],
    "name": ["a", "ß", " Ä\t", "𝄞", "'", "__debezium_unavailable_value", '"a;b ""c"""', "\\N", "x\u00a0"],
    "count": ["0", "-1", "007", "-0", "9223372036854775807", "9223372036854775808", "1.0", " 5 ", "", "1e3"],
    "price": ["", "0", "0.1", "-0.00", "-0.01", "1.234", "99999999.99", "100000000", "1e1", ".5", "NaN"],
    "weight": ["", "0", "-0.0", "0.1", "1e400", "nan", "123456789.123456789", "1_0", "-2", "5e-324"],
    "sold": ["", "true", "F", "t", "False", "1", "0", "yes", " true "],
    "made": [
        "", "2024-02-29", "2023-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "20240229", "2024-1-1",
    ],
    "opens": [
        "", "00:00:00", "24:00:00", "23:59:59.999999", "8:00:00", "08:00", "08:00:00.1234567", "08:00:00.5",
    ],
    "seen": [
        "", "2024-03-31T01:30:00Z", "2024-03-31 01:30:00", "2024-03-31T01:30:00+02:00", "0001-01-01 00:00:00",
        "9999-12-31T23:59:59.999999Z", "2024-03-31T24:00:00Z", "1711848600", "2024-03-31T01:30:00.1234567Z",
        "2024-03-31T01:30:60Z", "2024-02-30T01:30:00Z", "2024-03-31",
    ],
    "label": ["", "2ed6657d-e927-568b-95e1-2665a8aea6a2", "2ED6657D-e927-568b-95e1-2665a8aea6a2", "x"],
    "unit": ["", "k", "z"],
    "shelf1": ["", "A", "B"],
    "SHELF-2": ["", "B", "A"],
}  # fmt: skip
UTC = dt.UTC
TYPED: dict[str, list[Any]] = {
    "count": [0, -(2**63), 2**63 - 1],
    "price": [None, Decimal("0.00"), Decimal("-99999999.99"), Decimal("12.50")],
    "weight": [None, 0.1, -0.0, 1e300, float("nan"), float("inf"), 5e-324, 1.5],
    "sold": [None, True, False],
    "made": [None, dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2024, 2, 29)],
    "opens": [None, dt.time(0), dt.time(23, 59, 59, 999999), dt.time(8, 30), dt.time(8, 30, 0, 500000)],
    "seen": [
        None, dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        dt.datetime(2024, 3, 31, 1, 30, 0, 5, tzinfo=UTC),
    ],
}  # fmt: skip
KINDS = {
    "count": pa.int64(), "price": pa.decimal128(10, 2), "weight": pa.float64(), "sold": pa.bool_(),
    "made": pa.date32(),
    "opens": pa.time64("us"), "seen": pa.timestamp("us", "Europe/Zurich"),
}  # fmt: skip
USUAL = {
    "no": "1", "colour": "r", "name": "a", "count": "3", "price": "1.5", "weight": "0.5", "sold": "true",
    "made": "2024-01-01", "opens": "08:00:00", "seen": "2024-01-01T00:00:00Z", "label": "", "unit": "k",
    "shelf1": "S", "SHELF-2": "T",
}  # fmt: skip
USUAL_TYPED: dict[str, Any] = {
    **{name: value or None for name, value in USUAL.items()},
    **{name: values[-1] for name, values in TYPED.items()},
    "count": 3,
}


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    """Give a table of every kind of column."""
    (tmp_path / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    (tmp_path / "depot.py").write_text(MODULE.replace("NAME", "depot"))
    return Loading(load(tmp_path), "depot.stock", forgets=True)


def mapping_of(loading: Loading, file: Path) -> tuple[RowMapping, list[Piece]]:
    """Return what maps a file, and its pieces."""
    snapshot = snapshot_of_file(file, "depot.stock", 1, Taken(5, "lsn:7"))
    return loading.mapping(snapshot), list(pieces(RowFile(str(file)), loading.table, "auto"))


def rows(loading: Loading, mapping: RowMapping, made: Mapped) -> tuple[list[Any], list[Any], int]:
    """Return the rows of the lake that are made, the dead letters, and how many events came at once."""
    found = []
    for shape in loading.shapes:
        parser = EventParser(shape)
        parsed = parser.parse(made.events[shape.name], mapping.partitions[shape.name][0].topic_id)
        ready = made.ready.get(shape.name, parser.schema.empty_table()).select(parser.schema.names)
        assert ready.schema == parser.schema
        found += [
            tuple(map(repr, row.items())) for row in pa.concat_tables([parsed.table, ready]).to_pylist()
        ]
    return sorted(found), sorted(made.letters, key=repr), sum(table.num_rows for table in made.ready.values())


def csv_of(folder: Path) -> Path:
    """Write a row for each odd text, and rows that are none."""
    odd = [(name, text) for name, texts in TEXTS.items() for text in texts]
    lines = [
        ";".join((USUAL | {"no": str(number), name: text}).values())
        for number, (name, text) in enumerate(odd)
    ]
    lines += [";".join((USUAL | {"no": "", "SHELF-2": "S"}).values()), "too;short", 'a"b;"open']
    path = folder / "odd.csv"
    path.write_text("\n".join([HEADER, *lines]))
    return path


def parquet_of(folder: Path) -> Path:
    """Write a row for each odd value of a type of Parquet."""
    odd = [(name, value) for name, values in TYPED.items() for value in values]
    made = [USUAL_TYPED | {"no": str(number), name: value} for number, (name, value) in enumerate(odd)]
    table = {name: pa.array([row[name] for row in made], KINDS.get(name, pa.string())) for name in USUAL}
    path = folder / "odd.parquet"
    parquet.write_table(pa.table(table), path)
    return path


def parquet_of_texts(folder: Path) -> Path:
    """Write a row for each odd text, and for a missing one, as exports do that know no other type."""
    odd = [(name, text) for name, texts in TEXTS.items() for text in [*texts, None]]
    usual: dict[str, str | None] = {**USUAL, "label": None}
    made = [usual | {"no": str(number), name: text} for number, (name, text) in enumerate(odd)]
    table = {name: pa.array([row[name] for row in made]) for name in USUAL}
    for name in ("weight", "sold"):  # of which no decoder reads texts
        table[name] = pa.array([USUAL_TYPED[name]] * len(made), KINDS[name])
    path = folder / "texts.parquet"
    parquet.write_table(pa.table(table), path)
    return path


@pytest.mark.parametrize("write", [csv_of, parquet_of, parquet_of_texts])
def test_sql_gives_what_the_step_gives(loading: Loading, tmp_path: Path, write: Any) -> None:
    """Every odd value once, in rows whose other values are beyond doubt; most rows are mapped at once."""
    mapping, (piece,) = mapping_of(loading, write(tmp_path))
    at_once = rows(loading, mapping, mapping(piece))
    decoded = rows(loading, mapping, mapping(piece_of(piece.given(None))))
    one_by_one = rows(loading, mapping, mapping.one_by_one(piece.given(None)))

    assert at_once[:2] == decoded[:2] == one_by_one[:2]
    assert one_by_one[2] == 0
    assert piece.count < at_once[2] <= decoded[2]
    mapping.close()


def test_what_sql_can_t_read_is_decoded_first(loading: Loading, tmp_path: Path) -> None:
    """A number in a text column, a text in a column of numbers, a row with `__deleted`, a missing column."""
    table = {n: pa.array([v, v], KINDS.get(n, pa.string())) for n, v in USUAL_TYPED.items()}
    table["no"] = pa.array(["1", "2"])
    odd: dict[str, list[Any]] = {
        "name": [1, 2], "count": ["1", "x"], "price": [1.5, 2.5], "label": [b"1", b"2"],
        "__deleted": ["true", "false"], "__source_ts_ms": [1, 2], "unit": [],
    }  # fmt: skip
    for name, values in odd.items():
        changed = (
            {**table, name: pa.array(values)} if values else {n: v for n, v in table.items() if n != name}
        )
        parquet.write_table(pa.table(changed), tmp_path / "other.parquet")
        mapping, (piece,) = mapping_of(loading, tmp_path / "other.parquet")
        made = rows(loading, mapping, mapping(piece))
        assert made[:2] == rows(loading, mapping, mapping.one_by_one(piece.given(None)))[:2], name
        mapping.close()


def test_bytes_of_a_text_that_are_none_spoil_their_row(loading: Loading, tmp_path: Path) -> None:
    """Old writers don't say which bytes are texts: the others are mapped, at once where all are good."""
    table = {n: pa.array([v, v], KINDS.get(n, pa.string())) for n, v in USUAL_TYPED.items()}
    table["no"] = pa.array(["1", "2"])
    for names, good in ([b"\xc3\x84", b"b"], 2), ([b"\xff", b"b"], 1):
        old = table | {"name": pa.array(names, pa.binary())}
        parquet.write_table(pa.table(old), tmp_path / "old.parquet")
        mapping, (piece,) = mapping_of(loading, tmp_path / "old.parquet")
        made = rows(loading, mapping, mapping(piece))
        assert made[:2] == rows(loading, mapping, mapping.one_by_one(piece.given(None)))[:2]
        items = [row for row in made[0] if any("name" in cell for cell in row)]
        assert (len(items), len(made[1])) == (good, 2 - good)
        mapping.close()


def test_a_column_without_values_is_mapped_at_once(loading: Loading, tmp_path: Path) -> None:
    """Writers call its type null; where the table wants a value, each row is refused."""
    table = {n: pa.array([v, v], KINDS.get(n, pa.string())) for n, v in USUAL_TYPED.items()}
    table["no"] = pa.array(["1", "2"])
    for name in USUAL:
        parquet.write_table(pa.table(table | {name: pa.nulls(2)}), tmp_path / "null.parquet")
        mapping, (piece,) = mapping_of(loading, tmp_path / "null.parquet")
        made = rows(loading, mapping, mapping(piece))
        one_by_one = rows(loading, mapping, mapping.one_by_one(piece.given(None)))
        assert made[:2] == one_by_one[:2], name
        assert bool(made[2]) != bool(one_by_one[1]), name
        mapping.close()


def test_a_trial_counts_all_and_shows_the_first(loading: Loading, tmp_path: Path) -> None:
    """However the rows are mapped; each kind of problem with its first row."""
    mapping, found = mapping_of(loading, csv_of(tmp_path))
    snapshot = snapshot_of_file(tmp_path / "odd.csv", "depot.stock", 1, Taken(5, "lsn:7"))
    trial = tried(mapping, snapshot, found, 2)
    made = mapping.one_by_one(found[0].given(None))

    assert (trial.rows, trial.refused) == (found[0].count, made.refused)
    assert trial.events == {topic: len(events) for topic, events in made.events.items()}
    assert all(len(some) == 2 for some in trial.samples.values())
    assert sum(kind.count for kind in trial.problems) == len(made.letters)
    assert trial.problems == sorted(trial.problems, key=lambda kind: -kind.count)
    mapping.close()


def test_a_limit_cuts_a_piece(tmp_path: Path) -> None:
    """So many rows are loaded, and no more are read."""

    def endless() -> Iterator[Piece]:
        for first in itertools.count(1, 2):
            yield piece_of([Given(b"{}", first), Given(b"{}", first + 1)])

    found = [[row.line for row in piece.given(None)] for piece in limited(endless(), 5)]
    assert found == [[1, 2], [3, 4], [5]]

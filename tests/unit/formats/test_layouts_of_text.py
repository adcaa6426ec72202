"""Rows of CSV and of fixed width as layouts say: cut into rows and fields, all or some of them wanted."""

from typing import Annotated, Any

import pytest

from franca.errors import DecodeError, DefinitionError
from franca.formats.change import Change, Loose, Wanted, decode
from franca.formats.csv import CsvFormat
from franca.formats.csv_row import Splitter
from franca.formats.fixed import FixedFormat
from franca.formats.registry import format_named, format_of_layout
from franca.model.entity import Table
from franca.model.layouts import Csv, Fixed
from franca.model.markers import Column, Key
from franca.types import Record


class Cust(Table):
    """A table whose texts may not all be null."""

    id: Key[int]
    name: str
    note: str | None


COLUMNS = frozenset({"id", "name", "note"})


def row_of(format_: Any, value: bytes, wanted: frozenset[str] = COLUMNS, table: type[Table] = Cust) -> Any:
    """Return the row of a value, the same carefully and as in a stream."""
    decoder = format_.decoder(Wanted(table, wanted))
    record = Record("t", 0, 0, 0, None, value)
    careful, fast = decoder(record), decode(decoder, record)
    assert isinstance(fast, Change)
    assert fast == careful
    return fast.after


@pytest.mark.parametrize(
    ("layout", "value", "expected"),
    [
        (Csv(), b'7,,', (7, "", None)),
        (Csv(), b'7,"","x"', (7, "", "x")),
        (Csv(null="NULL"), b'7,a,NULL', (7, "a", None)),
        (Csv(null="NULL"), b'7,"a","NULL"', (7, "a", "NULL")),
        (Csv(delimiter="||"), b'7||a|b||"x||y"', (7, "a|b", "x||y")),
        (Csv(quote=""), b'7,"a,b"', (7, '"a', 'b"')),
        (Csv(quote="'"), b"7,'it''s',\"", (7, "it's", '"')),
        (Csv(encoding="latin-1"), b"7,Z\xfcrich,", (7, "Zürich", None)),
        (Csv(columns=("note", "id", "name")), b"n,7,a", (7, "a", "n")),
    ],
)  # fmt: skip
def test_a_row_is_taken_apart_as_its_layout_says(layout: Csv, value: bytes, expected: object) -> None:
    """Delimiter, quote, encoding, null and the order of columns; the generated way as the careful one."""
    row = row_of(format_of_layout(layout), value)
    assert (row.id, row.name, row.note) == expected


@pytest.mark.parametrize(
    ("layout", "value", "code"),
    [
        (Csv(), b"  \r\n", "empty-value"),
        (Csv(quote=""), b"7,a\n8,b", "several-rows"),
        (Csv(), b'7,"a"\r\n8,b,c', "several-rows"),
        (Csv(columns=("a", "b")), b"7,a", "wrong-shape"),
        (Csv(columns=("id", "id", "name")), b"7,8,a", "wrong-shape"),
        (Csv(), b"1" * 1_001 + b",a,b", "number-too-long"),
        (Csv(encoding="utf-16"), b"7,a", "bad-text"),
    ],
)
def test_what_is_no_row_of_the_layout_is_a_problem(layout: Csv, value: bytes, code: str) -> None:
    """A second row in a message, columns of which none is wanted or which nobody can tell apart."""
    with pytest.raises(DecodeError) as caught:
        row_of(CsvFormat(layout), value, frozenset({"id"}))
    assert caught.value.code == code


def test_a_table_may_want_no_column() -> None:
    """Then a row says no more than that there is one."""
    assert row_of(CsvFormat(), b"7,a,b", frozenset()) is not None


@pytest.mark.parametrize(
    ("layout", "reason"),
    [
        (Csv(delimiter=""), "the delimiter ''"),
        (Csv(delimiter="\n"), "the delimiter"),
        (Csv(quote="''"), "the quote"),
        (Csv(delimiter='"'), "the delimiter"),
        (Csv(encoding="klingon"), "no such encoding: 'klingon'"),
        (Fixed(encoding="klingon"), "no such encoding: 'klingon'"),
    ],
)
def test_a_layout_that_can_not_be_is_refused_where_it_is_declared(layout: Any, reason: str) -> None:
    """It would read nothing rightly."""
    with pytest.raises(DefinitionError, match=reason):
        format_of_layout(layout).decoder(Wanted(Wide, frozenset({"id"})))


def test_a_format_that_nobody_knows_is_refused() -> None:
    """The message names those there are."""
    with pytest.raises(DefinitionError, match="no such format: 'nope'; expected one of auto, forwarded"):
        format_named("nope")


LINES = ["a,b\n", "\n", 'c,"d\n', 'e"\n', '"f" g,h\n', "i,j\n", 'k,"l\n', "m,n\n"]


def test_a_files_lines_are_its_rows() -> None:
    """Blank lines are none, a quoted field may hold a line's end, and one that never ends spoils its line."""
    rows = list(Splitter(Csv()).rows(iter(LINES)))

    assert [(row.line, row.text) for row in rows if row.problem is None] == [
        (1, "a,b\n"),
        (3, 'c,"d\ne"\n'),
        (5, '"f" g,h\n'),
        (6, "i,j\n"),
        (8, "m,n\n"),
    ]
    assert [(row.line, row.problem.code) for row in rows if row.problem] == [(7, "unterminated-quote")]


def test_a_quote_closed_within_its_field_spoils_the_row_that_it_began() -> None:
    """What follows is read on its own, so that one stray quote costs one line."""
    rows = list(Splitter(Csv()).rows(iter(['a,"b\n', 'c" d,e\n', "f,g\n"])))

    assert [(row.line, bool(row.problem)) for row in rows] == [(1, True), (2, False), (3, False)]


def test_a_quote_that_is_opened_does_not_swallow_a_file() -> None:
    """The row ends as a problem after so many bytes, and the lines behind it are rows."""
    rows = list(Splitter(Csv()).rows(iter(['a,"b\n', *["x" * 1_000_000 + "\n"] * 20])))

    assert [bool(row.problem) for row in rows] == [True, *[False] * 20]


class Wide(Table, format=Fixed(trim="none")):
    """Columns of so many characters."""

    id: Annotated[Key[int], Column(width=3)]
    name: Annotated[str, Column(width=4)]


@pytest.mark.parametrize(
    ("trim", "value", "expected"),
    [
        ("none", b" 7  a  ", (7, " a  ")),
        ("left", b" 7  a  ", (7, "a  ")),
        ("both", b" 7  a  ", (7, "a")),
        ("right", b" 7  a  ", (7, " a")),
    ],
)
def test_a_text_of_fixed_width_loses_its_padding_on_the_side_that_is_named(
    trim: Any, value: bytes, expected: object
) -> None:
    """Numbers have blanks on either side whatever is said of texts."""
    row = row_of(FixedFormat(Fixed(trim=trim)), value, frozenset({"id", "name"}), Wide)
    assert (row.id, row.name) == expected


def test_a_table_of_fixed_width_names_every_column_that_has_none() -> None:
    """All at once, with the remedy."""
    with pytest.raises(DefinitionError, match="has no width") as caught:
        FixedFormat().decoder(Wanted(Cust, COLUMNS))
    assert [problem.path for problem in caught.value.problems] == ["id", "name", "note"]


def test_a_record_of_fixed_width_needs_a_table() -> None:
    """Nobody else knows where a column ends."""
    assert not isinstance(FixedFormat().recognises(Record("t", 0, 0, 0, None, b"x")), Loose)
    with pytest.raises(DecodeError) as caught:
        FixedFormat().loose(Record("t", 0, 0, 0, None, b"x"))
    assert caught.value.code == "unknown-table"

"""A table's column reads an item as the table's own type, and says what is wrong where it can't."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import UNSET

from franca.errors import DecodeError, DefinitionError
from franca.formats.change import Change, Wanted, decode
from franca.formats.copybook.element import Element
from franca.formats.copybook.format import CopybookFormat
from franca.formats.copybook.numbers import read_hexadecimal
from franca.formats.copybook.records import Records
from franca.model.entity import Table
from franca.model.layouts import Copybook
from franca.model.markers import Key
from franca.types import Record
from tests.mainframe import write_hexadecimal, write_packed

MOVED = """01 R.
 05 N PIC 9.
 05 T OCCURS 1 TO 2 DEPENDING ON N PIC X.
 05 A PIC X.
 05 B REDEFINES A PIC X.
 05 KIND PIC X."""
MINUS = b"\x12\x3d"
"""-123, packed."""


def table_of(kind: Any, layout: Copybook) -> type[Table]:
    """Return a table whose columns are a number and one of this type."""

    class Item(Table, format=layout):
        n: Key[int]
        item: Annotated[kind, "made for one test"]

    return Item


def read(entry: str, data: bytes, kind: Any, tmp: Any, **settings: Any) -> Any:
    """Return the value of the one item after a digit, read carefully and then as it is read in a stream."""
    path = tmp / "item.cpy"
    path.write_text(f"01 R.\n 05 N PIC 9.\n{entry}")
    table = table_of(kind, Copybook(str(path), **{"code_page": "latin-1", **settings}))
    decoder = CopybookFormat().decoder(Wanted(table, frozenset({"n", "item"})))
    values = []
    for way in (decoder, lambda record: decode(decoder, record)):
        change = way(Record("t", 0, 0, 0, None, b"7" + data))
        assert isinstance(change, Change)
        values.append(change.after.item)  # type: ignore[union-attr]  # a row type made at run time
    assert repr(values[0]) == repr(values[1])
    return values[1]


@pytest.mark.parametrize(
    ("entry", "data", "kind", "expected"),
    [
        (" 05 ITEM PIC S9(3) COMP-3.", MINUS, str, "-123"),
        (" 05 ITEM PIC S9V99 COMP-3.", MINUS, str, "-1.23"),
        (" 05 ITEM PIC S9V99 COMP-3.", MINUS, float, -1.23),
        (" 05 ITEM PIC S9(3) COMP-3.", MINUS, Decimal, Decimal(-123)),
        (" 05 ITEM PIC S9(3) COMP-3.", MINUS, bytes, MINUS),
        (" 05 ITEM PIC 9(3).", b"007", str, "007"),
        (" 05 ITEM PIC S9(3).", b"00w", str, "-7"),
        (" 05 ITEM PIC S9(4) COMP.", b"\xff\xfe", float, -2.0),
        (" 05 ITEM PIC S9(4) COMP.", b"\xff\xfe", str, "-2"),
        (" 05 ITEM PIC S9(4) COMP-5.", b"\xff\xfe", Decimal, Decimal(-2)),
        (" 05 ITEM PIC S9(4)PP COMP.", b"\xff\xfe", int, -200),
        (" 05 ITEM PIC X(2) COMP-X.", b"\xff\xfe", bytes, b"\xff\xfe"),
        (" 05 ITEM PIC N(2).", b"\0A\x20\xac", str, "A\u20ac"),
        (" 05 ITEM PIC G(1) DISPLAY-1.", b"AB", bytes, b"AB"),
        (" 05 ITEM PIC ZZ9.99CR.", b"  1.50CR", Decimal, Decimal("-1.50")),
        (" 05 ITEM PIC ZZ9.", b"   ", int | None, None),
        (" 05 ITEM PIC ZZZ.", b" \0 ", int | None, None),
        (" 05 ITEM PIC S999.", b"   ", int | None, None),
        (" 05 ITEM PIC 999 BLANK WHEN ZERO.", b"   ", int, 0),
        (" 05 ITEM PIC X(2).", b"\0\0", str, ""),
        (" 05 ITEM PIC X(2).", b"\0\0", str | None, None),
        (" 05 ITEM PIC 99/99/9999.", b"01/02/2026", str, "01/02/2026"),
        (" 05 ITEM PIC S9(3) COMP-3.", b"\0\0", int | None, None),
        (" 05 ITEM PIC 9(4) COMP-6.", b"\x12\x34", int, 1234),
        (" 05 ITEM COMP-1.", b"\x3f\xc0\0\0", float, 1.5),
        (" 05 ITEM PIC SZZ9.", b" 1C", int, 13),
        (" 05 G PIC X(2).\n 05 ITEM REDEFINES G PIC 9(2).", b"42", int, 42),
    ],
)
def test_an_item_is_read_as_its_column_says(
    entry: str, data: bytes, kind: Any, expected: object, tmp_path: Any
) -> None:
    """Digits become text or numbers, bytes stay bytes; the generated way gives what the careful one does."""
    assert read(entry, data, kind, tmp_path) == expected


def test_a_number_is_written_as_it_is_read() -> None:
    """Digits without a sign, and a fraction of IBM's floating point that rounding carries over."""
    assert write_packed(1234, Element("unsigned packed", 2, 4)) == b"\x12\x34"
    assert read_hexadecimal(write_hexadecimal(1 - 2**-40, 4)) == 1.0


def test_a_columns_occurrence_may_be_wanted_alone(tmp_path: Any) -> None:
    """Of a table with alternatives that nothing chooses among, and of what stands behind alternatives."""
    entry = """ 05 T OCCURS 2.
  10 A PIC X(2).
  10 B REDEFINES A PIC 9(2).
 05 C PIC X. 05 D REDEFINES C PIC X.
 05 ITEM PIC X."""
    assert read(entry, b"ab42xY", str, tmp_path) == "Y"

    class Second(Table, format=Copybook(str(tmp_path / "item.cpy"), code_page="latin-1")):
        b_2: Key[int]

    decoder = CopybookFormat().decoder(Wanted(Second, frozenset({"b_2"})))
    found: Any = decode(decoder, Record("t", 0, 0, 0, None, b"7ab42xY"))
    assert found.after.b_2 == 42


def test_a_choice_by_a_number_that_was_never_set_chooses_nothing(tmp_path: Any) -> None:
    """Then what is left is read."""
    entry = " 05 KIND PIC 9.\n 05 A PIC X.\n 05 ITEM REDEFINES A PIC X."
    rules = {"A": ("KIND", "1")}

    assert read(entry, b"\0Z", str | None, tmp_path, redefines=rules) == "Z"
    assert read(entry, b"1Z", str | None, tmp_path, redefines=rules) is UNSET


def test_a_record_says_where_it_ends() -> None:
    """The counts in it tell, where records follow each other without descriptor words."""
    text = "01 R.\n 05 N PIC 9.\n 05 T OCCURS 0 TO 3 DEPENDING ON N PIC XX."
    moving = Records(Copybook(code_page="latin-1", variable_size_occurs="shift_record"), text)

    assert (moving.is_variable, moving.end()(b"2aabb1cc")) == (True, 5)
    assert not Records(Copybook(variable_size_occurs="max_size"), text).is_variable


def test_digits_are_no_date(tmp_path: Any) -> None:
    """What they mean nobody can tell but the mapping; the remedy is told."""
    with pytest.raises(DefinitionError, match="holds digits; declare the column as str"):
        read(" 05 ITEM PIC 9(8).", b"20261122", date, tmp_path)


def test_a_record_without_a_table_is_what_the_copybook_types(tmp_path: Any) -> None:
    """Decimals are text, bytes base64, numbers that are none their names; an empty value is a problem."""
    path = tmp_path / "loose.cpy"
    path.write_text("01 R.\n 05 A PIC 9V9.\n 05 B PIC X COMP-X.\n 05 C COMP-1.\n 05 D COMP-1.\n 05 E COMP-1.")
    format_ = CopybookFormat(Copybook(str(path), code_page="latin-1"))
    infinite = b"\x7f\x80\0\0" + b"\xff\x80\0\0" + b"\x7f\xc0\0\0"
    record = Record("t", 0, 0, 0, None, b"15\1" + infinite)
    found: Any = format_.loose(record)

    told = {name: msgspec.json.decode(cell) for name, cell in found.after.items()}
    assert told == {"A": "1.5", "B": "AQ==", "C": "Infinity", "D": "-Infinity", "E": "NaN"}
    assert not format_.recognises(record)
    assert format_.table_of(record) == ""
    with pytest.raises(DecodeError) as caught:
        format_.loose(Record("t", 0, 0, 0, None, b""))
    assert caught.value.code == "empty-value"


@pytest.mark.parametrize(
    ("trim", "data", "expected"),
    [("none", b" a ", " a "), ("left", b" a ", "a "), ("both", b" a\0", "a"), ("right", b" a ", " a")],
)
def test_a_text_loses_the_padding_that_the_layout_names(
    trim: str, data: bytes, expected: str, tmp_path: Any
) -> None:
    """Blanks and low-values pad; `none` keeps them."""
    assert read(" 05 ITEM PIC X(3).", data, str, tmp_path, trim=trim) == expected


@pytest.mark.parametrize(
    ("page", "data", "expected"),
    [
        ("utf-8", "äö".encode(), "äö"),
        ("shift_jis", "日本".encode("shift_jis"), "日本"),
        ("cp037", "Ada ".encode("cp037"), "Ada"),
    ],
)
def test_a_character_may_be_several_bytes(page: str, data: bytes, expected: str, tmp_path: Any) -> None:
    """A picture counts bytes then, and the code page says which of them are one character."""
    path = tmp_path / "text.cpy"
    path.write_text("01 R.\n 05 ITEM PIC X(4).")
    layout = Copybook(str(path), code_page=page)
    found: Any = CopybookFormat(layout).loose(Record("t", 0, 0, 0, None, data))

    assert found.after == {"ITEM": msgspec.Raw(msgspec.json.encode(expected))}


@pytest.mark.parametrize(
    ("entry", "data", "kind", "code"),
    [
        (" 05 ITEM PIC 9(3) COMP-3.", MINUS, int, "bad-sign"),
        (" 05 ITEM PIC S9(3) COMP-3.", b"\x12\x31", int, "bad-sign"),
        (" 05 ITEM PIC S9(3) COMP-3.", b"\x1f\x3d", int, "malformed"),
        (" 05 ITEM PIC S9V99 COMP-3.", MINUS, int, "inexact"),
        (" 05 ITEM PIC S9(3).", b"0 7", int, "malformed"),
        (" 05 ITEM PIC 9(3).", b"00}", int, "bad-sign"),
        (" 05 ITEM PIC S9(3) SIGN LEADING SEPARATE.", b"0123", int, "bad-sign"),
        (" 05 ITEM PIC ZZ9.", b" x9", int, "malformed"),
        (" 05 ITEM PIC 9(3).", b"   ", int, "null"),
        (" 05 ITEM PIC X(3).", b"ab", str, "short-record"),
        (" 05 ITEM PIC 9(3).", b"12", int, "short-record"),
        (" 05 ITEM PIC 9(3).", b"123456", int, "record-length"),
    ],
)
def test_bytes_that_are_no_such_value_are_a_problem(
    entry: str, data: bytes, kind: Any, code: str, tmp_path: Any
) -> None:
    """A sign that is none, a digit that is none, nothing where something has to be."""
    with pytest.raises(DecodeError) as caught:
        read(entry, data, kind, tmp_path)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "rules", "reason"),
    [
        ("01 R.\n 05 T OCCURS 1 TO 2 DEPENDING ON N PIC X.\n 05 N PIC 9.", {}, "does not stand before it"),
        ("01 R.\n 05 T OCCURS 1 TO 2 DEPENDING ON NOBODY PIC X.", {}, "which is no item"),
        (MOVED, {"B": ("KIND", "1")}, "whose place is not known before"),
    ],
)
def test_what_decides_how_a_record_is_read_stands_before_it(
    text: str, rules: Any, reason: str, tmp_path: Any
) -> None:
    """A count or a choice that comes too late is refused when the copybook is read, not at some record."""
    path = tmp_path / "late.cpy"
    path.write_text(text)
    with pytest.raises(DefinitionError, match=reason):
        CopybookFormat(Copybook(str(path), redefines=rules)).loose(Record("t", 0, 0, 0, None, b"123"))

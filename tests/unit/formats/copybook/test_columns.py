"""A table's column reads an item as the table's own type, and says what is wrong where it can't."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest

from franca.errors import DecodeError, DefinitionError
from franca.formats.change import Change, Wanted, decode
from franca.formats.copybook.format import CopybookFormat
from franca.model.entity import Table
from franca.model.layouts import Copybook
from franca.model.markers import Key
from franca.types import Record

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
        (" 05 G PIC X(2).\n 05 ITEM REDEFINES G PIC 9(2).", b"42", int, 42),
    ],
)
def test_an_item_is_read_as_its_column_says(
    entry: str, data: bytes, kind: Any, expected: object, tmp_path: Any
) -> None:
    """Digits become text or numbers, bytes stay bytes; the generated way gives what the careful one does."""
    assert read(entry, data, kind, tmp_path) == expected


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

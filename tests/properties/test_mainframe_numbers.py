"""Numbers of mainframes come back as they were written, whatever their picture."""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from franca.errors import DecodeError
from franca.formats.copybook.numbers import (
    read_binary,
    read_hexadecimal,
    read_packed,
    read_zoned,
    scaled,
)
from franca.formats.copybook.records import Records
from franca.formats.reading import Unexpected
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.layouts import Copybook
from tests.mainframe import write_binary, write_hexadecimal, write_packed, write_zoned

USAGES = ["DISPLAY", "COMP-3", "COMP", "COMP-5", "DISPLAY SIGN LEADING", "DISPLAY SIGN TRAILING SEPARATE",
          "DISPLAY SIGN LEADING SEPARATE"]  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> tuple[str, int | Decimal, str, str]:
    """Draw a picture, a number that fits it, its usage and a code page."""
    whole, fraction, blanks = draw(st.integers(0, 20)), draw(st.integers(0, 12)), draw(st.integers(0, 3))
    signed = draw(st.booleans())
    usage = draw(st.sampled_from(USAGES if signed else USAGES[:4]))
    digits = max(whole + fraction, 1)
    text = draw(st.integers(-(10**digits) + 1 if signed else 0, 10**digits - 1))
    body = f"9({digits - fraction})" if digits > fraction else ""
    body += f"V9({fraction})" if fraction else "P" * blanks
    scale = fraction or -blanks
    return (
        f"{'S' if signed else ''}{body}",
        scaled(text, scale),
        usage,
        draw(st.sampled_from(["cp037", "cp273", "latin-1"])),
    )


@settings(max_examples=500, deadline=None)
@given(written())
def test_a_number_that_is_written_is_read_back(case: tuple[str, int | Decimal, str, str]) -> None:
    """Zoned, packed and binary numbers of any picture, the careful way and the fast one."""
    picture, number, usage, page = case
    records = Records(Copybook(code_page=page), f"01 R.\n 05 A PIC {picture} {usage}.")
    (leaf,) = records.leaves
    element, is_ebcdic = leaf.node.element, records.machine.page.is_ebcdic
    assert element is not None
    match element.form:
        case "zoned":
            data = write_zoned(number, element, is_ebcdic=is_ebcdic)
            assert read_zoned(data, element, is_ebcdic=is_ebcdic) == number
        case "packed":
            data = write_packed(number, element)
            assert read_packed(data, element, is_ebcdic=is_ebcdic) == number
        case _:
            data = write_binary(number, element, is_little=False)
            assert read_binary(data, element, is_little=False) == number
    assert len(data) == element.size
    for kind in (Kind.DECIMAL, Kind.TEXT, *([] if element.scale > 0 else [Kind.INTEGER])):
        fast, careful = (_row(records, kind, careful=careful)(data) for careful in (False, True))
        assert fast.a == careful.a
        assert kind is Kind.TEXT or fast.a == number


def _row(records: Records, kind: Kind, *, careful: bool) -> Any:
    row = msgspec.defstruct("R", [("a", Any)])
    return records.rows([Field("a", "A", kind, nullable=True)], row, None, careful=careful)


@settings(max_examples=500, deadline=None)
@given(st.floats(min_value=1e-60, max_value=1e60) | st.just(0.0), st.booleans())
def test_a_hexadecimal_float_is_as_near_as_its_digits_are(number: float, negative: bool) -> None:
    """Six hexadecimal digits for COMP-1, fourteen for COMP-2, more than a float has."""
    number = -number if negative and number else number

    assert abs(read_hexadecimal(write_hexadecimal(number, 8)) - number) <= abs(number) * 2**-52
    assert abs(read_hexadecimal(write_hexadecimal(number, 4)) - number) <= abs(number) * 2**-20


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=0, max_size=24))
def test_no_bytes_make_a_record_crash(data: bytes) -> None:
    """Any bytes give a row, or are refused with a reason, the fast way as the careful one."""
    text = """01 R. 05 A PIC S9(3). 05 B PIC S9(3)V9 COMP-3. 05 N PIC 9.
 05 T OCCURS 0 TO 3 DEPENDING ON N PIC 9(2).
 05 C COMP-1. 05 D REDEFINES C PIC X(4)."""
    records = Records(Copybook(code_page="cp1252", redefines={"D": ("N", "1")}), text)
    kinds = [
        ("A", Kind.INTEGER),
        ("B", Kind.DECIMAL),
        ("T_1", Kind.INTEGER),
        ("C", Kind.FLOAT),
        ("D", Kind.TEXT),
    ]
    fields = [Field(f"f{number}", column, kind) for number, (column, kind) in enumerate(kinds)]
    row = msgspec.defstruct("R", [(field.name, Any) for field in fields])
    outcomes = []
    for careful in (True, False):
        try:
            outcomes.append(repr(records.rows(fields, row, None, careful=careful)(data)))
        except Unexpected:
            outcomes.append(outcomes[0])
        except DecodeError as error:
            outcomes.append(f"{error.path} {error.code}")
    assert outcomes[0] == outcomes[1]


DIRT = b" 09+-{}Ap\x00\xff\x40\xf0\xf9\xc1\xd1\x4e\x60\x0c\x1d\x7f.,CRDB"
"""What stands in fields that were never set, or set by a program with another picture."""


@settings(max_examples=500, deadline=None)
@given(written(), st.data())
def test_no_dirt_in_a_field_makes_its_number_crash(
    case: tuple[str, int | Decimal, str, str], data: st.DataObject
) -> None:
    """Whatever the picture: it gives a number or none, or is refused, the fast way as the careful one."""
    picture, _, usage, page = case
    form = data.draw(st.sampled_from([f"{picture} {usage}", "-(4)9.99", "ZZ9.99CR", "X(4)"]))
    records = Records(Copybook(code_page=page), f"01 R.\n 05 A PIC {form}.")
    size = records.leaves[0].node.element.size if records.leaves[0].node.element else 0
    dirt = bytes(data.draw(st.lists(st.sampled_from(DIRT), min_size=size, max_size=size)))
    for kind in (Kind.DECIMAL, Kind.TEXT):
        outcomes = []
        for careful in (True, False):
            try:
                outcomes.append(repr(_row(records, kind, careful=careful)(dirt)))
            except Unexpected:
                outcomes.append(outcomes[0])
            except DecodeError as error:
                outcomes.append(f"{error.path} {error.code}")
        assert outcomes[0] == outcomes[1]

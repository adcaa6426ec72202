"""Records of copybooks: tables within tables, alternatives, code pages, and what can't be declared."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from franca.catalog.copybook import read_copybook
from franca.catalog.module import module_text
from franca.catalog.table import Catalog
from franca.errors import DecodeError, DefinitionError
from franca.formats.change import Change, Wanted, decode
from franca.formats.copybook.code_page import code_page
from franca.formats.copybook.format import CopybookFormat
from franca.formats.copybook.records import Records
from franca.model.entity import Table
from franca.model.layouts import Copybook
from franca.model.shape import shape_of
from franca.types import Record

NESTED = """01 R.
 05 N PIC 9.
 05 G OCCURS 0 TO 2 TIMES DEPENDING ON N.
  10 M PIC 9.
  10 H OCCURS 0 TO 3 TIMES DEPENDING ON M.
   15 F PIC X.
 05 LAST-ONE PIC X."""
SEGMENTS = """01 R.
 05 KIND PIC 9(2).
    88 IS-COMPANY VALUE 1.
    88 IS-PERSON VALUES 2 THRU 4, 9.
 05 COMPANY. 10 NAME PIC X(4).
 05 PERSON REDEFINES COMPANY. 10 BORN PIC 9(4).
 05 OTHER REDEFINES COMPANY. 10 CODE-1 PIC X."""


def read(text: str, data: bytes, **settings: Any) -> dict[str, Any]:
    """Return the columns of a record in ASCII."""
    return dict(Records(Copybook(code_page="latin-1", **settings), text).loosely()(data))


def table_of(text: str, layout: Copybook) -> type[Table]:
    """Return the class that an import of the copybook writes."""
    (found,) = read_copybook(text, layout.path, layout.path, "r").tables
    catalog = Catalog("", (replace(found, layout=repr(layout)),))
    names: dict[str, Any] = {"__name__": "made"}
    exec(module_text(catalog), names)
    made: type[Table] = names["R"]
    return made


def rows(text: str, data: bytes, tmp: Any, **settings: Any) -> tuple[Any, Any]:
    """Return a record as the fast and the careful way read it, by the table that the copybook makes."""
    path = tmp / "r.cpy"
    path.write_text(text)
    made = table_of(text, Copybook(str(path), code_page="latin-1", **settings))
    decoder = CopybookFormat().decoder(Wanted(made, frozenset(f.name for f in shape_of(made).fields)))
    record = Record("t", 0, 0, 0, None, data)
    careful = decoder(record)
    fast = decode(decoder, record)
    assert isinstance(careful, Change)
    assert isinstance(fast, Change)
    return fast.after, careful.after


def test_tables_within_tables_move_what_follows_them() -> None:
    """Each occurrence begins where the one before it ends."""
    assert read(NESTED, b"22ab1cZ") == {
        "N": 2, "M_1": 2, "F_1_1": "a", "F_1_2": "b", "M_2": 1, "F_2_1": "c", "LAST-ONE": "Z",
    }  # fmt: skip
    assert read(NESTED, b"0Z") == {"N": 0, "LAST-ONE": "Z"}


def test_tables_may_keep_their_room() -> None:
    """With `max_size` what is not counted is absent, and nothing moves."""
    kept = read(NESTED, b"11a--" + b"----" + b"Z", variable_size_occurs="max_size")

    assert kept == {"N": 1, "M_1": 1, "F_1_1": "a", "LAST-ONE": "Z"}


@pytest.mark.parametrize(
    "rules",
    [
        {"COMPANY": ("KIND", "1"), "PERSON": ("KIND", "2", "3", "4", "9")},
        {"COMPANY": "IS-COMPANY", "PERSON": "IS-PERSON"},
        {"company": "is-company", "person": ("kind", "02", "3", "04", "9.0")},
    ],
)
def test_alternatives_are_chosen_by_values_or_by_a_level_88(rules: dict[str, Any]) -> None:
    """What is not chosen is absent; an alternative without a rule is what is left."""
    assert read(SEGMENTS, b"01ACME", redefines=rules) == {"KIND": 1, "NAME": "ACME"}
    assert read(SEGMENTS, b"031815", redefines=rules) == {"KIND": 3, "BORN": 1815}
    assert read(SEGMENTS, b"07Q   ", redefines=rules) == {"KIND": 7, "CODE-1": "Q"}


def test_without_a_rule_every_alternative_is_read_that_the_bytes_fit() -> None:
    """One whose numbers are none is absent; where none fits, the first says why."""
    assert read(SEGMENTS, b"01ACME") == {"KIND": 1, "NAME": "ACME", "CODE-1": "A"}
    assert read(SEGMENTS, b"011815") == {"KIND": 1, "NAME": "1815", "BORN": 1815, "CODE-1": "1"}
    with pytest.raises(DecodeError, match="not a digit"):
        read("01 R.\n 05 A PIC 9(2).\n 05 B REDEFINES A PIC 9(2) COMP-3.", b"xx")


def test_a_choice_within_a_table_looks_at_its_own_occurrence() -> None:
    """Each occurrence says itself what it is."""
    text = """01 R.
 05 G OCCURS 2.
  10 T PIC X.
  10 A PIC 9(2).
  10 B REDEFINES A PIC X(2)."""

    assert read(text, b"112bxx", redefines={"A": ("T", "1"), "B": ("T", "b")}) == {
        "T_1": "1", "A_1": 12, "T_2": "b", "B_2": "xx",
    }  # fmt: skip


def test_several_records_are_chosen_by_a_field_of_theirs_or_by_name() -> None:
    """A file's header, details and trailer are level 01 entries of one copybook."""
    text = """01 HEAD.
 05 H-TYPE PIC X.
 05 H-DAY PIC 9(8).
01 BODY.
 05 B-TYPE PIC X.
 05 B-SUM PIC 9(3)V99."""
    rules = {"HEAD": ("H-TYPE", "H"), "BODY": ("H-TYPE", "B")}

    assert read(text, b"H20261122", redefines=rules) == {"H-TYPE": "H", "H-DAY": 20261122}
    assert read(text, b"B01250", redefines=rules) == {"B-TYPE": "B", "B-SUM": Decimal("12.50")}
    assert read(text, b"B01250", record="BODY") == {"B-TYPE": "B", "B-SUM": Decimal("12.50")}
    with pytest.raises(DefinitionError, match="several records: HEAD, BODY"):
        read(text, b"")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"redefines": {"NOBODY": ("KIND", "1")}}, "neither redefines"),
        ({"redefines": {"PERSON": ("NOBODY", "1")}}, "no item is named"),
        ({"redefines": {"PERSON": "NOBODY"}}, "no level 88"),
        ({"redefines": {"PERSON": ("KIND", "x")}}, "compared with text"),
        ({"redefines": {"PERSON": ("KIND",)}}, "no value"),
        ({"record": "S"}, "no record"),
    ],
)
def test_settings_that_the_copybook_knows_nothing_of_are_refused(settings: Any, reason: str) -> None:
    """A mistyped name would read nothing, or everything."""
    with pytest.raises(DefinitionError, match=reason):
        read(SEGMENTS, b"", **settings)


@pytest.mark.parametrize(
    ("text", "data", "settings"),
    [
        (NESTED, b"22ab1cZ", {}),
        (NESTED, b"23abc3defZ", {}),
        (SEGMENTS, b"031815", {"redefines": {"COMPANY": "IS-COMPANY", "PERSON": "IS-PERSON"}}),
        ("01 R.\n 05 A PIC S99.\n 05 B PIC S9V9 LEADING.\n 05 C PIC 9P.", b"1Jp25", {}),
        ("01 R.\n 05 A PIC S99.\n 05 B PIC S9(2).", b"1{}2", {}),
        ("01 R.\n 05 A PIC X(3) JUST.\n 05 B PIC 9(2).\n 05 C PIC ZZ9.", b"  x 7  5", {}),
        (
            "01 R.\n 05 A PIC S9(3) COMP-3.\n 05 B PIC S9(4)V9(4) COMP-5.",
            b"\x12\x3d\xff\xff\xfe\xff",
            {"byte_order": "little"},
        ),
    ],
)  # fmt: skip
def test_the_fast_way_and_the_careful_way_agree(text: str, data: bytes, settings: Any, tmp_path: Any) -> None:
    """Generated code is only quicker."""
    try:
        fast, careful = rows(text, data, tmp_path, **settings)
    except DecodeError:
        with pytest.raises(DecodeError):
            read(text, data, **settings)
    else:
        assert fast == careful


def test_a_table_made_of_a_copybook_reads_what_the_copybook_reads(tmp_path: Any) -> None:
    """Its columns have the names and types that are shown without a table."""
    fast, careful = rows(NESTED, b"22ab1cZ", tmp_path)

    assert fast == careful
    assert (fast.N, fast.F_1_2, fast.LAST_ONE) == (2, "b", "Z")


def test_a_table_whose_columns_the_copybook_lacks_is_refused() -> None:
    """The message names what there is; digits are no date."""

    class Wrong(Table):
        nome: str

    with pytest.raises(DefinitionError, match="no item 'nome'; name one such as NAME"):
        Records(Copybook(), SEGMENTS).rows(shape_of(Wrong).fields, Wrong, None, careful=True)


@pytest.mark.parametrize(
    ("name", "byte", "character"),
    [
        ("cp037", 0xBA, "["), ("cp500", 0x4A, "["), ("cp1047", 0xAD, "["), ("IBM-273", 0xC0, "ä"),
        ("cp1141", 0x9F, "€"), ("cp1140", 0x9F, "€"), ("cp1148", 0x9F, "€"), ("cp277", 0x5B, "Å"),
        ("cp297", 0xC0, "é"), ("cp285", 0x5B, "£"), ("latin-1", 0xE4, "ä"), ("cp1252", 0x80, "€"),
    ],
)  # fmt: skip
def test_code_pages_are_known_by_their_usual_names(name: str, byte: int, character: str) -> None:
    """Python's, and those that it has not got: z/OS Unix's and Europe's, with and without the euro."""
    assert code_page(name).decode(bytes([byte])) == character


def test_an_unknown_code_page_and_a_byte_without_a_character_are_refused() -> None:
    """Nothing is replaced in silence."""
    with pytest.raises(DefinitionError, match="no such code page"):
        code_page("cp-nothing")
    with pytest.raises(UnicodeDecodeError):
        code_page("cp1252").decode(b"a\x81")
    with pytest.raises(DecodeError, match="no text in cp1252"):
        Records(Copybook(code_page="cp1252"), "01 R.\n 05 A PIC X(2).").loosely()(b"a\x81")

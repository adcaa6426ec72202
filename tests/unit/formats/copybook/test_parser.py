"""What a copybook's text says: sentences, levels, pictures and clauses, and what is refused."""

import pytest

from franca.errors import DefinitionError
from franca.formats.copybook.layout import lay_out, leaves
from franca.formats.copybook.parser import parse
from franca.formats.copybook.picture import Picture, picture_of


def columns(text: str) -> dict[str, int]:
    """Return the columns of a copybook with their sizes in bytes."""
    found = leaves(lay_out(parse(text)))
    return {leaf.column: leaf.node.element.size for leaf in found if leaf.node.element}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X(10)", Picture("text", 10)),
        ("AX9", Picture("text", 3)),
        ("9(5)", Picture("number", 5, 5)),
        ("s9(5)v99", Picture("number", 7, 7, 2, signed=True)),
        ("SV9(7)", Picture("number", 7, 7, 7, signed=True)),
        ("PPP9(5)", Picture("number", 5, 5, 8)),
        ("S9(5)PPP", Picture("number", 5, 5, -3, signed=True)),
        ("VPP99", Picture("number", 2, 2, 4)),
        ("99V", Picture("number", 2, 2)),
        ("ZZ,ZZ9.99-", Picture("edited", 10, 7, 2, signed=True)),
        ("$$,$$9.99CR", Picture("edited", 11, 6, 2, signed=True)),
        ("+9(6)V99", Picture("edited", 9, 8, 2, signed=True)),
        ("99/99/9999", Picture("edited text", 10)),
        ("XXBXX", Picture("edited text", 5)),
        ("N(4)", Picture("national", 4)),
        ("G(4)", Picture("dbcs", 4)),
    ],
)
def test_a_picture_says_kind_length_digits_and_scale(text: str, expected: Picture) -> None:
    """A P stands for a digit that is not stored, a V for a point that is not."""
    assert picture_of(text) == expected


@pytest.mark.parametrize("text", ["X(", "X(0)", "9V9V9", "9S", "QX", "X(9999999)", "", "A(2)Z", "9E9X"])
def test_a_picture_that_is_none_is_refused(text: str) -> None:
    """Nothing is guessed of a layout."""
    with pytest.raises(ValueError, match=r"has|repeats"):
        picture_of(text)


FIXED = """\
      * A comment, and a page's end
      /
000100 01  CUST.                                                        CUST0001
000200     05  NAME  PIC X(5)                                             CUST0002
000300               VALUE 'it''s 01 A.  PIC'.                            CUST0003
      D    05  DEBUGGED PIC X.
           05  LONG-NA
      -    ME PIC 9(3). 05 SECOND PIC X.
           EJECT
       77  ALONE PIC S9(9) COMP.
"""


def test_the_reference_format_has_columns_for_numbers_marks_and_text() -> None:
    """Columns 1-6 and 73-80 are a program's own; comments, debugging lines and continuations are marked."""
    records = parse(FIXED)

    assert [record.name for record in records] == ["CUST", "ALONE"]
    assert columns(FIXED) == {"NAME": 5, "LONG-NAME": 3, "SECOND": 1, "ALONE": 4}


def test_a_literal_goes_on_in_the_next_line() -> None:
    """What stands between the quotes up to column 72 belongs to it."""
    first = "           05  A PIC X VALUE 'begins"
    text = f"{first}\n      -    'and ends.'.\n           05  B PIC X.\n"

    assert columns(text) == {"A": 1, "B": 1}
    assert parse(text)[0].children[0].value == f"begins{' ' * (72 - len(first))}and ends."


def test_text_that_begins_in_any_column_is_read_too() -> None:
    """Copybooks that were edited elsewhere have no sequence numbers; `*>` begins a comment."""
    text = "01 A. *> the record\n  05 B PIC X(2).\n* no entry\n\t05 C REDEFINES B PIC 9(2).\n05 D PIC X"

    assert columns(text) == {"B": 2, "C": 2, "D": 1}


@pytest.mark.parametrize(
    ("clauses", "size"),
    [
        ("PIC 9(4) COMP", 2), ("PIC 9(5) USAGE IS COMP", 4), ("PIC S9(10) BINARY", 8),
        ("PIC S9(19) COMP-4", 9), ("PIC 9(9) COMPUTATIONAL-5", 4), ("COMP-1", 4), ("USAGE COMP-2", 8),
        ("PIC S9(7)V99 COMP-3", 5), ("PIC 9(4) PACKED-DECIMAL", 3), ("PIC 9(4) COMP-6", 2),
        ("PIC S9(4)", 4), ("PIC S9(4) SIGN IS LEADING SEPARATE CHARACTER", 5), ("PIC S9(4) TRAILING", 4),
        ("PIC X(7) JUSTIFIED RIGHT", 7), ("PIC ZZ9 BLANK WHEN ZERO", 3), ("PIC N(3)", 6), ("INDEX", 4),
        ("PIC G(3) DISPLAY-1", 6), ("USAGE POINTER", 4), ("BINARY-DOUBLE UNSIGNED", 8),
        ("PIC X(3) VALUE SPACES", 3), ("PIC 9(3) VALUE ZERO COMP-3", 2), ("IS GLOBAL PIC X", 1),
    ],
)  # fmt: skip
def test_an_item_has_the_bytes_that_its_clauses_say(clauses: str, size: int) -> None:
    """Clauses stand in any order; COMP takes two, four or eight bytes."""
    assert columns(f"       01  R.\n           05  A {clauses}.\n") == {"A": size}


def test_groups_hand_their_usage_and_sign_down() -> None:
    """What a group says of usage and sign holds for the items below it that say nothing."""
    text = """01 R COMP-3.
 05 A PIC 9(3).
 05 B PIC 9(3) DISPLAY.
 05 C SIGN LEADING SEPARATE.
  10 D PIC S9 DISPLAY."""

    assert columns(text) == {"A": 2, "B": 3, "D": 2}


def test_columns_are_named_by_items_groups_and_occurrences() -> None:
    """Each name is as short as it can be, and no two are the same."""
    text = """01 R.
 05 HOME. 10 STREET PIC X(3). 10 FILLER PIC X.
 05 WORK. 10 STREET PIC X(4).
 05 PHONE OCCURS 2 INDEXED BY I J. 10 NUM PIC 9 OCCURS 2 TIMES ASCENDING KEY IS NUM.
 05 FILLER. 10 SAME PIC X. 10 SAME PIC X(2)."""

    assert columns(text) == {
        "HOME.STREET": 3, "WORK.STREET": 4, "NUM_1_1": 1, "NUM_1_2": 1, "NUM_2_1": 1, "NUM_2_2": 1,
        "R.SAME": 1, "R.SAME#2": 2,
    }  # fmt: skip


def test_synchronized_items_begin_where_the_machine_wants_them() -> None:
    """Slack bytes stand before them, and behind each occurrence of a table that has them."""
    root = lay_out(
        parse(
            "01 R.\n 05 A PIC X.\n 05 B PIC 9(9) COMP SYNC.\n 05 C OCCURS 2.\n"
            "  10 D COMP-1 SYNC.\n  10 E PIC X."
        )
    )
    (record,) = root.children

    assert [(child.slack, child.size) for child in record.children] == [(0, 1), (3, 4), (0, 8)]
    assert root.size == 1 + 3 + 4 + 2 * 8


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("01 A.\n COPY CUSTADDR.", 2, "copies CUSTADDR"),
        ("01 A.\n 05 B PIC X\n 05 C PIC X.", 2, "'05' where a clause begins"),
        ("01 A.\n 05 B.", 2, "neither a PICTURE nor items"),
        ("01 A PIC X.\n 05 B PIC X.", 1, "a PICTURE and items below"),
        ("01 A.\n 05 :TAG:-B PIC X.", 2, "a text to be replaced"),
        ("01 A.\n 05 B PIC Q.", 2, "symbol 'Q'"),
        ("01 A.\n 05 B PIC X USAGE COMP-7.", 2, "USAGE COMP-7"),
        ("01 A.\n 05 B REDEFINES C PIC X.", 2, "redefines C"),
        ("01 A.\n 05 B OCCURS 1 TO UNBOUNDED DEPENDING ON C PIC X.", 2, "without a bound"),
        ("01 A.\n 99 B PIC X.", 2, "the level 99"),
        ("hello", 1, "'HELLO' where a level number"),
        ("       IDENTIFICATION DIVISION.", 1, "is a program"),
        ("", 0, "declares no item"),
        ("01 A.\n 05 B PIC.", 2, "ends within a clause"),
        ("01 A.\n 05 B PIC S9 SIGN SEPARATE.", 2, "without LEADING or TRAILING"),
        ("01 A.\n 05 B OCCURS 0 TIMES PIC X.", 2, "occurs 0 to 0 times"),
        ("01 A.\n 05 B OCCURS 3 TO 2 TIMES PIC X.", 2, "occurs 3 to 2 times"),
        ("01 A.\n EXEC SQL INCLUDE B END-EXEC.", 2, "a statement EXEC"),
        ("01 A.\n REPLACE ==B== BY ==C==.", 2, "a statement REPLACE"),
        ("01 A.\n 05 B!C PIC X.", 2, "the name 'B!C'"),
        ("88 A VALUE 1.", 1, "a condition of no item"),
        ("01 A.\n 05 B PIC 9(101).", 2, "101 digits"),
        ("01 A.\n 05 B PIC X)9(2).", 2, "a parenthesis that is none"),
        ("01 A.\n 05 B PIC +9.9E+9Z.", 2, "symbol 'Z'"),
        ("01 A.\n 05 B PIC X OCCURS 20001.", 0, "more than 20000 columns"),
    ],
)
def test_what_can_not_be_is_refused_at_its_line(text: str, line: int, reason: str) -> None:
    """A copybook that is read wrongly would give wrong values for ever."""
    with pytest.raises(DefinitionError) as caught:
        lay_out(parse(text, "cust.cpy"), "cust.cpy")
    assert any(reason in problem.reason and problem.line == line for problem in caught.value.problems), (
        caught.value
    )


def test_what_says_nothing_of_a_record_is_passed_over() -> None:
    """How a table is sorted and indexed, what an item is set to for false, an entry without a name."""
    text = """01 R.
 05 T OCCURS 2 ASCENDING KEY IS A DESCENDING KEY IS B INDEXED BY I. 10 A PIC X. 10 B PIC X.
 05 PIC X(3).
 05 ON-OFF PIC X. 88 IS-ON VALUE 'Y' WHEN SET TO FALSE 'N'. 88 IS-UNSET VALUE LOW-VALUES.
 05 LAST-ONE PIC +9.99E+99."""

    assert columns(text) == {"A_1": 1, "A_2": 1, "B_1": 1, "B_2": 1, "ON-OFF": 1, "LAST-ONE": 9}


def test_all_problems_are_told_at_once() -> None:
    """One run shows everything that is to be mended."""
    with pytest.raises(DefinitionError) as caught:
        parse("01 A.\n 05 B PIC Q.\n 05 C OCCURS X PIC X.\n COPY D.")
    assert len(caught.value.problems) == 3

"""Tables from copybooks: one a record, the elementary items its columns."""

from franca.catalog.copybook import read_copybook
from franca.catalog.module import module_text
from franca.model.kind import Kind

SEGMENTS = """01 R.
 05 KIND PIC 9(2).
    88 IS-COMPANY VALUE 1.
    88 IS-PERSON VALUES 2 THRU 4, 9.
 05 COMPANY. 10 NAME PIC X(4).
 05 PERSON REDEFINES COMPANY. 10 BORN PIC 9(4).
 05 OTHER REDEFINES COMPANY. 10 CODE-1 PIC X."""


def test_each_item_of_a_record_is_a_column_of_the_kind_that_its_picture_says() -> None:
    """Conditions of level 88 are told, and what redefines an item is a column of its own."""
    (table,) = read_copybook(SEGMENTS, "r.cpy", "r.cpy").tables

    assert [(each.name, each.type.kind) for each in table.columns] == [
        ("KIND", Kind.INTEGER), ("NAME", Kind.TEXT), ("BORN", Kind.INTEGER), ("CODE-1", Kind.TEXT),
    ]  # fmt: skip
    assert table.columns[0].type.told == "9(2)"
    assert table.columns[0].comment == "IS-COMPANY: 1; IS-PERSON: 2 to 4, 9"


def test_numbers_have_their_digits_and_what_is_no_text_is_bytes() -> None:
    """PIC X that is counted as a number has no characters; digits of a P are not stored."""
    items = ["A PIC S9(3)V99 COMP-3", "B PIC VP9", "C COMP-2", "D PIC X(2) COMP-X", "E PIC 9P"]
    text = "01 R.\n" + "".join(f" 05 {item}.\n" for item in items)
    (table,) = read_copybook(text, "r.cpy", "r.cpy").tables

    kinds = [(each.type.kind, each.type.precision, each.type.scale) for each in table.columns]
    assert kinds == [
        (Kind.DECIMAL, 5, 2),
        (Kind.DECIMAL, 2, 2),
        (Kind.FLOAT, None, None),
        (Kind.BYTES, None, None),
        (Kind.INTEGER, None, None),
    ]
    assert table.columns[0].type.told == "S9(3)V99 packed"


def test_names_that_python_has_not_are_changed_and_the_class_names_its_copybook() -> None:
    """The column keeps the copybook's name."""
    text = "01 CUST-REC.\n 05 1ST PIC S9(3)V99 COMP-3.\n 05 A-B PIC X.\n 05 A_B PIC X."
    made = module_text(read_copybook(text, "cust.cpy", "cust.cpy"))

    assert 'class CustRec(Table, format=Copybook("cust.cpy")):' in made
    assert '    c_1ST: Annotated[Decimal | None, Digits(5, 2), Column("1ST")]  # S9(3)V99 packed' in made
    assert '    A_B_2: Annotated[str | None, Column("A-B")]' in made
    assert "    A_B: str | None" in made


def test_a_path_with_an_apostrophe_stays_what_it_is() -> None:
    """The module that is written is Python, whatever the file is called."""
    made = module_text(read_copybook("01 R.\n 05 A PIC X.", "it's.cpy", "it's.cpy"))

    assert 'class R(Table, format=Copybook("it\'s.cpy")):' in made
    compile(made, "made", "exec")


def test_each_record_of_level_01_is_a_table() -> None:
    """Each names the record that it is, and none has a key."""
    head, body = read_copybook("01 HEAD.\n 05 A PIC X.\n01 BODY.\n 05 B PIC X.", "r.cpy", "r.cpy").tables

    assert (head.name, body.name, body.keys) == ("head", "body", ())
    assert body.layout == 'Copybook("r.cpy", record="BODY")'
    assert "mark the columns" in body.remarks[0]

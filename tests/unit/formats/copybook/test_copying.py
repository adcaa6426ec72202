"""COPY puts another copybook's text in its place, with words replaced as the statement says."""

from pathlib import Path

import pytest

from franca.errors import DefinitionError
from franca.formats.copybook.layout import lay_out, leaves
from franca.formats.copybook.parser import parse
from franca.formats.copybook.records import Records
from franca.model.layouts import Copied, Copybook

LIBRARY = {
    "ADDR": "10 :TAG:-STREET PIC X(3).\n10 :TAG:-ZIP PIC 9(5).",
    "CUST": "01 CUST.\n05 CUST-NO PIC 9(4).\n05 OLD-NAME PIC X(8) VALUE 'OLD-'.\n05 AMT PIC 9(3).",
    "OUTER": "05 HOME. COPY ADDR REPLACING ==:TAG:== BY ==HOME==.",
    "LOOP": "05 A PIC X. COPY LOOP.",
    "WRONG": "05 A PIC X.\n05 B PIC Q.",
    "PARENS": "05 A PIC X(LEN).",
}


def library(name: str) -> Copied | None:
    """Return the copybook of a name in any case."""
    text = LIBRARY.get(name.upper())
    return None if text is None else Copied(f"{name.lower()}.cpy", text)


def columns(text: str) -> dict[str, int]:
    """Return the columns of a copybook with their sizes in bytes."""
    found = leaves(lay_out(parse(text, "main.cpy", library)))
    return {leaf.column: leaf.node.element.size for leaf in found if leaf.node.element}


TAGGED = "COPY ADDR REPLACING ==:tag:=="
CUST = {"CUST-NO": 4, "OLD-NAME": 8, "AMT": 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY CUST.", CUST),
        ("copy 'cust'.", CUST),
        ("COPY CUST OF PRODLIB SUPPRESS.", CUST),
        ("COPY CUST REPLACING CUST-NO BY ID.", {"ID": 4, "OLD-NAME": 8, "AMT": 3}),
        ("COPY CUST REPLACING ==cust-no== BY ==ID== AMT BY SUM-OF.", {"ID": 4, "OLD-NAME": 8, "SUM-OF": 3}),
        ("COPY CUST REPLACING ==PIC 9(3)== BY ==PIC S9(7) COMP-3==.", {**CUST, "AMT": 4}),
        ("COPY CUST REPLACING LEADING ==OLD== BY ==NEW==.", {"CUST-NO": 4, "NEW-NAME": 8, "AMT": 3}),
        ("COPY CUST REPLACING TRAILING ==-NAME== BY ====.", {"CUST-NO": 4, "OLD": 8, "AMT": 3}),
        ("COPY CUST REPLACING ==VALUE 'OLD-'== BY ====.", CUST),
        ("COPY CUST REPLACING CUST-NO BY AMT AMT BY CUST-NO.", {"AMT": 4, "OLD-NAME": 8, "CUST-NO": 3}),
        ("01 R.\n05 X PIC X.\nCOPY OUTER.\n05 Y PIC X.", {"X": 1, "HOME-STREET": 3, "HOME-ZIP": 5, "Y": 1}),
        (
            f"01 R.\n05 H. {TAGGED} BY ==H==.\n05 W. {TAGGED} BY ==W==.",
            {"H-STREET": 3, "H-ZIP": 5, "W-STREET": 3, "W-ZIP": 5},
        ),
        ("01 R.\nCOPY PARENS REPLACING ==(LEN)== BY ==(7)==.", {"A": 7}),
    ],
)
def test_a_copied_text_stands_in_the_place_of_its_statement(text: str, expected: dict[str, int]) -> None:
    """Words are compared whole and in any case, those in colons or parentheses within others; literals stay.

    What was put in is not looked at again (IBM, Enterprise COBOL: comparison and replacement rules).
    """
    assert columns(text) == expected


@pytest.mark.parametrize(
    ("text", "file", "line", "reason"),
    [
        ("01 R.\nCOPY NOBODY.", "main.cpy", 2, "copies NOBODY, which is not here"),
        ("01 R.\nCOPY.", "main.cpy", 2, "copies nothing"),
        ("01 R.\nCOPY LOOP.", "loop.cpy", 1, "copies LOOP in itself"),
        ("01 R.\nCOPY WRONG.", "wrong.cpy", 2, "symbol 'Q'"),
        ("01 R.\nCOPY CUST WITH STYLE.", "main.cpy", 2, "'WITH' where REPLACING is expected"),
        ("01 R.\nCOPY CUST REPLACING A.", "main.cpy", 2, "does not say BY what"),
        ("01 R.\nCOPY CUST REPLACING A B C.", "main.cpy", 2, "does not say BY what"),
        ("01 R.\nCOPY CUST REPLACING A BY.", "main.cpy", 2, "does not say BY what"),
        ("01 R.\nCOPY CUST REPLACING ==A BY B.", "main.cpy", 2, "no == ends"),
        ("01 R COPY CUST.", "main.cpy", 1, "a COPY within an entry"),
        ("01 R.\nCOPY ADDR.", "addr.cpy", 1, "a text to be replaced"),
    ],
)
def test_what_can_not_be_copied_is_refused_where_it_stands(
    text: str, file: str, line: int, reason: str
) -> None:
    """A problem names the copybook and the line that is to be mended, which may be the copied one's."""
    with pytest.raises(DefinitionError) as caught:
        parse(text, "main.cpy", library)
    assert any(
        reason in each.reason and (each.file, each.line) == (file, line) for each in caught.value.problems
    ), caught.value


def test_a_copybook_copies_those_beside_it(tmp_path: Path) -> None:
    """A name finds a file in any case and with the endings that copybooks have; its text counts as well."""
    (tmp_path / "main.cpy").write_text("01 R.\nCOPY ADDR REPLACING ==:TAG:== BY ==HOME==.\nCOPY NOBODY.")
    (tmp_path / "addr.CBL").write_text(LIBRARY["ADDR"])
    layout = Copybook(str(tmp_path / "main.cpy"))

    assert layout.texts()[1:] == [LIBRARY["ADDR"]]
    assert layout.library("nobody") is None
    assert Copybook(str(tmp_path / "absent" / "main.cpy")).library("addr") is None

    (tmp_path / "nobody.cpy").write_text("05 COPIED PIC X.")

    assert [leaf.column for leaf in Records(layout).leaves] == ["HOME-STREET", "HOME-ZIP", "COPIED"]

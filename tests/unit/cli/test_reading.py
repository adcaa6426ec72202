"""How a file is read counts where it is not read so anyway."""

from dataclasses import replace
from pathlib import Path

import pytest

from franca.cli.reading import reading_of
from franca.cli.rows import RowFile
from franca.model.layouts import Copybook, Csv, Fixed, Layout


@pytest.mark.parametrize(
    ("said", "reading"),
    [
        (RowFile(""), ""),
        (RowFile("", encoding="UTF8", delimiter=";", format="csv"), ""),
        (RowFile("", encoding="latin-1"), "iso8859-1"),
        (RowFile("", encoding="L1", delimiter=";"), "iso8859-1"),
        (RowFile("", encoding="cp850", delimiter=","), ",cp850"),
        (RowFile("", delimiter="\\t"), "\t"),
        (RowFile("", format="jsonl", encoding="latin-1"), ""),
    ],
)
def test_a_reading_is_what_is_not_found_out(tmp_path: Path, said: RowFile, reading: str) -> None:
    """Whatever it is called, and whatever the file: a copy of it is the same."""
    for name in ("rows.csv", "rows.dat"):
        file = tmp_path / name
        file.write_text("a;b,c;d\n1;2;3\n")
        told = replace(said, path=str(file), format=said.format or "csv")
        assert reading_of(told, None, is_laid_out=False) == reading


def test_a_delimiter_makes_a_header_readable(tmp_path: Path) -> None:
    """Nobody has read the file without it."""
    file = tmp_path / "rows.csv"
    file.write_text('"a"b,c,d;e\n1;2\n')
    assert reading_of(RowFile(str(file), delimiter=";"), None, is_laid_out=False) == ";"


@pytest.mark.parametrize(
    ("layout", "said", "is_laid_out", "reading"),
    [
        (Csv(encoding="cp037"), RowFile("", encoding="IBM037"), True, ""),
        (Csv(delimiter="|"), RowFile("", encoding="cp850", delimiter=";"), True, ";cp850"),
        (Fixed(), RowFile("", encoding="cp850"), True, ""),
        (Fixed(), RowFile("", format="jsonl"), False, "jsonl"),
        (Copybook("cust.cpy"), RowFile("", format="csv"), False, "csv"),
    ],
)
def test_records_of_a_layout_are_read_by_it(
    tmp_path: Path, layout: Layout, said: RowFile, is_laid_out: bool, reading: str
) -> None:
    """What is said besides counts, and so does another format."""
    (tmp_path / "rows.dat").write_text("a;b\n1;2\n")
    told = replace(said, path=str(tmp_path / "rows.dat"))
    assert reading_of(told, layout, is_laid_out=is_laid_out) == reading

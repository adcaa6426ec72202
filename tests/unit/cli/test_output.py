"""What people and programs are shown is what is stored."""

import csv
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from franca.cli.output import (
    exact,
    finite,
    print_answer,
    print_csv,
    print_entries,
    print_json,
    print_json_rows,
    print_table,
    without_login,
    without_password,
)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://me@host/a", "https://host/a"),
        ("https://me:a/b?c#d e@f@host:1/g", "https://host:1/g"),
        ("https://host/@scope/a@b", "https://host/@scope/a@b"),
        ("s3://bucket/10:30/a@b", "s3://bucket/10:30/a@b"),
        ("https://host:8081", "https://host:8081"),
    ],
)
def test_a_url_is_shown_without_its_login(url: str, wanted: str) -> None:
    """Whatever the password holds; a path may have an `@` too."""
    assert without_login(url) == wanted


def test_numbers_of_a_query_keep_every_digit(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither rounded nor grouped: a cell can be copied into the next query."""
    print_table("", ("id", "ratio"), [(1234567, 0.05), (None, float("nan"))], exact)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["id", "ratio"], ["1234567", "0.05"], ["nan"]]


def test_nested_values_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    """In a table and in CSV, as `--json` has them: no notation of Python's."""
    lines = [{"sku": "x", "price": Decimal("1.50"), "due": datetime(2026, 1, 1, tzinfo=UTC)}, float("nan")]
    text = '[{"sku":"x","price":"1.50","due":"2026-01-01T00:00:00Z"},"NaN"]'
    print_answer(["id", "lines"], [("1", lines)], exact)
    assert capsys.readouterr().out.splitlines()[1].split() == ["1", text]
    print_csv(["id", "lines"], [("1", lines)])
    assert list(csv.reader(capsys.readouterr().out.splitlines()))[1] == ["1", text]


def test_an_answer_in_a_pipe_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    """However wide it is: joined views have hundreds of columns."""
    print_answer([f"column_{number}" for number in range(300)], [["x" * 20] * 300], exact)

    head, row = capsys.readouterr().out.splitlines()
    assert len(head.split()) == len(row.split()) == 300


def test_entries_are_read_at_80_columns_and_their_heads_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """What is said is broken between words; heads, and words that are longer than a line, never are."""
    head, word = "raw.crm.customer_address/0/1234567/" + "a" * 60, "raw/" + "b" * 90

    print_entries("", [(head, ["it is " + "so " * 30 + "sad", word]), ("next\x1b", [])])

    first, *sentence, last, following = capsys.readouterr().out.splitlines()
    assert (first, last, following) == (head, f"    {word}", r"next\x1b")
    assert len(sentence) == 2
    assert all(line.startswith("    ") and len(line) <= 80 for line in sentence)


def test_what_json_has_no_number_for_is_text() -> None:
    """As in events, at any depth; DuckDB's maps are lists of pairs."""
    assert finite([("a", float("nan"))]) == [["a", "NaN"]]
    assert finite([{"a": float("nan")}, float("inf"), float("-inf"), 1.0]) == [
        {"a": "NaN"},
        "Infinity",
        "-Infinity",
        1.0,
    ]


def test_csv_writes_truth_as_other_tools_do(capsys: pytest.CaptureFixture[str]) -> None:
    """`true` and `false` are what databases, DuckDB and spreadsheets read; null stays empty."""
    print_csv(("a", "b", "c"), [(True, False, None)])
    assert capsys.readouterr().out == "a,b,c\ntrue,false,\n"


@pytest.mark.parametrize(
    "address",
    [
        "host=db user=u password=secret",
        "host=db user=u password='a secret'",
        "postgresql://h/db?password=secret",
        "postgresql://u:secret@h:5432/db",
        "postgresql://u:s%40%2Fsecret@h/db",
        "postgresql://u:se:secret@[::1]/db?sslpassword=secret",
        "host=db sslpassword=secret",
    ],
)
def test_no_form_of_a_dsn_shows_its_password(address: str) -> None:
    """There are several, with quotes and escapes; who reads over a shoulder sees none of them."""
    shown = without_password(address)

    assert "secret" not in shown
    assert re.search(r"(host=|h/|@h|::1)", shown)


@pytest.mark.parametrize(
    "address",
    [
        "host=db password",
        "secret",
        "postgresql://u:12/secret@h/db",
        "postgresql://u:in@secret@h/db",
        "postgresql://u:in/secret/h/db",
    ],
)
def test_a_dsn_that_nobody_understands_is_not_shown(address: str) -> None:
    """Where its parts are not known, any of them may be the password."""
    assert without_password(address) == "•••"


@pytest.mark.parametrize("rows", [[], [{"a": 1, "b": {"c": ["x\n", None]}}], [{"a": 1}, {}, {"a": "]"}]])
def test_rows_come_one_by_one_as_the_json_of_all_of_them(
    rows: list[object], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """However many: none but the last are kept."""
    print_json(rows)
    whole = capfdbinary.readouterr().out
    print_json_rows(iter(rows))
    assert capfdbinary.readouterr().out == whole

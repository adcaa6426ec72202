"""What people and programs are shown is what is stored."""

import pytest

from franca.cli.output import exact, finite, print_csv, print_table


def test_numbers_of_a_query_keep_every_digit(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither rounded nor grouped: a cell can be copied into the next query."""
    print_table("", ("id", "ratio"), [(1234567, 0.05), (None, float("nan"))], exact)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["id", "ratio"], ["1234567", "0.05"], ["nan"]]


def test_what_json_has_no_number_for_is_text() -> None:
    """As in events, at any depth."""
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

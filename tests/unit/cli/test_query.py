"""`franca query` prints each column of an answer, whatever it is called."""

import json
from pathlib import Path

import pytest

from franca.cli.main import app

JOINED = "(select 1 as id, 'a' as x) a join (select 2 as id) b on true"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the project that `franca new` writes."""
    app(["new", str(tmp_path / "bank")], standalone_mode=False)
    return tmp_path / "bank"


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        (f"select * from {JOINED}", {"id": 1, "x": "a", "id_1": 2}),
        (f"select *, 3 as id_1, 4 as id from {JOINED}", {"id": 1, "x": "a", "id_2": 2, "id_1": 3, "id_3": 4}),
        ("select 1 as a_1, 2 as a_1, 3 as a, 4 as a", {"a_1": 1, "a_1_1": 2, "a": 3, "a_2": 4}),
    ],
)
def test_columns_of_one_name_are_numbered_in_json(
    project: Path, capfd: pytest.CaptureFixture[str], sql: str, answer: dict[str, object]
) -> None:
    """None is lost, and none gets a name that another has."""
    capfd.readouterr()
    app(["--project", str(project), "query", "--json", sql], standalone_mode=False)
    (row,) = json.loads(capfd.readouterr().out)
    assert list(row.items()) == list(answer.items())


def test_columns_of_one_name_keep_it_elsewhere(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Where it stands above them, in CSV as in a table."""
    capfd.readouterr()
    query = ["--project", str(project), "query", f"select * from {JOINED}"]
    app([*query, "--format", "csv"], standalone_mode=False)
    assert capfd.readouterr().out == "id,x,id\n1,a,2\n"
    app(query, standalone_mode=False)
    assert capfd.readouterr().out.splitlines()[0].split() == ["id", "x", "id"]

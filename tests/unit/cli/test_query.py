"""`franca query` prints each column of an answer, whatever it is called."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.cli.main import app
from franca.config.project import load
from franca.lake.columns import events_schema
from franca.lake.location import events_url
from franca.model.shape import shape_of

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


def test_a_lake_without_any_table_is_told(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On standard error, as nothing may be published yet, or the lake is another; the answer is the same."""
    (project / "franca.toml").write_text('[lake]\nurl = "elsewhere"\n')
    query = ["--project", str(project), "query", "--json", "select count(*) as n from customer"]
    capfd.readouterr()
    app(query, standalone_mode=False)
    out, told = capfd.readouterr()
    assert json.loads(out) == [{"n": 0}]
    assert told == f"no table of this lake is there yet: {project / 'elsewhere'}\n"
    app([*query[:-1], "select 1 as n"], standalone_mode=False)
    assert capfd.readouterr().err == ""
    shape = next(shape_of(each) for each in load(project).entities if each.__name__ == "Customer")
    DeltaTable.create(events_url(str(project / "elsewhere"), shape.name), events_schema(shape))
    app(query, standalone_mode=False)
    assert capfd.readouterr().err == ""

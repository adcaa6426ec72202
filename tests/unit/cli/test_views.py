"""`franca views` and `franca query` on views, where no service runs and nothing is stored yet."""

import json
from pathlib import Path

import pytest

from franca.cli.main import app
from franca.errors import DefinitionError, UsageError

OWN = """from franca import metric, view

names = view("select customer_number, individual_name as name from customer_joined")
many = metric("count(*)", over="customer", name="how_many")
"""


class Desk:
    """Runs commands in this process, on the project in `folder`."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture

    def franca(self, *arguments: str) -> tuple[str, str]:
        """Return what a command prints on both streams; its errors raise."""
        self._capture.readouterr()
        app(["--project", str(self.folder), *arguments], standalone_mode=False)
        out, told = self._capture.readouterr()
        return out, told


@pytest.fixture
def bank(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Desk:
    """Give the project that `franca new` writes, with a view and a metric of its own."""
    app(["new", str(tmp_path / "bank")], standalone_mode=False)
    (tmp_path / "bank" / "own.py").write_text(OWN)
    return Desk(tmp_path / "bank", capfd)


def test_all_views_are_listed_with_where_they_can_be_asked(bank: Desk) -> None:
    """An entity's views stand together, declared ones last."""
    listed = json.loads(bank.franca("views", "list", "--json")[0])
    places = {each["name"]: each["places"] for each in listed}
    assert places["customer_joined"] == places["names"] == ["lake", "store"]
    assert places["customer_history"] == ["lake"]
    assert [each["kind"] for each in listed[-2:]] == ["declared", "metric"]
    assert "customer_joined_history" in bank.franca("views", "list")[0]


def test_a_view_is_shown_with_marks_and_lineage(bank: Desk) -> None:
    """Down to the application's columns, through a view of a view."""
    shown = json.loads(bank.franca("views", "show", "names", "--json", "--dialect", "snowflake")[0])
    (name,) = [each for each in shown["columns"] if each["name"] == "name"]
    assert name["pii"]
    assert name["fields"] == ["individual.name"]
    assert name["lineage"] == ["crm.cust.fname", "crm.cust.lname"]
    assert shown["sql"].startswith('CREATE OR REPLACE VIEW "names" AS')


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("views", "show", "zzz"), "no such view; the project has: customer, "),
        (("views", "show", "customer_joind"), "no such view; did you mean 'customer_joined'"),
        (("views", "show", "names", "--dialect", "basic"), "no such dialect, there are: duckdb, "),
        (("views", "show", "customer_history", "--dialect", "postgres"), "the store keeps current rows only"),
        (("views", "show", "customer", "--dialect", "postgres"), "is a table in the store"),
        (("views", "apply", "--dialect", "basic"), "does not read the lake by itself; use one of athena, "),
        (
            ("views", "apply", "--dialect", "bigquery"),
            "wants the dataset .*; say it: --schema project.dataset",
        ),
        (("views", "apply", "--schema", "other"), "is for engines over the lake"),
        (("views", "apply", "--dialect", "athena"), "reads tables in S3, and the lake is '.*lake'; set "),
        (("query", "--as-of", "yesterday", "select 1"), "--as-of: got 'yesterday'"),
    ],
)
def test_wrong_use_says_what_to_do(bank: Desk, arguments: tuple[str, ...], said: str) -> None:
    """Such errors end with exit code 2."""
    with pytest.raises(UsageError, match=said):
        bank.franca(*arguments)


def test_every_view_can_be_asked_before_anything_is_stored(bank: Desk) -> None:
    """In one question, as of a moment too; what there is can be listed."""
    sql = "select (select count(*) from names) as a, (select how_many from how_many) as b"
    answer = [{"a": 0, "b": 0}]
    assert json.loads(bank.franca("query", "--json", sql)[0]) == answer
    assert json.loads(bank.franca("query", "--json", "--as-of", "90m", sql)[0]) == answer
    tables = bank.franca("query", "--limit", "0", "show tables")[0]
    assert {"individual_with_counts", "names"} <= set(tables.split())


def test_a_wrong_view_stands_in_no_others_way(bank: Desk) -> None:
    """`franca check` refuses it; a question about others is answered, and says what was left out."""
    wrong = "from franca import view\n\nwrong = view('select nothing from customer')\n"
    (bank.folder / "wrong.py").write_text(wrong)
    with pytest.raises(DefinitionError, match="wrong: its SQL is wrong"):
        bank.franca("check")
    answer, told = bank.franca("query", "--json", "select count(*) as n from customer_history")
    assert json.loads(answer) == [{"n": 0}]
    assert told.startswith(f"left out: {bank.folder / 'wrong.py'}:3: wrong: its SQL is wrong")


def test_the_statements_for_an_engine_over_the_lake_are_printed(bank: Desk) -> None:
    """Tables, then each view behind those that it reads; what columns mean and come from beside them."""
    made = json.loads(bank.franca("views", "apply", "--dialect", "spark", "--json")[0])
    kinds = [each["does"] for each in made]
    assert kinds == sorted(kinds)
    names = [each["name"] for each in made]
    assert names[:2] == ["customer_events", "individual_events"]
    assert names.index("customer_joined") < names.index("names")
    (joined,) = [each["sql"] for each in made if each["name"] == "customer_joined"]
    assert "`individual_name` COMMENT 'Personal data. From crm.cust.fname, crm.cust.lname.'" in joined
    out, told = bank.franca("views", "apply", "--dialect", "trino")
    assert out.count(";") >= len(names)
    assert 'COMMENT ON COLUMN "customer_joined"."individual_name" IS \'Personal data. From crm.' in out
    assert told.startswith("nothing is done yet: run these")


def test_what_was_made_is_dropped_by_statements_too(bank: Desk) -> None:
    """The other way round, in the schema that is said; they are printed, as those that make it."""
    out, told = bank.franca("views", "apply", "--dialect", "spark", "--drop", "--schema", "there")
    lines = [line for line in out.splitlines() if line]
    assert lines[0].startswith("DROP VIEW IF EXISTS `there`.`")
    assert lines[-1] == "DROP TABLE IF EXISTS `there`.`individual_events`;"
    assert told.strip().endswith(f"run these {len(lines)} statements in spark")

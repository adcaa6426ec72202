"""`franca check` shows what becomes of the mappings, beside whether they are right."""

import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.command import forked


def franca(folder: Path, *arguments: str) -> str:
    """Return what a command prints; it must succeed."""
    command = forked(*arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def problems(folder: Path) -> tuple[list[str], list[str]]:
    """Return what `check --json` says of a project with problems: their paths, and the mappings' names."""
    command = forked("check", "--json")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    said = json.loads(done.stdout)
    return [each["path"] for each in said["problems"]], [m["mapping"] for m in said.get("mappings", [])]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Give the project that `franca new` writes."""
    franca(tmp_path, "new", "bank")
    return tmp_path / "bank"


def test_the_sql_that_is_shown_runs_and_says_what_the_mapping_says(bank: Path) -> None:
    """Who runs the text on rows in DuckDB gets the entities of those rows."""
    found = {
        each["mapping"]: each for each in json.loads(franca(bank, "check", "--json", "--sql"))["mappings"]
    }
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE cust AS SELECT '7' AS cust_num, 'A' AS status, 'Ada' AS fname, "
            "'King' AS lname, 'F' AS sex, DATE '1815-12-10' AS born"
        )
        answer = connection.sql(found["crm.individual"]["sql"])
        row = dict(zip(answer.columns, answer.fetchall()[0], strict=True))
    assert (row["id"], row["name"], row["gender"]) == ("CUST7", "Ada King", "Female")
    assert {value for name, value in row.items() if name.startswith("_problem")} == {None}
    assert "-- crm.customer" in franca(bank, "check", "--sql")


def test_a_mapping_that_has_no_sql_says_why(bank: Path) -> None:
    """A function of Python's own is no SQL; the rest of the check is shown all the same."""
    module = bank / "crm.py"
    text = module.read_text().replace('join(" ", cust.fname, cust.lname)', "apply(shout, cust.lname)")
    shout = "\n\ndef shout(name: str) -> str:\n    return name + '!'\n\n\ncrm = "
    module.write_text(
        text.replace("\n\ncrm = ", shout, 1).replace("from franca import ", "from franca import apply, ")
    )
    shown = franca(bank, "check", "--sql")
    assert "apply" in shown.partition("-- crm.individual")[2].partition("-- crm.customer")[0]
    assert "2 mappings, no problems" in shown


def test_names_that_are_words_of_sql_are_told(bank: Path) -> None:
    """Who asks has to quote them, or gets an error, and of a `user` in PostgreSQL another answer."""
    assert "words of SQL" not in franca(bank, "check")
    for path in (bank / "model.py", bank / "crm.py"):
        path.write_text(path.read_text().replace("Customer", "User").replace("party_id", "end"))
    assert "words of SQL, which need double quotes in it: user, user.end\n" in franca(bank, "check")
    assert json.loads(franca(bank, "check", "--json"))["words_of_sql"] == ["user", "user.end"]


def test_a_table_that_remembers_its_rows_says_why(bank: Path) -> None:
    """A condition on a column that may change can't be seen to end without the row before."""
    assert "Row memory" not in franca(bank, "check")
    module = bank / "crm.py"
    head, _, tail = module.read_text().partition("@crm.maps\ndef customer")
    module.write_text(f'{head}@crm.maps(Cust, where=lambda cust: cust.status != "X")\ndef customer{tail}')

    shown = franca(bank, "check").partition("Row memory")[2]
    document = json.loads(franca(bank, "check", "--json"))
    found = {each["mapping"]: each for each in document["mappings"]}

    assert "crm.cust  auto     crm.cust.rows" in shown
    assert "crm.customer (status): an update that ends the condition" in shown
    ((memory),) = document["row_memory"]
    assert (memory["table"], memory["capture"], memory["topic"]) == ("crm.cust", "auto", "crm.cust.rows")
    assert "an update that ends the condition leaves the entity" in shown
    assert "REPLICA IDENTITY FULL" in shown
    promise = '[applications.crm.tables.cust]\ncapture = "full"\n'
    (bank / "franca.toml").write_text((bank / "franca.toml").read_text() + promise)
    assert "the row before each change is promised" in franca(bank, "check")
    assert found["crm.individual"]["needs_before_images"] is None
    assert found["crm.customer"]["needs_before_images"]["columns"] == ["status"]


def test_what_comes_back_and_what_does_not_are_shown(bank: Path) -> None:
    """The columns that the off-ramp can write stand beside those that it can't, with the reason."""
    shown = franca(bank, "check")
    assert "crm.individual  cust_num, sex, born" in shown
    assert "several columns become one value" in shown


def test_a_broken_mapping_leaves_the_others_in_the_json(bank: Path) -> None:
    """A program that reads the check gets all problems, and what is right."""
    text = (bank / "crm.py").read_text()
    text = text.replace('join(" ", cust.fname, cust.lname)', 'f"{cust.lname}"')
    (bank / "crm.py").write_text(text)
    assert problems(bank) == (["individual"], ["crm.customer"])

    (bank / "crm.py").write_text(text.replace("status=codes(cust.status, STATUS)", "status=cust.sttus"))
    assert problems(bank) == (["individual", "customer"], [])


@pytest.mark.parametrize(
    ("file", "text", "path"),
    [
        ("crm.py", "crm = \n", "crm"),
        ("model.py", "from franca import Entity\n\nclass Empty(Entity):\n    name: str\n", "Empty"),
        ("franca.toml", "[topics]\npartitions = 'many'\n", "topics.partitions"),
    ],
)
def test_a_project_that_can_not_be_loaded_is_json_too(bank: Path, file: str, text: str, path: str) -> None:
    """Whoever asks for JSON gets it, whatever is wrong."""
    (bank / file).write_text(text)
    assert path in problems(bank)[0]


def test_an_application_without_mappings_is_named_and_stands_in_nobodys_way(bank: Path) -> None:
    """Tables imported and not mapped yet: check says that nothing streams, and compares the others."""
    (bank / "erp.py").write_text('from franca import Application\n\nerp = Application("erp")\n')
    ddl = "CREATE TABLE cust (cust_num text PRIMARY KEY, status text NOT NULL, fname text, "
    (bank / "crm.sql").write_text(ddl + "lname text NOT NULL, sex text, born date);")

    said = franca(bank, "check", "--source", "crm.sql")

    assert "no mappings, so nothing is streamed: erp" in said
    assert "compared with the source (crm: crm.sql, postgres): 0 problems, 0 notes" in said


def test_a_run_without_mappings_says_what_is_missing(tmp_path: Path) -> None:
    """A project that streams nothing is told so before any service is asked for."""
    (tmp_path / "franca.toml").touch()
    command = forked("run", "--until-caught-up")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the project has no mappings, so there is nothing to stream" in done.stderr

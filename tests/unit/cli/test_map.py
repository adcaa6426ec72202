"""`franca map` gives what the stream would give of the same messages, as franca.toml has it."""

import json
import subprocess
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from tests.command import forked

ROW = '{"cust_num":"7","status":"A","fname":"Ada","lname":"King","sex":"F","born":null}\n'


def franca(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Return what a command prints; it must succeed."""
    command = forked(*arguments)
    done = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_topic_that_the_settings_name_stands_in_the_ids(tmp_path: Path) -> None:
    """The id of an event begins with the topic that the stream reads; so does that of `franca map`."""
    franca(tmp_path, "new", "bank")
    settings = tmp_path / "bank" / "franca.toml"
    settings.write_text(f'{settings.read_text()}\n[applications.crm.tables.cust]\ntopic = "legacy.cust"\n')

    made = franca(tmp_path / "bank", "map", "crm.cust", "-", stdin=ROW).splitlines()

    assert {json.loads(line)["id"] for line in made} == {
        "legacy.cust/0/0/individual/c",
        "legacy.cust/0/0/customer/c",
    }


def test_a_column_may_stand_in_the_name_of_a_folder(tmp_path: Path) -> None:
    """So Spark and Hive write Parquet, and a row is what it is where the folder is backfilled."""
    franca(tmp_path, "new", "bank")
    folder = tmp_path / "bank" / "cust" / "sex=F"
    folder.mkdir(parents=True)
    row = {name: value for name, value in json.loads(ROW).items() if name != "sex"}
    parquet.write_table(pa.Table.from_pylist([row]), folder / "part-0.parquet")

    made = franca(tmp_path / "bank", "map", "crm.cust", "cust/sex=F/part-0.parquet").splitlines()

    assert json.loads(made[0])["data"]["gender"] == "Female"

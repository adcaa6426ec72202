"""A source's table changes while its stream runs: on a real Kafka, by the command line."""

import json
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from franca.local.kafka import LocalKafka
from tests.command import forked

pytestmark = [pytest.mark.services]

MODEL = """
from franca import Entity, Key

class ChangingPerson(Entity):
    id: Key[str]
    name: str
"""
TABLES = """
from franca import Application, Key, Table
from model import ChangingPerson

app = Application("{name}")

class Cust(Table):
    num: Key[str]
    lname: str
    fax: str | None

@app.maps
def person(cust: Cust) -> ChangingPerson:
    return ChangingPerson(id=cust.num, name=cust.lname)
"""


class Terminal:
    """Runs franca in a project's folder, and sends rows as Debezium writes them."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self._lsn = folder, name, 0

    def __call__(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """Run one command; it must end with the code."""
        command = forked(*arguments)
        done = subprocess.run(
            command, cwd=self.folder, input=stdin, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def send(
        self, *rows: dict[str, Any], key: Callable[[dict[str, Any]], Any] = lambda row: {"num": row["num"]}
    ) -> None:
        """Send inserts, with their keys."""
        lines = []
        for row in rows:
            self._lsn += 1
            source = {
                "connector": "postgresql",
                "table": "cust",
                "lsn": self._lsn,
                "ts_ms": 1_700_000_000_000,
            }
            value = {"before": None, "after": row, "source": source, "op": "c", "ts_ms": 1_700_000_000_000}
            topic = {
                "topic": f"raw.{self.name}.cust",
                "partition": 0,
                "offset": 0,
                "timestamp": 1,
                "headers": [],
            }
            lines.append(json.dumps({**topic, "key": json.dumps(key(row)), "value": json.dumps(value)}))
        self("send", f"{self.name}.cust", "-", "--format", "records", stdin="\n".join(lines) + "\n")

    def run(self) -> None:
        """Map what has come."""
        self("run", f"{self.name}.on-ramp", "--until-caught-up")

    def status(self) -> dict[str, Any]:
        """Return how far the on-ramp is."""
        found: dict[str, Any] = json.loads(self("status", "--json"))["pipelines"][f"{self.name}.on-ramp"]
        return found

    def letters(self) -> list[dict[str, Any]]:
        """Return the dead letters."""
        found: list[dict[str, Any]] = json.loads(self("dead-letters", "list", "--json"))
        return found


@pytest.fixture
def terminal(kafka: LocalKafka, tmp_path: Path) -> Terminal:
    """Give a project of its own application on the session's Kafka."""
    name = f"app_{uuid.uuid4().hex[:8]}"
    (tmp_path / "franca.toml").write_text(
        f"[kafka]\nbootstrap = '{kafka.bootstrap}'\n[topics]\npartitions = 1\n"
    )
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "app.py").write_text(TABLES.replace("{name}", name))
    terminal = Terminal(tmp_path, name)
    terminal("topics")
    return terminal


ROW = {"num": "1", "lname": "Ada", "fax": None}


@pytest.mark.soak
def test_a_column_that_is_added_is_ignored_and_shown_until_it_is_declared(terminal: Terminal) -> None:
    """Events go on; status names column and place, after a restart too; a declaration settles it."""
    terminal.send(ROW)
    terminal.run()
    assert terminal.status()["drift"] == []

    terminal.send({**ROW, "email": "a@b", "num": "2"}, {"email": "a@b", **dict(reversed(ROW.items()))})
    terminal.run()

    (drift,) = terminal.status()["drift"]
    assert (drift["table"], drift["column"], drift["kind"]) == ("cust", "email", "new-column")
    assert drift["since"] == f"raw.{terminal.name}.cust/0/1"
    assert "Changes at the sources" in terminal("status")
    assert terminal.status()["written"] == 3
    assert terminal.letters() == []
    terminal.run()
    assert terminal.status()["drift"] == [drift]
    module = terminal.folder / "app.py"
    module.write_text(module.read_text().replace("    fax:", "    email: str | None\n    fax:"))
    terminal.run()
    assert terminal.status()["drift"] == []


def test_columns_that_go_are_renamed_or_retyped_are_dead_letters_with_their_remedy(
    terminal: Terminal,
) -> None:
    """One that no mapping needs is no loss; the others are found before they break, too."""
    terminal.send(
        ROW,
        {"num": "2", "lname": "Ben"},
        {"num": "3", "last_name": "Cy", "fax": None},
        {"num": "4", "fax": None},
        {"num": "5", "lname": 7, "fax": None},
    )
    terminal.run()

    assert terminal.status()["written"] == 2
    reasons = [letter["reason"] for letter in terminal.letters()]
    assert [letter["path"] for letter in terminal.letters()] == ["lname"] * 3
    assert 'declare Annotated[…, Column("last_name")]' in reasons[0]
    assert "if it was dropped, take it out of the mapping" in reasons[1]
    assert "if the column was retyped, correct its declaration" in reasons[2]
    found = json.loads(terminal("check", "--source", "topics", "--json", code=1))["source"]["findings"]
    told = {(each["severity"], each["column"], each["code"]) for each in found}
    assert told >= {("problem", "lname", "type-changed"), ("note", "last_name", "column-new")}


def test_a_key_that_changes_is_a_clear_problem(terminal: Terminal) -> None:
    """Status and check name the declared column that the messages' keys lack."""
    terminal.send(ROW, key=lambda row: {"uuid": row["num"]})
    terminal.run()

    (drift,) = terminal.status()["drift"]
    assert (drift["column"], drift["kind"]) == ("num", "other-key")
    shown = terminal("check", "--source", "topics", code=1)
    assert "key-changed" in shown
    assert "has the key 'uuid'" in shown


def test_a_source_without_messages_or_changes_is_no_problem(terminal: Terminal) -> None:
    """Nothing to compare is said; what is as declared gives nothing."""
    assert "no-messages" in terminal("check", "--source")
    terminal.send(ROW)
    assert "0 problems, 0 notes" in terminal("check", "--source", "topics")
    imported = terminal("import-tables", f"topics:raw.{terminal.name}.*", "--application", "other")
    assert "class Cust(Table):" in imported
    assert "    num: Key[str]\n    lname: str\n    fax: str | None" in imported

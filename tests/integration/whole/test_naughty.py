"""The big list of naughty strings from a legacy table to everything that reads it: each arrives as it is.

As text and as key: of topics, of the lake, of the store, and in the archive.
"""

import csv
import io
import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from franca.local.kafka import LocalKafka
from tests.command import forked
from tests.conftest import Database
from tests.integration.whole import found
from tests.integration.whole.bank import Bank, delete, opened
from tests.integration.whole.legacy import Message, send
from tests.samples import ABSENT, JSON

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.soak,
    pytest.mark.skipif(not JSON.exists(), reason=ABSENT),
]

TOPIC = "raw.legacy.customers"
MODEL = '''
from franca import Entity, Key

class Person(Entity):
    """A text beside a key that nobody minds."""
    id: Key[str]
    full_name: str
    email: str

class Named(Entity):
    """A text as key."""
    full_name: Key[str]
    number: int
'''
LEGACY = """
from franca import Application, Key, Table, as_text
from model import Named, Person

legacy = Application("legacy")

class Customers(Table):
    id: Key[int]
    full_name: str
    email: str

@legacy.maps
def person(row: Customers) -> Person:
    return Person(id="C" + as_text(row.id), full_name=row.full_name, email=row.email)

@legacy.maps
def named(row: Customers) -> Named:
    return Named(full_name=row.full_name, number=row.id)
"""
STEERING = "\x1b[31m\x9b31m\u202e evil"
LARGE = b"\x02" * 8_300_000  # six times as long in JSON: more than the letters' topic takes
DIRTY: dict[int, bytes] = {
    9_001: b'{"id":9001,"full_name":"a\\u0000b","email":"x"}',
    9_002: json.dumps({"id": 9_002, "full_name": "", "email": STEERING}, ensure_ascii=False).encode(),
    9_003: b'{"id":9003,"full_name":"\xff","email":"x"}',
    9_004: b'{"id":9004,"full_name":"\\ud800","email":"x"}',
    9_005: b'{"id":9005,"full_name":' + b"[" * 100_000 + b"]" * 100_000 + b',"email":"x"}',
    9_006: LARGE,
    9_007: b"   ",
}
CODES = {
    9_003: "not-utf8",
    9_004: "lone-surrogate",
    9_005: "too-deep",
    9_006: "not-json",
    9_007: "empty-value",
}


def write(folder: Path) -> None:
    """Write the project's modules."""
    (folder / "model.py").write_text(MODEL)
    (folder / "legacy.py").write_text(LEGACY)


def messages() -> list[Message]:
    """Return the naughty strings as Debezium sends them, and dirt of other kinds."""
    lines = [
        json.loads(line) for line in (JSON / "blns_debezium.jsonl").read_text("utf-8").split("\n") if line
    ]
    sound: list[Message] = [
        (TOPIC, *(json.dumps(line[part], ensure_ascii=False).encode() for part in ("key", "value")))  # type: ignore[misc]  # two parts
        for line in lines
    ]
    return [*sound, *((TOPIC, b"\xff%d" % number, value) for number, value in DIRTY.items())]


def texts() -> dict[int, tuple[str, str]]:
    """Return per row what it holds, of all rows that can be decoded."""
    rows = {}
    for _, _, value in messages():
        try:
            told = json.loads(value or b"")
            row = told.get("after", told)
            row["full_name"].encode()
        except (ValueError, RecursionError, AttributeError):
            continue
        rows[int(row["id"])] = (row["full_name"], row["email"])
    return rows


@pytest.fixture
def project(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Iterator[Bank]:
    """Give the project, everything sent and caught up."""
    with opened(tmp_path / "naughty", kafka.bootstrap, postgres.dsn, write) as bank:
        try:
            bank("topics")
            send(kafka.bootstrap, messages())
            bank("run", "--until-caught-up")
            yield bank
        finally:
            delete(kafka.bootstrap, TOPIC, "person", "named", "legacy.dead-letters")


def test_naughty_strings_arrive_unchanged_everywhere(project: Bank) -> None:
    """Byte for byte, but for U+0000 in the store, and for what is parked with its reason; nothing is lost."""
    rows = texts()
    persons = {f"C{number}": row for number, row in rows.items()}
    # Of rows with the same name the last one counts: its place in the log is the largest.
    names = {name: number for number, (name, _) in sorted(rows.items()) if name and number < 9_000}
    names["a\x00b"] = 9_001

    _expect_topics(project, persons, names)
    _expect_lake(project, persons, names)
    _expect_store(project, persons, names)
    _expect_letters(project, rows)
    archived = {raw.value for raw in found.archived(project.archive)}
    assert archived == {value for _, _, value in messages()}
    assert all(path.is_relative_to(project.folder) for path in project.folder.rglob("*"))
    assert sorted(path.name for path in project.folder.parent.iterdir()) == ["naughty"]


def _expect_topics(project: Bank, persons: dict[str, tuple[str, str]], names: dict[str, int]) -> None:
    by_key, _ = found.published(project.bootstrap, "person")
    told: dict[str, Any] = {key: facts[-1].data for key, facts in by_key.items()}
    assert {key: (data["full_name"], data["email"]) for key, data in told.items()} == persons
    by_key, placed = found.published(project.bootstrap, "named")
    assert by_key.keys() == names.keys()
    assert all(stored.fact.data["full_name"] in names for stored in placed if stored.fact.data)


def _expect_lake(project: Bank, persons: dict[str, tuple[str, str]], names: dict[str, int]) -> None:
    read = "select id, full_name, email from person order by id"
    listed = json.loads(project("query", "--json", read))
    assert {row["id"]: (row["full_name"], row["email"]) for row in listed} == persons
    table = list(csv.reader(io.StringIO(project("query", "--format", "csv", read), newline="")))
    shown = {key: tuple(text.removeprefix("'") for text in rest) for key, *rest in table[1:]}
    assert {key: tuple(text.removeprefix("'") for text in row) for key, row in persons.items()} == shown
    assert not [text for _, *rest in table for text in rest if text[:1] in {"=", "@", "\t", "\r"}]
    listed = json.loads(project("query", "--json", "select full_name, number from named"))
    assert {row["full_name"]: row["number"] for row in listed} == names


def _expect_store(project: Bank, persons: dict[str, tuple[str, str]], names: dict[str, int]) -> None:
    stored = found.in_store(project.dsn, "person", "id")
    kept = {key: row for key, row in persons.items() if "\x00" not in "".join(row)}
    assert {key: (row["full_name"], row["email"]) for key, row in stored.items()} == kept
    stored = found.in_store(project.dsn, "named", "full_name")
    assert {key: row["number"] for key, row in stored.items()} == {
        k: n for k, n in names.items() if "\x00" not in k
    }


def _expect_letters(project: Bank, rows: dict[int, tuple[str, str]]) -> None:
    letters = json.loads(project("dead-letters", "list", "--limit", "0", "--json"))
    listed = sorted((letter["code"], letter["stage"]) for letter in letters)
    expected = [(code, "decode") for code in CODES.values()]
    expected += [("empty-key", "map") for name, _ in rows.values() if not name]
    expected += [
        ("not-text", "write") for name, _ in rows.values() for _ in ("person", "named") if "\x00" in name
    ]
    assert listed == sorted(expected)
    large = next(letter["id"] for letter in letters if letter["code"] == "not-json")
    assert f"{len(LARGE)} bytes" in project("dead-letters", "show", large)
    evil = [letter["id"] for letter in letters if letter["code"] == "empty-key"]
    shown = [json.loads(project("dead-letters", "show", "--reveal", each)) for each in evil]
    held = [json.loads(letter["record"]["value"]) for letter in shown]
    assert sum(row.get("email") == STEERING for row in held) == 1
    for arguments in (["list"], *(["show", "--reveal", each] for each in evil)):
        written = _on_terminal(project, "dead-letters", *arguments)
        assert all(c.isprintable() or c in "\r\n" for c in written)
    assert all(c.isprintable() or c in "\r\n" for c in _on_terminal(project, "query", "from person"))


def _on_terminal(project: Bank, *arguments: str) -> str:
    """Return what a command writes to a terminal."""
    ours, theirs = pty.openpty()
    command = forked(*arguments)
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "300"}
    program = subprocess.Popen(command, cwd=project.folder, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65_536):
            written += chunk
    except OSError:  # how a terminal says that the other end is closed
        pass
    assert program.wait() == 0
    os.close(ours)
    return written.decode()

"""A small project whose model changes while it runs: its commands, and what its stages hold."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from franca.sources.extract import extract
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.types import Record
from tests.command import forked
from tests.integration.crew import wait_for
from tests.integration.whole.legacy import Message

SETTINGS = """
[kafka]
bootstrap = "{bootstrap}"
[store]
dsn = "{dsn}"
[topics]
partitions = 4
[run]
session_seconds = 6
[pipelines.lake]
linger_seconds = 0.2
"""
START = """
from franca import *

app = Application("NAME")

class Row(Table, name="row"):
    no: Key[str]
    name: str
    mail: str | None
"""
FIRST = '''
class Person(Entity, name="NAME"):
    """A person."""
    id: Key[str]
    name: Pii[str]

@app.maps
def person(row: Row) -> Person:
    return Person(id=row.no, name=row.name)
'''
GROWN = '''
class Person(Entity, name="NAME"):
    """A person."""
    id: Key[str]
    name: Pii[str]
    mail: Pii[str] | None = None

@app.maps
def person(row: Row) -> Person:
    return Person(id=row.no, name=row.name, mail=row.mail)
'''
SECOND = '''
class NewPerson(Entity, name="NAME", version=2):
    """A person."""
    id: Key[str]
    full_name: Pii[str]

@app.maps
def new_person(row: Row) -> NewPerson:
    return NewPerson(id=row.no, full_name=row.name)
'''


class Changing:
    """The project. `name`, its own, is its entity, its application and its table in the store."""

    def __init__(self, folder: Path, bootstrap: str, dsn: str) -> None:
        self.name = f"c{uuid.uuid4().hex[:10]}"
        self.folder, self.bootstrap, self.dsn = folder, bootstrap, dsn
        self.raw = f"raw.{self.name}.row"
        (folder / "franca.toml").write_text(SETTINGS.format(bootstrap=bootstrap, dsn=dsn))

    def write(self, *parts: str) -> None:
        """Write the project's module anew."""
        (self.folder / "model.py").write_text("".join([START, *parts]).replace("NAME", self.name))

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run one command; it must end with the exit code. Return what it printed."""
        done = subprocess.run(
            forked(*arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == code, f"{arguments} gave {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    def json(self, *arguments: str) -> Any:
        """Return what a command prints as JSON; it must succeed."""
        text = self(*arguments, "--json")
        return json.JSONDecoder().raw_decode(text)[0]

    @staticmethod
    def command(*arguments: str) -> list[str]:
        """Return a command as its process needs it."""
        return [sys.executable, "-m", "franca", *arguments]

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Path]:
        """Run the pipelines while the block runs; give the file of what is said."""
        log = self.folder / f"run-{uuid.uuid4().hex}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                self.command("run", *arguments), cwd=self.folder, stdout=out, stderr=out
            )
        try:
            wait_for(self._is_at_work, "every pipeline is at work")
            yield log
        finally:
            process.terminate()
            try:
                assert process.wait(90) == 0, log.read_text()
            finally:
                process.kill()

    def _is_at_work(self) -> bool:
        """Return whether each pipeline has a worker that has loaded the project: it holds its slot."""
        return all(each["workers"] for each in self.json("status")["pipelines"].values())

    def rows(self, start: int, stop: int) -> Sequence[Message]:
        """Return raw messages of numbered rows."""
        return [
            (self.raw, str(n).encode(), msgspec.json.encode({"no": str(n), "name": f"N{n}", "mail": f"m{n}"}))
            for n in range(start, stop)
        ]

    def records(self, version: str = "") -> list[Record]:
        """Return the events on the entity's topic, or that of a later version (`.v2`)."""
        return list(extract(Cluster(self.bootstrap), [self.name + version]))

    def has_events(self, number: int) -> bool:
        """Return whether the topic's offsets have gone so far."""
        return sum(ends(Cluster(self.bootstrap).admin(), [self.name]).values()) >= number

    def lake(self, query: str) -> list[tuple[Any, ...]]:
        """Return the answer of `franca query`; NAME is the entity."""
        rows = self.json("query", query.replace("NAME", self.name))
        return [tuple(row.values()) for row in rows]

    def store(self, query: str) -> list[tuple[Any, ...]]:
        """Return the store's answer; NAME is the entity."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(sql.SQL(query.replace("NAME", self.name))).fetchall()
